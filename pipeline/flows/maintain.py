"""Maintenance: rewrite committed runs into few sorted files, without changing what any of them says.

Tables sorted by document id go into sixteen buckets by the id's first hex digit, all others into one merged
segment; rows of abandoned runs go away; files replaced longer ago than the grace period are removed. Every commit
entry's digest can still be recomputed, since rows keep their ``run_id``.
"""

import pyarrow as pa

from pipeline.adapters import lineage
from pipeline.adapters.delta import BUCKETS, MERGED, SEGMENT
from pipeline.domain.columns import Table
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.tables import TABLES
from pipeline.flows.house import House
from pipeline.flows.runs import abandoned_runs

GRACE_HOURS = 24 * 7
_BATCH_ROWS = 65_536


def maintain(house: House, actor: Actor, *, grace_hours: int = GRACE_HOURS) -> LedgerEntry:
    """Rewrite every table that has committed shards waiting, compact the ledger, remove old files; record what was done."""
    done: dict[str, int] = {}
    for table in TABLES:
        if table.name == "ledger":
            house.warehouse.compact("ledger")
        else:
            done[table.name] = _rewrite(house, table)
            _drop_abandoned(house, table)
        house.warehouse.vacuum(table.name, keep_hours=grace_hours)
    entry = house.record(actor, "warehouse.maintained", {"rewritten": {name: count for name, count in done.items() if count}})
    house.forget()
    house.publish_lineage()
    return entry


def _rewrite(house: House, table: Table) -> int:
    """Move one table's committed shards into its buckets; return how many segments were moved."""
    present = set(house.warehouse.files(table.name)[SEGMENT].to_pylist())
    waiting = sorted(present & {f"run-{run_id}" for run_id in house.committed_runs()})
    if not waiting:
        return 0
    order = ", ".join(f'"{name}"' for name in table.sort_by)
    segment = "'bucket-' || left(document_id, 1)" if table.is_by_document else f"'{MERGED}'"
    columns = ", ".join(f'"{c.name}"' for c in table.columns)
    stored = table.schema.append(pa.field(SEGMENT, pa.string(), nullable=False))
    # Exactly the segments that are replaced are read: a run committed meanwhile keeps its own files.
    with lineage.connect(house.warehouse, {*waiting, *BUCKETS, MERGED}) as rows:
        ordered = f"SELECT {columns}, {segment} AS {SEGMENT} FROM {table.name} ORDER BY {order}"  # noqa: S608
        reader = rows.sql(ordered).to_arrow_reader(_BATCH_ROWS)
        batches = (pa.Table.from_batches([each]).cast(stored).combine_chunks().to_batches()[0] for each in reader)
        house.warehouse.rewrite(table.name, waiting, pa.RecordBatchReader.from_batches(stored, batches))
    return len(waiting)


def _drop_abandoned(house: House, table: Table) -> None:
    abandoned = {f"run-{run_id}" for run_id in abandoned_runs(house)}
    present = set(house.warehouse.files(table.name)[SEGMENT].to_pylist())
    for segment in sorted(abandoned & present):
        house.warehouse.delete(table.name, f"{SEGMENT} = '{segment}'")
