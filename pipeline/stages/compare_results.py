"""Results as sets of answers: which choices were made and which spans were marked, whatever order a browser sent them in.

Two results say the same when their answers are equal; notes are remarks and never compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.domain.digests import canonical_json
from pipeline.domain.labeling import ControlType, LabelingRule, Unsure
from pipeline.errors import DataError
from pipeline.stages.agreement import Span, span_scores

Result = tuple[Mapping[str, Any], ...]
"""Regions in Label Studio's form: ``from_name``, ``to_name``, ``type`` and ``value``; spans in code points."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Choices and spans by control; a control that was left open is missing."""

    choices: Mapping[str, frozenset[str]]
    spans: Mapping[str, frozenset[Span]]


def answers_of(rule: LabelingRule, result: Iterable[Mapping[str, Any]]) -> Answers:
    """Return the answers in a result. Raises DataError for a region of a control that the rule does not have."""
    choices: dict[str, frozenset[str]] = {}
    spans: dict[str, set[Span]] = {}
    for region in result:
        control = rule.control(region["from_name"])
        value = region["value"]
        if control is None:
            raise DataError(f"rule {rule.name}: expected an answer to one of its questions, found one to {region['from_name']!r}")
        if control.type is ControlType.CHOICES:
            choices[control.name] = choices.get(control.name, frozenset()) | frozenset(value["choices"])
        elif control.type is ControlType.LABELS:
            spans.setdefault(control.name, set()).update((value["start"], value["end"], label) for label in value["labels"])
    return Answers(choices, {name: frozenset(found) for name, found in spans.items()})


def as_result(rule: LabelingRule, stated: Mapping[str, Any]) -> Result:
    """Return answers written by hand as a result: a label or a list of them by choice, ``[start, end, label]`` by span.

    Raises DataError, naming the control, for an unknown control or label, a missing required answer or a broken span.
    """
    if unknown := sorted(set(stated) - {control.name for control in rule.controls}):
        raise DataError(f"rule {rule.name}: expected answers to its questions, found {', '.join(unknown)}")
    regions: list[dict[str, Any]] = []
    for control in rule.controls:
        given = stated.get(control.name)
        labels = {option.value for option in control.options}
        where = {"from_name": control.name, "to_name": rule.text_field}
        if control.type is ControlType.CHOICES and given:
            chosen = [given] if isinstance(given, str) else list(given)
            _refuse_unknown(rule, control.name, chosen, labels)
            if control.is_single and len(chosen) != 1:
                raise DataError(f"rule {rule.name}, {control.name}: expected one label, found {len(chosen)}")
            regions.append({**where, "type": "choices", "value": {"choices": sorted(chosen)}})
        elif control.type is ControlType.LABELS and given:
            for span in given:
                start, end, label = _span(rule, control.name, span)
                _refuse_unknown(rule, control.name, [label], labels)
                regions.append({**where, "type": "labels", "value": {"start": start, "end": end, "labels": [label]}})
        elif control.type is ControlType.CHOICES and control.is_required:
            raise DataError(f"rule {rule.name}, {control.name}: expected an answer, found none")
    return tuple(sorted(regions, key=canonical_json))


def is_same_answer(rule: LabelingRule, one: Result, other: Result, span_floor: float = 1.0) -> bool:
    """Tell whether two results say the same: equal choices, and spans whose exact F1 reaches the floor in each control."""
    left, right = answers_of(rule, one), answers_of(rule, other)
    if left.choices != right.choices:
        return False
    marked = set(left.spans) | set(right.spans)
    return all(_f1(left.spans.get(name, frozenset()), right.spans.get(name, frozenset())) >= span_floor for name in marked)


def names_label(rule: LabelingRule, result: Result, label: Unsure) -> bool:
    """Tell whether a result holds the given label, such as the rule's ``illegal`` one."""
    return label.value in answers_of(rule, result).choices.get(label.control, frozenset())


def without_notes(rule: LabelingRule, result: Iterable[Mapping[str, Any]]) -> Result:
    """Return a result's choices and spans in canonical form, without notes and without the text of spans."""
    answers = answers_of(rule, result)
    stated: dict[str, Any] = {name: sorted(found) for name, found in answers.choices.items()}
    stated |= {name: sorted(found) for name, found in answers.spans.items()}
    controls = [control for control in rule.controls if control.name in stated]
    regions: list[dict[str, Any]] = []
    for control in controls:
        where = {"from_name": control.name, "to_name": rule.text_field}
        if control.type is ControlType.CHOICES:
            regions.append({**where, "type": "choices", "value": {"choices": stated[control.name]}})
        else:
            spans = [{"start": start, "end": end, "labels": [label]} for start, end, label in stated[control.name]]
            regions += [{**where, "type": "labels", "value": span} for span in spans]
    return tuple(sorted(regions, key=canonical_json))


def _f1(one: frozenset[Span], other: frozenset[Span]) -> float:
    score = span_scores(one, other).f1
    return 1.0 if score is None else score


def _span(rule: LabelingRule, control: str, span: Any) -> Span:
    parts = [span.get(name) for name in ("start", "end", "label")] if isinstance(span, Mapping) else list(span)
    if len(parts) != 3 or not isinstance(parts[0], int) or not isinstance(parts[1], int) or not 0 <= parts[0] < parts[1]:
        raise DataError(f"rule {rule.name}, {control}: expected each span as [start, end, label] with 0 <= start < end")
    return parts[0], parts[1], str(parts[2])


def _refuse_unknown(rule: LabelingRule, control: str, chosen: list[str], labels: set[str]) -> None:
    if unknown := sorted(set(chosen) - labels):
        raise DataError(f"rule {rule.name}, {control}: expected labels of the rule, found {', '.join(map(repr, unknown))}")
