"""Seal a closed batch's frame: what was labeled, by whom, under which digest, before anything is drawn from it.

The plan is stored and the auditor's secret committed before the freeze, so that nobody can choose either with the labels
in hand. From the freeze on the frozen content is what is verified and released, whatever happens in Label Studio.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.domain.labeling import BatchState, RevisionStatus, Subject
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.annotations import RESOLVED, labeled_in, open_alarms, revisions_of
from pipeline.flows.batches import Batch, Move, items_of, read_batch, refuse_other_rule
from pipeline.flows.change_batch import change_batch
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import register
from pipeline.flows.stand_batch import BLOCKING, is_pulled_whole, unreviewed
from pipeline.stages.draw_sample import frame_root
from pipeline.stages.settle_annotations import Settled, settle_annotations

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio


def freeze_batch(house: House, actor: Actor, batch_id: str, studio: "LabelStudio | None" = None) -> LedgerEntry:
    """Seal the frame of a closed batch's round; its root is in the entry.

    With ``studio`` the MD5 of Label Studio's own export is kept beside it. Raises EvidenceError, naming all that is missing
    at once: a full pull since the close, a plan, a commitment, items without an answer, alarms, reviews of safety items.
    """
    batch = read_batch(house, batch_id)
    refuse_other_rule(house, batch)
    placed = labeled_in(house, batch)
    settled = settle_annotations(placed, revisions_of(house, [row["token"] for row in placed]))
    lacking = [*_unready(house, batch), *_unanswered(house, batch, settled)]
    if waiting := unreviewed(house, batch, settled):
        lacking.append(f"{len(waiting)} safety items were not passed by a reviewer")
    if lacking:
        raise EvidenceError(f"batch {batch.batch_id} cannot be frozen: {'; '.join(lacking)}")
    frozen = [settled[record_id] for record_id in sorted(settled)]
    frame = pa.table(
        {"record_id": [each.record_id for each in frozen], "content_sha256": [each.content_sha256 for each in frozen]},
        schema=pa.schema([("record_id", pa.string()), ("content_sha256", pa.string())]),
    )
    root = frame_root(frame)
    skipped = sum(each.status is RevisionStatus.SKIPPED for each in frozen)
    named = {"batch_id": batch.batch_id, "round": batch.round}
    projects = sorted({row["project"] for row in placed if row["round"] == batch.round})
    md5 = " ".join(studio.export(project).md5 for project in projects) if studio else None
    rows: dict[str, list[Row]] = {
        "freezes": [
            {**named, "root": root, "size": len(frozen), "skipped": skipped, "export_md5": md5, "recorded_at": datetime.now(UTC)},
        ],
        "frozen_items": [
            {
                **named, "record_id": each.record_id, "content_sha256": each.content_sha256, "person": each.person,
                "status": each.status.value, "body": each.body,
            }
            for each in frozen
        ],
    }  # fmt: skip
    facts = {"root": root, "size": len(frozen), "skipped": skipped}
    return change_batch(house, actor, batch, Move(BatchState.FROZEN, "all items answered", rows, facts))


def resolve_alarm(house: House, actor: Actor, alarm_id: str, why: str) -> LedgerEntry:
    """Record that a person looked into an alarm and what came of it."""
    found = [row for row in open_alarms(house) if row["alarm_id"].startswith(alarm_id)]
    if len(found) != 1:
        raise EvidenceError(f"alarm {alarm_id}: expected one that is open, found {len(found)}; see 'laiyuan labeling status'")
    facts = {"flow": "labeling", "alarm_id": found[0]["alarm_id"], "kind": found[0]["kind"], "batch_id": found[0]["batch_id"], "why": why}
    return house.record(actor, RESOLVED, facts)


def review_items(house: House, actor: Actor, batch_id: str, verdicts: Iterable[tuple[str, bool, str]]) -> LedgerEntry:
    """Record a reviewer's pass (or return) of safety items, as (record_id, is_passed, why).

    Raises EvidenceError where the reviewer labeled the item or it has no answer yet: review comes after labeling, by another.
    """
    batch = read_batch(house, batch_id)
    placed = labeled_in(house, batch)
    settled = settle_annotations(placed, revisions_of(house, [row["token"] for row in placed]))
    rows: list[Row] = []
    for record_id, is_passed, why in verdicts:
        answer = settled.get(record_id)
        if answer is None or answer.person == actor.actor:
            fault = "has no answer yet" if answer is None else "was labeled by its reviewer"
            raise EvidenceError(f"batch {batch.batch_id}: item {record_id[:12]} {fault}; each safety item is passed by another person")
        rows.append(
            {
                "batch_id": batch.batch_id, "round": batch.round, "record_id": record_id, "content_sha256": answer.content_sha256,
                "reviewer": actor.actor, "is_passed": is_passed, "why": why, "recorded_at": datetime.now(UTC),
            }
        )  # fmt: skip
    facts = {"batch_id": batch.batch_id, "round": batch.round, "items": len(rows)}
    return register(house, actor, "batch.reviewed", batch.batch_id, {"item_reviews": rows}, facts)


def read_reviews(path: Path) -> list[tuple[str, bool, str]]:
    """Return a reviewer's verdicts from a CSV with ``record_id``, ``is_passed`` (yes or no) and ``why``."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    faults = [number for number, row in enumerate(rows, 2) if row.get("is_passed") not in ("yes", "no") or not row.get("record_id")]
    if faults or not rows:
        where = f"line {faults[0]}" if faults else "no rows"
        raise ConfigurationError(f"{path.name}: expected record_id, is_passed (yes or no) and why, found other in {where}")
    return [(row["record_id"], row["is_passed"] == "yes", row.get("why") or "") for row in rows]


def _unready(house: House, batch: Batch) -> list[str]:
    subject = {"subject": Subject.BATCH.value, "subject_id": batch.batch_id, "round": batch.round}
    lacking = []
    if not register_rows(house, "sampling_plans", **subject):
        lacking.append("no sampling plan is stored ('laiyuan verify plan')")
    if not register_rows(house, "sampling_seeds", **subject):
        lacking.append("no auditor has committed a secret ('laiyuan verify commit')")
    if not is_pulled_whole(house, batch):
        lacking.append("no full pull since it was closed ('laiyuan labeling pull --full')")
    alarms = Counter(row["kind"] for row in open_alarms(house, batch.batch_id) if row["kind"] in BLOCKING)
    return [*lacking, *(f"{count} open {kind} alarms" for kind, count in sorted(alarms.items()))]


def _unanswered(house: House, batch: Batch, settled: dict[str, Settled]) -> list[str]:
    waiting = {row["record_id"] for row in items_of(house, batch.batch_id)} - set(settled)
    lacking = [f"{len(waiting)} of {batch.size} items have no valid answer by the person they were given to"] if waiting else []
    skipped = sum(each.status is RevisionStatus.SKIPPED for each in settled.values())
    limit = float(active_policies(house).labeling.skip_limit)
    if skipped > limit * batch.size:
        lacking.append(f"{skipped} items were skipped, more than the {limit:.0%} that policy allows")
    return lacking
