"""Exams and pilots in Label Studio: ordinary-looking projects before anybody is qualified, read back by the same pull."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.domain.labeling import Function, LabelingRule, PilotAnswer, Purpose, RevisionStatus
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.annotations import revisions_of
from pipeline.flows.batches import Choice, choose_texts, snapshot_texts
from pipeline.flows.exams import draw_exam, record_exam
from pipeline.flows.gold import result_of
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import record_pilot, recorded_rule
from pipeline.flows.open_batch import Seat, Tasks, place
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import register
from pipeline.flows.snapshots import find_snapshot, manifest
from pipeline.stages.compare_results import Result
from pipeline.stages.grade_gold import Grade
from pipeline.stages.settle_annotations import Settled, settle_annotations

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio


def open_exam(house: House, actor: Actor, person: str, name: str, function: Function, studio: "LabelStudio") -> LedgerEntry:
    """Put a person's next exam before them in Label Studio; opening it twice finds the same project."""
    rule, attempt, items = draw_exam(house, person, name, function)
    seat = _exam_seat(rule, person, function, attempt)
    tasks: Tasks = {item.gold_id: (Purpose.EXAM, item.payload) for item in items}
    return _open(house, actor, seat, tasks, studio, {"function": function.value, "attempt": attempt})


def finish_exam(house: House, actor: Actor, person: str, name: str, function: Function) -> tuple[LedgerEntry, Grade]:
    """Grade a person's open exam from what was pulled; what has no answer counts as wrong. Raises EvidenceError when none is open."""
    rule, attempt, _ = draw_exam(house, person, name, function)
    settled = _answers(house, _exam_seat(rule, person, function, attempt))
    results = {record: result_of(each.body) for record, each in settled.items() if each.status is RevisionStatus.SUBMITTED}
    return record_exam(house, actor, person, name, function, results)


def open_pilot(
    house: House, actor: Actor, name: str, people: Sequence[str], texts: tuple[str, Choice], studio: "LabelStudio"
) -> list[LedgerEntry]:
    """Put the same items of a snapshot before each of some people, blind, under a draft rule; ``texts`` is (snapshot, choice)."""
    rule = recorded_rule(house, name)
    snapshot_id = str(manifest(find_snapshot(house, texts[0]))["snapshot_id"])
    chosen = choose_texts(house, snapshot_id, texts[1]).to_pylist()
    tasks: Tasks = {row["document_id"]: (Purpose.PILOT, {rule.text_field: row["text"]}) for row in chosen}
    return [_open(house, actor, _pilot_seat(rule, person), tasks, studio, {"snapshot_id": snapshot_id}) for person in people]


def finish_pilot(house: House, actor: Actor, name: str, adjudicated: Mapping[str, Result]) -> tuple[LedgerEntry, float | None, bool]:
    """Measure a pilot from what was pulled; return the entry, the agreement and whether it reaches the rule's floor.

    ``adjudicated`` are right results by document; they become the rule's first gold.
    """
    rule = recorded_rule(house, name)
    opened = [facts for entry, facts in house.facts() if entry.event == "pilot.opened" and facts["rule_id"] == rule.id]
    opened = [facts for facts in opened if facts["rule_version"] == rule.version]
    if not opened:
        raise EvidenceError(f"rule {rule.name}: expected an open pilot, found none; open one with 'laiyuan labeling trial pilot'")
    settled = {str(facts["person"]): _answers(house, _pilot_seat(rule, str(facts["person"]))) for facts in opened}
    answers = [
        PilotAnswer(document, person, result_of(each.body))
        for person, mine in sorted(settled.items())
        for document, each in mine.items()
        if each.status is RevisionStatus.SUBMITTED
    ]
    documents = tuple(sorted({each.item for each in answers}))
    texts = snapshot_texts(house, str(opened[-1]["snapshot_id"]), Choice(len(documents), "", documents=documents)).to_pylist()
    payloads = {row["document_id"]: {rule.text_field: row["text"]} for row in texts}
    return record_pilot(house, actor, name, answers, payloads, adjudicated)


def _exam_seat(rule: LabelingRule, person: str, function: Function, attempt: int) -> Seat:
    return Seat(rule, f"{function.value} try {attempt}", Purpose.EXAM, person)


def _pilot_seat(rule: LabelingRule, person: str) -> Seat:
    return Seat(rule, f"v{rule.version}", Purpose.PILOT, person)


def _open(house: House, actor: Actor, seat: Seat, tasks: Tasks, studio: "LabelStudio", more: Mapping[str, object]) -> LedgerEntry:
    rows = place(house, seat, tasks, studio)
    project = rows["studio_projects"][0]
    facts: Row = {
        "person": seat.person, "rule_id": seat.rule.id, "rule_version": seat.rule.version, "instance": studio.instance,
        "project": project["project"], "tasks": len(tasks), **more,
    }  # fmt: skip
    return register(house, actor, f"{seat.purpose.value}.opened", seat.person, rows, facts)


def _answers(house: House, seat: Seat) -> dict[str, Settled]:
    title_end = f"{seat.name} {seat.purpose.value} {seat.person[:10]}"
    made = [
        row
        for row in register_rows(house, "studio_projects", person=seat.person, purpose=seat.purpose.value, rule_id=seat.rule.id)
        if row["title"].endswith(title_end)
    ]
    if not made:
        raise EvidenceError(f"{seat.person}: expected an open {seat.purpose} of rule {seat.rule.name}, found none")
    placed = register_rows(house, "placements", instance=made[-1]["instance"], project=made[-1]["project"])
    return settle_annotations(placed, revisions_of(house, [row["token"] for row in placed]))
