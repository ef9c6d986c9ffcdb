"""A small labeling rule, people who may work under it, and answers, made through the product's own flows."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pipeline.adapters.labeling_rules import parse_rule
from pipeline.domain.labeling import Function, LabelingRule, PilotAnswer, Topic
from pipeline.domain.ledger import Actor
from pipeline.flows.gold import add_gold
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import approve_rule, draft_rule, record_pilot
from pipeline.flows.people import add_person, train
from pipeline.stages.compare_results import Result, as_result

LEAD = Actor("p-lead", "os_user")


def _option(value: str, definition: str) -> dict[str, Any]:
    return {
        "value": value,
        "title": value.capitalize(),
        "definition": definition,
        "positive": [{"text": f"a text that is {value}", "why": "it shows the sign"}],
        "negative": [{"text": f"a text that only looks {value}", "why": "the sign is missing"}],
    }


RULE: dict[str, Any] = {
    "id": "quality",
    "version": "1.0",
    "kind": "functional",
    "stage": "label",
    "language": "en",
    "title": "Quality",
    "purpose": "Keep broken texts out.",
    "data_format": "One plain text.",
    "text_field": "text",
    "method": "Read the whole text, then choose.",
    "quality_indicators": ["One label for each text."],
    "controls": [
        {
            "name": "quality",
            "type": "choices",
            "title": "Is it usable?",
            "options": [
                _option("usable", "Every sentence ends with a full stop."),
                _option("broken", "The last sentence has no end."),
                _option("unsure", "Two labels fit after a second reading."),
                _option("illegal", "It must not be kept by law."),
            ],
        },
        {"name": "note", "type": "note", "title": "Note", "is_required": False},
    ],
    "unsure": {"control": "quality", "value": "unsure", "do": "Choose it and say in the note between which two labels."},
    "illegal": {"control": "quality", "value": "illegal", "do": "Choose it and submit."},
    "acceptance": {"claim": "0.95", "confidence": "0.95", "max_errors": 1},
    "pilot": {"people": 2, "items": 20, "measure": "krippendorff_alpha", "floor": "0.60"},
    "clauses": ["Interim Measures Art. 8"],
}

SPANS: dict[str, Any] = {
    "name": "spans",
    "type": "labels",
    "title": "Names",
    "is_single": False,
    "is_required": False,
    "options": [_option("person", "A name that points to one person."), _option("place", "A name that stands on a map.")],
}


def stated(**changed: Any) -> dict[str, Any]:
    """Return the small rule as plain values, with some keys changed."""
    return {**deepcopy(RULE), **changed}


def with_spans(**changed: Any) -> dict[str, Any]:
    """Return the small rule with a control for spans."""
    return stated(controls=[deepcopy(SPANS), *deepcopy(RULE["controls"])], **changed)


def rule_from(values: Mapping[str, Any]) -> LabelingRule:
    """Return plain values as a rule."""
    return parse_rule(json.dumps(values), "test")


def write_rule(project: Path, values: Mapping[str, Any]) -> Path:
    """Write a rule into a project's folder of rules."""
    path = project / "labeling_rules" / f"{values['id']}-{values['version']}.yaml"
    path.write_text(yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def texts(count: int) -> dict[str, dict[str, str]]:
    """Return task data of so many items."""
    return {f"item-{number:02}": {"text": f"text number {number}."} for number in range(count)}


def label_of(number: int) -> str:
    """Return the right label of an item: every fifth is broken, the seventh unlawful."""
    return "illegal" if number == 7 else "broken" if number % 5 == 0 else "usable"


def right_results(rule: LabelingRule, count: int) -> dict[str, Result]:
    """Return the right result of each item."""
    return {f"item-{number:02}": as_result(rule, {"quality": label_of(number)}) for number in range(count)}


def pilot_of(rule: LabelingRule, people: Iterable[str], count: int, wrong: int = 0) -> list[PilotAnswer]:
    """Return what people said in a pilot: all right, but for the last one's first ``wrong`` items."""
    named = list(people)
    found = []
    for person in named:
        for number, (item, result) in enumerate(right_results(rule, count).items()):
            is_wrong = person == named[-1] and number < wrong
            said = as_result(rule, {"quality": "usable" if label_of(number) != "usable" else "broken"}) if is_wrong else result
            found.append(PilotAnswer(item, person, said))
    return found


def trained(house: House, name: str) -> str:
    """Register a person who completed all four topics."""
    material = house.project / "training.txt"
    material.write_text("what was taught\n", encoding="utf-8")
    person = add_person(house, house.os_user(), name)
    train(house, house.os_user(), person, tuple(Topic), material, datetime.now(UTC))
    return person


def approved(house: House, values: Mapping[str, Any], gold: int = 20) -> LabelingRule:
    """Draft a rule, pilot it with two people who agree, and approve it; ``gold`` pilot items become its gold."""
    draft_rule(house, house.os_user(), write_rule(house.project, values))
    rule = rule_from(values)
    people = [trained(house, f"pilot {rule.name} {number}") for number in range(2)]
    payloads, right = texts(max(gold, 20)), right_results(rule, gold)
    record_pilot(house, house.os_user(), rule.name, pilot_of(rule, people, max(gold, 20)), payloads, right)
    approve_rule(house, LEAD, rule.name, "pilot read")
    return rule


def more_gold(house: House, rule: LabelingRule, count: int) -> None:
    """Add items to a rule's gold by hand."""
    items = [({"text": f"gold text {number}."}, as_result(rule, {"quality": label_of(number)})) for number in range(count)]
    add_gold(house, house.os_user(), rule.name, items, "agreed by two")


LABEL = Function.LABEL
