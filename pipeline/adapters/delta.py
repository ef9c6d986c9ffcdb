"""The warehouse's tables as Delta Lake tables: appended exactly once, seen only through committed runs.

Each table is partitioned by ``segment``: ``run-<id>`` for the shards that a run appended, ``bucket-<hex digit>``
(or ``merged``) for rows that maintenance rewrote out of committed runs. Which runs are committed is the ledger's
word, so every read here is given the segments it may see. Delta's own versions are never evidence.
"""

import errno
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import (
    BloomFilterProperties,
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from pyarrow import fs

from pipeline.domain.columns import Holds, Table
from pipeline.domain.tables import TABLE, TABLES
from pipeline.errors import ConfigurationError, DataError, LawError, ServiceError

SEGMENT = "segment"
BUCKETS = tuple(f"bucket-{digit}" for digit in "0123456789abcdef")
MERGED = "merged"
ROW_GROUP_ROWS = 131_072
_COMMIT_TRIES = 50


@dataclass(slots=True)
class Warehouse:
    """The tables under one address: a local folder, or ``s3://`` with delta-rs storage options."""

    address: str
    storage_options: dict[str, str] = field(default_factory=dict)
    _handles: dict[str, DeltaTable] = field(default_factory=dict, repr=False)

    def path(self, name: str) -> str:
        """Return the address of one table."""
        return f"{self.address.rstrip('/')}/tables/{name}"

    def create(self) -> None:
        """Create every table that does not exist yet."""
        with _translated(self.address):
            for table in TABLES:
                self._create(table)

    def _create(self, table: Table) -> None:
        # Text must not reach the log as minimum and maximum: erasing a row could not erase it there.
        without_text = [c.name for c in table.columns if c.name in _SORTED_OR_NARROW] if table.holds is Holds.TEXT else None
        configuration: dict[str, str | None] = {"delta.dataSkippingStatsColumns": ",".join(without_text)} if without_text else {}
        handle = DeltaTable.create(
            self.path(table.name),
            schema=_stored_schema(table),
            mode="ignore",
            partition_by=[SEGMENT],
            configuration=configuration or None,
            storage_options=self.storage_options or None,
        )
        constraint = _constraint(table)
        if constraint and handle.version() == 0:
            handle.alter.add_constraint({"closed_sets": constraint})

    def _handle(self, name: str) -> DeltaTable:
        """Return this table's handle, brought up to the newest version."""
        known = self._handles.get(name)
        if known is None:
            try:
                known = DeltaTable(self.path(name), storage_options=self.storage_options or None)
            except TableNotFoundError:
                raise ConfigurationError(
                    f"{self.address}: expected a warehouse, found no table {name}; run 'laiyuan init' or check LAIYUAN_WAREHOUSE",
                ) from None
            self._handles[name] = known
        elif not self._is_newest(name, known.version()):
            known.update_incremental()
        return known

    def _is_newest(self, name: str, version: int) -> bool:
        """Tell, by two looks into a local log, that no later commit is there: reading the log anew costs a hundred times more.

        The entry of ``version`` itself must still be there: where it was cleaned up, its follower may have been, too.
        """
        if "://" in self.address:
            return False
        log = Path(self.path(name)) / "_delta_log"
        return (log / f"{version:020d}.json").is_file() and not (log / f"{version + 1:020d}.json").exists()

    def append(self, name: str, rows: pa.Table, *, run_id: str, task: str, shard: str) -> bool:
        """Append one shard's rows in one commit; return False when this shard was written before.

        Delta refuses only concurrent repeats of a transaction: a sequential retry must look first, through the
        handle that then writes. Raises LawError when the rows break the table's contract.
        """
        table = TABLE[name]
        stored = _checked(table, rows)
        application = f"{run_id}/{task}/{shard}"
        for _ in range(_COMMIT_TRIES):
            with _translated(self.path(name)):
                handle = self._handle(name)
                if handle.transaction_version(application) is not None:
                    return False
                if stored.num_rows == 0:
                    return True
                try:
                    self._write(handle, table, stored, segment=f"run-{run_id}", application=(application, 1))
                except CommitFailedError:
                    self._handles.pop(name, None)
                    continue
                return True
        raise ServiceError(f"{name}: {_COMMIT_TRIES} concurrent commits came first; try again")

    def is_written(self, name: str, *, run_id: str, task: str, shard: str) -> bool:
        """Tell whether a shard's rows were appended before, so that a retry need not compute them again."""
        with _translated(self.path(name)):
            return self._handle(name).transaction_version(f"{run_id}/{task}/{shard}") is not None

    def append_at(self, name: str, rows: pa.Table, *, application: str, position: int) -> bool:
        """Append rows only if ``position`` is the next of ``application``; return False when another came first.

        The head must be read and the rows written through one handle: a stale writer that opened the table anew
        would fork the chain.
        """
        table = TABLE[name]
        with _translated(self.path(name)):
            handle = self._handle(name)
            last = handle.transaction_version(application)
            if position != (-1 if last is None else last) + 1:
                return False
            try:
                self._write(handle, table, _checked(table, rows), segment=name, application=(application, position))
            except CommitFailedError:
                self._handles.pop(name, None)
                return False
        return True

    def position(self, name: str, application: str) -> int:
        """Return the last position written by ``append_at``, -1 for none."""
        with _translated(self.path(name)):
            last = self._handle(name).transaction_version(application)
        return -1 if last is None else last

    def _write(self, handle: DeltaTable, table: Table, rows: pa.Table, *, segment: str, application: tuple[str, int]) -> None:
        write_deltalake(
            handle,
            rows.append_column(pa.field(SEGMENT, pa.string(), nullable=False), pa.repeat(segment, rows.num_rows)),
            mode="append",
            writer_properties=_writer(table, rows.num_rows),
            commit_properties=CommitProperties(app_transactions=[Transaction(*application)], max_commit_retries=20),
        )

    def version(self, name: str) -> int:
        """Return the Delta version of a table, for pinning a read."""
        with _translated(self.path(name)):
            return int(self._handle(name).version())

    def files(self, name: str) -> pa.Table:
        """Return path, segment, rows and bytes of each live file, from the Delta log and never from the folder."""
        with _translated(self.path(name)):
            added = pa.table(self._handle(name).get_add_actions(flatten=True))
        return pa.table(
            {
                "path": added["path"].cast(pa.string()),
                SEGMENT: added[f"partition.{SEGMENT}"].cast(pa.string()),
                "rows": added["num_records"].cast(pa.int64()),
                "bytes": added["size_bytes"].cast(pa.int64()),
            },
        )

    def dataset(self, name: str, segments: Iterable[str]) -> ds.Dataset:
        """Return the rows of some segments as an Arrow dataset with the table's schema."""
        files = self.files(name)
        wanted = files.filter(pc.is_in(files[SEGMENT], pa.array(sorted(set(segments)), pa.string())))
        with _translated(self.path(name)):
            if "://" in self.address:
                system = fs.PyFileSystem(DeltaStorageHandler(self.path(name), self.storage_options))
                paths = wanted["path"].to_pylist()
            else:
                system = fs.LocalFileSystem()
                paths = [f"{self.path(name)}/{path}" for path in wanted["path"].to_pylist()]
            return ds.dataset(paths, schema=TABLE[name].schema, format="parquet", filesystem=system)

    def rows(self, name: str, segments: Iterable[str], columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of some segments."""
        return self.dataset(name, segments).to_table(columns=list(columns or TABLE[name].schema.names))

    def rewrite(self, name: str, segments: Sequence[str], rows: pa.RecordBatchReader) -> None:
        """Replace the given segments by rows that carry their own segment, in one commit."""
        table = TABLE[name]
        wanted = ", ".join(f"'{segment}'" for segment in dict.fromkeys([*segments, *BUCKETS, MERGED]))
        with _translated(self.path(name)):
            write_deltalake(
                self._handle(name),
                rows,
                mode="overwrite",
                predicate=f"{SEGMENT} IN ({wanted})",
                writer_properties=_writer(table, ROW_GROUP_ROWS, row_group_rows=32_768),
                commit_properties=CommitProperties(max_commit_retries=20),
            )

    def compact(self, name: str) -> None:
        """Join small files of one segment; a concurrent compaction that came first is as good."""
        with _translated(self.path(name)):
            try:
                self._handle(name).optimize.compact()
            except CommitFailedError:
                self._handles.pop(name, None)

    def vacuum(self, name: str, *, keep_hours: int) -> int:
        """Remove files replaced more than ``keep_hours`` ago; return how many."""
        with _translated(self.path(name)):
            return len(self._handle(name).vacuum(retention_hours=keep_hours, enforce_retention_duration=False, dry_run=False))

    def delete(self, name: str, predicate: str) -> int:
        """Delete rows (copy on write) for a lawful erasure or an uncommitted run's repair; return how many."""
        with _translated(self.path(name)):
            return int(self._handle(name).delete(predicate)["num_deleted_rows"])


_SORTED_OR_NARROW = frozenset({"document_id", "source_id", "chars", "bytes", "run_id"})


def _stored_schema(table: Table) -> pa.Schema:
    return table.schema.append(pa.field(SEGMENT, pa.string(), nullable=False))


def _constraint(table: Table) -> str:
    """Return the table's checks and closed sets as one Delta constraint, empty when it has none."""
    parts = [f"({check})" for check in table.checks if " = (" not in check]
    for column in table.columns:
        if column.allowed is not None:
            values = ", ".join(f"'{value.value}'" for value in column.allowed)
            parts.append(
                f"({column.name} IS NULL OR {column.name} IN ({values}))" if column.is_optional else f"{column.name} IN ({values})"
            )
    if table.name == "decisions":  # delta-rs cannot plan "(a) = (b IS NULL)"
        parts.append("((disposition = 'admit' AND reason IS NULL) OR (disposition <> 'admit' AND reason IS NOT NULL))")
    return " AND ".join(parts)


def _checked(table: Table, rows: pa.Table) -> pa.Table:
    """Return rows cast to the table's schema, sorted; raise LawError naming column and count, never a value."""
    missing = [name for name in table.schema.names if name not in rows.schema.names]
    if missing:
        raise LawError(f"{table.name}: expected columns {', '.join(missing)}, found none; a stage writes fewer columns than its table has")
    plain = rows.select(table.schema.names).cast(pa.schema([f.with_nullable(True) for f in table.schema]))
    for column in table.columns:
        values = plain[column.name]
        if not column.is_optional and values.null_count:
            raise LawError(f"{table.name}.{column.name}: expected a value in every row, found {values.null_count} rows without")
        if column.allowed is not None:
            closed = pa.array([value.value for value in column.allowed])
            outside = pc.sum(pc.invert(pc.is_in(pc.drop_null(values), closed))).as_py() or 0
            if outside:
                raise LawError(f"{table.name}.{column.name}: {outside} rows hold a value outside {column.allowed.__name__}")
    if (
        table.name == "decisions"
        and not pc.equal(pc.equal(plain["disposition"], "admit"), pc.is_null(plain["reason"])).combine_chunks().true_count == plain.num_rows
    ):
        raise LawError("decisions: a reason must be given exactly when a document is not simply admitted")
    return plain.cast(table.schema).sort_by([(name, "ascending") for name in table.sort_by])


def _writer(table: Table, row_count: int, row_group_rows: int = ROW_GROUP_ROWS) -> WriterProperties:
    looked_up_by = (*(("document_id",) if table.is_by_document else ()), *table.looked_up_by)
    bloom = {
        name: ColumnProperties(
            dictionary_enabled=False,
            bloom_filter_properties=BloomFilterProperties(set_bloom_filter_enabled=True, fpp=0.01, ndv=max(row_count, 1)),
        )
        for name in looked_up_by
    }
    return WriterProperties(
        compression="ZSTD",
        compression_level=3,
        max_row_group_size=row_group_rows,
        column_properties=bloom or None,
    )


@contextmanager
def _translated(address: str) -> Iterator[None]:
    """Turn the library's errors into ours. Their messages are dropped: delta-rs prints rows of rejected data."""
    try:
        yield
    except CommitFailedError:
        raise
    except (DeltaError, OSError) as error:
        raise _named(error, address) from None


def _named(error: Exception, address: str) -> Exception:
    said = str(error)
    code = getattr(error, "errno", None)
    if code == errno.ENOSPC or "No space left" in said:
        return ConfigurationError(
            f"{address}: no space left on the device; free some and run the same command again, it goes on where it stopped"
        )
    if code in (errno.EACCES, errno.EROFS, errno.EPERM) or re.search("[Rr]ead-only|Permission denied|PermissionDenied", said):
        return ConfigurationError(f"{address}: cannot be written (read-only or no permission); mount it writable or change its owner")
    if code == errno.ENOENT or "not found" in said.lower():
        return DataError(f"{address}: a file that the Delta log lists is gone; if rows were erased, open the warehouse again")
    if re.search("failed validation check", said):
        return LawError(f"{address}: rows broke the table's constraint; nothing was written")
    return ServiceError(f"{address}: the storage did not answer as expected ({type(error).__name__}); try again")
