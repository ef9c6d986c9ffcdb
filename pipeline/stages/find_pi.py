"""From windows to findings: pattern, checksum, context, and the choice among overlapping candidates.

A candidate that is mostly covered by a better one is dropped; one that only touches it stays, because a remainder left
readable is worse than a word redacted twice.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pipeline.domain.pi import MINOR, Detector, Finding, PiRule, Variant
from pipeline.stages.checksums import CHECKS, birth_date
from pipeline.stages.pi_context import ContextWords, compile_context, score_in_context
from pipeline.stages.pi_view import NUMERALS, ZERO_WIDTH, View, view_of

_LEAST_SCORE = 0.5
"""A candidate below this is no finding at all; policies may ask for more, never for less."""


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with everything compiled."""

    rule: PiRule
    pattern: re.Pattern[str]
    separators: dict[int, int | None]
    check: Callable[[str], bool] | None
    context: ContextWords


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rules to run where which trigger fired."""

    rules: tuple[ReadyRule, ...]
    rules_of_trigger: tuple[int, ...]
    """Per trigger, the rules it calls for, as bits."""
    recognizers_of_trigger: tuple[int, ...]
    reach: tuple[int, ...]
    everywhere: int
    """Recognizers that must read every document, as bits."""


@lru_cache(maxsize=8)
def plan_of(detector: Detector) -> Plan:
    """Compile a detector's rules and lay out which triggers call for which of them."""
    ready = tuple(
        ReadyRule(
            rule,
            re.compile(rule.pattern, re.ASCII),
            str.maketrans("", "", rule.separators),
            CHECKS[rule.check] if rule.check else None,
            compile_context(rule),
        )
        for rule in detector.rules
    )
    place = {trigger: number for number, trigger in enumerate(detector.triggers)}
    by_rule, by_recognizer, reach = [0] * len(place), [0] * len(place), [0] * len(place)
    for number, rule in enumerate(detector.rules):
        for trigger in rule.triggers_of():
            by_rule[place[trigger]] |= 1 << number
            reach[place[trigger]] = max(reach[place[trigger]], rule.reach_bytes)
    everywhere = 0
    for number, recognizer in enumerate(detector.recognizers):
        if recognizer.triggers is None:
            everywhere |= 1 << number
        for trigger in recognizer.triggers or ():
            by_recognizer[place[trigger]] |= 1 << number
    return Plan(ready, tuple(by_rule), tuple(by_recognizer), tuple(reach), everywhere)


def candidates(text: str, first: int, rules: Iterable[ReadyRule]) -> Iterator[Finding]:
    """Yield what rules find in one window; matches may start from character ``first``, what is before is only seen."""
    view = view_of(text)
    start = first if view.places is None else sum(1 for place in view.places if place < first)
    for ready in rules:
        place = start
        while match := ready.pattern.search(view.text, place):
            finding = _finding(text, view, ready, match)
            # A refused candidate may hide another that starts within it: 客户李燕 is no name, 李燕 is.
            place = match.start() + 1 if finding is None else match.end()
            if finding is not None:
                yield finding


def _finding(text: str, view: View, ready: ReadyRule, match: re.Match[str]) -> Finding | None:
    groups = match.re.groupindex
    low, high = match.span("value") if "value" in groups else match.span()
    written = view.text[low:high]
    normalized = (match["number"] if "number" in groups else written).translate(ready.separators)
    if ready.check is not None and not ready.check(normalized):
        return None
    score = score_in_context(ready.context, view.text, low, high)
    if score < _LEAST_SCORE:
        return None
    start, end = view.span(low, high)
    rule = ready.rule
    return Finding(
        rule.kind, start, end, score, rule.id, rule.version, _variant(text[start:end], written, normalized),
        rule.category_35273, rule.is_sensitive_35273, rule.is_sensitive_45574, normalized.lower(),
    )  # fmt: skip


def _variant(raw: str, written: str, normalized: str) -> Variant:
    """Say how a value was disguised, the strongest disguise first."""
    if any(sign in ZERO_WIDTH for sign in raw):
        return Variant.ZERO_WIDTH
    if raw != written:
        if any(sign in NUMERALS for sign in raw) and not any(sign in NUMERALS for sign in written):
            return Variant.NUMERALS
        if any("\uff01" <= sign <= "\uff5e" and sign.isalnum() for sign in raw):
            return Variant.FULLWIDTH
    if len(normalized) < len(written):
        return Variant.DASHED if "-" in written else Variant.SPACED if " " in written else Variant.PLAIN
    return Variant.PLAIN


def minors(findings: Iterable[Finding], rules: Sequence[PiRule]) -> Iterator[Finding]:
    """Yield a MINOR finding beside each identity number or birth date that shows one (PIPL Art. 31: below 14)."""
    since = {rule.id: rule.born_since for rule in rules}
    for finding in findings:
        limit = since.get(finding.rule_id)
        born = birth_date(finding.normalized) if limit else None
        if limit and born and born >= limit:
            yield replace(finding, kind=MINOR, is_sensitive_35273=True, is_sensitive_45574=True)


def resolve(found: Iterable[Finding]) -> list[Finding]:
    """Keep the better of overlapping findings, in order of place."""
    kept = [one for cluster in _overlapping(found) for one in _best(cluster)]
    return sorted(kept, key=_place)


def _overlapping(found: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Yield findings in groups that share characters, so that a document's length costs nothing."""
    cluster: list[Finding] = []
    reached = -1
    for finding in sorted(found, key=_place):
        if cluster and finding.start >= reached:
            yield cluster
            cluster = []
        cluster.append(finding)
        reached = max(reached, finding.end) if len(cluster) > 1 else finding.end
    if cluster:
        yield cluster


def _best(cluster: list[Finding]) -> Iterable[Finding]:
    if len(cluster) == 1:
        return cluster
    kept: list[Finding] = []
    for finding in sorted(cluster, key=lambda one: (-one.score, one.start - one.end, *_place(one))):
        covered = sum(max(0, min(finding.end, other.end) - max(finding.start, other.start)) for other in kept)
        if 2 * covered < finding.end - finding.start:
            kept.append(finding)
    return kept


def _place(one: Finding) -> tuple[int, int, str, str]:
    return one.start, one.end, one.kind, one.rule_id
