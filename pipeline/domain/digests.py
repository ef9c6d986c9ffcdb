"""Digests and canonical JSON: how two people on two machines arrive at the same name for the same thing.

Fields are length-prefixed, so that ("ab", "c") and ("a", "bc") never meet.
"""

import hashlib
import json
from collections.abc import Iterable


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of bytes as 64 lower-case hex digits."""
    return hashlib.sha256(content).hexdigest()


def fields_digest(*fields: str) -> str:
    """Return the SHA-256 over UTF-8 fields, each preceded by its byte length as 8 big-endian bytes."""
    hasher = hashlib.sha256()
    for field in fields:
        encoded = field.encode()
        hasher.update(len(encoded).to_bytes(8, "big"))
        hasher.update(encoded)
    return hasher.hexdigest()


def document_id(source_id: str, locator: str, content_sha256: str) -> str:
    """Name a document by where it came from and what it says (design: the same text from two sources is two documents)."""
    return fields_digest(source_id, locator, content_sha256)


def canonical_json(value: object) -> str:
    """Serialize to the one JSON text with sorted keys, no spaces and no escapes beyond the required.

    Floats are refused by callers that hash: only strings, integers, booleans, null, lists and objects go in.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def json_digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of a value."""
    return sha256_hex(canonical_json(value).encode())


def set_digest(digests: Iterable[bytes]) -> str:
    """Return one digest for a multiset of 32-byte digests, whatever their order."""
    hasher = hashlib.sha256()
    for digest in sorted(digests):
        hasher.update(digest)
    return hasher.hexdigest()


def merkle_root(leaf_hashes: list[bytes]) -> bytes:
    """Return the RFC 9162 section 2.1.1 root over leaf hashes (each already ``sha256(0x00 || leaf)``)."""
    if not leaf_hashes:
        return hashlib.sha256(b"").digest()
    level = leaf_hashes
    # Pairing neighbours and carrying an odd last node upwards gives the RFC's left-heavy tree.
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def merkle_leaf(content: bytes) -> bytes:
    """Return the RFC 9162 hash of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()
