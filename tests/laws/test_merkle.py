"""The laws of RFC 9162's proofs, held against the definitions of its section 2.1 written out word for word."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.digests import merkle_leaf, merkle_root
from pipeline.domain.merkle import consistency_path, inclusion_path, is_consistent, root_of_path
from pipeline.standalone import verify_snapshot

SIZES = range(1, 71)
# The leaves and roots that Certificate Transparency's implementations share as their known answers.
KNOWN_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
Held = Callable[[int, bytes, int, bytes, list[bytes]], bool]


def leaves(size: int) -> list[bytes]:
    return [merkle_leaf(number.to_bytes(4, "big")) for number in range(size)]


def below(size: int) -> int:
    """The RFC's k: the largest power of two smaller than n."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def tree(hashes: list[bytes]) -> bytes:
    """MTH(D_n)."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = below(len(hashes))
    return hashlib.sha256(b"\x01" + tree(hashes[:k]) + tree(hashes[k:])).digest()


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH(m, D_n)."""
    if len(hashes) == 1:
        return []
    k = below(len(hashes))
    return [*path(m, hashes[:k]), tree(hashes[k:])] if m < k else [*path(m - k, hashes[k:]), tree(hashes[:k])]


def subproof(m: int, hashes: list[bytes], is_complete: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b)."""
    if m == len(hashes):
        return [] if is_complete else [tree(hashes)]
    k = below(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], is_complete), tree(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), tree(hashes[:k])]


def climb(leaf: bytes, index: int, size: int, up: list[bytes]) -> bytes | None:
    """The verifier's own climbing, as it checks a proof file."""
    return verify_snapshot._fold(leaf, index, size - 1, up)[1] if 0 <= index < size else None


@pytest.mark.parametrize("size", range(9))
def test_known_answers_of_certificate_transparency(size: int) -> None:
    hashes = [merkle_leaf(bytes.fromhex(leaf)) for leaf in KNOWN_LEAVES[:size]]
    assert merkle_root(hashes).hex() == tree(hashes).hex() == KNOWN_ROOTS[size]


@pytest.mark.parametrize("root_of", [root_of_path, climb], ids=["ours", "the verifier's"])
def test_every_leaf_of_every_tree_proves(root_of: Callable[..., bytes | None]) -> None:
    for size in SIZES:
        hashes = leaves(size)
        root = tree(hashes)
        assert merkle_root(hashes) == root
        for index in range(size):
            up = inclusion_path(hashes, index)
            assert up == path(index, hashes)
            assert root_of(hashes[index], index, size, up) == root


@pytest.mark.parametrize("held", [is_consistent, verify_snapshot._is_consistent], ids=["ours", "the verifier's"])
def test_every_earlier_tree_is_held_by_every_later_one(held: Held) -> None:
    for later in SIZES:
        hashes = leaves(later)
        roots = [tree(hashes[:size]) for size in range(later + 1)]
        for size in range(1, later + 1):
            up = consistency_path(hashes, size)
            assert up == subproof(size, hashes, True)
            assert held(size, roots[size], later, roots[later], up)


@given(st.integers(1, 70), st.data())
def test_a_flipped_bit_anywhere_proves_nothing(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    parts = [hashes[index], *inclusion_path(hashes, index)]
    place, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[place] = (int.from_bytes(parts[place], "big") ^ 1 << bit).to_bytes(32, "big")
    for root_of in (root_of_path, climb):
        assert root_of(parts[0], index, size, parts[1:]) != merkle_root(hashes)


@given(st.integers(1, 70), st.data())
def test_another_place_or_length_proves_nothing(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-3, size + 3))
    up = inclusion_path(hashes, index)
    for root_of in (root_of_path, climb):
        if other != index:
            assert root_of(hashes[index], other, size, up) != merkle_root(hashes)
        assert root_of(hashes[index], index, size, [*up, hashes[0]]) != merkle_root(hashes)
        assert not up or root_of(hashes[index], index, size, up[:-1]) != merkle_root(hashes)


@given(st.integers(2, 70), st.data())
def test_a_flipped_bit_breaks_consistency(later: int, data: st.DataObject) -> None:
    hashes = leaves(later)
    size = data.draw(st.integers(1, later - 1))
    parts = [merkle_root(hashes[:size]), merkle_root(hashes), *consistency_path(hashes, size)]
    place, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[place] = (int.from_bytes(parts[place], "big") ^ 1 << bit).to_bytes(32, "big")
    for held in (is_consistent, verify_snapshot._is_consistent):
        assert not held(size, parts[0], later, parts[1], parts[2:])


@given(st.integers(1, 70), st.integers(-2, 75), st.data())
def test_a_rewritten_past_is_not_held(later: int, size: int, data: st.DataObject) -> None:
    """No tree with another leaf among the first ones is held, and sizes that cannot be are refused."""
    hashes = leaves(later)
    for held in (is_consistent, verify_snapshot._is_consistent):
        if not 0 < size <= later:
            assert not held(size, merkle_root(hashes), later, merkle_root(hashes), [])
            continue
        changed = list(hashes)
        changed[data.draw(st.integers(0, size - 1))] = merkle_leaf(b"changed")
        assert not held(size, merkle_root(hashes[:size]), later, merkle_root(changed), consistency_path(changed, size))


def test_no_proof_outside_the_tree() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError, match="expected one of 3"):
            inclusion_path(leaves(3), index)
    for size in (0, 4):
        with pytest.raises(IndexError, match="expected 1 to 3"):
            consistency_path(leaves(3), size)
