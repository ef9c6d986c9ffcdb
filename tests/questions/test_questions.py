"""Every question of the warehouse, as rows in and rows out.

A folder per question or view, a YAML per case: ``world: true`` starts from world.yaml, ``rows`` adds to it (``ledger``
entries follow those there), ``parameters`` are the question's, ``answer`` lists the rows expected in order, with the
columns the case is about. Each case runs over both layouts: shards as runs wrote them, and id-prefix buckets.

The base views stand in for those of ``lineage.duckdb``: rows of committed runs only, closed sets as text, and the
partition column ``segment``. Columns that a row does not name get a harmless default.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.lineage import statement_of
from pipeline.domain.columns import Column, Table
from pipeline.domain.dictionary import read_contract, table_sql, types_sql
from pipeline.domain.digests import canonical_json, json_digest
from pipeline.domain.dispositions import Disposition, Gate
from pipeline.domain.sources import SourceState
from pipeline.domain.tables import TABLE, TABLES
from pipeline.errors import DataError

ROOT = Path(__file__).parents[2]
VIEWS = sorted((ROOT / "warehouse/views").glob("*.sql"))
QUESTIONS = sorted((ROOT / "warehouse/questions").glob("*.sql"))
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ZEROS = "0" * 64

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yaml"))
QUESTION = {path.stem: path for path in QUESTIONS}
VIEW = {path.stem.partition("_")[2]: path for path in VIEWS}
DOCUMENTS = ["a1", "a2", "a3", "a4", "a5", "a9", "b1", "b2", "b3", "b4", "c1", "none"]

Open = Callable[..., duckdb.DuckDBPyConnection]
Rows = Mapping[str, list[dict[str, Any]]]


def rows_of(tables: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Read rows in either form a case may use: a list of mappings, or ``columns`` and ``rows``."""
    return {
        name: [dict(zip(given["columns"], row, strict=True)) for row in given["rows"]] if isinstance(given, dict) else list(given)
        for name, given in tables.items()
    }


def chained(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Complete ledger entries: position, one minute apart, body as canonical JSON, and the hash chain where it is not given."""
    rows: list[dict[str, Any]] = []
    prev = ZEROS
    for seq, entry in enumerate(entries):
        body = entry.get("body", {})
        row = {"seq": seq, "at": START + dt.timedelta(minutes=seq), "actor": "actor-1", "actor_proof": "os_user", "prev": prev}
        row |= {**entry, "body": body if isinstance(body, str) else canonical_json(body)}
        hashed = row | {"at": row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        row.setdefault("hash", json_digest({key: hashed[key] for key in hashed if key != "hash"}))
        prev = row["hash"]
        rows.append(row)
    return rows


def harmless(column: Column) -> Any:
    """Return the value of a column that a case does not care about."""
    if column.is_optional:
        return None
    if column.allowed:
        return next(iter(column.allowed)).value
    by_type = {pa.int64(): 0, pa.float64(): 0.0, pa.bool_(): False, pa.binary(): b"", TABLE["ledger"].columns[1].type: START}
    if column.type in by_type:
        return by_type[column.type]
    if column.name.endswith("sha256"):
        return ZEROS
    return [] if pa.types.is_list(column.type) else ""


def committed(ledger: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the runs that the given ledger entries commit."""
    bodies = [entry["body"] for entry in ledger if isinstance(entry.get("body"), dict)]
    return {body["run_id"] for body in bodies if "run_id" in body and "tables" in body}


def create_table(connection: duckdb.DuckDBPyConnection, table: Table, layout: str) -> None:
    """Create one table with its checks, and the base view over it in the given layout of partitions."""
    connection.execute(table_sql(table).replace(f"CREATE TABLE {table.name}", f"CREATE TABLE stored.{table.name}"))
    shown = ", ".join(f'CAST("{c.name}" AS VARCHAR) AS "{c.name}"' if c.allowed else f'"{c.name}"' for c in table.columns)
    by_prefix = layout == "buckets" and table.is_by_document
    segment = "'bucket-' || left(document_id, 1)" if by_prefix else "'run-x'" if table.name == "ledger" else "'run-' || run_id"
    counted = "" if table.name == "ledger" else " WHERE run_id IN (SELECT run_id FROM stored.committed)"
    connection.execute(f'CREATE VIEW {table.name} AS SELECT {shown}, {segment} AS segment FROM stored."{table.name}"{counted}')


def insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, refusing a column that the table does not have."""
    names = [column.name for column in table.columns]
    unknown = {name for row in rows for name in row} - set(names)
    assert not unknown, f"{table.name} has no column {sorted(unknown)}"
    values = [[row.get(c.name, harmless(c)) for c in table.columns] for row in rows]
    if values:
        connection.executemany(f'INSERT INTO stored."{table.name}" VALUES ({", ".join("?" * len(names))})', values)


def open_warehouse(rows: Rows, layout: str) -> duckdb.DuckDBPyConnection:
    """Return a connection that holds the rows behind the real views, as ``lineage.duckdb`` would."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA stored; CREATE TABLE stored.committed (run_id VARCHAR)")
    connection.execute(types_sql())
    connection.executemany("INSERT INTO stored.committed VALUES (?)", [[run] for run in committed(rows.get("ledger", []))] or [[""]])
    # The types are in main; a stored table finds them there.
    for table in TABLES:
        create_table(connection, table, layout)
        given = rows.get(table.name, [])
        insert(connection, table, chained(given) if table.name == "ledger" else given)
    for view in VIEWS:
        sql = view.read_text(encoding="utf-8")
        # As plain views over shards and with the small ones kept as tables over buckets: the answers must be the same.
        connection.execute(statement_of(sql) if layout == "buckets" else sql)
    return connection


