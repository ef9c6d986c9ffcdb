"""Where a batch stands, counted from the tables at the moment of a step and never from an earlier reading of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from pipeline.domain.batch_standing import BatchStanding
from pipeline.domain.digests import canonical_json
from pipeline.domain.judging import BatchFacts, Consequence
from pipeline.domain.labeling import Alarm, BatchState, Function, Outcome, Purpose, RuleKind
from pipeline.domain.tables import table_of
from pipeline.flows.annotations import labeled_in, open_alarms, placements_of, settled_of
from pipeline.flows.batch_facts import (
    auditor_functions,
    commitment_of,
    does_illegal_void,
    gather_facts,
    is_rule_approved,
    sealing_of,
    stored_plan,
)
from pipeline.flows.batches import Batch, Move, entries_of, functions_of, items_of, subject_of
from pipeline.flows.hits import illegal_hits
from pipeline.flows.house import House
from pipeline.flows.people import people_register
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.verdicts import draws_of
from pipeline.stages.check_qualification import may_work
from pipeline.stages.check_roles import role_conflict
from pipeline.stages.judge_batch import TAMPERING, is_wrong
from pipeline.stages.look_sequentially import Progress, progress
from pipeline.stages.plan_sample import is_as_strict
from pipeline.stages.settle_annotations import Settled

BLOCKING = frozenset({Alarm.TASK_EDITED, Alarm.TASK_MISSING, Alarm.TASK_UNKNOWN, Alarm.CONFIG_DRIFT, Alarm.PROJECT_MISSING})
"""Alarms after which nothing of the batch is frozen until a person has looked and said so."""


def stand_batch(house: House, batch: Batch, move: Move) -> BatchStanding:
    """Return where a batch stands if the rows of a move counted already; the step itself is not taken."""
    settled = settled_of(house, labeled_in(house, batch))
    facts = gather_facts(house, batch) if sealing_of(house, batch) else None
    hits = illegal_hits(house, batch)
    plan, commitment = stored_plan(house, batch), commitment_of(house, batch)
    return BatchStanding(
        state=batch.state,
        round_number=batch.round,
        max_rounds=active_policies(house).labeling.max_rounds,
        held_from=held_from(house, batch),
        is_rule_approved=is_rule_approved(house, batch),
        unqualified=_unqualified(house, batch, move.rows.get("assignments", [])),
        unlabeled=sum(row["record_id"] not in settled for row in items_of(house, batch.batch_id)),
        unreviewed=len(unreviewed(house, batch, settled)),
        has_plan=plan is not None,
        is_plan_loosened=_is_loosened(house, batch),
        has_commitment=commitment is not None,
        has_auditor_function=commitment is not None and bool(auditor_functions(house, batch, commitment["actor"])),
        is_pulled_whole=is_pulled_whole(house, batch),
        broken_items=_broken(house, batch),
        has_root=bool(register_rows(house, "freezes", batch_id=batch.batch_id, round=batch.round)),
        has_draw=bool(draws_of(house, batch) or move.rows.get("sample_draws")),
        missing_verifiers=_missing_verifiers(house, batch, move.rows.get("assignments", [])),
        missing_verdicts=_missing_verdicts(house, batch, facts),
        missing_adjudications=_missing_adjudications(facts),
        open_illegal=len({hit.record_id for hit in hits if hit.is_confirmed is None}),
        confirmed_illegal=len({hit.record_id for hit in hits if hit.is_confirmed}),
        does_illegal_void=does_illegal_void(house, batch),
        open_tampering=_open_tampering(house, batch, facts),
        judged=judged_now(house, batch, facts, move.rows.get("judgements", [])),
        is_confirmed_by_person=move.is_by_person,
    )


def held_from(house: House, batch: Batch) -> BatchState | None:
    """Return the state in which a batch was held; none when it is not."""
    held = [facts for entry, facts in entries_of(house, batch.batch_id) if entry.event == "batch.held"]
    return BatchState(str(held[-1]["from"])) if held and batch.state is BatchState.HELD else None


def is_pulled_whole(house: House, batch: Batch) -> bool:
    """Tell whether every labeling project of the round was listed whole after the batch was closed."""
    closed = [
        entry.seq
        for entry, facts in entries_of(house, batch.batch_id)
        if entry.event == "batch.closed" and facts.get("round") == batch.round
    ]
    committed = house.committed_runs()
    full = {
        (row["instance"], row["project"])
        for row in register_rows(house, "pulls", is_full=True)
        if closed and committed[row["run_id"]].seq > closed[-1]
    }
    projects = {(row["instance"], row["project"]) for row in placements_of(house, batch, Purpose.LABEL)}
    return bool(projects) and projects <= full


def unreviewed(house: House, batch: Batch, settled: Mapping[str, Settled]) -> list[str]:
    """Return the items of a safety batch that no second person has passed as they are now."""
    if batch.rule.kind is not RuleKind.SAFETY:
        return []
    passed = {
        (row["record_id"], row["content_sha256"])
        for row in register_rows(house, "item_reviews", batch_id=batch.batch_id, round=batch.round)
        if row["is_passed"]
    }
    return [each.record_id for each in settled.values() if (each.record_id, each.content_sha256) not in passed]


def judged_now(house: House, batch: Batch, facts: BatchFacts | None, pending: list[Row]) -> Consequence | None:
    """Return the round's last judgement if it rests on the facts as they are now; none where a fact came later."""
    rows = pending or register_rows(house, "judgements", **subject_of(batch))
    if not rows or facts is None:
        return None
    body = json.loads(rows[-1]["body"])
    if canonical_json(body["facts"]) != canonical_json(facts.body()):
        return None
    return Consequence(body["judgement"]["consequence"])


