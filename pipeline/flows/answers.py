"""Files of answers for pilots, gold and exams, checked against the rule before anything is recorded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.adapters.answers import read_answers
from pipeline.domain.labeling import LabelingRule, PilotAnswer
from pipeline.errors import DataError
from pipeline.stages.compare_results import Result, as_result


def pilot_answers(rule: LabelingRule, path: Path) -> tuple[list[PilotAnswer], dict[str, dict[str, str]]]:
    """Return what people answered (``item``, ``person``, the questions) and the task data of each item that states it."""
    rows = read_answers(path, rule)
    answers = [PilotAnswer(_named(row, "item"), _named(row, "person"), as_result(rule, row["answers"])) for row in rows]
    return answers, {_named(row, "item"): _payload(rule, row) for row in rows if row.get(rule.text_field)}


def adjudicated_answers(rule: LabelingRule, path: Path) -> dict[str, Result]:
    """Return the right result by item."""
    return {_named(row, "item"): as_result(rule, row["answers"]) for row in read_answers(path, rule)}


def gold_answers(rule: LabelingRule, path: Path) -> list[tuple[dict[str, str], Result]]:
    """Return (task data, right result) for each row; the text stands in the key that the rule's text field names."""
    return [(_payload(rule, row), as_result(rule, row["answers"])) for row in read_answers(path, rule)]


def exam_answers(rule: LabelingRule, path: Path) -> dict[str, Result]:
    """Return a person's results by gold id; a row without any answer is an item left open."""
    return {_named(row, "gold_id"): as_result(rule, row["answers"]) for row in read_answers(path, rule) if row["answers"]}


def right_answer(rule: LabelingRule, path: Path) -> Result:
    """Return the one right result that a file states."""
    rows = read_answers(path, rule)
    if len(rows) != 1:
        raise DataError(f"{path}: expected one answer, found {len(rows)}")
    return as_result(rule, rows[0]["answers"])


def _named(row: Mapping[str, Any], name: str) -> str:
    if not row.get(name):
        raise DataError(f"expected the key {name!r} in every row of answers, found a row without it")
    return str(row[name])


def _payload(rule: LabelingRule, row: Mapping[str, Any]) -> dict[str, str]:
    return {rule.text_field: _named(row, rule.text_field)}
