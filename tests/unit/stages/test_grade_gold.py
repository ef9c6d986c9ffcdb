"""Results as answers, gold and exams, and what a pilot measures."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.domain.labeling import LabelingPolicy, PilotAnswer
from pipeline.errors import DataError, EvidenceError
from pipeline.stages.compare_results import Result, answers_of, as_result, is_same_answer, names_label, without_notes
from pipeline.stages.grade_gold import Grade, grade_exam, is_gold_right, is_illegal_missed
from pipeline.stages.measure_pilot import measure_pilot
from tests.labeling_kit import RULE, pilot_of, right_results, rule_from, stated, with_spans

PLAIN, WITH_SPANS = rule_from(RULE), rule_from(with_spans())
POLICY = replace(
    as_policy(LabelingPolicy, read_yaml(shipped("policies", "labeling.yaml")), "labeling"),
    exam_items=10,
    exam_max_errors=1,
    gold_span_floor="0.6",
)
MARKED = {"quality": "usable", "spans": [[0, 3, "person"], [10, 15, "place"], [20, 24, "place"]]}


def said(value: str) -> Result:
    return as_result(PLAIN, {"quality": value})


def test_a_result_is_the_same_whatever_its_order_region_ids_and_notes() -> None:
    result = as_result(WITH_SPANS, MARKED)
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["hm"]}}
    noisy = [note, *({**region, "id": str(number), "origin": "manual"} for number, region in enumerate(reversed(result)))]
    noisy[-1] = {**noisy[-1], "value": {**noisy[-1]["value"], "text": "abc"}}
    assert without_notes(WITH_SPANS, noisy) == result
    assert is_same_answer(WITH_SPANS, result, tuple(noisy))


@pytest.mark.parametrize(
    "stated_answers",
    [
        {"quality": "other"},
        {"quality": ["usable", "broken"]},
        {"colour": "red", "quality": "usable"},
        {},
        {"quality": "usable", "spans": [[3, 3, "person"]]},
        {"quality": "usable", "spans": [["0", 3, "person"]]},
        {"quality": "usable", "spans": [[0, 3, "thing"]]},
        {"quality": "usable", "spans": [[0, 3]]},
    ],
)
def test_answers_that_break_the_rule_are_refused(stated_answers: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="rule quality"):
        as_result(WITH_SPANS, stated_answers)


def test_an_answer_to_another_rule_s_question_is_refused() -> None:
    with pytest.raises(DataError, match="expected an answer to one of its questions"):
        answers_of(PLAIN, as_result(WITH_SPANS, MARKED))


@pytest.mark.parametrize(
    ("spans", "floor", "is_right"),
    [
        (MARKED["spans"], "1", True),
        (MARKED["spans"][:2], "1", False),
        (MARKED["spans"][:2], "0.8", True),
        (MARKED["spans"][:1], "0.6", False),
        ([], "0.1", False),
        ([[0, 3, "place"], [10, 15, "person"], [20, 24, "person"]], "0.1", False),
    ],
)
def test_gold_with_spans_is_right_from_the_floor_on(spans: list[Any], floor: str, is_right: bool) -> None:
    given = as_result(WITH_SPANS, {"quality": "usable", "spans": spans})
    assert is_gold_right(WITH_SPANS, as_result(WITH_SPANS, MARKED), given, floor) is is_right


def test_another_choice_is_wrong_however_good_the_spans() -> None:
    given = as_result(WITH_SPANS, {**MARKED, "quality": "broken"})
    assert not is_gold_right(WITH_SPANS, as_result(WITH_SPANS, MARKED), given, "0.1")


def test_an_unlawful_item_must_be_reported() -> None:
    assert names_label(PLAIN, said("illegal"), PLAIN.illegal)
    assert is_illegal_missed(PLAIN, said("illegal"), said("usable"))
    assert not is_illegal_missed(PLAIN, said("illegal"), said("illegal"))
    assert not is_illegal_missed(PLAIN, said("usable"), said("illegal"))


GOLD: dict[str, Result | None] = {**{f"g{number}": said("usable") for number in range(9)}, "g9": said("illegal")}


@pytest.mark.parametrize(
    ("wrong", "withdrawn", "grade"),
    [
        ((), (), Grade(10, 0, 0, True)),
        (("g0",), (), Grade(10, 1, 0, True)),
        (("g0", "g1"), (), Grade(10, 2, 0, False)),
        (("g9",), (), Grade(10, 1, 1, False)),
        (("g0", "g1"), ("g0",), Grade(9, 1, 0, True)),
        ((), tuple(GOLD), Grade(0, 0, 0, False)),
    ],
)
def test_exams(wrong: tuple[str, ...], withdrawn: tuple[str, ...], grade: Grade) -> None:
    results = {name: said("broken") if name in wrong else answer for name, answer in GOLD.items() if answer is not None}
    gold = {name: None if name in withdrawn else answer for name, answer in GOLD.items()}
    assert grade_exam(PLAIN, gold, results, POLICY) == grade


@pytest.mark.parametrize(("wrong", "agreement", "is_met"), [(0, 1.0, True), (1, 1 - 0.05 * 1560 / 586, True), (20, 1 - 1560 / 838, False)])
def test_a_pilot_measures_by_the_rule_s_measure(wrong: int, agreement: float, is_met: bool) -> None:
    found = measure_pilot(PLAIN, pilot_of(PLAIN, ["ann", "bob"], 20, wrong))
    assert found.people == ("ann", "bob")
    assert len(found.items) == 20
    assert found.agreement == pytest.approx(agreement)
    assert found.is_met is is_met


def test_one_label_only_is_not_agreement() -> None:
    answers = [PilotAnswer(f"i{number}", person, said("usable")) for person in ("ann", "bob") for number in range(20)]
    found = measure_pilot(PLAIN, answers)
    assert (found.agreement, found.is_met) == (None, False)


def test_spans_are_measured_by_f1_over_all_items() -> None:
    rule = rule_from(with_spans(pilot=RULE["pilot"] | {"measure": "span_f1", "floor": "0.80"}))
    one = as_result(rule, MARKED)
    other = as_result(rule, {**MARKED, "spans": MARKED["spans"][:2]})
    answers = [PilotAnswer(f"i{number}", "ann", one) for number in range(20)] + [
        PilotAnswer(f"i{n}", "bob", other if n < 10 else one) for n in range(20)
    ]
    assert measure_pilot(rule, answers).agreement == pytest.approx(2 * 50 / (60 + 50))


def test_a_pilot_of_too_few_people_or_items_shows_nothing() -> None:
    with pytest.raises(EvidenceError, match="20 items labeled by 2 people"):
        measure_pilot(PLAIN, pilot_of(PLAIN, ["ann"], 20))
    with pytest.raises(EvidenceError, match="found 19"):
        measure_pilot(PLAIN, pilot_of(PLAIN, ["ann", "bob"], 20)[:-1])
    answer = PilotAnswer("item-00", "ann", right_results(PLAIN, 1)["item-00"])
    with pytest.raises(DataError, match="found two"):
        measure_pilot(PLAIN, [answer, answer])


def test_a_pilot_over_choices_needs_a_single_choice() -> None:
    values = stated()
    values["controls"][0]["is_single"] = False
    with pytest.raises(EvidenceError, match="span_f1"):
        measure_pilot(rule_from(values), pilot_of(PLAIN, ["ann", "bob"], 20))
