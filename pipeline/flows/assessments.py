"""A source is assessed by what it really holds: a sample before it is collected, and another of what was collected.

Both gates are kept apart. Above the policy's share of unlawful items (5 % by default, as reported from TC260-003) a
source is not admitted; one that was is suspended.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.files import list_files
from pipeline.domain.labeling import Subject
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.sources import SourceState
from pipeline.errors import ConfigurationError
from pipeline.flows.acquire import address_of, delivery_of, parts_of
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.samples import Lot, Result, draw_sheet, judge_sheet
from pipeline.flows.sources import change_state, read_source, state_of
from pipeline.stages.normalize_text import normalize_text

BEFORE, AFTER = "before", "after"
WHEN = (BEFORE, AFTER)


def draw_source(house: House, actor: Actor, source_id: str, when: str, size: int, sheet: Path) -> LedgerEntry:
    """Draw a sample of a source's delivery (before) or of its collected documents (after), and write it as a sheet."""
    lot = Lot(
        Subject.SOURCE, subject_id(source_id, when), *(_delivered(house, source_id) if when == BEFORE else _collected(house, source_id))
    )
    return draw_sheet(house, actor, lot, size, sheet)


def judge_source(house: House, actor: Actor, source_id: str, when: str, sheet: Path) -> tuple[Result, bool]:
    """Take the verdicts over; return the result and whether the source passes. One that fails afterwards is suspended at once."""
    result = judge_sheet(house, actor, Subject.SOURCE, subject_id(source_id, when), sheet)
    limit = float(active_policies(house).source.max_unlawful_ratio)
    is_passed = result.point <= limit
    if not is_passed and state_of(house, source_id)[0] is SourceState.ADMITTED:
        why = f"sample {when} collection: {result.errors} of {result.sample_size} wrong, more than {limit:.1%}"
        change_state(house, actor, source_id, SourceState.SUSPENDED, why)
    return result, is_passed


def subject_id(source_id: str, when: str) -> str:
    """Return the name under which a source's sample is kept; the two gates have one each."""
    if when not in WHEN:
        raise ConfigurationError(f"expected before or after, found {when}")
    return f"{source_id}/{when}"


Texts = Mapping[str, str]


def _delivered(house: House, source_id: str) -> "tuple[pa.Table, _Reader]":
    """Return the frame of a delivery that was not acquired: every record by the id that its document would have."""
    ids = [batch.select(["document_id", "content_sha256"]) for batch in _documents(house, source_id)]
    frame = pa.Table.from_batches(ids).rename_columns(["record_id", "content_sha256"]) if ids else _EMPTY
    first = frame.group_by("record_id", use_threads=False).aggregate([("content_sha256", "first")])
    return first.rename_columns(["record_id", "content_sha256"]), _Reader(house, source_id)


class _Reader:
    """Reads the drawn records of a delivery once more, so that no more text than the sample's is held."""

    def __init__(self, house: House, source_id: str) -> None:
        self._house, self._source_id = house, source_id

    def __call__(self, drawn: Sequence[str]) -> Texts:
        wanted = pa.array(drawn, pa.string())
        found: dict[str, str] = {}
        for batch in _documents(self._house, self._source_id):
            mine = batch.filter(pc.is_in(batch["document_id"], wanted))
            found |= dict(zip(mine["document_id"].to_pylist(), mine["text"].to_pylist(), strict=True))
        return found


def _documents(house: House, source_id: str) -> Iterator[pa.RecordBatch]:
    _, source = read_source(house.project, source_id)
    delivery, policies = delivery_of(source), active_policies(house)
    for listed in list_files(address_of(house.project, source_id, delivery), delivery.files):
        for part in parts_of(house, source, delivery, listed, policies):
            yield normalize_text(part.records, source_id=source_id, file_path=listed.path)


def _collected(house: House, source_id: str) -> "tuple[pa.Table, _Kept]":
    with house.connect() as rows:
        frame = rows.execute(
            """
            SELECT documents.document_id AS record_id, documents.content_sha256
            FROM documents JOIN current_documents USING (document_id)
            WHERE documents.source_id = $source_id AND NOT current_documents.is_superseded
            """,
            {"source_id": source_id},
        ).to_arrow_table()
    return frame, _Kept(house)


class _Kept:
    """Reads the texts of collected documents."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, drawn: Sequence[str]) -> Texts:
        with self._house.connect() as rows:
            found = rows.execute(
                "SELECT document_id, text FROM documents WHERE document_id IN (SELECT unnest($drawn))", {"drawn": list(drawn)}
            ).fetchall()
        return dict(found)


_EMPTY = pa.table({"record_id": pa.array([], pa.string()), "content_sha256": pa.array([], pa.string())})
