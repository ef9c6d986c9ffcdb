"""A result against its rule, fault by fault, and its canonical form."""

import pytest

from pipeline.domain.labeling import ResultFault
from pipeline.stages.check_result import canon, check_result
from tests.studio.desk import RULE, choice, span

TEXT = "😀😀我叫王小明"
NAME = span(4, 7, "王小明")


def note(text):
    return {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [text]}}


@pytest.mark.parametrize(
    "result",
    [[choice("good")], [choice("good"), NAME], [NAME, choice("illegal"), note("see line two")], [choice("good"), NAME, span(2, 3, "我")]],
)
def test_what_follows_the_rule(result):
    assert check_result(result, RULE, TEXT) is None


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (None, ResultFault.NULL_RESULT),
        ("good", ResultFault.WRONG_TYPE),
        (["good"], ResultFault.WRONG_TYPE),
        ([], ResultFault.EMPTY_RESULT),
        ([NAME], ResultFault.MISSING_REQUIRED),
        ([note("x")], ResultFault.MISSING_REQUIRED),
        ([choice("good") | {"value": {"choices": []}}], ResultFault.MISSING_REQUIRED),
        ([choice("Good")], ResultFault.UNKNOWN_LABEL),
        ([choice("good") | {"from_name": "qualitÿ"}], ResultFault.UNKNOWN_CONTROL),
        ([choice("good") | {"from_name": ["quality"]}], ResultFault.UNKNOWN_CONTROL),
        ([choice("good") | {"to_name": "other"}], ResultFault.WRONG_TYPE),
        ([choice("good") | {"type": "labels"}], ResultFault.WRONG_TYPE),
        ([choice("good") | {"value": None}], ResultFault.WRONG_TYPE),
        ([choice("good") | {"value": {"choices": "good"}}], ResultFault.WRONG_TYPE),
        ([choice("good") | {"value": {"choices": [["good"]]}}], ResultFault.WRONG_TYPE),
        ([choice("good") | {"value": {"choices": ["good", "bad"]}}], ResultFault.TWO_CHOICES),
        ([choice("good"), choice("good")], ResultFault.TWO_CHOICES),
        ([choice("good"), span(4, 8, "王小明")], ResultFault.SPAN_OUTSIDE),
        ([choice("good"), span(-3, 7, "王小明")], ResultFault.SPAN_OUTSIDE),
        ([choice("good"), span(7, 7, "")], ResultFault.SPAN_OUTSIDE),
        ([choice("good"), span(4, 6, "王小明")], ResultFault.SPAN_TEXT_DIFFERS),
        # The same span counted in UTF-16 units, as Java and JavaScript would.
        ([choice("good"), span(6, 9, "王小明")], ResultFault.SPAN_OUTSIDE),
        ([choice("good"), span(True, 2, "😀")], ResultFault.WRONG_TYPE),
        ([choice("good"), span(4.0, 7, "王小明")], ResultFault.WRONG_TYPE),
        ([choice("good"), NAME | {"value": NAME["value"] | {"labels": ["PER", "PER"]}}], ResultFault.WRONG_TYPE),
        ([choice("good"), span(4, 7, "王小明", "LOC")], ResultFault.UNKNOWN_LABEL),
    ],
)
def test_faults(result, fault):
    assert check_result(result, RULE, TEXT) == fault


def test_a_browser_and_the_api_say_the_same():
    browser = [
        NAME | {"id": "aB3", "origin": "manual"},
        choice("good") | {"id": "x", "origin": "manual", "score": 0.5},
    ]
    assert canon(browser) == canon([choice("good"), NAME])


def test_the_canonical_form_keeps_no_text_of_a_span():
    assert "王小明" not in str(canon([NAME]))
    assert canon([NAME])[0]["value"] == {"start": 4, "end": 7, "labels": ["PER"]}


def test_what_has_no_canonical_form_gets_one():
    odd = [{"from_name": "\ud800", "to_name": "text", "type": "rating", "value": {"rating": 0.5, "stars": 2.0}}]
    assert canon(odd) == [{"from_name": "\\ud800", "to_name": "text", "type": "rating", "value": {"rating": "0.5", "stars": 2}}]
    assert canon(None) == canon("text") == canon([None]) == []
