"""Who signs: the project's Ed25519 keys as the ledger knows them, and what they sign.

The private key lies in the keys folder; the ledger holds every public key with the entry that brought it into use and
the one that retired it. A statement always anchors the ledger at the moment of signing.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.adapters import signing
from pipeline.domain.attestations import KEY_PAYLOAD_TYPE, PAYLOAD_TYPE, ROOT_DIGEST, Anchor, Signed, envelope, pae, statement
from pipeline.domain.digests import canonical_json, merkle_root
from pipeline.domain.ledger import SYSTEM, Actor, LedgerEntry
from pipeline.domain.merkle import ledger_leaf
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House

CREATED, ROTATED = "key.created", "key.rotated"
_ALGORITHM = "ed25519"

Facts = Iterable[tuple[LedgerEntry, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key in the ledger: in use after entry ``since`` and, once retired, up to entry ``until``."""

    key_id: str
    public_pem: str
    since: int
    until: int | None = None

    def may_sign(self, size: int) -> bool:
        """Tell whether the key was in use while the ledger had ``size`` entries."""
        return self.since < size and (self.until is None or size <= self.until)


def known_keys(facts: Facts) -> dict[str, KnownKey]:
    """Return every public key that a ledger names, by id."""
    found: dict[str, KnownKey] = {}
    for entry, body in facts:
        if entry.event not in (CREATED, ROTATED):
            continue
        key_id, retired = str(body["key_id"]), body.get("retires")
        found.setdefault(key_id, KnownKey(key_id, str(body["public_key"]), entry.seq))
        if retired in found:
            old = found[str(retired)]
            found[old.key_id] = KnownKey(old.key_id, old.public_pem, old.since, entry.seq)
    return found


def signing_key(house: House, actor: Actor = SYSTEM) -> signing.SigningKey:
    """Return the key in use; one that the ledger does not know yet is made or found, and entered."""
    folder = house.settings.keys
    known = known_keys(house.facts())
    if signing.has_key(folder, signing.WAITING_FILE) and signing.read_key(folder, signing.WAITING_FILE).key_id in known:
        signing.replace_key(folder)  # a rotation was stopped between its entry and the exchange
    key = signing.make_key(folder)
    if key.key_id not in known:
        house.record(actor, CREATED, {"key_id": key.key_id, "algorithm": _ALGORITHM, "public_key": key.public_pem})
    elif known[key.key_id].until is not None:
        raise ConfigurationError(
            f"{folder / signing.KEY_FILE}: this key was retired by ledger entry {known[key.key_id].until}; put the present key in its place"
        )
    return key


def rotate_key(house: House, actor: Actor, why: str) -> LedgerEntry:
    """Retire the key in use for a new one. The old key signs the new one, so that trust in the first carries over."""
    folder = house.settings.keys
    old = signing_key(house, actor)
    new = signing.make_key(folder, signing.WAITING_FILE)
    endorsement = old.sign(pae(KEY_PAYLOAD_TYPE, new.public_pem.encode()))
    facts = {
        "key_id": new.key_id,
        "algorithm": _ALGORITHM,
        "public_key": new.public_pem,
        "retires": old.key_id,
        "endorsement": base64.b64encode(endorsement).decode("ascii"),
        "why": why,
    }
    entry = house.record(actor, ROTATED, facts)
    signing.replace_key(folder)
    return entry


def key_faults(facts: Facts) -> list[str]:
    """Return what is wrong with a ledger's keys: a PEM under another id, or a rotation that the old key did not sign."""
    faults, known = [], known_keys(facts)
    for entry, body in facts:
        if entry.event not in (CREATED, ROTATED):
            continue
        public_pem, retired = str(body["public_key"]), body.get("retires")
        if signing.key_id_of(public_pem) != body["key_id"]:
            faults.append(f"ledger entry {entry.seq}: the public key has another id than the entry says")
        if entry.event == ROTATED:
            covered, made = pae(KEY_PAYLOAD_TYPE, public_pem.encode()), base64.b64decode(str(body["endorsement"]))
            if retired not in known or not signing.is_signed_by(known[str(retired)].public_pem, made, covered):
                faults.append(f"ledger entry {entry.seq}: the key it retires did not sign the new one")
    return faults


def anchor_of(entries: Sequence[LedgerEntry], size: int | None = None) -> Anchor:
    """Return the ledger's Merkle root over its first ``size`` entries, all by default."""
    held = entries[: len(entries) if size is None else size]
    return Anchor(held[0].hash, len(held), merkle_root([ledger_leaf(entry.hash) for entry in held]).hex(), held[-1].hash)


def sign_statement(
    house: House, predicate_type: str, subjects: Sequence[tuple[str, str, str]], predicate: Mapping[str, object]
) -> dict[str, object]:
    """Return a DSSE envelope over an in-toto statement that anchors the ledger as it is now.

    Subjects are (name, digest algorithm, hex digest); without any, the statement is about the ledger itself.
    """
    key = signing_key(house)
    anchor = anchor_of(house.entries())
    about = subjects or [("ledger", ROOT_DIGEST, anchor.root)]
    stated = statement(predicate_type, about, {**predicate, "ledger_head": anchor.facts()})
    payload = canonical_json(stated).encode()
    return envelope(PAYLOAD_TYPE, payload, [(key.key_id, key.sign(pae(PAYLOAD_TYPE, payload)))])


def signature_faults(signed: Signed, known: Mapping[str, KnownKey], size: int) -> list[str]:
    """Return why a signature does not count: its key is unknown to the ledger, was not in use, or did not make it."""
    key = known.get(signed.key_id)
    if key is None:
        return [f"signed by key {signed.key_id[:16]}, which the ledger does not know"]
    faults = [] if key.may_sign(size) else [f"signed by key {key.key_id[:16]}, which was not in use at ledger entry {size - 1}"]
    if not signing.is_signed_by(key.public_pem, signed.signature, signed.signed_bytes):
        faults.append("its signature does not hold")
    return faults
