"""A rule as an annotator meets it: the screen (Label Studio's config) and the instructions, in the rule's language.

The screen shows titles and stores values, so that a title may be mended in a new minor version without touching labels.
Instructions hold every definition and example: an annotator needs no manual beside them.
"""

from collections.abc import Iterator, Mapping
from html import escape
from xml.etree import ElementTree as ET

from pipeline.domain.labeling import Control, ControlType, Example, LabelingRule, Option, Unsure

TITLE_CHARS = 50
"""Label Studio refuses a longer project title (HTTP 400)."""

COLORS = ("#0969da", "#1a7f37", "#9a6700", "#cf222e", "#8250df", "#bf3989", "#0b7285", "#953800", "#57606a", "#4d2d00")
_KEYS = "1234567890"

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "purpose": "目的",
        "method": "做法",
        "format": "数据格式",
        "quality": "质量要求",
        "labels": "标签",
        "positive": "应选",
        "negative": "不应选",
        "edge": "边界情况",
        "unsure": "无法确定时",
        "illegal": "发现违法内容时",
        "choose": "请选择",
        "one": "单选，必答",
        "one_optional": "单选，可不答",
        "many": "可多选",
        "spans": "在文中划选",
        "note": "备注，可不填",
        "pick": "选择",
        "why": "因为",
    },
    "en": {
        "purpose": "Purpose",
        "method": "What to do",
        "format": "Data format",
        "quality": "What good work is",
        "labels": "Labels",
        "positive": "Choose it for",
        "negative": "Not for",
        "edge": "At the edge",
        "unsure": "When you cannot decide",
        "illegal": "When the text is unlawful",
        "choose": "Choose",
        "one": "one answer, required",
        "one_optional": "one answer, may be left open",
        "many": "several answers possible",
        "spans": "mark it in the text",
        "note": "a note, may be left empty",
        "pick": "choose",
        "why": "because",
    },
}
"""Words of the instructions by language; other languages get the English ones."""


def render_config(rule: LabelingRule) -> str:
    """Return the label config as XML: span labels above the text, questions below it, options on keys 1 to 0."""
    view = ET.Element("View")
    ET.SubElement(view, "Header", value=rule.title, size="4")
    keys = iter(_KEYS)
    for control in rule.controls:
        if control.type is ControlType.LABELS:
            _labels(view, rule, control, keys)
    ET.SubElement(view, "Text", name=rule.text_field, value=f"${rule.text_field}")
    for control in rule.controls:
        if control.type is ControlType.CHOICES:
            _choices(view, rule, control, keys)
        elif control.type is ControlType.NOTE:
            _note(view, rule, control)
    return ET.tostring(view, encoding="unicode")


def render_instructions(rule: LabelingRule) -> str:
    """Return the instructions as HTML made of headings, lists and plain text; nothing in it is wider than the dialog."""
    words = words_of(rule.language)
    parts = [
        f"<h3>{escape(rule.title)}</h3>",
        f"<p><b>{words['purpose']}</b> {escape(rule.purpose)}</p>",
        f"<p><b>{words['format']}</b> {escape(rule.data_format)}</p>",
        f"<p><b>{words['method']}</b> {escape(rule.method)}</p>",
        f"<p><b>{words['quality']}</b></p>{_list(escape(each) for each in rule.quality_indicators)}",
    ]
    parts += [_control(control, words) for control in rule.controls]
    parts += [f"<p><b>{words[name]}</b> {_what_to_do(rule, step, words)}</p>" for name, step in _steps(rule)]
    return "\n".join(parts)


def project_title(rule: LabelingRule, *parts: str) -> str:
    """Return a project's title within 50 characters: what tells it from others stands whole, the rule's id gives way."""
    rest = " ".join(parts)
    return f"{rule.id[: max(0, TITLE_CHARS - len(rest) - 1)]} {rest}".strip()[-TITLE_CHARS:]


def words_of(language: str) -> Mapping[str, str]:
    """Return the instructions' words for a BCP 47 language tag."""
    return WORDS.get(language.partition("-")[0].lower(), WORDS["en"])


def _labels(view: ET.Element, rule: LabelingRule, control: Control, keys: Iterator[str]) -> None:
    made = ET.SubElement(view, "Labels", name=control.name, toName=rule.text_field)
    for index, option in enumerate(control.options):
        given = _option(option, keys) | {"background": COLORS[index % len(COLORS)]}
        ET.SubElement(made, "Label", given)


def _choices(view: ET.Element, rule: LabelingRule, control: Control, keys: Iterator[str]) -> None:
    ET.SubElement(view, "Header", value=control.title, size="6")
    given = {"name": control.name, "toName": rule.text_field, "choice": "single" if control.is_single else "multiple"}
    if control.is_required:
        given |= {"required": "true", "requiredMessage": f"{words_of(rule.language)['choose']} {control.title}"}
    made = ET.SubElement(view, "Choices", given)
    for option in control.options:
        ET.SubElement(made, "Choice", _option(option, keys))


def _note(view: ET.Element, rule: LabelingRule, control: Control) -> None:
    given = {"name": control.name, "toName": rule.text_field, "placeholder": control.title, "editable": "true", "maxSubmissions": "1"}
    if control.is_required:
        given |= {"required": "true", "requiredMessage": control.title}
    ET.SubElement(view, "TextArea", given)


def _option(option: Option, keys: Iterator[str]) -> dict[str, str]:
    # Label Studio shows ``value`` and stores ``alias``.
    given = {"value": option.title, "alias": option.value, "hint": option.definition}
    key = next(keys, None)
    return given | {"hotkey": key} if key else given


def _control(control: Control, words: Mapping[str, str]) -> str:
    match control.type:
        case ControlType.LABELS:
            kind = words["spans"]
        case ControlType.NOTE:
            kind = words["note"]
        case _:
            kind = words["many"] if not control.is_single else words["one"] if control.is_required else words["one_optional"]
    head = f"<h4>{escape(control.title)} ({kind})</h4>"
    return head + _list((_described(option, words) for option in control.options), "ol") if control.options else head


def _described(option: Option, words: Mapping[str, str]) -> str:
    shown = [f"<b>{escape(option.title)}</b>: {escape(option.definition)}"]
    for name, examples in (("positive", option.positive), ("negative", option.negative), ("edge", option.edge)):
        if examples:
            shown.append(f"<br><i>{words[name]}</i>{_list(_example(each, words) for each in examples)}")
    return "".join(shown)


def _example(example: Example, words: Mapping[str, str]) -> str:
    return f"「{escape(example.text)}」 {words['why']}: {escape(example.why)}"


def _steps(rule: LabelingRule) -> tuple[tuple[str, Unsure], ...]:
    return (("unsure", rule.unsure), ("illegal", rule.illegal))


def _what_to_do(rule: LabelingRule, step: Unsure, words: Mapping[str, str]) -> str:
    control = rule.control(step.control)
    title = next((option.title for option in control.options if option.value == step.value), step.value) if control else step.value
    return f"{words['pick']} <b>{escape(title)}</b>. {escape(step.do)}"


def _list(items: Iterator[str], kind: str = "ul") -> str:
    return f"<{kind}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{kind}>"
