"""Take over what was written in Label Studio: revisions, deletions and alarms, each project with its cursor in one entry.

A failed pull leaves its project's cursor where it was, and the next one begins two minutes before it. Nothing that a
server says changes a batch's state by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.domain.labeling import BatchState, Function, LabelingRule, Purpose
from pipeline.domain.ledger import Actor
from pipeline.domain.tables import table_of
from pipeline.flows.acquire import Tell
from pipeline.flows.annotations import revisions_of
from pipeline.flows.house import House
from pipeline.flows.judge import hold_where_reported
from pipeline.flows.labeling_rules import recorded_rule
from pipeline.flows.people import act_on_gold, people_register
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.stages.adjudicate import adjudication_rule
from pipeline.stages.check_qualification import PeopleRegister, fit_spans
from pipeline.stages.read_annotations import Desk, Placement, Reading, Seen, read_annotations

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio

PULLED = "labels.pulled"
FUNCTIONS: Mapping[Purpose, Function] = {
    Purpose.LABEL: Function.LABEL,
    Purpose.REVIEW: Function.REVIEW,
    Purpose.VERIFY: Function.VERIFY,
    Purpose.ADJUDICATE: Function.ADJUDICATE,
}
"""Function that a project's purpose needs a qualification for; exams and pilots come before any."""
_DONE = frozenset({BatchState.ACCEPTED, BatchState.VOID})


@dataclass(frozen=True, slots=True)
class _Known:
    """What one pull needs to know of everything, read once."""

    people: PeopleRegister
    accounts: Mapping[int, str]
    frozen: Mapping[tuple[str, int, str], str]
    raised: frozenset[str]
    pulls: Mapping[tuple[str, int], Mapping[str, object]]


def instances_with_work(house: House) -> list[str]:
    """Return the servers that have projects of batches that are not finished, or exams and pilots."""
    return sorted({row["instance"] for row in _projects(house)})


def pull_labels(house: House, actor: Actor, studio: "LabelStudio", *, is_full: bool = False, tell: Tell | None = None) -> dict[str, int]:
    """Pull every project of one server that has work; return counts. Doing it twice adds nothing.

    ``is_full`` lists every task, which a freeze asks for. Afterwards whoever fails on gold is suspended,
    and a batch with a report of an unlawful item is held. Raises ServiceError
    where the server does not answer: projects pulled before that stay pulled.
    """
    projects = [row for row in _projects(house) if row["instance"] == studio.instance]
    done = {"projects": len(projects), "tasks": 0, "new_revisions": 0, "alarms": 0}
    touched: set[tuple[str, int]] = set()
    changed: set[str] = set()
    for number, row in enumerate(projects):
        if tell:
            tell("pull", number, len(projects))
        rule = _rule_of(house, row)
        placements = register_rows(house, "placements", instance=row["instance"], project=row["project"])
        pulled = _pull_project(house, studio, row, rule, placements, is_full=is_full)
        done["tasks"] += pulled.tasks
        done["new_revisions"] += pulled.reading.revisions.num_rows
        done["alarms"] += pulled.reading.alarms.num_rows
        if _is_news(house, row, pulled):
            _enter(house, actor, row, pulled)
        if pulled.reading.revisions.num_rows and any(each["purpose"] == Purpose.GOLD for each in placements):
            touched.add((rule.id, rule.major))
        if pulled.reading.revisions.num_rows and row["batch_id"] is not None:
            changed.add(row["batch_id"])
    for rule_id, major in sorted(touched):
        act_on_gold(house, actor, rule_id, major)
    hold_where_reported(house, actor, sorted(changed))
    if tell:
        tell("pull", len(projects), len(projects))
    return done


@dataclass(frozen=True, slots=True)
class _Pulled:
    reading: Reading
    tasks: int
    annotations: int
    is_full: bool
    before: Mapping[str, object] | None


def _pull_project(house: House, studio: "LabelStudio", row: Row, rule: LabelingRule, placements: list[Row], *, is_full: bool) -> _Pulled:
    known = _known(house, studio.instance)
    desk = _desk(house, row, rule, placements, known)
    revisions = table_of("annotation_revisions", revisions_of(house, [each["token"] for each in placements]))
    before = known.pulls.get((row["instance"], row["project"]))
    cursor = before["cursor"] if before else None
    since = cursor if isinstance(cursor, datetime) and not is_full else None
    reading, counted = _read(studio, desk, rule, since, revisions, known.raised)
    if reading.is_listing_needed:
        since = None
        reading, counted = _read(studio, desk, rule, None, revisions, known.raised)
    return _Pulled(reading, counted[0], counted[1], since is None, before)


