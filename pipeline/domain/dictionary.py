"""The warehouse's tables in SQL and in prose, written from ``TABLES`` so that no two descriptions can drift apart.

``warehouse/schema/tables.sql`` and ``docs/data-dictionary.md`` are the output of this module and a test holds them
equal. The contract that opens every view and question is read here too, so that its parts have one meaning.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from pipeline.domain.columns import Column, Table
from pipeline.domain.tables import TABLES
from pipeline.errors import DataError

SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
}

SCHEMA_HEADER = """\
-- Every table of the warehouse, its closed sets, checks and meanings.
-- Written by pipeline/domain/dictionary.py from pipeline/domain/tables.py; a test holds the two equal. Do not edit.
-- Rows are appended, never changed: a correction is a later row, "current" is a view.
"""

DICTIONARY_HEADER = """\
# Data dictionary

Written by `pipeline/domain/dictionary.py` from `pipeline/domain/tables.py`, `warehouse/views/` and
`warehouse/questions/`; a test holds it equal to them. Do not edit.

Rows are appended, never changed: a correction is a later row, and "current" is a view. A row counts once the ledger
holds the commit of the run that wrote it (`run_id`); the views of `lineage.duckdb` read committed runs only. Every
table there has one more column, `segment`, the partition its row lies in, which means nothing. Open `lineage.duckdb`
read-only with DuckDB 1.1 or later, from any folder; if it is attached to another database, `USE` it first.
"""

_HEADER_LINE = re.compile(r"^-- (Question|View|Macro|问题|Grain|Trap|Parameter|Example): ?(.+)$")
_PARAMETER = re.compile(r"^(?P<name>[a-z][a-z0-9_]*) (?P<type>[a-z]+) (?P<meaning>.+)$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named parameter of a question."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What a view or question promises, from the comment lines that open its file."""

    name: str
    title: str
    title_zh: str | None
    grain: str
    trap: str
    parameters: tuple[Parameter, ...]
    example: str | None


def sql_name(values: type[StrEnum]) -> str:
    """Return the SQL type name of a closed set, as ``RejectReason`` to ``reject_reason``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", values.__name__).lower()


def closed_sets(tables: Sequence[Table] = TABLES) -> tuple[type[StrEnum], ...]:
    """Return every closed set a column is bound to, in order of first use."""
    return tuple(dict.fromkeys(c.allowed for table in tables for c in table.columns if c.allowed))


def types_sql(tables: Sequence[Table] = TABLES) -> str:
    """Return one CREATE TYPE statement per closed set; values keep the order of the Python enum."""
    return "".join(f"CREATE TYPE {sql_name(values)} AS ENUM ({_listed(values)});\n" for values in closed_sets(tables))


def table_sql(table: Table) -> str:
    """Return the CREATE TABLE statement of one table, with its closed sets and checks."""
    lines = [f"    {_quoted(c.name)} {_column_type(c)}{'' if c.is_optional else ' NOT NULL'}" for c in table.columns]
    lines += [f"    CHECK ({check})" for check in table.checks]
    return f"CREATE TABLE {table.name} (\n" + ",\n".join(lines) + "\n);\n"


def comments_sql(table: Table, kind: str = "TABLE") -> str:
    """Return the COMMENT statements of one table and its columns; ``kind`` is TABLE or VIEW."""
    lines = [f"COMMENT ON {kind} {table.name} IS {_literal(table.grain)};"]
    lines += [f"COMMENT ON COLUMN {table.name}.{_quoted(c.name)} IS {_literal(c.meaning)};" for c in table.columns]
    return "\n".join(lines) + "\n"


def schema_sql(tables: Sequence[Table] = TABLES) -> str:
    """Return the whole of ``warehouse/schema/tables.sql``."""
    parts = [SCHEMA_HEADER, types_sql(tables), *(f"{table_sql(table)}\n{comments_sql(table)}" for table in tables)]
    return "\n".join(parts)


def read_contract(name: str, sql: str) -> Contract:
    """Read the contract that opens a view or question; raise DataError where a part is missing or twice given."""
    lines = list(_header_lines(sql))
    parameters = tuple(_parameter(name, value) for key, value in lines if key == "Parameter")
    single: dict[str, str] = {}
    for key, value in lines:
        if key != "Parameter" and single.setdefault(key, value) != value:
            raise DataError(f"{name}.sql: expected one '-- {key}:' line, found two; keep one")
    title = single.get("Question") or single.get("View") or single.get("Macro")
    needed = {"Question, View or Macro": title, "Grain": single.get("Grain"), "Trap": single.get("Trap")}
    if "Question" in single:
        needed |= {"问题": single.get("问题"), "Example": single.get("Example")}
    missing = [part for part, value in needed.items() if not value]
    if missing:
        raise DataError(f"{name}.sql: expected a contract in its opening comment lines, found no {', '.join(missing)}; write it")
    return Contract(
        name, title or "", single.get("问题"), single.get("Grain", ""), single.get("Trap", ""), parameters, single.get("Example")
    )


def data_dictionary(views: Iterable[Contract], questions: Iterable[Contract], tables: Sequence[Table] = TABLES) -> str:
    """Return the whole of ``docs/data-dictionary.md``."""
    parts = [DICTIONARY_HEADER, "## Tables\n", *(_table_section(table) for table in tables)]
    parts += ["## Closed sets\n", *(_closed_set_section(values) for values in closed_sets(tables))]
    parts += ["## Views and macros\n", *(_contract_section(contract) for contract in views)]
    parts += ["## Questions\n", *(_contract_section(contract) for contract in questions)]
    return "\n".join(parts)


def _header_lines(sql: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of the opening comment lines; an indented comment line continues the one before."""
    key, value = "", ""
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        if found := _HEADER_LINE.match(line):
            if key:
                yield key, value
            key, value = found[1], found[2].strip()
        elif key and line.startswith("--  "):
            value = f"{value} {line[2:].strip()}"
    if key:
        yield key, value


