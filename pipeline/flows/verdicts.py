"""What blind verifiers and adjudicators said, read from the pulled revisions and entered into the tables once each.

A verdict says how a verifier's own result compares with the frozen one; a ruling says which of two labels follows the rule.
What was entered is final: a verifier who edits afterwards is seen as a revision, and changes no verdict.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.domain.labeling import Adjudication, LabelingRule, Outcome, Purpose, RevisionStatus, RuleKind
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.flows.annotations import placements_of, revisions_of, settled_of
from pipeline.flows.batches import Batch, entries_of, subject_of
from pipeline.flows.house import House
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.stages.adjudicate import VERDICT, ruling
from pipeline.stages.compare_results import is_same_answer, names_label
from pipeline.stages.settle_annotations import Settled, settle_annotations

VERIFIED, PLACED = "verdicts.taken", "adjudication.placed"


def take_verdicts(house: House, actor: Actor, batch: Batch) -> LedgerEntry | None:
    """Enter the verdicts and rulings that came in since the last time; None where there are none."""
    verdicts, rulings = list(fresh_verdicts(house, batch)), list(fresh_rulings(house, batch))
    if not verdicts and not rulings:
        return None
    rows = {"sample_verdicts": verdicts, "adjudications": rulings}
    facts = {"batch_id": batch.batch_id, "round": batch.round, "verdicts": len(verdicts), "rulings": len(rulings)}
    return register(house, actor, VERIFIED, batch.batch_id, {name: each for name, each in rows.items() if each}, facts)


def draws_of(house: House, batch: Batch) -> list[Row]:
    """Return the drawn items of a batch's round in draw order."""
    return sorted(register_rows(house, "sample_draws", **subject_of(batch)), key=lambda row: row["position"])


def frozen_of(house: House, batch: Batch) -> dict[str, Row]:
    """Return the frozen items of a batch's round by record."""
    return {row["record_id"]: row for row in register_rows(house, "frozen_items", batch_id=batch.batch_id, round=batch.round)}


def verdicts_of(house: House, batch: Batch) -> dict[str, Row]:
    """Return the verdicts entered for a batch's round by record."""
    return {row["record_id"]: row for row in register_rows(house, "sample_verdicts", **subject_of(batch))}


def rulings_of(house: House, batch: Batch) -> dict[str, Row]:
    """Return the last ruling entered for each record of a batch's round."""
    return {record: dict(row) for record, row in newest(register_rows(house, "adjudications", **subject_of(batch)), _record).items()}


def blind_results(house: House, batch: Batch) -> dict[str, Settled]:
    """Return the verifiers' own results by record, as pulled so far."""
    return settled_of(house, placements_of(house, batch, Purpose.VERIFY))


def fresh_verdicts(house: House, batch: Batch) -> Iterator[Row]:
    """Yield rows of ``sample_verdicts`` for drawn items whose blind result came in and has no verdict yet."""
    known, frozen = verdicts_of(house, batch), frozen_of(house, batch)
    drawn = {row["record_id"] for row in draws_of(house, batch)} - set(known)
    for record, blind in sorted(blind_results(house, batch).items() if drawn else ()):
        if record in drawn:
            outcome = compare(batch.rule, frozen[record], blind)
            yield {
                **subject_of(batch), "record_id": record, "verifier": blind.person, "content_sha256": blind.content_sha256,
                "outcome": outcome.value, "why": "blind result compared with the frozen one", "recorded_at": datetime.now(UTC),
            }  # fmt: skip


def compare(rule: LabelingRule, frozen: Row, blind: Settled) -> Outcome:
    """Return what a blind result says of a frozen one; an item that the verifier skipped could not be verified."""
    if blind.status is RevisionStatus.SKIPPED:
        return Outcome.UNVERIFIABLE
    own, theirs = tuple(json.loads(blind.body)), tuple(json.loads(frozen["body"]) or ())
    if rule.kind is RuleKind.FUNCTIONAL and names_label(rule, own, rule.illegal):
        return Outcome.ILLEGAL
    is_same = frozen["status"] != RevisionStatus.SKIPPED and is_same_answer(rule, theirs, own)
    return Outcome.MATCH if is_same else Outcome.MISMATCH


def fresh_rulings(house: House, batch: Batch) -> Iterator[Row]:
    """Yield rows of ``adjudications`` for answers that came in and are not entered yet; an item may be ruled on again."""
    entered: dict[str, int] = {}
    for row in register_rows(house, "adjudications", **subject_of(batch)):
        entered[row["record_id"]] = entered.get(row["record_id"], 0) + 1
    first = shown_first(house, batch)
    for row, answer in answered(house, batch):
        record = row["record_id"]
        if entered.get(record, 0):
            entered[record] -= 1
            continue
        result = _ruling(answer, is_a=row["token"] in first)
        yield {
            **subject_of(batch), "record_id": record, "adjudicator": answer.person, "result": result.value,
            "why": "both labels read, without names", "recorded_at": datetime.now(UTC),
        }  # fmt: skip


def answered(house: House, batch: Batch) -> list[tuple[Row, Settled]]:
    """Return the adjudication tasks of a batch's round that were answered, with the answer, in the order they were given out."""
    placed = placements_of(house, batch, Purpose.ADJUDICATE)
    given = [{**row, "record_id": row["token"]} for row in placed]
    settled = settle_annotations(given, revisions_of(house, [row["token"] for row in placed])) if placed else {}
    return [(row, settled[row["token"]]) for row in placed if row["token"] in settled]


def shown_first(house: House, batch: Batch) -> set[str]:
    """Return the tokens of adjudication tasks in which the frozen label is shown as A, as the ledger holds it."""
    tokens: set[str] = set()
    for entry, facts in entries_of(house, batch.batch_id):
        listed = facts.get("frozen_is_a") if entry.event in (PLACED, "batch.adjudicating") else None
        tokens |= {str(token) for token in listed} if isinstance(listed, list) else set()
    return tokens


def _ruling(answer: Settled, *, is_a: bool) -> Adjudication:
    if answer.status is RevisionStatus.SKIPPED:
        return Adjudication.UNVERIFIABLE
    chosen = next(region["value"]["choices"][0] for region in json.loads(answer.body) if region["from_name"] == VERDICT)
    return ruling(chosen, is_a=is_a)


def _record(row: Mapping[str, Any]) -> str:
    return str(row["record_id"])
