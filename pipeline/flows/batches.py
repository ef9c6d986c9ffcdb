"""Batches, the lots of ISO 2859-1: drafted from a snapshot by a seeded query, and moved only along their states.

A batch is bound to one approved rule version, one snapshot and one producer. Every change of state is a ledger entry
with who and why, and goes through ``flows.change_batch``, so that no state is reached around a check.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.domain.digests import canonical_json, fields_digest, json_digest
from pipeline.domain.labeling import BatchState, LabelingRule, RuleKind, Subject
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import approved_rule, rule_of_digest
from pipeline.flows.publish import snapshots_folder
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.flows.snapshots import find_snapshot, manifest
from pipeline.stages.bound_accuracy import min_sample
from pipeline.stages.draw_sample import draw


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands: what it was drafted as, its round and its state."""

    batch_id: str
    rule: LabelingRule
    rule_sha256: str
    producer: str
    snapshot_id: str
    size: int
    separation: str
    instance: str
    drafter: str
    round: int
    state: BatchState


@dataclass(frozen=True, slots=True)
class Choice:
    """How a batch's items are chosen from a snapshot: filters, size and seed; the same choice gives the same items."""

    size: int
    seed: str
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a batch shall be: an approved rule's name, a snapshot, which of its documents, who labels and where."""

    rule: str
    snapshot: str
    choice: Choice
    producer: str = "internal"
    instance: str = "labeling"
    separation: str = "soft"


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a batch's state: the state, why, and the rows and facts that come with it."""

    state: BatchState
    why: str
    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    is_by_person: bool = False
    """A named person asked for this very step with a reason: a recall, a new round, a void."""


def draft_batch(house: House, actor: Actor, wanted: Draft) -> str:
    """Draft a batch of documents of a snapshot under an approved rule; return its id.

    Raises EvidenceError where the rule is not approved, the snapshot holds too few documents that fit, or the rule's claim
    cannot be proved on a lot of this size.
    """
    snapshot, choice, producer = wanted.snapshot, wanted.choice, wanted.producer
    rule, rule_sha256 = approved_rule(house, wanted.rule)
    folder = find_snapshot(house, snapshot)
    about = manifest(folder)
    if about["kind"] != "documents":
        raise ConfigurationError(f"snapshot {snapshot}: expected one of documents, found one of {about['kind']}")
    if rule.kind is RuleKind.SAFETY and wanted.separation != "hard":
        raise EvidenceError(
            f"rule {rule.name}: safety labels are kept apart; draft the batch with a server of their own (--separation hard)"
        )
    _refuse_impossible(rule, choice.size)
    snapshot_id = str(about["snapshot_id"])
    chosen = choose_texts(house, snapshot_id, choice)
    query = canonical_json({name: getattr(choice, name) for name in ("size", "seed", "sources", "languages", "documents")})
    batch_id = "b-" + fields_digest("batch", rule_sha256, snapshot_id, query, producer)[:12]
    if batch_id in {row["batch_id"] for row in register_rows(house, "batches")}:
        return batch_id
    items = [
        {
            "batch_id": batch_id,
            "record_id": record_of(snapshot_id, row["document_id"]),
            "document_id": row["document_id"],
            "payload_sha256": json_digest({rule.text_field: row["text"]}),
        }
        for row in chosen.to_pylist()
    ]
    facts: Row = {
        "batch_id": batch_id, "rule_id": rule.id, "rule_version": rule.version, "rule_sha256": rule_sha256, "producer": producer,
        "snapshot_id": snapshot_id, "query": query, "size": len(items), "separation": wanted.separation, "instance": wanted.instance,
    }  # fmt: skip
    at = datetime.now(UTC)
    state = {"batch_id": batch_id, "round": 1, "state": BatchState.DRAFT.value, "why": "drafted", "recorded_at": at}
    rows: dict[str, list[Row]] = {"batches": [{**facts, "recorded_at": at}], "batch_items": items, "batch_states": [state]}
    register(house, actor, "batch.draft", batch_id, rows, facts)
    return batch_id


def _refuse_impossible(rule: LabelingRule, size: int) -> None:
    claim, confidence, allowed = float(rule.acceptance.claim), float(rule.acceptance.confidence), rule.acceptance.max_errors
    if min_sample(size, claim, confidence, allowed) is None:
        raise EvidenceError(
            f"rule {rule.name}: with {allowed} errors allowed, {rule.acceptance.claim} cannot be proved at {rule.acceptance.confidence} "
            f"on {size} items even by verifying all of them; draft a larger batch or allow fewer errors"
        )


