"""Gold and exams: what a person said of items whose right answer is known, graded anew whenever gold is corrected.

An item withdrawn from gold counts neither way. In an exam every unlawful item must have been reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.domain.labeling import LabelingPolicy, LabelingRule
from pipeline.stages.compare_results import Result, is_same_answer, names_label


@dataclass(frozen=True, slots=True)
class Grade:
    """How an exam went; ``errors`` holds missed unlawful items too."""

    items: int
    errors: int
    illegal_missed: int
    is_passed: bool


def is_gold_right(rule: LabelingRule, answer: Result, result: Result, span_floor: str = "1") -> bool:
    """Tell whether a result gives the right answer: equal choices, and spans whose exact F1 reaches the floor."""
    return is_same_answer(rule, answer, result, float(span_floor))


def is_illegal_missed(rule: LabelingRule, answer: Result, result: Result) -> bool:
    """Tell whether an unlawful item went unreported."""
    return names_label(rule, answer, rule.illegal) and not names_label(rule, result, rule.illegal)


def grade_exam(rule: LabelingRule, gold: Mapping[str, Result | None], results: Mapping[str, Result], policy: LabelingPolicy) -> Grade:
    """Return the grade of an exam: ``results`` by gold id, against gold as it stands; a withdrawn item (None) is left out.

    An exam none of whose items stands any longer proves nothing and is not passed.
    """
    asked = {gold_id: answer for gold_id in results if (answer := gold.get(gold_id)) is not None}
    wrong = [name for name, answer in asked.items() if not is_gold_right(rule, answer, results[name], policy.gold_span_floor)]
    missed = sum(is_illegal_missed(rule, answer, results[name]) for name, answer in asked.items())
    return Grade(len(asked), len(wrong), missed, bool(asked) and len(wrong) <= policy.exam_max_errors and missed == 0)
