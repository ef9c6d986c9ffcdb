"""The SQL schema and the data dictionary are the generator's output, and every table, column and view is described in them."""

import re
from enum import StrEnum
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.domain.columns import Column, Table
from pipeline.domain.dictionary import (
    SQL_TYPES,
    closed_sets,
    comments_sql,
    data_dictionary,
    read_contract,
    schema_sql,
    sql_name,
    table_sql,
    types_sql,
)
from pipeline.domain.dispositions import Disposition, Gate, Meeting, Reason, RejectReason
from pipeline.domain.sources import SourceKind, SourceState
from pipeline.domain.tables import TABLE, TABLES
from pipeline.errors import DataError

ROOT = Path(__file__).parents[3]
REWRITE = "run `python -m tests.unit.domain.test_dictionary` to write it again"


def contracts(folder: str) -> list:
    paths = sorted((ROOT / "warehouse" / folder).glob("*.sql"))
    return [read_contract(re.sub(r"^\d+_", "", path.stem), path.read_text(encoding="utf-8")) for path in paths]


def generated() -> dict[Path, str]:
    return {
        ROOT / "warehouse/schema/tables.sql": schema_sql(),
        ROOT / "docs/data-dictionary.md": data_dictionary(contracts("views"), contracts("questions")),
    }


@pytest.mark.parametrize("path", ["warehouse/schema/tables.sql", "docs/data-dictionary.md"])
def test_the_files_are_the_generators_output(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == generated()[ROOT / path], REWRITE


def test_duckdb_accepts_the_schema_and_shows_every_meaning() -> None:
    connection = duckdb.connect()
    connection.execute(schema_sql())
    columns = connection.execute("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert {(table, column): comment for table, column, comment in columns} == {
        (table.name, column.name): column.meaning for table in TABLES for column in table.columns
    }
    tables = connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
    assert dict(tables) == {table.name: table.grain for table in TABLES}


def test_views_can_carry_the_same_comments() -> None:
    connection = duckdb.connect()
    connection.execute(f"{types_sql()} CREATE SCHEMA stored")
    connection.execute(table_sql(TABLE["ledger"]).replace("TABLE ledger", "TABLE stored.ledger"))
    connection.execute('CREATE VIEW ledger AS SELECT seq, "at", actor, actor_proof, event, body, prev, hash FROM stored.ledger')
    connection.execute(comments_sql(TABLE["ledger"], "VIEW"))
    assert connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'ledger'").fetchone() == (TABLE["ledger"].grain,)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_says_what_it_means(table: Table) -> None:
    assert len(table.grain) > 10
    assert all(len(column.meaning) > 5 and column.type in SQL_TYPES for column in table.columns)
    assert set(table.sort_by) <= {column.name for column in table.columns}
    assert f"### {table.name}\n" in generated()[ROOT / "docs/data-dictionary.md"]


def test_every_closed_set_of_a_column_becomes_an_enum_type_in_its_own_order() -> None:
    assert {Disposition, Gate, Reason, RejectReason, Meeting, SourceKind, SourceState} <= set(closed_sets())
    connection = duckdb.connect()
    connection.execute(types_sql())
    for values in closed_sets():
        shown = connection.execute(f"SELECT enum_range(NULL::{sql_name(values)})").fetchone()
        assert shown == ([value.value for value in values],)


class OddName(StrEnum):
    """A set with a quote in it."""

    ONE = "it's"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("('d', 's', 'pi', 'reject', NULL, 'p', 1, 'i', 'r')", "a refusal without a reason"),
        ("('d', 's', 'pi', 'admit', 'pi.minor', 'p', 1, 'i', 'r')", "an admission with a reason"),
        ("('d', 's', 'moon', 'admit', NULL, 'p', 1, 'i', 'r')", "a gate that is none"),
        ("(NULL, 's', 'pi', 'admit', NULL, 'p', 1, 'i', 'r')", "no document"),
    ],
    ids=lambda value: value if " " in value and "(" not in value else "",
)
def test_the_schema_refuses(row: str, why: str) -> None:
    connection = duckdb.connect()
    connection.execute(types_sql() + table_sql(TABLE["decisions"]))
    with pytest.raises(duckdb.Error):
        connection.execute(f"INSERT INTO decisions VALUES {row}")
    assert why


def test_quotes_in_values_and_meanings_are_escaped() -> None:
    table = Table("odd", "one row per it's", (Column("at", pa.string(), "The writer's | word.", allowed=OddName),), ("at",))
    connection = duckdb.connect()
    connection.execute(schema_sql([table]))
    assert connection.execute("SELECT comment FROM duckdb_columns() WHERE NOT internal").fetchone() == ("The writer's | word.",)
    assert "The writer's \\| word." in data_dictionary([], [], [table])


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("-- View: v\n-- Grain: g\nSELECT 1", "Trap"),
        ("-- Question: q\n-- Grain: g\n-- Trap: t\nSELECT 1", "问题, Example"),
        ("-- View: v\n-- View: w\n-- Grain: g\n-- Trap: t\nSELECT 1", "found two"),
        ("-- View: v\n-- Grain: g\n-- Trap: t\n-- Parameter: Source\nSELECT 1", "name type meaning"),
        ("SELECT 1\n-- View: v\n-- Grain: g\n-- Trap: t", "Grain"),
    ],
)
def test_a_contract_with_a_fault_is_refused(sql: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        read_contract("some", sql)


def test_an_indented_comment_line_continues_the_one_before() -> None:
    sql = "-- View: v\n-- Grain: one row\n--   per thing.\n-- Trap: t\n-- Parameter: run text the run_id\nSELECT 1"
    contract = read_contract("some", sql)
    assert contract.grain == "one row per thing."
    assert [(p.name, p.type, p.meaning) for p in contract.parameters] == [("run", "text", "the run_id")]


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
