"""Signed statements: what is claimed of a snapshot or of the ledger's head, in formats that others already read.

A statement is an in-toto Statement v1; its envelope is DSSE (the signature covers PAE, so that no other reading of
the same bytes can be passed off as it). Names of our own predicates are URNs, documented in docs/auditor.md.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.digests import canonical_json
from pipeline.errors import DataError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
KEY_PAYLOAD_TYPE = "application/x-pem-file"
SNAPSHOT_PREDICATE = "urn:laiyuan:snapshot:v1"
HEAD_PREDICATE = "urn:laiyuan:ledger-head:v1"
ROOT_DIGEST = "rfc9162Sha256"
"""Name of a Merkle root in a statement's digest sets: RFC 9162 hashing with SHA-256."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The ledger at one size: its Merkle root and the hash of its last entry. ``ledger_id`` is the first entry's hash."""

    ledger_id: str
    size: int
    root: str
    hash: str

    def facts(self) -> dict[str, object]:
        """Return the anchor as it stands in a statement."""
        return {"ledger_id": self.ledger_id, "size": self.size, "root": self.root, "hash": self.hash}

    @classmethod
    def of(cls, statement: Mapping[str, Any]) -> "Anchor":
        """Return the anchor in a statement of ours. Raises DataError when it has none."""
        try:
            stated = statement["predicate"]["ledger_head"]
            anchor = cls(str(stated["ledger_id"]), int(stated["size"]), str(stated["root"]), str(stated["hash"]))
            digests = [bytes.fromhex(each) for each in (anchor.ledger_id, anchor.root, anchor.hash)]
        except (KeyError, TypeError, ValueError):
            raise DataError("statement: expected the ledger's size and root in predicate.ledger_head, found none") from None
        if anchor.size < 1 or any(len(each) != 32 for each in digests):
            raise DataError("statement: expected a ledger of at least one entry and digests of 32 bytes, found others")
        return anchor


def statement(predicate_type: str, subjects: Sequence[tuple[str, str, str]], predicate: Mapping[str, object]) -> dict[str, object]:
    """Return an in-toto Statement v1 about subjects given as (name, digest algorithm, digest in hex)."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {algorithm: digest}} for name, algorithm, digest in subjects],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding that a DSSE signature covers (DSSE 1.0, protocol)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload_type: str, payload: bytes, signatures: Sequence[tuple[str, bytes]]) -> dict[str, object]:
    """Return a DSSE envelope with signatures given as (key id, signature)."""
    return {
        "payloadType": payload_type,
        "payload": base64.b64encode(payload).decode("ascii"),
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode("ascii")} for key_id, signature in signatures],
    }


def file_text(content: Mapping[str, object]) -> str:
    """Return the one text under which a proof, head or envelope is written, so that any other byte in it shows."""
    return canonical_json(content) + "\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """An envelope that was taken apart, its signature not yet checked."""

    payload_type: str
    payload: bytes
    key_id: str
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """Return what the signature covers."""
        return pae(self.payload_type, self.payload)

    @property
    def statement(self) -> dict[str, Any]:
        """Return the statement in the payload. Raises DataError when it holds none."""
        try:
            content = json.loads(self.payload)
        except ValueError:
            raise DataError("envelope: expected a statement in its payload, found something else than JSON") from None
        if self.payload_type != PAYLOAD_TYPE or not isinstance(content, dict) or content.get("_type") != STATEMENT_TYPE:
            raise DataError(f"envelope: expected an in-toto statement ({PAYLOAD_TYPE}), found another payload")
        return content


def read_envelope(content: object) -> Signed:
    """Take a DSSE envelope apart. Raises DataError when it is none, or has not exactly one signature."""
    try:
        stated: Any = content
        (signature,) = stated["signatures"]
        return Signed(
            str(stated["payloadType"]),
            base64.b64decode(stated["payload"], validate=True),
            str(signature["keyid"]),
            base64.b64decode(signature["sig"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise DataError("envelope: expected DSSE JSON with payloadType, payload and one signature, found another form") from None
