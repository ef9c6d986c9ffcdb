"""Put a batch before its annotators: one Label Studio project for each person, opaque tokens, gold among the items.

Tokens are keyed digests, so that a run that was killed finds again what it made: a project by its title, a task by its
token. Nothing is imported twice, and rows count only once everything stands on the server.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.domain.digests import fields_digest, json_digest
from pipeline.domain.labeling import BatchState, Function, LabelingRule, Purpose
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.studio import TOKEN_FIELD
from pipeline.domain.tables import table_of
from pipeline.errors import DataError, EvidenceError
from pipeline.flows.batches import Batch, Choice, Move, functions_of, items_of, read_batch, refuse_other_rule, snapshot_texts
from pipeline.flows.change_batch import change_batch
from pipeline.flows.gold import gold_for
from pipeline.flows.house import House
from pipeline.flows.people import people_register
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, register_rows
from pipeline.stages.assign_items import assign_items, gold_count
from pipeline.stages.check_qualification import may_work
from pipeline.stages.check_roles import role_conflict
from pipeline.stages.draw_sample import draw
from pipeline.stages.render_rule import project_title, render_config, render_instructions

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio

Payloads = dict[str, Mapping[str, object]]
"""Task data as shown, without the token, by record id."""
Tasks = dict[str, tuple[Purpose, Mapping[str, object]]]
"""What is put before a person and why, by record id."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's work for one purpose, which becomes one project; ``name`` is what it is part of, such as a batch's round."""

    rule: LabelingRule
    name: str
    purpose: Purpose
    person: str
    batch_id: str | None = None
    round: int | None = None


def batch_seat(batch: Batch, number: int, purpose: Purpose, person: str) -> Seat:
    """Return a person's seat in a round of a batch."""
    return Seat(batch.rule, f"{batch.batch_id} r{number}", purpose, person, batch.batch_id, number)


def open_batch(house: House, actor: Actor, batch_id: str, people: Sequence[str], studio: "LabelStudio", why: str) -> LedgerEntry:
    """Give a drafted batch, or the items of its next round, to people, each in a project of their own.

    Raises EvidenceError, naming everybody at once, where a person may not label under the rule or holds another function.
    """
    batch = read_batch(house, batch_id)
    refuse_other_rule(house, batch)
    if batch.state not in (BatchState.DRAFT, BatchState.RELABEL):
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}; only a draft or a batch sent back is opened")
    number = batch.round + 1 if batch.state is BatchState.RELABEL else batch.round
    records = _records(house, batch)
    refuse_unfit(house, batch, people, Function.LABEL, records)
    payloads = payloads_of(house, batch)
    policy = active_policies(house).labeling
    rows: dict[str, list[Row]] = {"assignments": [], "studio_projects": [], "placements": []}
    at = datetime.now(UTC)
    hands = assign_items(records, people, keyed(house, "deal", batch.batch_id, str(number)))
    for person, mine in sorted(hands.items()):
        gold = gold_for(house, batch.rule.id, batch.rule.major, gold_count(len(mine), policy.gold_percent, policy.gold_minimum),
                        f"{batch.batch_id}/{number}/{person}")  # fmt: skip
        tasks: Tasks = {record: (Purpose.LABEL, payloads[record]) for record in mine}
        tasks |= {item.gold_id: (Purpose.GOLD, item.payload) for item in gold}
        seat = batch_seat(batch, number, Purpose.LABEL, person)
        made = place(house, seat, tasks, studio)
        rows["studio_projects"] += made["studio_projects"]
        rows["placements"] += made["placements"]
        rows["assignments"] += [assignment(seat, Function.LABEL, record, at) for record in mine]
    facts = {"people": sorted(hands), "items": len(records)}
    return change_batch(house, actor, batch, Move(BatchState.OPEN, why, rows, facts, is_by_person=True))


