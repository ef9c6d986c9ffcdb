"""What the personal-information gate missed, estimated: people read a seeded sample of passed text, and of what was found.

The residual rate comes with an exact upper bound; precision is told by rule. The sheets hold text, so that they are
written where their reader says, for their owner only, and nowhere kept here.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.domain.labeling import Subject
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.house import House
from pipeline.flows.samples import Lot, Result, draw_sheet, judge_sheet
from pipeline.flows.snapshots import find_snapshot, manifest
from pipeline.stages.bound_accuracy import wilson
from pipeline.stages.draw_sample import draw

PRECISION = "pi.precision_judged"
_AROUND = 20
_PRECISION_COLUMNS = ("finding", "rule_id", "kind", "found_in", "verdict")


def draw_residual(house: House, actor: Actor, snapshot: str, size: int, sheet: Path) -> LedgerEntry:
    """Draw a sample of a snapshot's texts as published; its reader writes ``wrong`` where personal information is left in one."""
    folder = find_snapshot(house, snapshot)
    data = ds.dataset(folder / "data", format="parquet")
    frame = data.to_table(columns=["document_id", "text_sha256"]).rename_columns(["record_id", "content_sha256"])

    def texts(drawn: Sequence[str]) -> Mapping[str, str]:
        found = data.to_table(columns=["document_id", "text"], filter=pc.field("document_id").isin(list(drawn)))
        return dict(zip(found["document_id"].to_pylist(), found["text"].to_pylist(), strict=True))

    lot = Lot(Subject.RESIDUAL_PI, str(manifest(folder)["snapshot_id"]), frame, texts)
    return draw_sheet(house, actor, lot, size, sheet)


def judge_residual(house: House, actor: Actor, snapshot: str, sheet: Path) -> Result:
    """Take the verdicts on passed text over and state the residual rate with its exact upper bound."""
    digest = str(manifest(find_snapshot(house, snapshot))["snapshot_id"])
    return judge_sheet(house, actor, Subject.RESIDUAL_PI, digest, sheet)


def draw_findings(house: House, each_rule: int, sheet: Path) -> int:
    """Write a sample of the findings of every rule, with what stands around them, for a person to judge; return how many."""
    with house.connect() as rows:
        found = rows.execute(
            """
            SELECT concat_ws('/', document_id, field, char_start, char_end, rule_id) AS finding,
                   rule_id, kind, document_id, char_start, char_end
            FROM current_findings WHERE field = 'text' ORDER BY ALL
            """
        ).fetchall()
        by_rule: dict[str, list[str]] = defaultdict(list)
        for row in found:
            by_rule[row[1]].append(row[0])
        wanted = {each for rule, names in by_rule.items() for each in draw(names, f"precision/{rule}".encode(), each_rule)}
        kept = [row for row in found if row[0] in wanted]
        documents = sorted({row[3] for row in kept})
        texts = dict(
            rows.execute(
                "SELECT document_id, text FROM documents WHERE document_id IN (SELECT unnest($documents))", {"documents": documents}
            ).fetchall()
        )
    sheet.touch(mode=0o600)
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_PRECISION_COLUMNS)
        for finding, rule_id, kind, document_id, start, end in kept:
            text = texts[document_id]
            shown = f"{text[max(0, start - _AROUND) : start]}【{text[start:end]}】{text[end : end + _AROUND]}".replace("\n", " ")
            writer.writerow((finding, rule_id, kind, shown, ""))
    return len(kept)


def judge_findings(house: House, actor: Actor, sheet: Path) -> pa.Table:
    """Take the verdicts on findings over; return precision by rule with Wilson's interval, and record counts alone."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row.get("verdict") or "").strip() in ("right", "wrong")]
    if not rows:
        raise EvidenceError(f"{sheet.name}: expected verdicts right or wrong, found none")
    asked, right = Counter(row["rule_id"] for row in rows), Counter(row["rule_id"] for row in rows if row["verdict"].strip() == "right")
    facts = {rule: [right[rule], asked[rule]] for rule in sorted(asked)}
    house.record(actor, PRECISION, {"flow": "pi_audit", "right_of_asked": facts, "judged_at": datetime.now(UTC).isoformat()})
    limits = {rule: wilson(right[rule], asked[rule]) for rule in facts}
    return pa.table(
        {
            "rule": list(facts),
            "asked": [asked[rule] for rule in facts],
            "right": [right[rule] for rule in facts],
            "precision": [round(right[rule] / asked[rule], 4) for rule in facts],
            "low": [round(limits[rule][0], 4) for rule in facts],
            "high": [round(limits[rule][1], 4) for rule in facts],
        }
    )
