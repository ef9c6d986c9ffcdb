"""The ledger's chain: each entry's hash covers the entry before, so that order cannot be changed unseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from pipeline.domain.digests import canonical_json, json_digest
from pipeline.domain.tables import TABLE

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a pseudonymous id and how it was proved (``os_user``, ``airflow_login``, ``signature``, ``system``)."""

    actor: str
    proof: str


SYSTEM = Actor("system", "system")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of state."""

    seq: int
    at: datetime
    actor: str
    actor_proof: str
    event: str
    body: str
    prev: str
    hash: str

    def expected_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON of all other fields."""
        return entry_hash(self.seq, self.at, Actor(self.actor, self.actor_proof), self.event, self.body, self.prev)

    def as_table(self) -> pa.Table:
        """Return the entry as one row of the ledger table."""
        row = {name: getattr(self, name) for name in TABLE["ledger"].schema.names}
        return pa.Table.from_pylist([row], schema=TABLE["ledger"].schema)


def moment_text(at: datetime) -> str:
    """Return a UTC moment as ISO 8601 with microseconds and Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_hash(seq: int, at: datetime, actor: Actor, event: str, body: str, prev: str) -> str:
    """Return the hash of an entry's fields."""
    fields = {
        "seq": seq,
        "at": moment_text(at),
        "actor": actor.actor,
        "actor_proof": actor.proof,
        "event": event,
        "body": body,
        "prev": prev,
    }
    return json_digest(fields)


def next_entry(head: LedgerEntry | None, at: datetime, actor: Actor, event: str, facts: Mapping[str, object]) -> LedgerEntry:
    """Return the entry that follows ``head``."""
    seq, prev = (0, GENESIS) if head is None else (head.seq + 1, head.hash)
    body = canonical_json(facts)
    return LedgerEntry(seq, at, actor.actor, actor.proof, event, body, prev, entry_hash(seq, at, actor, event, body, prev))
