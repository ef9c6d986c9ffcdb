"""Of what a snapshot consists: measured once over its text as published, then asked in SQL.

The measurement is a register of its own (documents, characters, bytes and tokens by source, language and licence), so
that every number in a dossier or report can be asked again without opening the text.
"""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.adapters.lineage import ask, first_row
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.past import MEASURED
from pipeline.flows.questions import ask_question
from pipeline.flows.runs import register
from pipeline.flows.snapshots import find_snapshot, manifest
from pipeline.stages.count_tokens import COUNTER, count_tokens

_BATCH_ROWS = 4_096
_KEYS = ("source_id", "language", "license")
_COUNTS = ("documents", "chars", "bytes", "tokens")


def measure_snapshot(house: House, actor: Actor, folder: Path) -> LedgerEntry | None:
    """Measure a published snapshot and record it; None where it was measured by today's rule before.

    Raises ConfigurationError where it is a snapshot of labels, which holds no text of its own.
    """
    snapshot_id = folder.name
    if manifest(folder)["kind"] != "documents":
        raise ConfigurationError(
            f"snapshot {snapshot_id}: expected one of documents; this one holds labels, report the one it was drawn from"
        )
    with house.connect() as rows:
        known = first_row(
            rows,
            "SELECT count(*) FROM current_snapshot_scales WHERE snapshot_id = $snapshot AND counter = $counter",
            {"snapshot": snapshot_id, "counter": COUNTER},
        )
    if known and known[0]:
        return None
    scales = [{"snapshot_id": snapshot_id, **row, "counter": COUNTER} for row in scales_of(folder)]
    facts = {"snapshot_id": snapshot_id, "counter": COUNTER, "documents": sum(int(str(row["documents"])) for row in scales)}
    entry = register(house, actor, MEASURED, snapshot_id, {"snapshot_scales": scales}, facts)
    house.publish_lineage()
    return entry


def scales_of(folder: Path) -> list[dict[str, object]]:
    """Return documents, characters, bytes and tokens of a snapshot's files by source, language and licence."""
    totals: dict[tuple[str, ...], Counter[str]] = {}
    for path in sorted((folder / "data").glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(columns=[*_KEYS, "text"], batch_size=_BATCH_ROWS):
            measured = pa.table(
                {
                    **{name: batch[name] for name in _KEYS},
                    "documents": pa.repeat(1, batch.num_rows),
                    "chars": pc.utf8_length(batch["text"]),
                    "bytes": pc.binary_length(batch["text"]),
                    "tokens": count_tokens(batch["text"]),
                },
            )
            summed = measured.group_by(list(_KEYS)).aggregate([(name, "sum") for name in _COUNTS])
            for row in summed.to_pylist():
                key = (row["source_id"], row["language"] or "und", row["license"])
                totals.setdefault(key, Counter()).update({name: row[f"{name}_sum"] for name in _COUNTS})
    return [{**dict(zip(_KEYS, key, strict=True)), **counts} for key, counts in sorted(totals.items())]


def newest_snapshot(house: House) -> str | None:
    """Return the digest of the snapshot of documents published last, None before the first."""
    with house.connect() as rows:
        found = ask(rows, "SELECT snapshot_id FROM snapshots WHERE kind = 'documents' ORDER BY ledger_seq DESC, recorded_at DESC LIMIT 1")
    return str(found["snapshot_id"][0]) if found.num_rows else None


def composition(house: House, actor: Actor, name: str) -> tuple[pa.Table, pa.Table]:
    """Return a snapshot's composition by dimension and value, and what of it crosses a limit of the governance policy."""
    folder = find_snapshot(house, name)
    measure_snapshot(house, actor, folder)
    named = {"snapshot": folder.name}
    warnings = ask_question(house, "composition-warnings", named)
    return ask_question(house, "composition-by-dimension", named), warnings.filter(warnings["is_exceeded"])
