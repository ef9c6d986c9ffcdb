"""One result against its rule, and its canonical form: the server checks next to nothing of what it stores.

The browser's and the API's results differ in region ids, origin and order; the canonical form makes equal answers equal.
Spans are offsets in Unicode code points (measured through a browser), and their text is compared with the slice, not kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.domain.digests import canonical_json
from pipeline.domain.labeling import Control, ControlType, LabelingRule, ResultFault

SERVER_TYPES: Mapping[ControlType, str] = {
    ControlType.CHOICES: "choices",
    ControlType.LABELS: "labels",
    ControlType.NOTE: "textarea",
}
"""What a region's ``type`` is for each control of ours."""

_KEPT = ("from_name", "to_name", "type", "value")
_LISTS = ("choices", "labels")


def canon(result: object) -> list[Any]:
    """Return a result in canonical form: what was answered where, sorted, a span without its text.

    What is no list of objects gives an empty list; ``check_result`` says so.
    """
    regions = result if isinstance(result, list) else []
    return sorted((_region(region) for region in regions if isinstance(region, dict)), key=canonical_json)


def check_result(result: object, rule: LabelingRule, text: str) -> ResultFault | None:
    """Return the first fault of a submitted result under a rule, none when it follows it.

    ``text`` is the text as it was shown; the span ``[start, end)`` counts its code points.
    """
    if result is None:
        return ResultFault.NULL_RESULT
    if not isinstance(result, list) or not all(isinstance(region, dict) for region in result):
        return ResultFault.WRONG_TYPE
    if not result and any(control.is_required for control in rule.controls):
        return ResultFault.EMPTY_RESULT
    return next(_faults(result, rule, text), None)


def _region(region: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: _plain(region.get(key)) for key in _KEPT}
    value = kept["value"]
    if isinstance(value, dict):
        if kept["type"] == SERVER_TYPES[ControlType.LABELS]:
            value = {key: each for key, each in value.items() if key in ("start", "end", "labels")}
        kept["value"] = {
            key: sorted(each, key=canonical_json) if key in _LISTS and isinstance(each, list) else each for key, each in value.items()
        }
    return kept


def _plain(value: Any) -> Any:
    """Return a JSON value that has one canonical form: whole floats as integers, other floats and lone surrogates as text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    return value


def _faults(result: list[dict[str, Any]], rule: LabelingRule, text: str) -> Iterator[ResultFault]:
    answered: dict[str, int] = {}
    for region in result:
        control = rule.control(region["from_name"]) if isinstance(region.get("from_name"), str) else None
        if control is None:
            yield ResultFault.UNKNOWN_CONTROL
            continue
        value = region.get("value")
        is_typed = region.get("type") == SERVER_TYPES[control.type] and region.get("to_name") == rule.text_field
        if not is_typed or not isinstance(value, dict):
            yield ResultFault.WRONG_TYPE
            continue
        given = value.get("text" if control.type is ControlType.NOTE else SERVER_TYPES[control.type])
        if control.type is ControlType.NOTE and isinstance(given, str):
            given = [given]
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            yield ResultFault.WRONG_TYPE
            continue
        answered[control.name] = answered.get(control.name, 0) + len(given)
        yield from _value_faults(control, value, given, text)
    for control in rule.controls:
        count = answered.get(control.name, 0)
        if control.is_required and not count:
            yield ResultFault.MISSING_REQUIRED
        if control.type is ControlType.CHOICES and control.is_single and count > 1:
            yield ResultFault.TWO_CHOICES


def _value_faults(control: Control, value: Mapping[str, Any], given: list[str], text: str) -> Iterator[ResultFault]:
    if control.type is ControlType.NOTE:
        return
    known = {option.value for option in control.options}
    if not all(each in known for each in given):
        yield ResultFault.UNKNOWN_LABEL
    if control.type is not ControlType.LABELS:
        return
    if len(given) != 1:
        yield ResultFault.WRONG_TYPE
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int:
        yield ResultFault.WRONG_TYPE
    elif not 0 <= start < end <= len(text):
        yield ResultFault.SPAN_OUTSIDE
    elif value.get("text") != text[start:end]:
        yield ResultFault.SPAN_TEXT_DIFFERS