def place(house: House, seat: Seat, tasks: Tasks, studio: "LabelStudio") -> dict[str, list[Row]]:
    """Make one person's project with its tasks in an order that the key fixes, or find it again; return the rows to register."""
    title = project_title(seat.rule, seat.name, seat.purpose.value, seat.person[:10])
    project = studio.ensure_project(title, render_config(seat.rule), render_instructions(seat.rule))
    tokens = {record: token_of(house, studio.instance, seat, record) for record in tasks}
    order = draw(list(tasks), keyed(house, "order", seat.name, seat.purpose, seat.person), len(tasks))
    data = [{**tasks[record][1], TOKEN_FIELD: tokens[record]} for record in order]
    placed = studio.ensure_tasks(project.id, data, chunk=active_policies(house).labeling.items_per_import)
    about: Row = {
        "instance": studio.instance, "project": project.id, "batch_id": seat.batch_id, "round": seat.round, "person": seat.person,
    }  # fmt: skip
    made = {
        **about, "project_created_at": project.created_at, "purpose": seat.purpose.value, "rule_id": seat.rule.id,
        "rule_version": seat.rule.version, "config_sha256": project.config_sha256, "title": title, "recorded_at": datetime.now(UTC),
    }  # fmt: skip
    placements = [
        {
            **about, "task": placed[token].id, "task_created_at": placed[token].created_at, "token": token, "record_id": record,
            "purpose": tasks[record][0].value, "payload_sha256": json_digest(tasks[record][1]),
        }
        for record, token in tokens.items()
    ]  # fmt: skip
    return {"studio_projects": [made], "placements": placements}


def token_of(house: House, instance: str, seat: Seat, record_id: str) -> str:
    """Return the opaque name under which a person sees an item: keyed, so that it tells nothing and can be made again."""
    return keyed(house, "placement", instance, seat.name, seat.purpose, seat.person, record_id).hex()[:24]


def keyed(house: House, *fields: str) -> bytes:
    """Return a keyed digest of some words: fixed, and foreseen by nobody without the project's key."""
    return hmac.digest(house.key.secret, fields_digest(*fields).encode(), "sha256")


def refuse_unfit(house: House, batch: Batch, people: Sequence[str], function: Function, records: Sequence[str]) -> None:
    """Refuse people who may not do a function on a batch, all in one message."""
    known, at = people_register(house), datetime.now(UTC)
    held = table_of("assignments", functions_of(house, batch.batch_id))
    scope = active_policies(house).labeling.separation
    faults = []
    for person in people:
        unfit = may_work(known, person, batch.rule.id, batch.rule.major, function, at)
        conflict = role_conflict(held, person, batch.batch_id, function, pa.array(records, pa.string()), scope)
        faults += [f"{person}: {unfit}"] if unfit else []
        faults += [conflict] if conflict else []
    if faults or not people:
        raise EvidenceError(f"batch {batch.batch_id}: {'; '.join(faults) or 'nobody was named'}")


def payloads_of(house: House, batch: Batch) -> Payloads:
    """Return the task data of a batch's items, read from its snapshot. Raises DataError where a text is no longer the one drafted."""
    items = {row["document_id"]: row for row in items_of(house, batch.batch_id)}
    texts = snapshot_texts(house, batch.snapshot_id, Choice(batch.size, "", documents=tuple(items)))
    found: Payloads = {}
    for row in texts.to_pylist():
        payload: dict[str, object] = {batch.rule.text_field: row["text"]}
        item = items[row["document_id"]]
        if json_digest(payload) != item["payload_sha256"]:
            raise DataError(f"document {row['document_id'][:12]}: its text in snapshot {batch.snapshot_id[:12]} is not the one drafted")
        found[item["record_id"]] = payload
    if len(found) != len(items):
        raise DataError(f"batch {batch.batch_id}: expected {len(items)} texts in snapshot {batch.snapshot_id[:12]}, found {len(found)}")
    return found


def _records(house: House, batch: Batch) -> list[str]:
    """Return which items are given out: all, or those that the judgement sent back."""
    everything = [row["record_id"] for row in items_of(house, batch.batch_id)]
    if batch.state is not BatchState.RELABEL:
        return everything
    judged = register_rows(house, "judgements", subject="batch", subject_id=batch.batch_id, round=batch.round)
    back = json.loads(judged[-1]["body"]).get("relabel_records") if judged else None
    return everything if back is None else [record for record in everything if record in set(back)]


def assignment(seat: Seat, function: Function, record_id: str, at: datetime) -> Row:
    """Return the row that says an item was given to a person."""
    return {
        "batch_id": seat.batch_id, "record_id": record_id, "round": seat.round, "function": function.value, "person": seat.person,
        "assigned_at": at, "revoked_at": None, "why": f"{function} in round {seat.round}",
    }  # fmt: skip
