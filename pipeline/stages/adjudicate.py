"""What a third person is asked about a mismatch: two labels without names, in an order that only the key holder knows.

The adjudicator's task is an ordinary Label Studio task with one question, so that the pull reads its answer like any
other result. What the answer means follows from which of the two was the labeler's.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.domain.labeling import Adjudication, Control, ControlType, LabelingRule, Option, Unsure

VERDICT = "verdict"
A_RIGHT, B_RIGHT, BOTH_WRONG, AMBIGUOUS, ILLEGAL, UNVERIFIABLE = "a_right", "b_right", "both_wrong", "ambiguous", "illegal", "unverifiable"
_WORDS = {
    "zh": {
        "question": "哪一个标注符合规则？", "text": "文本", "none": "（未标注）",
        A_RIGHT: ("A 正确", "只有 A 符合规则"), B_RIGHT: ("B 正确", "只有 B 符合规则"), BOTH_WRONG: ("都不正确", "A 与 B 均不符合规则"),
        AMBIGUOUS: ("规则不明确", "按规则两者都说得通，或规则没有说明"), ILLEGAL: ("内容违法", "该内容不应出现在数据中"),
        UNVERIFIABLE: ("无法核验", "文本损坏或信息不足，无法判断"),
    },
    "en": {
        "question": "Which label follows the rule?", "text": "Text", "none": "(nothing marked)",
        A_RIGHT: ("A is right", "Only A follows the rule."), B_RIGHT: ("B is right", "Only B follows the rule."),
        BOTH_WRONG: ("Both are wrong", "Neither follows the rule."),
        AMBIGUOUS: ("The rule is ambiguous", "Both can be read out of the rule, or it does not say."),
        ILLEGAL: ("Unlawful content", "The item must not be in the data at all."),
        UNVERIFIABLE: ("Cannot be verified", "The text is damaged or says too little to decide."),
    },
}  # fmt: skip


def adjudication_rule(rule: LabelingRule) -> LabelingRule:
    """Return the rule that an adjudicator of another rule's labels works by: one question, in that rule's language."""
    words = _words(rule)
    options = tuple(
        Option(value, words[value][0], words[value][1]) for value in (A_RIGHT, B_RIGHT, BOTH_WRONG, AMBIGUOUS, ILLEGAL, UNVERIFIABLE)
    )
    control = Control(VERDICT, ControlType.CHOICES, str(words["question"]), options)
    unsure = Unsure(VERDICT, UNVERIFIABLE, words[UNVERIFIABLE][1])
    return replace(rule, controls=(control,), unsure=unsure, illegal=Unsure(VERDICT, ILLEGAL, words[ILLEGAL][1]))


def adjudication_payload(
    rule: LabelingRule, text: str, frozen: Sequence[Mapping[str, Any]], blind: Sequence[Mapping[str, Any]], *, is_a: bool
) -> dict[str, object]:
    """Return the task data: the text and both labels as read; ``is_a`` puts the labeler's first."""
    first, second = (frozen, blind) if is_a else (blind, frozen)
    shown = [f"【A】\n{readable(rule, text, first)}", f"【B】\n{readable(rule, text, second)}", f"【{_words(rule)['text']}】\n{text}"]
    return {rule.text_field: "\n\n".join(shown)}


def labeler_is_a(secret: bytes, batch_id: str, round_number: int, record_id: str) -> bool:
    """Tell whether the labeler's answer is shown as A: a coin that is fixed by the key, so that it can be tossed again."""
    return bool(hmac.digest(secret, f"adjudicate/{batch_id}/{round_number}/{record_id}".encode(), "sha256")[0] & 1)


def ruling(answer: str, *, is_a: bool) -> Adjudication:
    """Return what an adjudicator's answer says of a mismatch. Raises KeyError for an answer the question does not have."""
    return {
        A_RIGHT: Adjudication.VERIFIER_WRONG if is_a else Adjudication.LABEL_WRONG,
        B_RIGHT: Adjudication.LABEL_WRONG if is_a else Adjudication.VERIFIER_WRONG,
        BOTH_WRONG: Adjudication.LABEL_WRONG,
        AMBIGUOUS: Adjudication.RULE_AMBIGUOUS,
        ILLEGAL: Adjudication.ILLEGAL,
        UNVERIFIABLE: Adjudication.UNVERIFIABLE,
    }[answer]


def readable(rule: LabelingRule, text: str, result: Sequence[Mapping[str, Any]]) -> str:
    """Return a result as a person reads it: questions with the titles chosen, spans with what they cover."""
    lines = []
    for region in result:
        control = rule.control(region["from_name"])
        if control is None or control.type is ControlType.NOTE:
            continue
        titles = {option.value: option.title for option in control.options}
        value = region["value"]
        if control.type is ControlType.CHOICES:
            lines.append(f"{control.title}: {', '.join(titles.get(each, each) for each in value['choices'])}")
        else:
            covered = text[value["start"] : value["end"]]
            lines.append(
                f"{', '.join(titles.get(each, each) for each in value['labels'])}: 「{covered}」 [{value['start']}:{value['end']}]"
            )
    return "\n".join(sorted(lines)) or str(_words(rule)["none"])


def _words(rule: LabelingRule) -> Mapping[str, Any]:
    return _WORDS["zh" if rule.language.partition("-")[0].lower() == "zh" else "en"]