def snapshot_texts(house: House, snapshot_id: str, choice: Choice | None = None) -> pa.Table:
    """Return ``document_id`` and ``text`` as published of a snapshot's documents that a choice allows."""
    folder = folder_of(house, snapshot_id)
    wanted = None
    for column, values in (
        (("source_id", choice.sources), ("language", choice.languages), ("document_id", choice.documents)) if choice else ()
    ):
        if values:
            test = pc.field(column).isin(list(values))
            wanted = test if wanted is None else wanted & test
    return ds.dataset(folder / "data", format="parquet").to_table(columns=["document_id", "text"], filter=wanted)


def folder_of(house: House, snapshot_id: str) -> Path:
    """Return a snapshot's folder by its whole digest, without asking the lineage for names."""
    folder = snapshots_folder(house) / snapshot_id
    return folder if folder.is_dir() else find_snapshot(house, snapshot_id)


def choose_texts(house: House, snapshot_id: str, choice: Choice) -> pa.Table:
    """Return the documents that a choice takes from a snapshot, by its seed. Raises EvidenceError where too few fit."""
    documents = snapshot_texts(house, snapshot_id, choice)
    if documents.num_rows < choice.size:
        raise EvidenceError(f"snapshot {snapshot_id[:12]}: expected {choice.size} documents that fit, found {documents.num_rows}")
    taken = draw(documents["document_id"], choice.seed.encode(), choice.size)
    return documents.filter(pc.is_in(documents["document_id"], pa.array(taken, pa.string())))


def record_of(snapshot_id: str, document_id: str) -> str:
    """Return the id of a document as an item of a batch drawn from a snapshot."""
    return fields_digest("item", snapshot_id, document_id)


def read_batch(house: House, batch_id: str) -> Batch:
    """Return a batch by its id or the start of it. Raises ConfigurationError when there is none or more than one."""
    found = [batch for batch in list_batches(house) if batch.batch_id.startswith(batch_id)]
    if len(found) != 1:
        raise ConfigurationError(f"batch {batch_id}: expected one of {', '.join(b.batch_id for b in list_batches(house)) or 'none yet'}")
    return found[0]


def list_batches(house: House) -> list[Batch]:
    """Return all batches as they stand, in the order in which they were drafted."""
    states = newest(register_rows(house, "batch_states"), lambda row: row["batch_id"])
    return [_batch(house, row, states[row["batch_id"]]) for row in register_rows(house, "batches")]


def _batch(house: House, row: Row, state: Mapping[str, object]) -> Batch:
    plain = {name: row[name] for name in ("batch_id", "rule_sha256", "producer", "snapshot_id", "size", "separation", "instance")}
    rule = rule_of_digest(house, row["rule_sha256"])
    return Batch(**plain, rule=rule, drafter=row["actor"], round=int(str(state["round"])), state=BatchState(str(state["state"])))


def items_of(house: House, batch_id: str) -> list[Row]:
    """Return the items of a batch."""
    return register_rows(house, "batch_items", batch_id=batch_id)


def functions_of(house: House, batch_id: str) -> list[Row]:
    """Return who holds or held which function on which item of a batch, in all rounds; what was taken away again too."""
    return register_rows(house, "assignments", batch_id=batch_id)


def subject_of(batch: Batch) -> dict[str, object]:
    """Return the key of a batch's round in the tables of sampled verification."""
    return {"subject": Subject.BATCH.value, "subject_id": batch.batch_id, "round": batch.round}


def entries_of(house: House, batch_id: str) -> list[tuple[LedgerEntry, dict[str, object]]]:
    """Return the ledger's entries about a batch with their facts."""
    return [(entry, facts) for entry, facts in house.facts() if facts.get("batch_id") == batch_id]


def refuse_other_rule(house: House, batch: Batch) -> None:
    """Refuse to go on with a batch whose rule was retired meanwhile: it is held until somebody decides."""
    states = newest(register_rows(house, "labeling_rule_states", rule_id=batch.rule.id), lambda row: row["rule_version"])
    if states[batch.rule.version]["state"] != "approved":
        raise EvidenceError(
            f"batch {batch.batch_id}: rule {batch.rule.name} is {states[batch.rule.version]['state']}; hold the batch and relabel"
        )
