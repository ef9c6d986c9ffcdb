"""How labeling stands, for the annotation manager: batches, people, alarms, and what waits for whom."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median

import pyarrow as pa

from pipeline.domain.labeling import BatchState, Purpose, RevisionStatus, RuleKind, Subject
from pipeline.flows.annotations import labeled_in, open_alarms, placements_of, revisions_of
from pipeline.flows.batches import Batch, list_batches
from pipeline.flows.gold import gold_scores
from pipeline.flows.house import House
from pipeline.flows.registers import Row, register_rows
from pipeline.stages.settle_annotations import Settled, settle_annotations

_ROLES = {Purpose.LABEL: "annotator", Purpose.VERIFY: "verifier", Purpose.ADJUDICATE: "adjudicator", Purpose.REVIEW: "reviewer"}


_WORK = {BatchState.OPEN: Purpose.LABEL, BatchState.VERIFYING: Purpose.VERIFY, BatchState.ADJUDICATING: Purpose.ADJUDICATE}
_NEXT = {
    BatchState.DRAFT: ("manager", "laiyuan labeling open {} --person ..."),
    BatchState.RELABEL: ("manager", "laiyuan labeling open {} --person ..."),
    BatchState.OPEN: ("manager", "laiyuan labeling close {} --why ..."),
    BatchState.CLOSED: ("manager", "laiyuan labeling freeze {}"),
    BatchState.FROZEN: ("auditor", "laiyuan verify draw {} --secret ..."),
    BatchState.SAMPLED: ("manager", "laiyuan verify open {} --person ..."),
    BatchState.VERIFYING: ("manager", "laiyuan verify adjudicate {} --person ..., then laiyuan verify judge {}"),
    BatchState.ADJUDICATING: ("manager", "laiyuan verify judge {}"),
    BatchState.HELD: ("manager", "laiyuan labeling resume | relabel | void {} --why ..."),
}
"""Who takes the next step when nobody's items are left, and how."""


def batches_status(house: House) -> pa.Table:
    """Return one row per batch: state, round, how much is answered, alarms, and the last reason given."""
    reasons = {facts["batch_id"]: facts["why"] for entry, facts in house.facts() if entry.event.startswith("batch.") and "why" in facts}
    rows = []
    for batch in list_batches(house):
        settled = _settled(house, batch)
        rows.append(
            {
                "batch": batch.batch_id, "rule": batch.rule.name, "state": batch.state.value, "round": batch.round, "items": batch.size,
                "answered": len(settled), "skipped": sum(each.status is RevisionStatus.SKIPPED for each in settled.values()),
                "alarms": len(open_alarms(house, batch.batch_id)), "producer": batch.producer, "separation": batch.separation,
                "why": reasons.get(batch.batch_id),
            }
        )  # fmt: skip
    names = ("batch", "rule", "state", "round", "items", "answered", "skipped", "alarms", "producer", "separation", "why")
    return _table(rows, names)


def people_status(house: House) -> pa.Table:
    """Return one row per person and project of unfinished batches: given, answered, gold, median seconds and where it is."""
    rows = []
    at = datetime.now(UTC)
    for batch in list_batches(house):
        if batch.state in (BatchState.DRAFT, BatchState.ACCEPTED, BatchState.VOID):
            continue
        scores = gold_scores(house, batch.rule.id, batch.rule.major, at)
        for project in register_rows(house, "studio_projects", batch_id=batch.batch_id, round=batch.round):
            placed = register_rows(house, "placements", instance=project["instance"], project=project["project"])
            revisions = revisions_of(house, [row["token"] for row in placed])
            settled = settle_annotations([{**row, "record_id": row["token"]} for row in placed], revisions)
            wrong, checks = scores.get(project["person"], (0, 0))
            seconds = [float(row["lead_seconds"]) for row in revisions if row["lead_seconds"] and row["person"] == project["person"]]
            rows.append(
                {
                    "batch": batch.batch_id, "round": batch.round, "person": project["person"],
                    "function": _ROLES.get(Purpose(project["purpose"]), project["purpose"]), "given": len(placed),
                    "answered": len(settled), "gold_right": f"{checks - wrong}/{checks}",
                    "median_seconds": round(median(seconds), 1) if seconds else None,
                    "project": f"{project['instance']}/projects/{project['project']}",
                }
            )  # fmt: skip
    names = ("batch", "round", "person", "function", "given", "answered", "gold_right", "median_seconds", "project")
    return _table(rows, names)


def alarms_status(house: House) -> pa.Table:
    """Return the alarms that nobody has resolved."""
    rows = [
        {**row, "alarm": row["alarm_id"][:12], "batch": row["batch_id"], "where": f"{row['instance']}/projects/{row['project']}"}
        for row in open_alarms(house)
    ]
    return _table(rows, ("alarm", "kind", "batch", "person", "where", "detail", "recorded_at"))


def waiting_status(house: House) -> pa.Table:
    """Return what waits for whom: every unfinished batch with its next step."""
    rows = []
    for batch in list_batches(house):
        for who, what in _waits(house, batch):
            rows.append({"batch": batch.batch_id, "state": batch.state.value, "round": batch.round, "who": who, "what": what})
    return _table(rows, ("batch", "state", "round", "who", "what"))


def _waits(house: House, batch: Batch) -> list[tuple[str, str]]:
    purpose = _WORK.get(batch.state)
    left = _left(house, batch, purpose) if purpose else []
    if left:
        return left
    before = _before_freeze(house, batch) if batch.state is BatchState.CLOSED else []
    step = _NEXT.get(batch.state)
    return [*before, *([(step[0], step[1].format(batch.batch_id))] if step else [])]


def _before_freeze(house: House, batch: Batch) -> list[tuple[str, str]]:
    subject = {"subject": Subject.BATCH.value, "subject_id": batch.batch_id, "round": batch.round}
    waits = []
    if not register_rows(house, "sampling_plans", **subject):
        waits.append(("auditor", f"laiyuan verify plan {batch.batch_id}"))
    if not register_rows(house, "sampling_seeds", **subject):
        waits.append(("auditor", f"laiyuan verify commit {batch.batch_id}"))
    if batch.rule.kind is RuleKind.SAFETY:
        waits.append(("reviewer", f"laiyuan labeling review {batch.batch_id} FILE"))
    return waits


def _left(house: House, batch: Batch, purpose: Purpose) -> list[tuple[str, str]]:
    placed = placements_of(house, batch, purpose)
    settled = settle_annotations(placed, revisions_of(house, [row["token"] for row in placed]))
    open_by_person: dict[str, int] = {}
    for row in placed:
        if row["record_id"] not in settled:
            open_by_person[row["person"]] = open_by_person.get(row["person"], 0) + 1
    return [(person, f"{count} items to {purpose}") for person, count in sorted(open_by_person.items())]


def _settled(house: House, batch: Batch) -> dict[str, Settled]:
    placed = labeled_in(house, batch)
    return settle_annotations(placed, revisions_of(house, [row["token"] for row in placed]))


def _table(rows: list[Row], names: tuple[str, ...]) -> pa.Table:
    return pa.table({name: [row.get(name) for row in rows] for name in names})


STATUS: Mapping[str, Callable[[House], pa.Table]] = {
    "batches": batches_status,
    "people": people_status,
    "alarms": alarms_status,
    "waiting": waiting_status,
}
"""What ``laiyuan labeling status`` shows, by the word asked for."""
