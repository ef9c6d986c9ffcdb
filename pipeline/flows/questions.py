"""The auditor's questions: each is a SQL file, asked over committed rows only."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.adapters.lineage import ask, parameters_of
from pipeline.adapters.shipped import shipped
from pipeline.domain.dictionary import read_contract
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House


def list_questions() -> list[dict[str, Any]]:
    """Return the questions by name, what each asks and which parameters it takes."""
    found = []
    for path in sorted(shipped("warehouse", "questions").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        contract = read_contract(path.stem, sql)
        found.append(
            {"question": _shown(path.stem), "asks": contract.title, "parameters": " ".join(f"--{_shown(p)}" for p in parameters_of(sql))}
        )
    return found


def ask_question(house: House, question: str, parameters: Mapping[str, str]) -> pa.Table:
    """Answer one question. Raises ConfigurationError naming the questions there are, or the parameters it wants."""
    with house.connect() as rows:
        return ask_over(rows, question, parameters)


def question_sql(question: str) -> str:
    """Return the SQL of a question. Raises ConfigurationError naming the questions there are."""
    path = shipped("warehouse", "questions") / f"{question.replace('-', '_')}.sql"
    if not path.is_file():
        raise ConfigurationError(f"no question is called {question}; ask one of: {', '.join(row['question'] for row in list_questions())}")
    return path.read_text(encoding="utf-8")


def ask_over(rows: duckdb.DuckDBPyConnection, question: str, parameters: Mapping[str, str]) -> pa.Table:
    """Answer one question over a connection of today or of the past. Raises ConfigurationError as ``ask_question`` does."""
    sql = question_sql(question)
    wanted = parameters_of(sql)
    if set(wanted) != set(parameters):
        given = " ".join(f"--{_shown(name)}" for name in parameters) or "none"
        raise ConfigurationError(
            f"{question}: expected parameters {' '.join(f'--{_shown(p)} VALUE' for p in wanted) or 'none'}, found {given}"
        )
    return ask(rows, sql, parameters)


def explain(house: House, macro: str, document: str) -> list[dict[str, Any]]:
    """Return the steps of one document's chain. ``document`` may be the start of an id that only one document has."""
    with house.connect() as rows:
        found = ask(rows, "SELECT document_id FROM documents WHERE starts_with(document_id, $start) LIMIT 2", {"start": document})
        if found.num_rows != 1:
            raise ConfigurationError(
                f"document {document}: expected exactly one whose id starts so, found {'none' if not found.num_rows else 'several'}"
            )
        steps: list[dict[str, Any]] = ask(rows, f"SELECT * FROM {macro}($id)", {"id": found["document_id"][0].as_py()}).to_pylist()  # noqa: S608
        return steps


def account(house: House) -> pa.Table:
    """Return the account of today by source, disposition, deciding gate and reason."""
    with house.connect() as rows:
        return ask(rows, "SELECT source_id, gate, disposition, reason, documents FROM account WHERE gate = 'all' ORDER BY ALL")


def _shown(name: str) -> str:
    return name.replace("_", "-")
