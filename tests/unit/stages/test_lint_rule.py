"""What the linter says of a rule that is not clear, specific or operable, fault by fault."""

from copy import deepcopy
from typing import Any

import pytest

from pipeline.adapters.labeling_rules import read_rule
from pipeline.adapters.shipped import shipped
from pipeline.domain.labeling import RuleFault
from pipeline.domain.vague_words import PLACEHOLDERS, VAGUE_EN, VAGUE_ZH
from pipeline.stages.lint_rule import lint_rule
from tests.labeling_kit import RULE, SPANS, rule_from, stated, with_spans

TOO_HIGH = {"claim": "0.999", "confidence": "0.95", "max_errors": 2}


def changed(**option: Any) -> dict[str, Any]:
    """Return the small rule with keys of its first label changed."""
    values = stated()
    values["controls"][0]["options"][0] |= option
    return values


def only_note() -> dict[str, Any]:
    return stated(controls=[deepcopy(RULE["controls"][1])])


def of_one_label() -> dict[str, Any]:
    values = stated()
    del values["controls"][0]["options"][1:]
    return values


def twice(example: str) -> dict[str, Any]:
    values = stated()
    for option in values["controls"][0]["options"][:2]:
        option["positive"] = [{"text": example, "why": "it shows the sign"}]
    return values


CASES = {
    "empty purpose": (stated(purpose=" "), RuleFault.EMPTY, "purpose"),
    "no indicator": (stated(quality_indicators=[]), RuleFault.EMPTY, "quality_indicators"),
    "no clause": (stated(clauses=[]), RuleFault.EMPTY, "clauses"),
    "long title": (stated(title="x" * 51), RuleFault.LONG_TITLE, "title"),
    "vague method": (stated(method="Read it and choose the appropriate label."), RuleFault.VAGUE_WORD, "method"),
    "vague definition": (changed(definition="文本质量比较好。"), RuleFault.VAGUE_WORD, "quality/usable"),
    "placeholder": (changed(title="请填写"), RuleFault.PLACEHOLDER, "quality/usable"),
    "placeholder in an example": (changed(positive=[{"text": "TODO", "why": "y"}]), RuleFault.PLACEHOLDER, "quality/usable"),
    "only a note": (only_note(), RuleFault.NO_QUESTION, "controls"),
    "one label": (of_one_label(), RuleFault.TOO_FEW_OPTIONS, "quality"),
    "no definition": (changed(definition=""), RuleFault.NO_DEFINITION, "quality/usable"),
    "no example": (changed(positive=[]), RuleFault.NO_POSITIVE_EXAMPLE, "quality/usable"),
    "no counter-example": (changed(negative=[]), RuleFault.NO_COUNTER_EXAMPLE, "quality/usable"),
    "no why": (changed(edge=[{"text": "x", "why": ""}]), RuleFault.EXAMPLE_WITHOUT_WHY, "quality/usable"),
    "one example twice": (twice("The SAME text."), RuleFault.EXAMPLE_TWICE, "quality/broken"),
    "one definition twice": (changed(definition="the last sentence has  no END"), RuleFault.SAME_DEFINITION, "quality/broken"),
    "unsure names no label": (stated(unsure=RULE["unsure"] | {"value": "maybe"}), RuleFault.UNSURE_NOWHERE, "unsure"),
    "unsure names no control": (stated(unsure=RULE["unsure"] | {"control": "none"}), RuleFault.UNSURE_NOWHERE, "unsure"),
    "illegal names a span": (
        with_spans(illegal={"control": "spans", "value": "person", "do": "Mark it."}),
        RuleFault.ILLEGAL_NOWHERE,
        "illegal",
    ),
    "a claim of one": (stated(acceptance=RULE["acceptance"] | {"claim": "1"}), RuleFault.CLAIM_IMPOSSIBLE, "acceptance"),
    "a claim too high": (stated(acceptance=TOO_HIGH), RuleFault.CLAIM_IMPOSSIBLE, "acceptance"),
    "no pilot": (stated(pilot=RULE["pilot"] | {"people": 1}), RuleFault.NO_PILOT, "pilot"),
    "no such measure": (stated(pilot=RULE["pilot"] | {"measure": "kappa"}), RuleFault.NO_PILOT, "pilot.measure"),
    "a measure without its control": (stated(pilot=RULE["pilot"] | {"measure": "span_f1"}), RuleFault.NO_PILOT, "pilot.measure"),
    "a floor of nothing": (stated(pilot=RULE["pilot"] | {"floor": "0"}), RuleFault.NO_PILOT, "pilot.floor"),
}


def test_a_clear_rule_has_no_finding() -> None:
    assert lint_rule(rule_from(RULE)) == ()
    assert lint_rule(rule_from(with_spans(pilot=RULE["pilot"] | {"measure": "span_f1"}))) == ()


@pytest.mark.parametrize(("values", "code", "where"), CASES.values(), ids=CASES)
def test_each_fault_is_found_where_it_is(values: dict[str, Any], code: RuleFault, where: str) -> None:
    found = lint_rule(rule_from(values))
    assert (code, where) in {(each.code, each.where) for each in found}
    assert all(each.do for each in found)


def test_every_fault_of_a_readable_rule_has_a_case() -> None:
    assert {code for _, code, _ in CASES.values()} == set(RuleFault) - {RuleFault.UNREADABLE, RuleFault.UNQUOTED_WORD}


def test_one_text_may_hold_spans_of_two_labels() -> None:
    values = with_spans()
    shared = [{"text": "Ann lives in Rome", "why": "mark the name"}]
    values["controls"][0] = deepcopy(SPANS)
    for option in values["controls"][0]["options"]:
        option["positive"] = shared
    assert lint_rule(rule_from(values)) == ()


def test_shipped_rules_are_clear_and_the_frame_says_what_to_fill_in() -> None:
    found = {path.stem: {each.code for each in lint_rule(read_rule(path))} for path in shipped("labeling_rules").glob("*.yaml")}
    assert found == {"text-quality-zh": set(), "pi-spans-zh": set(), "harmful-content": {RuleFault.PLACEHOLDER}}


@pytest.mark.parametrize("word", [*VAGUE_ZH, *VAGUE_EN, *PLACEHOLDERS])
def test_each_listed_word_is_found(word: str) -> None:
    found = lint_rule(rule_from(stated(method=f"Read {word} then choose.")))
    assert any(repr(word) in each.do for each in found)


def test_an_english_word_inside_another_is_not_found() -> None:
    assert lint_rule(rule_from(stated(method="Read the handsome goods badge."))) == ()