def _read(
    studio: "LabelStudio", desk: Desk, rule: LabelingRule, since: datetime | None, known: pa.Table, raised: Iterable[str]
) -> tuple[Reading, tuple[int, int]]:  # fmt: skip
    at = datetime.now(UTC)
    project = studio.find_project(desk.project)
    counts = studio.counts(desk.project) if project else None
    tasks = chain.from_iterable(studio.pull(desk.project, since)) if project else ()
    seen = Seen(tasks, project.config_sha256 if project else None, counts, since is None, at)
    reading = read_annotations(desk, rule, seen, known, set(raised))
    return reading, (counts.tasks, counts.annotations) if counts else (0, 0)


def _is_news(house: House, row: Row, pulled: _Pulled) -> bool:
    """Tell whether a pull is worth a row: something new, a cursor that moved, or the first full listing since the batch's last step."""
    if pulled.reading.revisions.num_rows or pulled.reading.alarms.num_rows or pulled.before is None:
        return True
    if pulled.reading.cursor is not None and pulled.reading.cursor != pulled.before["cursor"]:
        return True
    if not pulled.is_full:
        return False
    steps = [entry.seq for entry, facts in house.facts() if facts.get("batch_id") == row["batch_id"] and entry.event.startswith("batch.")]
    seen = house.committed_runs()[str(pulled.before["run_id"])].seq
    return not pulled.before["is_full"] or (bool(steps) and seen < steps[-1])


def _enter(house: House, actor: Actor, row: Row, pulled: _Pulled) -> None:
    before = pulled.before["cursor"] if pulled.before else None
    pull: Row = {
        "instance": row["instance"], "project": row["project"], "cursor": pulled.reading.cursor or before, "tasks": pulled.tasks,
        "annotations": pulled.annotations, "new_revisions": pulled.reading.revisions.num_rows, "is_full": pulled.is_full,
        "recorded_at": datetime.now(UTC),
    }  # fmt: skip
    rows = {
        "annotation_revisions": pulled.reading.revisions.to_pylist(),
        "labeling_alarms": pulled.reading.alarms.to_pylist(),
        "pulls": [pull],
    }
    facts = {
        "instance": row["instance"], "project": row["project"], "pulled_batch_id": row["batch_id"],
        "new_revisions": pull["new_revisions"], "alarms": pulled.reading.alarms.num_rows, "is_full": pulled.is_full,
    }  # fmt: skip
    register(house, actor, PULLED, f"{row['instance']}/{row['project']}", rows, facts)


def _known(house: House, instance: str) -> _Known:
    accounts = newest(register_rows(house, "studio_accounts", instance=instance), lambda row: row["studio_user"])
    return _Known(
        people_register(house),
        {number: str(row["person"]) for number, row in accounts.items()},
        {(row["batch_id"], row["round"], row["record_id"]): row["content_sha256"] for row in register_rows(house, "frozen_items")},
        frozenset(row["alarm_id"] for row in register_rows(house, "labeling_alarms")),
        newest(register_rows(house, "pulls"), lambda row: (row["instance"], row["project"])),
    )


def _desk(house: House, row: Row, rule: LabelingRule, placements: list[Row], known: _Known) -> Desk:
    frozen = {
        each["token"]: known.frozen[key]
        for each in placements
        if each["purpose"] == Purpose.LABEL and (key := (each["batch_id"], each["round"], each["record_id"])) in known.frozen
    }
    function = FUNCTIONS.get(Purpose(row["purpose"]))
    always = ((datetime.min.replace(tzinfo=UTC), None),)
    fit = fit_spans(known.people, row["person"], rule.id, rule.major, function) if function else always
    placed = tuple(Placement(each["token"], each["task"], each["task_created_at"], each["payload_sha256"]) for each in placements)
    fastest = Decimal(active_policies(house).labeling.fastest_seconds)
    return Desk(
        row["instance"], row["project"], row["person"], row["batch_id"], row["config_sha256"], placed, known.accounts, fit, fastest, frozen
    )  # fmt: skip


def _rule_of(house: House, row: Row) -> LabelingRule:
    """Return the rule that a project's results must follow: an adjudicator answers another question than the labelers did."""
    rule = recorded_rule(house, f"{row['rule_id']}@{row['rule_version']}")
    return adjudication_rule(rule) if row["purpose"] == Purpose.ADJUDICATE else rule


def _projects(house: House) -> list[Row]:
    """Return the projects that may still change: those of unfinished batches, of exams and of pilots."""
    states = newest(register_rows(house, "batch_states"), lambda row: row["batch_id"])
    made = newest(register_rows(house, "studio_projects"), lambda row: (row["instance"], row["project"]))
    rows = [dict(row) for row in made.values()]
    return [row for row in rows if row["batch_id"] is None or BatchState(str(states[row["batch_id"]]["state"])) not in _DONE]
