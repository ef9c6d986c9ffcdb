"""Which labels a new version of a rule puts in question."""

from copy import deepcopy
from typing import Any

import pytest

from pipeline.stages.compare_rules import EVERY, labels_to_revisit
from tests.labeling_kit import RULE, rule_from, stated, with_spans

NEW_OPTION = {**deepcopy(RULE["controls"][0]["options"][0]), "value": "odd", "title": "Odd"}


def option(index: int, **changed: Any) -> dict[str, Any]:
    values = stated()
    values["controls"][0]["options"][index] |= changed
    return values


def control(**changed: Any) -> dict[str, Any]:
    values = stated()
    values["controls"][0] |= changed
    return values


def options(change: Any) -> dict[str, Any]:
    values = stated()
    change(values["controls"][0]["options"])
    return values


CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "nothing": (stated(version="1.1"), []),
    "wording around": (stated(title="Better", purpose="Other", method="Other"), []),
    "a label's title": (option(0, title="Fine"), []),
    "one more example": (option(0, edge=[{"text": "x", "why": "y"}]), []),
    "a definition": (option(0, definition="Other."), [("quality", "usable")]),
    "an example on the other side": (
        option(0, positive=RULE["controls"][0]["options"][0]["negative"], negative=[{"text": "x", "why": "y"}]),
        [("quality", "usable")],
    ),
    "a label dropped": (options(lambda each: each.pop(1)), [("quality", "broken")]),
    "a label added": (options(lambda each: each.append(NEW_OPTION)), [("quality", EVERY)]),
    "several answers allowed": (control(is_single=False), [("quality", EVERY)]),
    "a question renamed": (control(name="other"), [("quality", EVERY), ("other", EVERY)]),
    "a question added": (with_spans(), [("spans", EVERY)]),
    "another kind": (stated(kind="safety"), [("quality", EVERY)]),
    "no note": (stated(controls=deepcopy(RULE["controls"][:1])), []),
}


@pytest.mark.parametrize(("new", "expected"), CASES.values(), ids=CASES)
def test_what_must_be_looked_at_again(new: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = labels_to_revisit(rule_from(RULE), rule_from(new))
    assert [(each.control, each.value) for each in found] == expected
    assert all(each.why for each in found)
