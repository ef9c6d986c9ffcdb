"""Merkle proofs of RFC 9162 section 2.1: that a leaf is in a tree, and that a later tree holds all of an earlier one.

A tree is a list of leaf hashes (``digests.merkle_leaf``) and its root ``digests.merkle_root``. A proof is a list of
32-byte hashes, lowest level first, that whoever holds only the roots can check.
"""

import hashlib
from collections.abc import Sequence

from pipeline.domain.digests import merkle_leaf, merkle_root


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at ``index`` (RFC 9162, section 2.1.3.1). Raises IndexError outside the tree."""
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"leaf {index}: expected one of {len(leaf_hashes)}")
    path: list[bytes] = []
    level = list(leaf_hashes)
    while len(level) > 1:
        # The last of an odd number is carried upwards as it is: it has no neighbour on this level.
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level = _parents(level)
        index >>= 1
    return path


def root_of_path(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to, None when no tree of that size has such a path (section 2.1.3.2)."""
    return _fold(leaf_hash, index, size - 1, path)[1] if 0 <= index < size else None


def consistency_path(leaf_hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Return the proof that the tree's first ``size`` leaves are the whole of an earlier tree (section 2.1.4.1).

    Raises IndexError when the earlier tree is empty or larger.
    """
    if not 0 < size <= len(leaf_hashes):
        raise IndexError(f"earlier tree of {size}: expected 1 to {len(leaf_hashes)} leaves")
    path: list[bytes] = []
    low, high, is_whole = 0, len(leaf_hashes), True
    # SUBPROOF(m, D_n, b) of the RFC walks down one side; what stands on the other side is collected on the way.
    while low + size < high:
        middle = low + _split(high - low)
        if low + size <= middle:
            path.append(merkle_root(list(leaf_hashes[middle:high])))
            high = middle
        else:
            path.append(merkle_root(list(leaf_hashes[low:middle])))
            size -= middle - low
            low, is_whole = middle, False
    if not is_whole:
        path.append(merkle_root(list(leaf_hashes[low:high])))
    return path[::-1]


def is_consistent(size: int, root: bytes, later_size: int, later_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether the tree of ``later_size`` holds the tree of ``size`` as its first leaves (section 2.1.4.2)."""
    if not 0 < size < later_size:
        return 0 < size == later_size and root == later_root and not path
    # An earlier tree that is a whole power of two is itself the first node; the proof leaves it out.
    nodes = [root, *path] if size & (size - 1) == 0 else list(path)
    node, last = size - 1, later_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    return bool(nodes) and _fold(nodes[0], node, last, nodes[1:]) == (root, later_root)


def ledger_leaf(entry_hash: str) -> bytes:
    """Return the leaf hash of a ledger entry: the leaf is the entry's own hash as 32 bytes."""
    return merkle_leaf(bytes.fromhex(entry_hash))


def _fold(start: bytes, node: int, last: int, path: Sequence[bytes]) -> tuple[bytes | None, bytes | None]:
    """Climb from a node, joining only what stands left of it, and everything; None where the path has another length."""
    left = whole = start
    for sibling in path:
        if last == 0:
            return None, None
        if node & 1 or node == last:
            left, whole = _node(sibling, left), _node(sibling, whole)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            whole = _node(whole, sibling)
        node, last = node >> 1, last >> 1
    return (left, whole) if last == 0 else (None, None)


def _split(size: int) -> int:
    """Return the largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _parents(level: list[bytes]) -> list[bytes]:
    paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return paired + level[len(paired) * 2 :]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