def shown(value: Any) -> Any:
    """Return a value as a YAML case writes it."""
    return value.isoformat() if isinstance(value, dt.datetime) else value


def ask(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one SELECT and return its rows."""
    answer = connection.execute(sql, dict(parameters)) if parameters else connection.execute(sql)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, map(shown, row), strict=True)) for row in answer.fetchall()]


@pytest.fixture(scope="session")
def world() -> dict[str, list[dict[str, Any]]]:
    """The history that most cases share; world.yaml tells it."""
    return rows_of(yaml.safe_load((Path(__file__).parent / "world.yaml").read_text(encoding="utf-8")))


@pytest.fixture
def warehouse() -> Iterator[Callable[[Rows, str], duckdb.DuckDBPyConnection]]:
    """Open warehouses that are closed after the test."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def opener(rows: Rows, layout: str = "runs") -> duckdb.DuckDBPyConnection:
        opened.append(open_warehouse(rows, layout))
        return opened[-1]

    yield opener
    for connection in opened:
        connection.close()


def rows_in(case: Mapping[str, Any], world: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return the case's rows, after those of the world where it asks for them."""
    rows = {name: list(given) for name, given in world.items()} if case.get("world") else {}
    for name in case.get("without", []):
        rows[name] = []
    for name, added in rows_of(case.get("rows", {})).items():
        rows[name] = rows.get(name, []) + added
    return rows


def query(name: str, answer: list[dict[str, Any]]) -> str:
    """Return the SQL of a question, or a SELECT of the answer's columns from a view."""
    if name in QUESTION:
        return QUESTION[name].read_text(encoding="utf-8")
    return f"SELECT {', '.join(answer[0])} FROM {name} ORDER BY ALL" if answer else f"SELECT 1 AS found FROM {name}"


@pytest.mark.parametrize("layout", ["runs", "buckets"])
@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}: {path.stem}" for path in CASES])
def test_rows_in_rows_out(path: Path, layout: str, world: dict[str, list[dict[str, Any]]], warehouse: Open) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    connection = warehouse(rows_in(case, world), layout)
    answered = ask(connection, query(path.parent.name, case["answer"]), case.get("parameters", {}))
    columns = list(case["answer"][0]) if case["answer"] else []
    assert [{name: row[name] for name in columns} for row in answered] == case["answer"]


@pytest.mark.parametrize("name", QUESTION)
def test_every_question_has_a_case_and_declares_its_parameters(name: str) -> None:
    sql = QUESTION[name].read_text(encoding="utf-8")
    contract = read_contract(name, sql)
    code = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    assert {parameter.name for parameter in contract.parameters} == set(re.findall(r"\$([a-z_]+)", code))
    assert contract.example is not None
    assert contract.example.startswith(f"laiyuan ask {name}")
    assert all(f"--{parameter.name} " in contract.example for parameter in contract.parameters)
    assert list((HERE / name).glob("*.yaml"))


@pytest.mark.parametrize("name", VIEW)
def test_every_view_opens_with_its_contract_and_is_called_as_its_file(name: str) -> None:
    sql = VIEW[name].read_text(encoding="utf-8")
    read_contract(name, sql)
    assert re.search(rf"CREATE OR REPLACE (VIEW {name} AS|MACRO {name}\()", sql)


def test_every_folder_is_a_question_or_a_view() -> None:
    assert {path.parent.name for path in CASES} <= set(QUESTION) | set(VIEW)


@pytest.mark.parametrize("path", VIEWS + QUESTIONS, ids=lambda path: path.stem)
def test_no_select_star_and_every_line_fits(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    assert not re.search(r"select\s+\*|\.\*", sql, re.IGNORECASE)
    assert max(map(len, sql.splitlines())) <= 140


@pytest.mark.parametrize("path", VIEWS + QUESTIONS, ids=lambda path: path.stem)
def test_closed_sets_written_out_in_sql_are_those_of_the_domain(path: Path) -> None:
    known = {"admit": list(Disposition), "source": list(Gate), "proposed": list(SourceState)}
    ranks = {**known, "proposed": ["proposed", "assessed", "admitted", "suspended", "refused"]}
    assert set(ranks["proposed"]) == set(known["proposed"])
    for listed in re.findall(r"list_position\(\[([^\]]+)\]", path.read_text(encoding="utf-8")):
        values = re.findall(r"'([a-z]+)'", listed)
        assert values in (*ranks.values(), ["records", *Gate, "all"], [*Gate, "all"], ["in", "new", "again", "absent", *Disposition])


@pytest.mark.parametrize("missing", ["Grain", "Trap", "Question", "问题", "Example"])
def test_a_question_without_a_part_of_its_contract_is_refused(missing: str) -> None:
    sql = QUESTION["ledger_intact"].read_text(encoding="utf-8")
    without = "\n".join(line for line in sql.splitlines() if not line.startswith(f"-- {missing}:"))
    with pytest.raises(DataError, match=missing):
        read_contract("ledger_intact", without)


@pytest.mark.parametrize("layout", ["runs", "buckets"])
def test_why_not_says_in_exactly_for_admitted_documents(layout: str, world: dict[str, list[dict[str, Any]]], warehouse: Open) -> None:
    connection = warehouse(world, layout)
    admitted = {row["document_id"] for row in ask(connection, "SELECT document_id FROM admitted_documents", {})}
    said = {d: ask(connection, "SELECT fact FROM why_not($id) WHERE line = 1", {"id": d})[0]["fact"] for d in DOCUMENTS}
    assert {document for document, fact in said.items() if fact == "in"} == admitted == {"a1", "a4"}
    assert {document for document, fact in said.items() if fact == "unknown"} == {"a9", "none"}


def test_the_account_counts_every_document_once(world: dict[str, list[dict[str, Any]]], warehouse: Open) -> None:
    connection = warehouse(world)
    by_gate = ask(
        connection,
        "SELECT source_id, gate, sum(documents)::BIGINT AS documents FROM account "
        "WHERE disposition NOT IN ('absent', 'superseded') GROUP BY ALL",
        {},
    )
    assert {(row["source_id"], row["documents"]) for row in by_gate} == {("laws", 4), ("wiki", 3), ("forum", 1)}
    total = ask(connection, "SELECT sum(documents)::BIGINT AS documents FROM account WHERE gate = 'all'", {})
    assert total == ask(connection, "SELECT count(*) AS documents FROM documents", {}) == [{"documents": 10}]


def test_a_returned_text_is_current_again(world: dict[str, list[dict[str, Any]]], warehouse: Open) -> None:
    met_again = {"document_id": "a3", "source_id": "laws", "meeting": "again", "run_id": "r-acquire-4"}
    commit = {"event": "run.committed", "body": {"run_id": "r-acquire-4", "flow": "acquire", "scope": "laws", "tables": {}}}
    rows = world | {"ledger": [*world["ledger"], commit], "acquisitions": [*world["acquisitions"], met_again]}
    connection = warehouse(rows)
    superseded = ask(connection, "SELECT document_id, superseded_by FROM current_documents WHERE is_superseded", {})
    assert superseded == [{"document_id": "a4", "superseded_by": "a3"}]
    by_macro = {d: ask(connection, "SELECT superseded_by FROM document_presence($id)", {"id": d}) for d in ("a3", "a4", "a1")}
    assert by_macro == {"a3": [{"superseded_by": None}], "a4": [{"superseded_by": "a3"}], "a1": [{"superseded_by": None}]}


def test_nothing_shown_by_a_macro_is_text_locator_or_title(world: dict[str, list[dict[str, Any]]], warehouse: Open) -> None:
    marked = [row | {"text": "SECRET-TEXT", "title": "SECRET-TITLE", "locator": "SECRET-" + row["locator"]} for row in world["documents"]]
    connection = warehouse(world | {"documents": marked})
    for macro in ("explain_document", "why_not", "document_decisions", "document_findings", "document_presence"):
        for document in DOCUMENTS:
            assert "SECRET" not in str(connection.execute(f"SELECT * FROM {macro}($id)", {"id": document}).fetchall())


def test_an_empty_warehouse_answers_every_question(warehouse: Open) -> None:
    connection = warehouse({})
    for name, path in QUESTION.items():
        contract = read_contract(name, path.read_text(encoding="utf-8"))
        ask(connection, path.read_text(encoding="utf-8"), {parameter.name: "x" for parameter in contract.parameters})
    assert ask(connection, "SELECT document_id FROM admitted_documents", {}) == []
    assert len(TABLES) > 20


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)
ANY_TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=9)
BODIES = st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), ANY_TEXT), max_size=4)
MOMENTS = st.integers(0, 10**15).map(lambda microseconds: START + dt.timedelta(microseconds=microseconds))
ENTRIES = st.lists(st.fixed_dictionaries({"actor": WORDS, "event": WORDS, "at": MOMENTS, "body": BODIES}), min_size=1, max_size=5)


