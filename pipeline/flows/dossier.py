"""The dossier of Art. 19: sources, scale, types, labeling rules and verification of one snapshot, as one file.

Self-contained HTML in Chinese or English, for the authority or the public, as of any day. Gaps stand first; every
number is the answer of a question that can be asked again. Making one is a ledger entry with its digest.
"""

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.adapters.chromium import print_pdf
from pipeline.adapters.policies import read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.adapters.templates import render
from pipeline.domain.digests import sha256_hex
from pipeline.domain.ledger import Actor
from pipeline.errors import ConfigurationError
from pipeline.flows.composition import measure_snapshot
from pipeline.flows.dossier_answers import Asker
from pipeline.flows.dossier_sections import Frame, gaps, sections
from pipeline.flows.house import House
from pipeline.flows.past import connected_at, position_on
from pipeline.flows.questions import ask_over
from pipeline.flows.snapshots import find_snapshot, manifest

MADE = "dossier.made"
LANGUAGES, AUDIENCES = ("zh", "en"), ("regulator", "public")
FILING_TABLES = {
    "scale": "snapshot-scale",
    "content_types_by_source": "filing-scale",
    "composition": "composition-by-dimension",
    "labeled_quantity": "filing-labels",
    "people": "filing-people",
    "verification": "labeling-outcomes",
}
"""CSV file by question: the filing tables, as reported."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dossier is wanted; ``as_of`` is a day, a moment or None for now."""

    snapshot: str
    lang: str = "zh"
    audience: str = "regulator"
    as_of: str | None = None


def publication_entry(house: House, snapshot_id: str) -> int:
    """Return the ledger position at which a snapshot was first published."""
    for entry, facts in house.facts():
        account = facts.get("account")
        if "tables" in facts and isinstance(account, dict) and account.get("snapshot_id") == snapshot_id:
            return entry.seq
    raise ConfigurationError(f"snapshot {snapshot_id}: expected the ledger entry that published it, found none")


def dossier_page(house: House, wanted: Wanted) -> str:
    """Return the dossier's HTML; the same snapshot, words and ledger position give the same bytes.

    The snapshot must have been measured. Raises ConfigurationError where the day lies before its publication.
    """
    if wanted.lang not in LANGUAGES or wanted.audience not in AUDIENCES:
        raise ConfigurationError(f"dossier: expected a language of {LANGUAGES} and an audience of {AUDIENCES}")
    folder = find_snapshot(house, wanted.snapshot)
    published, today = publication_entry(house, folder.name), position_on(house, wanted.as_of)
    if today < published:
        raise ConfigurationError(f"--as-of {wanted.as_of}: this snapshot was published later, at ledger entry {published}")
    facts = manifest(folder)
    ledger = facts["ledger"]
    derived = int(ledger["seq"]) if isinstance(ledger, dict) else published
    words: dict[str, Any] = read_yaml(shipped("templates", "dossier.yaml"))
    is_full = wanted.audience == "regulator"
    frame = Frame(Asker(house), words, wanted.lang, folder.name, published, derived, today, is_full)
    made, missing = sections(frame), gaps(frame)
    shown = {each["ask"].id for section in made for each in section.answers}
    top = {name: words[name][wanted.lang] for name in ("title", "subtitle", "how_to_read", "asked", "at_entry")}
    signatures = {name: each[wanted.lang] for name, each in words["signatures"].items()}
    return render(
        "dossier.html.jinja",
        lang="zh-Hans" if wanted.lang == "zh" else "en",
        name=str(facts["name"]),
        w={**top, "audience": words["audience"][wanted.audience][wanted.lang], "signatures": signatures},
        s={name: {part: said[wanted.lang] for part, said in each.items()} for name, each in words["sections"].items()},
        k={name: each[wanted.lang] for name, each in words["clause"].items()},
        gaps=missing,
        unseen=[each for each in frame.asker.asked() if each.id not in shown],
        sections=made,
        is_full=is_full,
    )


def write_dossier(house: House, actor: Actor, wanted: Wanted, target: Path | None, pdf: Path | None = None) -> list[Path]:
    """Write the dossier as HTML, PDF or both, and record each file with its digest; return what was written."""
    folder = find_snapshot(house, wanted.snapshot)
    measure_snapshot(house, actor, folder)
    page = dossier_page(house, wanted)
    written = []
    if target is not None:
        target.write_text(page, encoding="utf-8")
        written.append(target)
    if pdf is not None:
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / "dossier.html"
            source.write_text(page, encoding="utf-8")
            print_pdf(source, pdf)
        written.append(pdf)
    for path in written:
        body = path.read_bytes()
        facts = {"snapshot_id": folder.name, "format": path.suffix.lstrip(".") or "html", "sha256": sha256_hex(body), "bytes": len(body)}
        house.record(actor, MADE, {**facts, "lang": wanted.lang, "audience": wanted.audience, "as_of": wanted.as_of})
    return written


def write_filing_tables(house: House, actor: Actor, wanted: Wanted, folder: Path) -> list[Path]:
    """Write the filing tables as CSV, one file per table; a table without rows has its head alone."""
    snapshot = find_snapshot(house, wanted.snapshot)
    measure_snapshot(house, actor, snapshot)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with connected_at(house, position_on(house, wanted.as_of)) as rows:
        for name, question in FILING_TABLES.items():
            about = {} if question in {"filing-labels", "filing-people", "labeling-outcomes"} else {"snapshot": snapshot.name}
            answer = ask_over(rows, question, about)
            if wanted.audience == "public" and question in {"filing-people", "labeling-outcomes"}:
                continue
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8-sig", newline="") as lines:  # the mark lets spreadsheets read Chinese
                writer = csv.writer(lines)
                writer.writerow(answer.column_names)
                writer.writerows([row[column] for column in answer.column_names] for row in answer.to_pylist())
            written.append(path)
    return written
