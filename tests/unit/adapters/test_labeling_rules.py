"""Rule files: what is refused names its line, what ships can be read, and nothing turns into a boolean."""

import json
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.answers import read_answers
from pipeline.adapters.labeling_rules import parse_rule, read_rule
from pipeline.adapters.shipped import shipped
from pipeline.domain.digests import canonical_json
from pipeline.errors import ConfigurationError, DataError
from tests.labeling_kit import RULE, rule_from, stated, with_spans, write_rule

SHIPPED = sorted(shipped("labeling_rules").glob("*.yaml"))


def written(tmp_path: Path, old: str, new: str) -> Path:
    """Write the small rule with one piece of its text replaced."""
    text = yaml.safe_dump(RULE, sort_keys=False)
    assert old in text
    path = tmp_path / "rule.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def line_of(path: Path, piece: str) -> int:
    """Return the line that holds a piece of text."""
    return next(number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if piece in line)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_rules_can_be_read_and_stand_for_themselves(path: Path) -> None:
    rule = read_rule(path)
    assert rule.id == path.stem
    assert parse_rule(canonical_json(rule.body), rule.name) == rule


def test_three_rules_ship() -> None:
    assert [path.stem for path in SHIPPED] == ["harmful-content", "pi-spans-zh", "text-quality-zh"]


@pytest.mark.parametrize(
    ("old", "new", "piece", "says"),
    [
        ("value: usable", "value: yes", "value: yes", "a boolean"),
        ("value: usable", "value: Off", "value: Off", "a boolean"),
        ("title: Usable", "title: 12:30", "title: 12:30", "a number"),
        ("title: Usable", "title: 1_000", "title: 1_000", "a number"),
        ("value: usable", "value: true", "value: true", "put it in quotes"),
        ("version: '1.0'", "version: 1.0", "version: 1.0", "put it in quotes"),
        ("version: '1.0'", "version: '1'", "version: '1'", "major.minor"),
        ("purpose:", "purpose: x\npurpose:", "purpose: K", "each key once"),
        ("kind: functional", "kind: funny", "kind: funny", "functional"),
        ("value: broken", "value: usable", "value: usable", "each value once"),
        ("value: broken", "value: ' broken'", "' broken'", "without spaces"),
        ("claim: '0.95'", "claim: '95%'", "95%", "decimal"),
        ("name: quality\n", "name: text\n", "name: text", "the text field's name"),
        ("text_field: text", "text_field: the text", "the text", "one word"),
        ("is_required: false", "is_required: 'no'", "'no'", "true or false"),
        ("max_errors: 1", "max_errors: '1'", "max_errors", "whole number"),
        ("people: 2", "persons: 2", "persons", "unknown"),
        ("id: quality", "id: Quality", "id: Quality", "lower-case"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, piece: str, says: str) -> None:
    path = written(tmp_path, old, new)
    with pytest.raises(ConfigurationError) as refused:
        read_rule(path)
    lines = [line for line in str(refused.value).splitlines() if says in line]
    assert lines
    numbers = {int(line.split(":")[1]) for line in lines}
    assert numbers & {number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if piece in line}


def test_a_quoted_yes_is_a_label(tmp_path: Path) -> None:
    rule = read_rule(written(tmp_path, "value: usable", "value: 'yes'"))
    assert rule.controls[0].options[0].value == "yes"


def test_a_missing_key_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="pilot: expected this key"):
        read_rule(written(tmp_path, "pilot:\n  people: 2\n  items: 20\n  measure: krippendorff_alpha\n  floor: '0.60'\n", ""))
    with pytest.raises(ConfigurationError, match="laiyuan init"):
        read_rule(tmp_path / "nowhere.yaml")


def test_a_broken_body_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="2 problems"):
        parse_rule(json.dumps(stated(version=1, id=2)), "quality")


def test_comments_and_the_order_of_keys_do_not_change_the_digest(tmp_path: Path) -> None:
    (tmp_path / "labeling_rules").mkdir()
    path = write_rule(tmp_path, dict(reversed(stated().items())))
    path.write_text("# a remark\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_rule(path).sha256 == rule_from(RULE).sha256
    assert rule_from(stated(title="Other")).sha256 != rule_from(RULE).sha256


def test_answers_read_the_same_from_csv_and_json_lines(tmp_path: Path) -> None:
    rule = rule_from(with_spans())
    table, lines = tmp_path / "answers.csv", tmp_path / "answers.jsonl"
    table.write_text('item,person,text,quality,spans,note\n1,p-1,"a, b",usable,0-1:person; 3-4:place,why\n', encoding="utf-8")
    row = {"item": "1", "person": "p-1", "text": "a, b", "quality": ["usable"], "spans": [[0, 1, "person"], [3, 4, "place"]], "note": "why"}
    lines.write_text("\n" + json.dumps(row) + "\n", encoding="utf-8")
    assert read_answers(table, rule) == read_answers(lines, rule)
    assert read_answers(table, rule)[0]["answers"] == {"quality": ["usable"], "spans": [[0, 1, "person"], [3, 4, "place"]]}


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "item,spans\n1,zero-1:person\n"), ("a.jsonl", "{}\n{broken\n"), ("b.jsonl", "{}\n[1]\n")]
)
def test_a_broken_answer_names_its_line(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=":2: expected"):
        read_answers(tmp_path / name, rule_from(with_spans()))