def _parameter(name: str, line: str) -> Parameter:
    """Split ``name type meaning``; raise DataError where it does not read so."""
    found = _PARAMETER.match(line)
    if not found:
        raise DataError(f"{name}.sql: expected '-- Parameter: name type meaning', found another form; write it so")
    return Parameter(found["name"], found["type"], found["meaning"])


def _column_type(column: Column) -> str:
    return sql_name(column.allowed) if column.allowed else SQL_TYPES[column.type]


def _quoted(name: str) -> str:
    """Quote the one column name that DuckDB reserves (AT stands for time travel since 1.3)."""
    return f'"{name}"' if name == "at" else name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(values: type[StrEnum]) -> str:
    return ", ".join(_literal(value.value) for value in values)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table_section(table: Table) -> str:
    checks = "".join(f" Check: `{check}`." for check in table.checks)
    intro = f"{table.grain[0].upper()}{table.grain[1:]}. Sorted by {', '.join(table.sort_by)}. Holds {table.holds.value}.{checks}"
    rows = [f"| `{c.name}` | {_shown_type(c)}{', optional' if c.is_optional else ''} | {_cell(c.meaning)} |" for c in table.columns]
    return f"### {table.name}\n\n{intro}\n\n| column | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _shown_type(column: Column) -> str:
    return f"[{sql_name(column.allowed)}](#{sql_name(column.allowed)})" if column.allowed else SQL_TYPES[column.type]


def _closed_set_section(values: type[StrEnum]) -> str:
    meaning = (values.__doc__ or "").strip().splitlines()[0]
    return f"### {sql_name(values)}\n\n{meaning}\n\n" + ", ".join(f"`{value.value}`" for value in values) + "\n"


def _contract_section(contract: Contract) -> str:
    lines = [f"### {contract.name}\n", contract.title]
    lines += [contract.title_zh] if contract.title_zh else []
    lines += [f"- Grain: {contract.grain}", f"- Trap: {contract.trap}"]
    lines += [f"- Parameter `{p.name}` ({p.type}): {p.meaning}" for p in contract.parameters]
    lines += [f"- Example: `{contract.example}`"] if contract.example else []
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:]) + "\n"
