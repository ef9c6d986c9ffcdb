"""Reports that an item must not be in the data at all, read from every channel: labels, verifiers, complaints.

An adjudicator says whether it is so. What was confirmed once stays confirmed, and a report that comes after a denial is
looked at again. Safety batches are about such items, so that there only complaints count.
"""

import json
from collections.abc import Iterator

from pipeline.domain.judging import IllegalHit
from pipeline.domain.labeling import Adjudication, LabelingRule, Purpose, RevisionStatus, RuleKind, Subject
from pipeline.flows.annotations import revisions_of
from pipeline.flows.batches import Batch, entries_of
from pipeline.flows.house import House
from pipeline.flows.registers import register_rows

REPORTED = "label.reported"
COMPLAINT = "complaint"
CHANNELS = frozenset({Purpose.LABEL.value, Purpose.REVIEW.value, Purpose.VERIFY.value})


def illegal_hits(house: House, batch: Batch) -> tuple[IllegalHit, ...]:
    """Return every report on a batch's items, of all rounds, by record and channel, with what an adjudicator said of it since."""
    reported: dict[tuple[str, str], int] = {}
    for record, channel, seq in (*_by_labels(house, batch), *_complaints(house, batch)):
        reported[record, channel] = max(seq, reported.get((record, channel), 0))
    committed = house.committed_runs()
    ruled: dict[str, list[tuple[int, str]]] = {}
    for row in register_rows(house, "adjudications", subject=Subject.BATCH.value, subject_id=batch.batch_id):
        ruled.setdefault(row["record_id"], []).append((committed[row["run_id"]].seq, row["result"]))
    return tuple(
        IllegalHit(record, channel, _is_confirmed(ruled.get(record, []), seq)) for (record, channel), seq in sorted(reported.items())
    )


def _is_confirmed(ruled: list[tuple[int, str]], seq: int) -> bool | None:
    if any(result == Adjudication.ILLEGAL for _, result in ruled):
        return True
    return False if any(after > seq for after, _ in ruled) else None


def _by_labels(house: House, batch: Batch) -> Iterator[tuple[str, str, int]]:
    if batch.rule.kind is not RuleKind.FUNCTIONAL:
        return
    placed = {row["token"]: row for row in register_rows(house, "placements", batch_id=batch.batch_id) if row["purpose"] in CHANNELS}
    committed = house.committed_runs()
    for row in revisions_of(house, placed):
        if row["status"] == RevisionStatus.SUBMITTED and is_illegal(batch.rule, row["body"]):
            yield placed[row["token"]]["record_id"], placed[row["token"]]["purpose"], committed[row["run_id"]].seq


def is_illegal(rule: LabelingRule, body: str) -> bool:
    """Tell whether a result, however broken, holds the rule's label for what must not be in the data."""
    if rule.illegal.value not in body:
        return False
    regions = json.loads(body) or ()
    return any(
        isinstance(region, dict)
        and region.get("from_name") == rule.illegal.control
        and rule.illegal.value in ((region.get("value") or {}).get("choices") or ())
        for region in regions
    )


def _complaints(house: House, batch: Batch) -> Iterator[tuple[str, str, int]]:
    for entry, facts in entries_of(house, batch.batch_id):
        if entry.event == REPORTED:
            yield str(facts["record_id"]), COMPLAINT, entry.seq
