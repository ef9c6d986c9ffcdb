"""The answers a dossier is made of: each cell knows the question, row and column it came from.

A reader, and a test, can so ask every number again: ``data-ask`` names the question's place on the page, which holds
its name, parameters, ledger position and SQL; ``data-value`` is the value as JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.domain.ledger import moment_text
from pipeline.flows.house import House
from pipeline.flows.past import connected_at
from pipeline.flows.questions import ask_over, question_sql

FEW = 10
"""In a public summary a count of documents that personal information was found in below this is not given."""
_PLAIN = frozenset({"seq", "ledger_seq", "round"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One question as asked."""

    id: str
    question: str
    parameters: str
    seq: int
    sql: str
    command: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as shown, with the attributes by which it can be asked again."""

    shown: str
    marks: Mapping[str, str] = field(default_factory=dict)
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's rows; ``table`` are the values, of which any part may be shown."""

    ask: Ask
    table: Sequence[Mapping[str, Any]]

    def cell(self, row: int, column: str, shown: str | None = None) -> Cell:
        """Return one value with its marks, shown in words of its own where these are given."""
        value = self.table[row][column]
        marks = {"data-ask": self.ask.id, "data-row": str(row), "data-column": column, "data-value": json_value(value)}
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Cell(shown if shown is not None else written(value, column), marks, is_number)

    def where(self, column: str, value: object) -> int | None:
        """Return the first row whose column holds a value."""
        return next((place for place, row in enumerate(self.table) if row[column] == value), None)


class Asker:
    """Asks a house questions at ledger positions, and numbers them in the order asked."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._asked: dict[tuple[str, str, int], Answer] = {}

    def asked(self) -> list[Ask]:
        """Return every question asked so far, in order."""
        return [answer.ask for answer in self._asked.values()]

    def ask(self, question: str, seq: int, **parameters: str) -> Answer:
        """Return the answer of a question at a ledger position; the same question is asked once."""
        given = json.dumps(parameters, sort_keys=True)
        key = (question, given, seq)
        if key not in self._asked:
            with connected_at(self._house, seq) as rows:
                table = ask_over(rows, question, parameters).to_pylist()
            words = "".join(f" --{name.replace('_', '-')} {value}" for name, value in parameters.items())
            command = f"laiyuan ask {question}{words} --as-of {seq}"
            made = Ask(f"ask-{len(self._asked) + 1}", question, given, seq, question_sql(question), command)
            self._asked[key] = Answer(made, table)
        return self._asked[key]


def json_value(value: object) -> str:
    """Return a value as the JSON that ``data-value`` holds; moments as ISO 8601 in UTC."""
    return json.dumps(moment_text(value) if isinstance(value, datetime) else value, ensure_ascii=False, default=str, sort_keys=True)


def written(value: object, column: str) -> str:
    """Return a value as a person reads it: digits in groups, shares in per cent, moments to the minute in UTC."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment_text(value)[:16].replace("T", " ") + " UTC"
    if isinstance(value, float) and column.endswith(("ratio", "share")):
        return f"{value:.2%}"
    if isinstance(value, int) and not isinstance(value, bool) and column not in _PLAIN:
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