def intact(connection: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put these rows in place of the ledger and ask whether it is intact."""
    connection.execute("DELETE FROM stored.ledger")
    insert(connection, TABLE["ledger"], rows)
    return ask(connection, QUESTION["ledger_intact"].read_text(encoding="utf-8"), {})[0]


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse without rows, whose ledger a test fills."""
    connection = open_warehouse({}, "runs")
    yield connection
    connection.close()


@given(entries=ENTRIES)
@settings(max_examples=60, deadline=None)
def test_sql_and_python_give_a_ledger_the_same_hashes(empty: duckdb.DuckDBPyConnection, entries: list[dict[str, Any]]) -> None:
    rows = chained(entries)
    assert intact(empty, rows) == {
        "entries": len(rows),
        "is_intact": True,
        "faults": 0,
        "first_fault_seq": None,
        "first_fault": None,
        "head_seq": len(rows) - 1,
        "head_hash": rows[-1]["hash"],
    }


@pytest.mark.parametrize("column", ["at", "actor", "actor_proof", "event", "body", "prev", "hash", "seq"])
@pytest.mark.parametrize("place", [0, 3, 17])
def test_a_changed_ledger_is_not_intact(
    empty: duckdb.DuckDBPyConnection, world: dict[str, list[dict[str, Any]]], column: str, place: int
) -> None:
    rows = chained(world["ledger"])
    changes = {"at": rows[place]["at"] + dt.timedelta(microseconds=1), "seq": 90 + place}
    rows[place] |= {column: changes.get(column, "0" * 63 + "1")}
    assert not intact(empty, rows)["is_intact"]


def test_a_ledger_with_an_entry_taken_out_or_put_twice_is_not_intact(
    empty: duckdb.DuckDBPyConnection, world: dict[str, list[dict[str, Any]]]
) -> None:
    rows = chained(world["ledger"])
    assert intact(empty, rows)["is_intact"]
    assert intact(empty, rows[:3] + rows[4:])["first_fault_seq"] == 4
    assert intact(empty, [*rows, rows[5]])["faults"] > 0
    assert not intact(empty, [])["is_intact"]
