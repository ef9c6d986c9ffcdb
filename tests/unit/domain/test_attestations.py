"""The forms others read: DSSE's encoding, in-toto statements, and what is refused."""

import base64
import json

import pytest

from pipeline.domain.attestations import (
    HEAD_PREDICATE,
    PAYLOAD_TYPE,
    ROOT_DIGEST,
    STATEMENT_TYPE,
    Anchor,
    envelope,
    file_text,
    pae,
    read_envelope,
    statement,
)
from pipeline.errors import DataError

ANCHOR = Anchor("aa" * 32, 3, "bb" * 32, "cc" * 32)
STATED = statement(HEAD_PREDICATE, [("ledger", ROOT_DIGEST, "bb" * 32)], {"ledger_head": ANCHOR.facts()})
ENVELOPE = envelope(PAYLOAD_TYPE, json.dumps(STATED).encode(), [("k", b"signature")])


def test_the_encoding_is_the_one_of_the_dsse_specification() -> None:
    """The specification's own example."""
    encoded = pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("", b"") == b"DSSEv1 0  0 "


def test_a_statement_goes_in_and_comes_out() -> None:
    signed = read_envelope(json.loads(file_text(ENVELOPE)))
    assert signed.statement == STATED
    assert signed.statement["_type"] == STATEMENT_TYPE
    assert (signed.key_id, signed.signature) == ("k", b"signature")
    assert signed.signed_bytes == pae(PAYLOAD_TYPE, json.dumps(STATED).encode())
    assert Anchor.of(signed.statement) == ANCHOR


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": "not base64!"},
        {"payload": None},
        {"signatures": []},
        {"signatures": ENVELOPE["signatures"] * 2},  # type: ignore[operator]
        {"signatures": [{"keyid": "k"}]},
    ],
    ids=str,
)
def test_what_is_no_envelope_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(DataError, match="expected DSSE JSON"):
        read_envelope({**ENVELOPE, **changed})


@pytest.mark.parametrize("content", [None, [], "text", {}])
def test_other_json_is_no_envelope(content: object) -> None:
    with pytest.raises(DataError, match="expected DSSE JSON"):
        read_envelope(content)


@pytest.mark.parametrize(
    ("payload_type", "payload"), [("text/plain", b"{}"), (PAYLOAD_TYPE, b"[1]"), (PAYLOAD_TYPE, b"{"), (PAYLOAD_TYPE, b"{}")]
)
def test_another_payload_is_no_statement(payload_type: str, payload: bytes) -> None:
    with pytest.raises(DataError, match=r"expected an? (in-toto )?statement"):
        _ = read_envelope(envelope(payload_type, payload, [("k", b"s")])).statement


@pytest.mark.parametrize(
    "head",
    [None, {}, {**ANCHOR.facts(), "size": 0}, {**ANCHOR.facts(), "root": "bb"}, {**ANCHOR.facts(), "hash": "x" * 64}],
    ids=str,
)
def test_an_anchor_needs_a_size_and_digests(head: object) -> None:
    with pytest.raises(DataError, match="statement: expected"):
        Anchor.of({"predicate": {"ledger_head": head}})


def test_base64_is_the_standard_one() -> None:
    assert ENVELOPE["payload"] == base64.b64encode(json.dumps(STATED).encode()).decode()
