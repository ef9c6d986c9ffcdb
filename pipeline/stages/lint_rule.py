"""What in a labeling rule is not clear, specific or operable (Measures Art. 8), each finding with where and what to do.

A rule without findings can be followed by someone who never spoke to its author; whether it is, the pilot measures.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from pipeline.domain.labeling import Control, ControlType, Finding, LabelingRule, Option, RuleFault, Unsure
from pipeline.domain.vague_words import PLACEHOLDERS, VAGUE_EN, VAGUE_ZH
from pipeline.stages.bound_accuracy import min_sample

SAME_FROM = 0.8
"""Jaccard similarity of character pairs from which two definitions are held to say the same."""

LARGEST_BATCH = 1000
"""A claim that no batch of this size can prove is not one to plan with."""

LEAST_PILOT = (2, 20)
"""People and items below which a pilot says nothing."""

MEASURES = {"krippendorff_alpha": ControlType.CHOICES, "gwet_ac1": ControlType.CHOICES, "span_f1": ControlType.LABELS}
"""Agreement measures of a pilot, and the kind of control each is computed over."""

TITLE_CHARS = 50
_ENGLISH = {word: re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE) for word in VAGUE_EN}


def lint_rule(rule: LabelingRule) -> tuple[Finding, ...]:
    """Return everything that is not clear, specific or operable, in the order of the file; empty when nothing was found."""
    return (
        *_lint_texts(rule),
        *(finding for control in rule.controls for finding in _lint_control(control)),
        *_lint_ways_out(rule),
        *_lint_acceptance(rule),
        *_lint_pilot(rule),
    )


def _lint_texts(rule: LabelingRule) -> Iterator[Finding]:
    texts = {name: getattr(rule, name) for name in ("title", "purpose", "data_format", "method")}
    texts |= {f"quality_indicators[{index}]": text for index, text in enumerate(rule.quality_indicators)}
    texts |= {"unsure.do": rule.unsure.do, "illegal.do": rule.illegal.do}
    for where, text in texts.items():
        if not text.strip():
            yield Finding(RuleFault.EMPTY, where, "write what an annotator needs to know here")
        yield from _wording(where, text)
    for name in ("quality_indicators", "clauses"):
        if not getattr(rule, name):
            yield Finding(RuleFault.EMPTY, name, "name at least one")
    if len(rule.title) > TITLE_CHARS:
        yield Finding(RuleFault.LONG_TITLE, "title", f"shorten it to {TITLE_CHARS} characters: Label Studio refuses longer ones")
    if not any(control.type is not ControlType.NOTE for control in rule.controls):
        yield Finding(RuleFault.NO_QUESTION, "controls", "add a control of type choices or labels; a note alone asks nothing")


def _wording(where: str, text: str) -> Iterator[Finding]:
    for word in PLACEHOLDERS:
        if word in text:
            yield Finding(RuleFault.PLACEHOLDER, where, f"replace {word!r} by your own words")
    for word, instead in VAGUE_ZH.items():
        if word in text:
            yield Finding(RuleFault.VAGUE_WORD, where, f"replace {word!r}: {instead}")
    for word, pattern in _ENGLISH.items():
        if pattern.search(text):
            yield Finding(RuleFault.VAGUE_WORD, where, f"replace {word!r}: {VAGUE_EN[word]}")


def _lint_control(control: Control) -> Iterator[Finding]:
    if not control.title.strip():
        yield Finding(RuleFault.EMPTY, control.name, "give the question a title")
    yield from _wording(control.name, control.title)
    if control.type is ControlType.NOTE:
        return
    fewest = 2 if control.type is ControlType.CHOICES and control.is_single else 1
    if len(control.options) < fewest:
        yield Finding(RuleFault.TOO_FEW_OPTIONS, control.name, f"add labels: at least {fewest} are needed to decide between")
    for option in control.options:
        yield from _lint_option(f"{control.name}/{option.value}", option)
    yield from _lint_overlap(control)


def _lint_option(where: str, option: Option) -> Iterator[Finding]:
    if not option.definition.strip():
        yield Finding(RuleFault.NO_DEFINITION, where, "define it: what must be seen in the text for this label")
    yield from _wording(where, f"{option.title} {option.definition}")
    if not option.positive:
        yield Finding(RuleFault.NO_POSITIVE_EXAMPLE, where, "add an example under positive, with why")
    if not option.negative and not option.edge:
        yield Finding(RuleFault.NO_COUNTER_EXAMPLE, where, "add an example under negative or edge: a text that looks like it and is not")
    for example in (*option.positive, *option.negative, *option.edge):
        if not example.text.strip() or not example.why.strip():
            yield Finding(RuleFault.EXAMPLE_WITHOUT_WHY, where, "give each example a text and the reason in why")
        for word in PLACEHOLDERS:
            if word in example.text or word in example.why:
                yield Finding(RuleFault.PLACEHOLDER, where, f"replace {word!r} in the examples by your own words")


def _lint_overlap(control: Control) -> Iterator[Finding]:
    for one, other in combinations(control.options, 2):
        if _similarity(one.definition, other.definition) >= SAME_FROM:
            where = f"{control.name}/{other.value}"
            yield Finding(RuleFault.SAME_DEFINITION, where, f"say how it differs from {one.value}: the definitions are nearly the same")
    if control.type is not ControlType.CHOICES or not control.is_single:
        return  # one text may hold spans of several labels, and take several choices
    used: dict[str, list[str]] = defaultdict(list)
    for option in control.options:
        for text in {_folded(example.text) for example in option.positive}:
            used[text].append(option.value)
    for values in used.values():
        if len(values) > 1:
            where = f"{control.name}/{values[1]}"
            yield Finding(RuleFault.EXAMPLE_TWICE, where, f"one text is a positive example of {' and '.join(values)}; keep it under one")


def _lint_ways_out(rule: LabelingRule) -> Iterator[Finding]:
    if not _leads_somewhere(rule, rule.unsure):
        yield Finding(RuleFault.UNSURE_NOWHERE, "unsure", "name a control of type choices and one of its values for who cannot decide")
    if not _leads_somewhere(rule, rule.illegal):
        yield Finding(RuleFault.ILLEGAL_NOWHERE, "illegal", "name a control of type choices and one of its values for unlawful items")


def _leads_somewhere(rule: LabelingRule, step: Unsure) -> bool:
    control = rule.control(step.control)
    return control is not None and control.type is ControlType.CHOICES and step.value in {option.value for option in control.options}


def _lint_acceptance(rule: LabelingRule) -> Iterator[Finding]:
    claim, confidence, allowed = float(rule.acceptance.claim), float(rule.acceptance.confidence), rule.acceptance.max_errors
    if not (0 < claim < 1 and 0 < confidence < 1) or allowed < 0:
        yield Finding(RuleFault.CLAIM_IMPOSSIBLE, "acceptance", "a sample proves shares between 0 and 1 with a confidence below 1")
    elif min_sample(LARGEST_BATCH, claim, confidence, allowed) is None:
        do = f"lower the claim or max_errors: no sample of a batch of {LARGEST_BATCH} proves {rule.acceptance.claim} with {allowed} errors"
        yield Finding(RuleFault.CLAIM_IMPOSSIBLE, "acceptance", do)


def _lint_pilot(rule: LabelingRule) -> Iterator[Finding]:
    people, items = LEAST_PILOT
    if rule.pilot.people < people or rule.pilot.items < items:
        yield Finding(RuleFault.NO_PILOT, "pilot", f"plan at least {people} people and {items} items")
    kind = MEASURES.get(rule.pilot.measure)
    if kind is None or not any(_is_measured(control, kind) for control in rule.controls):
        do = f"name one of {', '.join(MEASURES)} that fits a control: the first two need a single choice, the last one marked spans"
        yield Finding(RuleFault.NO_PILOT, "pilot.measure", do)
    if float(rule.pilot.floor) <= 0:
        yield Finding(RuleFault.NO_PILOT, "pilot.floor", "set the agreement below which the rule is not approved, above 0")


def _is_measured(control: Control, kind: ControlType) -> bool:
    return control.type is kind and (kind is ControlType.LABELS or control.is_single)


def _similarity(one: str, other: str) -> float:
    left, right = _pairs(one), _pairs(other)
    return len(left & right) / len(left | right) if left and right else 0.0


def _pairs(text: str) -> set[str]:
    folded = _folded(text)
    return {folded[index : index + 2] for index in range(len(folded) - 1)} or ({folded} if folded else set())


def _folded(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