def _unqualified(house: House, batch: Batch, pending: list[Row]) -> int:
    known, at = people_register(house), datetime.now(UTC)
    held = table_of("assignments", functions_of(house, batch.batch_id))
    scope = active_policies(house).labeling.separation
    unfit = 0
    for person, function in sorted({(row["person"], row["function"]) for row in pending}):
        records = pa.array([row["record_id"] for row in pending if row["person"] == person], pa.string())
        does = Function(function)
        is_unfit = may_work(known, person, batch.rule.id, batch.rule.major, does, at) is not None
        unfit += is_unfit or role_conflict(held, person, batch.batch_id, does, records, scope) is not None
    return unfit


def _is_loosened(house: House, batch: Batch) -> bool:
    plan = stored_plan(house, batch)
    before = [stored_plan(house, replace(batch, round=number)) for number in range(1, batch.round)]
    return plan is not None and any(each is not None and not is_as_strict(plan, each) for each in before)


def _broken(house: House, batch: Batch) -> int:
    """Count unresolved alarms about missing or edited tasks, up to the freeze: after it the frozen content wins."""
    committed = house.committed_runs()
    frozen = [committed[row["run_id"]].seq for row in register_rows(house, "freezes", batch_id=batch.batch_id, round=batch.round)]
    return sum(
        row["kind"] in BLOCKING and (not frozen or committed[row["run_id"]].seq < frozen[-1]) for row in open_alarms(house, batch.batch_id)
    )


def _missing_verifiers(house: House, batch: Batch, pending: list[Row]) -> int:
    given = [row for row in functions_of(house, batch.batch_id) if row["round"] == batch.round] + pending
    verified = {row["record_id"] for row in given if row["function"] == Function.VERIFY and row["revoked_at"] is None}
    return len({row["record_id"] for row in draws_of(house, batch)} - verified)


def _missing_verdicts(house: House, batch: Batch, facts: BatchFacts | None) -> int:
    if facts is None:
        return 0
    if facts.plan.looks:
        by_place = {item.position: is_wrong(item) for item in facts.sample}
        prefix = [by_place[place] for place in range(len(by_place)) if place in by_place]
        if progress(facts.plan.looks, prefix)[0] is not Progress.GO_ON:
            return 0
    return len({row["record_id"] for row in draws_of(house, batch)} - {item.record_id for item in facts.sample})


def _missing_adjudications(facts: BatchFacts | None) -> int:
    waiting = (Outcome.MISMATCH, Outcome.ILLEGAL)
    return sum(item.outcome in waiting and item.adjudication is None for item in facts.sample) if facts else 0


def _open_tampering(house: House, batch: Batch, facts: BatchFacts | None) -> int:
    if facts is None:
        return 0
    drawn = {row["record_id"] for row in draws_of(house, batch)}
    return sum(alarm.kind in TAMPERING and not alarm.is_settled and alarm.record_id in drawn for alarm in facts.alarms)
