"""Snapshots after they are published: list, verify, compare, write as JSON lines."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.adapters.lineage import ask
from pipeline.errors import ConfigurationError, DataError
from pipeline.flows.house import House
from pipeline.flows.publish import MANIFEST, snapshots_folder

_DIFFERENCE = """
WITH before AS (SELECT document_id, source_id, published_sha256 FROM snapshot_documents WHERE snapshot_id = $before),
after AS (SELECT document_id, source_id, published_sha256 FROM snapshot_documents WHERE snapshot_id = $after),
changed AS (
    SELECT coalesce(before.document_id, after.document_id) AS document_id, coalesce(before.source_id, after.source_id) AS source_id,
           CASE WHEN before.document_id IS NULL THEN 'added' WHEN after.document_id IS NULL THEN 'removed'
                WHEN before.published_sha256 <> after.published_sha256 THEN 'rewritten' ELSE 'same' END AS change
    FROM before FULL JOIN after USING (document_id)
)
SELECT changed.source_id, changed.change,
       CASE WHEN told.reason IS NULL THEN '' ELSE coalesce(document_standing.deciding_gate, '') END AS gate,
       CASE WHEN changed.change = 'removed' AND current_documents.is_absent THEN 'absent'
            WHEN changed.change = 'removed' AND current_documents.is_superseded THEN 'superseded'
            ELSE coalesce(told.reason, '') END AS reason,
       count(*) AS documents
FROM changed LEFT JOIN document_standing USING (document_id) LEFT JOIN current_documents USING (document_id)
-- What holds an added document back today says nothing of why it was added.
CROSS JOIN LATERAL (
    SELECT CASE WHEN changed.change = 'removed' OR document_standing.is_admitted THEN document_standing.reason END AS reason
) AS told
WHERE changed.change <> 'same'
GROUP BY ALL ORDER BY ALL
"""


def find_snapshot(house: House, name: str) -> Path:
    """Return the folder of a snapshot by its digest, the start of it, or the name it was published under (the newest)."""
    folders = {folder.name: folder for folder in snapshots_folder(house).glob("[0-9a-f]*/")}
    with house.connect() as rows:
        published = ask(rows, "SELECT snapshot_id FROM snapshots WHERE name = $name ORDER BY ledger_seq, recorded_at", {"name": name})
    wanted = [*(digest for digest in sorted(folders) if digest.startswith(name)), *published["snapshot_id"].to_pylist()]
    found = [folders[digest] for digest in wanted if digest in folders]
    if not found:
        raise ConfigurationError(f"snapshot {name}: expected one of {', '.join(digest[:12] for digest in sorted(folders)) or 'none yet'}")
    return found[-1]


def manifest(folder: Path) -> dict[str, object]:
    """Return a snapshot's manifest. Raises DataError when it cannot be read."""
    try:
        content: dict[str, object] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / MANIFEST}: cannot be read ({type(error).__name__}); run 'laiyuan audit check'") from None
    return content


def difference(house: House, before: str, after: str) -> tuple[pa.Table, dict[str, object]]:
    """Return what changed between two snapshots by source, with gate and reason of today, and which policies differ."""
    first, second = manifest(find_snapshot(house, before)), manifest(find_snapshot(house, after))
    with house.connect() as rows:
        changed = ask(rows, _DIFFERENCE, {"before": first["snapshot_id"], "after": second["snapshot_id"]})
    old, new = (dict(each["policies"]) if isinstance(each["policies"], dict) else {} for each in (first, second))
    return changed, {
        name: {"before": old.get(name), "after": new.get(name)} for name in sorted({*old, *new}) if old.get(name) != new.get(name)
    }


def write_jsonl(folder: Path, target: Path) -> int:
    """Write a snapshot's rows as JSON lines; return how many."""
    count = 0
    with target.open("w", encoding="utf-8") as lines:
        for path in sorted((folder / "data").glob("*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
    return count


def list_snapshots(house: House) -> pa.Table:
    """Return the published snapshots, oldest first."""
    with house.connect() as rows:
        return ask(
            rows, "SELECT name, snapshot_id, documents, bytes, ledger_seq, recorded_at FROM snapshots ORDER BY ledger_seq, recorded_at"
        )
