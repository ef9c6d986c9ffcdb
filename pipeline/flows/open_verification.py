"""Put a sample before verifiers, blind, and every disagreement before a third person, who sees both labels without names.

Verifiers see the item as the annotator saw it and nothing else; items with a known answer go among theirs, so that their
own errors can be measured. Who labeled, verified or ruled on any of a batch does nothing else on it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.domain.labeling import BatchState, Function, Outcome, Purpose
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.annotations import labeled_in, placements_of, settled_of
from pipeline.flows.batch_facts import gather_facts, sealing_of
from pipeline.flows.batches import Batch, Move, entries_of, read_batch
from pipeline.flows.change_batch import change_batch
from pipeline.flows.gold import gold_for
from pipeline.flows.hits import illegal_hits
from pipeline.flows.house import House
from pipeline.flows.open_batch import Seat, Tasks, assignment, batch_seat, keyed, payloads_of, place, refuse_unfit
from pipeline.flows.people import people_register
from pipeline.flows.policies import active_policies
from pipeline.flows.pull_labels import pull_labels
from pipeline.flows.registers import Row
from pipeline.flows.runs import register
from pipeline.flows.verdicts import PLACED, answered, blind_results, draws_of, frozen_of, take_verdicts
from pipeline.stages.adjudicate import adjudication_payload, adjudication_rule, labeler_is_a
from pipeline.stages.assign_items import assign_items, gold_count
from pipeline.stages.check_qualification import may_work
from pipeline.stages.compare_results import Result

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio

OWN_SERVER = "verify"
"""Name of the server that verifies where functions are kept apart."""
_RULED_IN = (BatchState.VERIFYING, BatchState.ADJUDICATING, BatchState.HELD)


@dataclass(frozen=True, slots=True)
class Dispute:
    """One item for an adjudicator: the frozen result and the blind one (empty where somebody only reported the item)."""

    record_id: str
    frozen: Result
    blind: Result


def open_verification(
    house: House, actor: Actor, batch_id: str, people: Sequence[str], studio: "LabelStudio", why: str = "sample given out"
) -> LedgerEntry:
    """Give the drawn items to qualified verifiers, each in a blind project of their own, with known items among them.

    Raises EvidenceError where a person may not verify or holds another function on the batch, and where a batch that is kept
    apart would be verified on the server it was labeled on.
    """
    batch = read_batch(house, batch_id)
    if batch.state is not BatchState.SAMPLED:
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}; a sample is given out once it is drawn")
    refuse_shared(batch, studio)
    records = [row["record_id"] for row in draws_of(house, batch)]
    refuse_unfit(house, batch, people, Function.VERIFY, records)
    payloads, policy = payloads_of(house, batch), active_policies(house).labeling
    rows: dict[str, list[Row]] = {"assignments": [], "studio_projects": [], "placements": []}
    at = datetime.now(UTC)
    hands = assign_items(records, people, keyed(house, "verify", batch.batch_id, str(batch.round)))
    for person, mine in sorted(hands.items()):
        count = gold_count(len(mine), policy.verifier_gold_percent, policy.least_gold)
        gold = gold_for(house, batch.rule.id, batch.rule.major, count, f"verify/{batch.batch_id}/{batch.round}/{person}")
        tasks: Tasks = {record: (Purpose.VERIFY, payloads[record]) for record in mine}
        tasks |= {item.gold_id: (Purpose.VERIFY_GOLD, item.payload) for item in gold}
        seat = batch_seat(batch, batch.round, Purpose.VERIFY, person)
        _add(rows, place(house, seat, tasks, studio))
        rows["assignments"] += [assignment(seat, Function.VERIFY, record, at) for record in mine]
    facts = {"people": sorted(hands), "items": len(records), "instance": studio.instance}
    return change_batch(house, actor, batch, Move(BatchState.VERIFYING, why, rows, facts))


def open_adjudication(
    house: House, actor: Actor, batch_id: str, people: Sequence[str], studio: "LabelStudio", why: str = "mismatches given out"
) -> LedgerEntry | None:
    """Give mismatches and reports of unlawful items to third persons; None where nothing waits for them.

    Verdicts that came in are entered first. A batch in verification moves on; one that is held stays held, so that reports
    can be ruled on. Raises EvidenceError where verdicts are missing or a person is not independent.
    """
    batch = read_batch(house, batch_id)
    if batch.state not in _RULED_IN:
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}; adjudication follows verification, or a hold")
    refuse_shared(batch, studio)
    take_verdicts(house, actor, batch)
    disputes = disputes_of(house, batch)
    if not disputes:
        return None
    refuse_unfit(house, batch, people, Function.ADJUDICATE, [each.record_id for each in disputes])
    rows, firsts = _place_disputes(house, batch, people, disputes, studio)
    facts = {"people": sorted(people), "items": len(disputes), "frozen_is_a": firsts, "instance": studio.instance}
    if batch.state is BatchState.VERIFYING:
        return change_batch(house, actor, batch, Move(BatchState.ADJUDICATING, why, rows, facts))
    named = {"batch_id": batch.batch_id, "round": batch.round, "why": why}
    return register(house, actor, PLACED, batch.batch_id, rows, {**named, **facts})


def pulled_disputes(house: House, actor: Actor, batch_id: str, studio: "LabelStudio") -> dict[str, object]:
    """Pull a verifying server, enter what came in, and return the batch with how many items wait for an adjudicator to be named."""
    pull_labels(house, actor, studio)
    batch = read_batch(house, batch_id)
    if batch.state in _RULED_IN:
        take_verdicts(house, actor, batch)
    return {"batch": batch.batch_id, "disputes": len(disputes_of(house, batch)), "state": batch.state.value}


def disputes_of(house: House, batch: Batch) -> list[Dispute]:
    """Return what waits for an adjudicator and is not before one who may still work: mismatches, then reported items."""
    waiting = {hit.record_id for hit in illegal_hits(house, batch) if hit.is_confirmed is None}
    if sealing_of(house, batch):
        sample = gather_facts(house, batch).sample
        waiting |= {item.record_id for item in sample if item.outcome in (Outcome.MISMATCH, Outcome.ILLEGAL) and item.adjudication is None}
    waiting -= _before_somebody(house, batch)
    frozen = {record: row["body"] for record, row in frozen_of(house, batch).items()}
    settled = {record: each.body for record, each in settled_of(house, labeled_in(house, batch)).items()}
    blind = blind_results(house, batch)
    return [
        Dispute(record, _result(frozen.get(record) or settled.get(record)), _result(blind[record].body if record in blind else None))
        for record in sorted(waiting)
    ]


def _result(body: str | None) -> Result:
    return tuple(json.loads(body) or ()) if body else ()


def _before_somebody(house: House, batch: Batch) -> set[str]:
    done = {row["token"] for row, _ in answered(house, batch)}
    known, at = people_register(house), datetime.now(UTC)
    placed = [row for row in placements_of(house, batch, Purpose.ADJUDICATE) if row["token"] not in done]
    able = {
        person: may_work(known, person, batch.rule.id, batch.rule.major, Function.ADJUDICATE, at) is None
        for person in {row["person"] for row in placed}
    }
    return {row["record_id"] for row in placed if able[row["person"]]}


def _place_disputes(
    house: House, batch: Batch, people: Sequence[str], disputes: Sequence[Dispute], studio: "LabelStudio"
) -> tuple[dict[str, list[Row]], list[str]]:
    turn = 1 + sum(
        entry.event in (PLACED, "batch.adjudicating") and "frozen_is_a" in facts for entry, facts in entries_of(house, batch.batch_id)
    )
    by_record, texts = {each.record_id: each for each in disputes}, payloads_of(house, batch)
    rows: dict[str, list[Row]] = {"assignments": [], "studio_projects": [], "placements": []}
    firsts: list[str] = []
    at = datetime.now(UTC)
    hands = assign_items(list(by_record), people, keyed(house, "adjudicate", batch.batch_id, str(batch.round), str(turn)))
    for person, mine in sorted(hands.items()):
        if not mine:
            continue
        name = f"{batch.batch_id} r{batch.round}" + (f".{turn}" if turn > 1 else "")
        seat = Seat(adjudication_rule(batch.rule), name, Purpose.ADJUDICATE, person, batch.batch_id, batch.round)
        is_a = {record: labeler_is_a(house.key.secret, batch.batch_id, batch.round, record) for record in mine}
        tasks: Tasks = {}
        for record in mine:
            text = str(texts[record][batch.rule.text_field])
            each = by_record[record]
            tasks[record] = Purpose.ADJUDICATE, adjudication_payload(batch.rule, text, each.frozen, each.blind, is_a=is_a[record])
        made = place(house, seat, tasks, studio)
        _add(rows, made)
        firsts += [row["token"] for row in made["placements"] if is_a[row["record_id"]]]
        rows["assignments"] += [assignment(seat, Function.ADJUDICATE, record, at) for record in mine]
    return rows, sorted(firsts)


def server_for(house: House, batch_id: str, instance: str | None = None) -> str:
    """Return the server to verify on: the one named, else one of its own where functions are kept apart."""
    batch = read_batch(house, batch_id)
    return instance or (OWN_SERVER if batch.separation == "hard" else batch.instance)


def refuse_shared(batch: Batch, studio: "LabelStudio") -> None:
    """Refuse to verify on the server that labeled, where a batch's functions are kept apart."""
    if batch.separation == "hard" and studio.instance == batch.instance:
        raise EvidenceError(
            f"batch {batch.batch_id}: separation is hard, and it was labeled on {batch.instance}; verify on another server (--instance)"
        )


def _add(rows: dict[str, list[Row]], made: dict[str, list[Row]]) -> None:
    for name, values in made.items():
        rows[name] += values
