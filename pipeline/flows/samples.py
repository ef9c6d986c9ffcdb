"""Samples that people read from a sheet: of a source before and after collection, and of passed text. One machinery with labels.

A sample is fixed by its frame and a secret of the project's key; the plan is in the ledger with the frame's root before
anybody sees an item. Verdicts come back as CSV; what has none, or cannot be judged, counts as wrong.
"""

import csv
import hmac
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from pipeline.domain.digests import canonical_json, fields_digest, json_digest
from pipeline.domain.labeling import Outcome, Subject, UsedFor
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.house import House
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import register
from pipeline.stages.bound_accuracy import lower_bound, upper_defects, wilson
from pipeline.stages.draw_sample import draw, frame_root

DRAWN, JUDGED = "sample.drawn", "sample.judged"
VERDICTS: Mapping[str, Outcome] = {"right": Outcome.MATCH, "wrong": Outcome.MISMATCH, "unverifiable": Outcome.UNVERIFIABLE}
"""What a reader may write into a sheet's column ``verdict``."""
_COLUMNS = ("record_id", "text", "verdict", "why")
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Lot:
    """What a sample is drawn of: its name, its frame (``record_id, content_sha256``) and how the drawn items' texts are read."""

    subject: Subject
    subject_id: str
    frame: pa.Table
    texts: Callable[[Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a sample showed: counts, the share wrong, and its exact upper bound on the lot at 95 %."""

    size: int
    sample_size: int
    errors: int
    upper_defects: int
    entry: LedgerEntry

    @property
    def point(self) -> float:
        """Return the share wrong among those read."""
        return self.errors / self.sample_size

    @property
    def upper(self) -> float:
        """Return the share wrong in the lot at most."""
        return self.upper_defects / self.size


def draw_sheet(house: House, actor: Actor, lot: Lot, size: int, sheet: Path) -> LedgerEntry:
    """Draw a sample of a lot and write it as a sheet for a person to judge; drawing again while it is open gives the same.

    The sheet holds texts and is readable by its owner only. Raises EvidenceError for an empty lot.
    """
    if not lot.frame.num_rows:
        raise EvidenceError(f"{lot.subject} {lot.subject_id}: expected something to draw from, found nothing")
    root = frame_root(lot.frame)
    number, known = _round(house, lot)
    sample_size = min(size, lot.frame.num_rows)
    body = {"method": "estimate", "sample_size": sample_size, "frame_root": root, "confidence": "0.95"}
    # Nobody without the key foresees the sample, and whoever holds it cannot steer it: the root is in the seed.
    seed = hmac.digest(house.key.secret, fields_digest("sample", lot.subject, lot.subject_id, str(number), root).encode(), "sha256")
    drawn = draw(lot.frame["record_id"], seed, sample_size)
    entry = known or _enter(house, actor, lot, number, body, seed, drawn)
    if known and {row["record_id"] for row in _draws(house, lot.subject, lot.subject_id, number)} != set(drawn):
        raise EvidenceError(f"{lot.subject} {lot.subject_id}: its frame changed since round {number} was drawn; judge that round first")
    texts = lot.texts(drawn)
    rows = [{"record_id": record, "text": texts[record], "verdict": "", "why": ""} for record in drawn]
    _write_privately(sheet, rows)
    return entry


def judge_sheet(house: House, actor: Actor, subject: Subject, subject_id: str, sheet: Path) -> Result:
    """Take a judged sheet over, state what follows from it and close the round.

    Raises ConfigurationError, naming the line, for a verdict that is none of right, wrong or unverifiable, and EvidenceError
    where items of the draw are missing or strangers are among them.
    """
    number, open_entry = _open_round(house, subject, subject_id)
    verdicts = _read_verdicts(sheet)
    drawn = [row["record_id"] for row in _draws(house, subject, subject_id, number)]
    if set(drawn) != set(verdicts):
        missing, strange = len(set(drawn) - set(verdicts)), len(set(verdicts) - set(drawn))
        raise EvidenceError(f"{subject} {subject_id}: {missing} drawn items have no verdict, {strange} verdicts are on items never drawn")
    size, sample_size = int(str(open_entry["size"])), len(drawn)
    errors = sum(outcome is not Outcome.MATCH for outcome, _ in verdicts.values())
    defects = upper_defects(errors, sample_size, size, CONFIDENCE)
    low, high = wilson(sample_size - errors, sample_size)
    statement: Row = {
        "size": size, "sample_size": sample_size, "errors": errors, "upper_defects": defects,
        "wilson_right": [f"{low:.6f}", f"{high:.6f}"], "frame_root": open_entry["frame_root"],
    }  # fmt: skip
    common = {"subject": subject.value, "subject_id": subject_id, "round": number}
    at = datetime.now(UTC)
    rows: dict[str, list[Row]] = {
        "sample_verdicts": [
            {**common, "record_id": record, "verifier": actor.actor, "outcome": outcome.value, "why": why, "recorded_at": at}
            for record, (outcome, why) in sorted(verdicts.items())
        ],
        "judgements": [
            {
                **common, "outcome": "stated", "size": size, "sample_size": sample_size, "errors": errors, "illegal": 0,
                "point": f"{1 - errors / sample_size:.6f}", "lower_bound": f"{lower_bound(errors, sample_size, size, CONFIDENCE):.6f}",
                "confidence": "0.95", "body": canonical_json(statement), "recorded_at": at,
            }
        ],
    }  # fmt: skip
    entry = register(house, actor, JUDGED, _scope(subject, subject_id), rows, {**common, **statement})
    return Result(size, sample_size, errors, defects, entry)


def last_judgement(house: House, subject: Subject, subject_id: str) -> Row | None:
    """Return the newest judgement on a subject, None when there is none."""
    found = register_rows(house, "judgements", subject=subject.value, subject_id=subject_id)
    return found[-1] if found else None


def _enter(house: House, actor: Actor, lot: Lot, number: int, body: Row, seed: bytes, drawn: Sequence[str]) -> LedgerEntry:  # noqa: PLR0913, PLR0917
    common = {"subject": lot.subject.value, "subject_id": lot.subject_id, "round": number}
    at = datetime.now(UTC)
    plan: Row = {
        **common, "method": "estimate", "sample_size": len(drawn), "max_errors": 0, "plan_sha256": json_digest(body),
        "body": canonical_json(body), "recorded_at": at,
    }  # fmt: skip
    draws: Iterable[Row] = (
        {**common, "position": place, "record_id": record, "used_for": UsedFor.ACCEPTANCE.value} for place, record in enumerate(drawn)
    )
    facts = {**common, "size": lot.frame.num_rows, "sample_size": len(drawn), "frame_root": body["frame_root"]}
    rows = {"sampling_plans": [plan], "sample_draws": list(draws)}
    return register(house, actor, DRAWN, _scope(lot.subject, lot.subject_id), rows, {**facts, "seed": seed.hex()})


def _round(house: House, lot: Lot) -> tuple[int, LedgerEntry | None]:
    """Return the round to draw, and its entry when it was drawn already and waits for its verdicts."""
    drawn = [(entry, facts) for entry, facts in house.facts() if entry.event == DRAWN and _is_about(facts, lot.subject, lot.subject_id)]
    judged = [facts["round"] for entry, facts in house.facts() if entry.event == JUDGED and _is_about(facts, lot.subject, lot.subject_id)]
    waiting = [(entry, facts) for entry, facts in drawn if facts["round"] not in judged]
    if waiting:
        return int(str(waiting[-1][1]["round"])), waiting[-1][0]
    return len(drawn) + 1, None


def _open_round(house: House, subject: Subject, subject_id: str) -> tuple[int, dict[str, object]]:
    judged = {facts["round"] for entry, facts in house.facts() if entry.event == JUDGED and _is_about(facts, subject, subject_id)}
    waiting = [
        facts
        for entry, facts in house.facts()
        if entry.event == DRAWN and _is_about(facts, subject, subject_id) and facts["round"] not in judged
    ]
    if not waiting:
        raise EvidenceError(f"{subject} {subject_id}: expected a drawn sample that waits for its verdicts, found none; draw one first")
    return int(str(waiting[-1]["round"])), waiting[-1]


def _is_about(facts: Mapping[str, object], subject: Subject, subject_id: str) -> bool:
    return facts.get("subject") == subject.value and facts.get("subject_id") == subject_id


def _draws(house: House, subject: Subject, subject_id: str, number: int) -> list[Row]:
    return register_rows(house, "sample_draws", subject=subject.value, subject_id=subject_id, round=number)


def _scope(subject: Subject, subject_id: str) -> str:
    return f"{subject.value}/{subject_id}"


def _read_verdicts(sheet: Path) -> dict[str, tuple[Outcome, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, tuple[Outcome, str]] = {}
    for line, row in enumerate(rows, 2):
        said = (row.get("verdict") or "").strip().lower()
        if said not in VERDICTS or not row.get("record_id") or row["record_id"] in found:
            raise ConfigurationError(
                f"{sheet.name}, row {line}: expected a record_id once and a verdict of {', '.join(VERDICTS)}, found something else"
            )
        found[row["record_id"]] = (VERDICTS[said], (row.get("why") or "").strip())
    return found


def _write_privately(sheet: Path, rows: Sequence[Mapping[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    # A text that begins like a formula must not become one in a spreadsheet.
    writer.writerows({**row, "text": f"'{row['text']}" if row["text"][:1] in ("=", "+", "-", "@") else row["text"]} for row in rows)
    handle = os.open(sheet, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        file.write(text.getvalue())
