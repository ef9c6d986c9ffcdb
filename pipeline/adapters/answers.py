"""Answers written by hand: JSON lines or CSV, one row an item and person, one key or column a question.

In CSV several labels are separated by semicolons, and a span is written ``start-end:label`` in code points.
"""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.domain.labeling import ControlType, LabelingRule
from pipeline.errors import ConfigurationError, DataError

_SPAN = re.compile(r"\s*([0-9]+)\s*-\s*([0-9]+)\s*:\s*(\S+)\s*\Z")


def read_answers(path: Path, rule: LabelingRule) -> list[dict[str, Any]]:
    """Return the rows of a file of answers, with the answers to the rule's questions gathered under ``answers``.

    Raises ConfigurationError for a file that cannot be read, DataError naming the line that has another form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: expected JSON lines or CSV in UTF-8, found no such file ({type(error).__name__})") from None
    if path.suffix.lower() == ".csv":
        rows = [_from_csv(path, line, row, rule) for line, row in enumerate(csv.DictReader(text.splitlines()), 2)]
    else:
        rows = [_from_json(path, line, row) for line, row in enumerate(text.split("\n"), 1) if row.strip()]
    return [_gathered(row, rule) for row in rows]


def _from_json(path: Path, line: int, written: str) -> dict[str, Any]:
    try:
        row = json.loads(written)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{line}: expected one JSON object a line, found text that is none at column {error.colno}") from None
    if not isinstance(row, dict):
        raise DataError(f"{path}:{line}: expected one JSON object a line, found another value")
    return row


def _from_csv(path: Path, line: int, row: Mapping[str, Any], rule: LabelingRule) -> dict[str, Any]:
    found: dict[str, Any] = {name: value for name, value in row.items() if name is not None and value}
    for control in rule.controls:
        if control.name in found and control.type is not ControlType.NOTE:
            parts = [part.strip() for part in found[control.name].split(";") if part.strip()]
            found[control.name] = [_span(path, line, part) for part in parts] if control.type is ControlType.LABELS else parts
    return found


def _span(path: Path, line: int, written: str) -> list[Any]:
    parts = _SPAN.match(written)
    if parts is None:
        raise DataError(f"{path}:{line}: expected spans as start-end:label, separated by semicolons")
    return [int(parts.group(1)), int(parts.group(2)), parts.group(3)]


def _gathered(row: dict[str, Any], rule: LabelingRule) -> dict[str, Any]:
    names = {control.name for control in rule.controls}
    notes = {control.name for control in rule.controls if control.type is ControlType.NOTE}
    answers = {name: row[name] for name in row if name in names - notes}
    return {name: value for name, value in row.items() if name not in names} | {"answers": answers}
