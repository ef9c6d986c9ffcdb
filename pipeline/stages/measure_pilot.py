"""Whether a draft rule is operable: people who read only the rule should say the same of the same items.

Agreement is computed over items that everybody labeled. Where the measure is not defined, because only one label was
ever used, nothing is shown, and the floor is not met.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.labeling import Control, ControlType, LabelingRule, PilotAnswer
from pipeline.errors import DataError, EvidenceError
from pipeline.stages.agreement import Span, gwet_ac1, krippendorff_alpha, pairwise_span_f1
from pipeline.stages.compare_results import answers_of


@dataclass(frozen=True, slots=True)
class PilotResult:
    """What a pilot showed; ``agreement`` is None where the measure is not defined."""

    people: tuple[str, ...]
    items: tuple[str, ...]
    measure: str
    agreement: float | None
    is_met: bool


def measure_pilot(rule: LabelingRule, answers: Sequence[PilotAnswer]) -> PilotResult:
    """Return the agreement of a pilot by the rule's measure, over the items that all its people labeled.

    Raises DataError for two answers of one person to one item, EvidenceError for fewer people or items than the rule asks for.
    """
    given: dict[str, dict[str, PilotAnswer]] = defaultdict(dict)
    for answer in answers:
        if answer.person in given[answer.item]:
            raise DataError(f"pilot of {rule.name}: expected one answer of {answer.person} to each item, found two to {answer.item}")
        given[answer.item][answer.person] = answer
    people = sorted({answer.person for answer in answers})
    items = sorted(item for item, by_person in given.items() if len(by_person) == len(people))
    if len(people) < rule.pilot.people or len(items) < rule.pilot.items:
        raise EvidenceError(
            f"pilot of {rule.name}: expected {rule.pilot.items} items labeled by {rule.pilot.people} people each, "
            f"found {len(items)} labeled by all of {len(people)}"
        )
    rows = [[given[item][person] for person in people] for item in items]
    agreement = _agreement(rule, rows)
    is_met = agreement is not None and agreement >= float(rule.pilot.floor)
    return PilotResult(tuple(people), tuple(items), rule.pilot.measure, agreement, is_met)


def _agreement(rule: LabelingRule, rows: list[list[PilotAnswer]]) -> float | None:
    if rule.pilot.measure == "span_f1":
        return pairwise_span_f1([[mark for row in rows for mark in _marks(rule, row[index])] for index in range(len(rows[0]))])
    measures = {"krippendorff_alpha": krippendorff_alpha, "gwet_ac1": gwet_ac1}
    control = first_choice(rule)
    units = [[sorted(answers_of(rule, answer.result).choices.get(control.name, ())) or [""] for answer in row] for row in rows]
    return measures[rule.pilot.measure]([[labels[0] for labels in unit] for unit in units])


def _marks(rule: LabelingRule, answer: PilotAnswer) -> list[tuple[str, Span]]:
    spans = answers_of(rule, answer.result).spans
    return [(f"{answer.item}/{control}", span) for control, found in spans.items() for span in found]


def first_choice(rule: LabelingRule) -> Control:
    """Return the rule's first single-choice control. Raises EvidenceError where it has none."""
    for control in rule.controls:
        if control.type is ControlType.CHOICES and control.is_single:
            return control
    raise EvidenceError(f"rule {rule.name}: expected a single choice to measure agreement over, found none; measure span_f1 instead")
