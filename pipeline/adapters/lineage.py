"""DuckDB asks the questions: views over the Parquet files of committed runs, and nothing else.

``connect`` gives a connection in memory for flows; ``publish`` writes the same views to ``lineage.duckdb``, which
any DuckDB client from 1.1 on opens read-only, and replaces it by rename so that readers never wait for writers.
"""

import errno
import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.adapters.delta import SEGMENT, Warehouse
from pipeline.adapters.shipped import shipped
from pipeline.domain.columns import Table
from pipeline.domain.dictionary import types_sql
from pipeline.domain.tables import TABLES
from pipeline.errors import ConfigurationError, DataError

FILE_NAME = "lineage.duckdb"
# Every client from DuckDB 1.1 on reads this version; 2.0's own default is closed to all older ones.
_STORAGE_VERSION = "v1.0.0"
_DUCKDB_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
}


@dataclass(frozen=True, slots=True)
class Past:
    """A position of the ledger: its entries up to ``seq`` and a few named ``later`` ones, and the rows of the runs that they commit."""

    seq: int
    runs: frozenset[str]
    later: frozenset[int] = frozenset()


def connect(warehouse: Warehouse, segments: Iterable[str], past: Past | None = None) -> duckdb.DuckDBPyConnection:
    """Return a connection in memory with all views over the rows of the given segments, of today or as they stood in the past."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    _define(connection, warehouse, set(segments), past)
    return connection


def publish(warehouse: Warehouse, segments: Iterable[str], ledger_seq: int, folder: Path) -> Path:
    """Write ``lineage.duckdb`` at a ledger position; leave a newer one alone. Returns its path.

    Raises ConfigurationError where the folder cannot be written: what was committed stays committed.
    """
    target = folder / FILE_NAME
    with _writable(target), (folder / f".{FILE_NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _position(target) > ledger_seq:
            return target
        handle, name = tempfile.mkstemp(prefix=f".{FILE_NAME}.", suffix=".new", dir=folder)
        os.close(handle)
        fresh = Path(name)
        fresh.unlink()
        try:
            with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
                connection.execute(f"ATTACH '{_quoted(str(fresh))}' AS lineage (STORAGE_VERSION '{_STORAGE_VERSION}')")
                connection.execute("USE lineage")
                _define(connection, warehouse, set(segments))
                connection.execute(f"CREATE TABLE lineage_position AS SELECT {int(ledger_seq)}::BIGINT AS seq")
                connection.execute("COMMENT ON TABLE lineage_position IS 'Ledger position that these views show.'")
                connection.execute("USE memory")
                connection.execute("DETACH lineage")
            fresh.chmod(0o644)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    return target


@contextmanager
def _writable(target: Path) -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, OSError) as error:
        is_full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        fault = "no space left on the device" if is_full else "cannot be written (read-only or no permission)"
        raise ConfigurationError(
            f"{target}: {fault}; mend it and run 'laiyuan ledger publish'; what was committed stays committed"
        ) from None


def open_published(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the published ``lineage.duckdb`` read-only."""
    target = folder / FILE_NAME
    if not target.is_file():
        raise ConfigurationError(f"{target}: no lineage was published yet; commit a run first, or run 'laiyuan ledger publish'")
    connection = duckdb.connect(str(target), read_only=True, config={"autoinstall_known_extensions": False})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def ask(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
    """Run one question and return its answer."""
    try:
        return connection.sql(sql, params=dict(parameters or {})).to_arrow_table()
    except duckdb.IOException as error:
        raise DataError(f"a file behind the views is gone ({type(error).__name__}); run 'laiyuan ledger publish' and ask again") from None
    except duckdb.Error as error:
        raise ConfigurationError(f"the question could not be asked: {error}") from None


def first_row(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> tuple[Any, ...] | None:
    """Return the first row of an answer, None when it is empty; read to its end, so that the connection is free again."""
    found = connection.execute(sql, dict(parameters or {})).fetchall()
    return found[0] if found else None


def statement_of(sql: str) -> str:
    """Return the statement of a view's file; a view marked ``-- Kept:`` becomes a table, filled once.

    The files behind all views are fixed when they are defined, so that both say the same for ever. The small ones are
    read by nearly everything: as views they are planned again inside every macro, which cost more than the answer.
    """
    is_kept = re.search("^-- Kept:", sql, re.MULTILINE) is not None
    return sql.replace("CREATE OR REPLACE VIEW", "CREATE TABLE", 1) if is_kept else sql


def parameters_of(sql: str) -> tuple[str, ...]:
    """Return the names of a question's ``$parameters``, in order."""
    return tuple(dict.fromkeys(re.findall(r"\$([a-z_][a-z0-9_]*)", re.sub(r"--[^\n]*", "", sql))))


def _position(target: Path) -> int:
    if not target.is_file():
        return -1
    try:
        with duckdb.connect(str(target), read_only=True) as connection:
            found = connection.execute("SELECT seq FROM lineage_position").fetchone()
    except duckdb.Error:
        return -1  # unreadable or foreign: replace it
    return int(found[0]) if found else -1


def _define(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, segments: set[str], past: Past | None = None) -> None:
    connection.execute(types_sql())
    if past is not None:
        connection.execute("CREATE TABLE past_runs AS SELECT unnest($runs::VARCHAR[]) AS run_id", {"runs": sorted(past.runs)})
    for table in TABLES:
        files = warehouse.files(table.name)
        paths = [
            f"{warehouse.path(table.name)}/{path}"
            for path, segment in zip(files["path"].to_pylist(), files[SEGMENT].to_pylist(), strict=True)
            if segment in segments
        ]
        if warehouse.address.startswith("s3://"):
            connection.register(f"{table.name}__files", warehouse.dataset(table.name, segments))
            view = f"CREATE VIEW {table.name} AS SELECT {_columns(table)}, {SEGMENT} FROM {table.name}__files"  # noqa: S608
        else:
            view = _base_view(table, sorted(paths))
        connection.execute(view if past is None or view.endswith("WHERE false") else view + _as_it_stood(table, past))
    for path in sorted(shipped("warehouse", "views").glob("*.sql")):
        connection.execute(statement_of(path.read_text(encoding="utf-8")))


def _base_view(table: Table, paths: list[str]) -> str:
    if not paths:
        empty = ", ".join(f'CAST(NULL AS {_DUCKDB_TYPES[c.type]}) AS "{c.name}"' for c in table.columns)
        return f"CREATE VIEW {table.name} AS SELECT {empty}, CAST(NULL AS VARCHAR) AS {SEGMENT} WHERE false"
    listed = ", ".join(f"'{_quoted(path)}'" for path in paths)
    return (
        f"CREATE VIEW {table.name} AS SELECT {_columns(table)}, {SEGMENT} "  # noqa: S608
        f"FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{'{SEGMENT}': VARCHAR}})"
    )


def _as_it_stood(table: Table, past: Past) -> str:
    if table.name != "ledger":
        return " WHERE run_id IN (SELECT run_id FROM past_runs)"
    return f" WHERE seq <= {past.seq} OR seq IN ({', '.join(map(str, sorted({past.seq, *past.later})))})"


def _columns(table: Table) -> str:
    return ", ".join(f'"{c.name}"' for c in table.columns)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
