"""From windows to findings: pattern, checksum, context, and the choice among overlapping candidates.

A candidate that is mostly covered by a better one is dropped; one that only touches it stays, because a remainder left
readable is worse than a word redacted twice.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.domain.pi import MINOR, Detector, Finding, PiRule, Variant
from pipeline.stages.checksums import CHECKS, birth_date
from pipeline.stages.pi_context import ContextWords, compile_context, score_in_context
from pipeline.stages.pi_starts import Starts, starts_of
from pipeline.stages.pi_view import NUMERALS, ZERO_WIDTH, View, view_of
from pipeline.stages.pi_windows import Block, Gathered, gathered_of

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
    starts: Starts | None
    """Where the pattern can start, None where it must be asked everywhere."""
    value: str | int
    has_number: bool


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
    born_since: Mapping[str, date]
    """By rule, the day from which on people born are reported as minors."""


@lru_cache(maxsize=8)
def plan_of(detector: Detector) -> Plan:
    """Compile a detector's rules and lay out which triggers call for which of them."""
    ready = tuple(_ready(rule) for rule in detector.rules)
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
    born_since = {rule.id: rule.born_since for rule in detector.rules if rule.born_since}
    return Plan(ready, tuple(by_rule), tuple(by_recognizer), tuple(reach), everywhere, born_since)


def _ready(rule: PiRule) -> ReadyRule:
    pattern = re.compile(rule.pattern, re.ASCII)
    return ReadyRule(
        rule,
        pattern,
        str.maketrans("", "", rule.separators),
        CHECKS[rule.check] if rule.check else None,
        compile_context(rule),
        starts_of(rule.pattern),
        "value" if "value" in pattern.groupindex else 0,
        "number" in pattern.groupindex,
    )


Found = tuple[int, Finding]
"""A window of a block and a finding in characters of it."""


def candidates(block: Block, rules_of_window: Sequence[Sequence[int]], plan: Plan) -> Iterator[Found]:
    """Yield what rules find in the windows of a block; a match may start from a window's first character on."""
    windows_of_rule: dict[int, list[int]] = {}
    for window, rules in enumerate(rules_of_window):
        if block.is_hidden[window]:
            yield from ((window, one) for one in _in_hidden(block, window, [plan.rules[number] for number in rules]))
            continue
        for number in rules:
            windows_of_rule.setdefault(number, []).append(window)
    gathered: dict[tuple[int, ...], Gathered] = {}
    for number, windows in windows_of_rule.items():
        ready = plan.rules[number]
        if ready.starts is None:
            for window in windows:
                written, text, first = block.raw_of(window), block.view_of(window), block.firsts[window] - block.lows[window]
                yield from ((window, one) for one in _searched(written, View(text, None), first, ready))
            continue
        together = tuple(windows)  # rules of one trigger are called for the same windows
        if together not in gathered:
            gathered[together] = gathered_of(block, windows)
        yield from _at_places(block, windows, gathered[together].places(ready.starts), ready)


def _at_places(block: Block, windows: list[int], places: npt.NDArray[np.int64], ready: ReadyRule) -> Iterator[Found]:
    """Yield what one rule finds where it can start, window by window."""
    lows = np.searchsorted(places, [block.firsts[window] for window in windows])
    highs = np.searchsorted(places, [block.highs[window] for window in windows])
    match = ready.pattern.match
    for number in np.flatnonzero(lows < highs).tolist():
        window = windows[number]
        base, text = block.lows[window], block.view_of(window)
        reached = 0
        for place in places[lows[number] : highs[number]].tolist():
            start = place - base
            if start >= reached and (found := match(text, start)):
                finding = _finding(block.raw_of(window), View(text, None), ready, found)
                # A refused candidate may hide another that starts within it: 客户李燕 is no name, 李燕 is.
                reached = start + 1 if finding is None else found.end()
                if finding is not None:
                    yield window, finding


def _in_hidden(block: Block, window: int, rules: Iterable[ReadyRule]) -> Iterator[Finding]:
    """Yield what rules find in a window with hidden signs, which stand in no place of the view."""
    text = block.raw_of(window)
    view = view_of(text)
    first = block.firsts[window] - block.lows[window]
    start = first if view.places is None else sum(1 for place in view.places if place < first)
    for ready in rules:
        yield from _searched(text, view, start, ready)


def _searched(text: str, view: View, start: int, ready: ReadyRule) -> Iterator[Finding]:
    place = start
    while match := ready.pattern.search(view.text, place):
        finding = _finding(text, view, ready, match)
        place = match.start() + 1 if finding is None else match.end()
        if finding is not None:
            yield finding


def _finding(text: str, view: View, ready: ReadyRule, match: re.Match[str]) -> Finding | None:
    low, high = match.span(ready.value)
    written = view.text[low:high]
    normalized = (match["number"] if ready.has_number else written).translate(ready.separators)
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


def minors(findings: Iterable[Finding], since: Mapping[str, date]) -> Iterator[Finding]:
    """Yield a MINOR finding beside each identity number or birth date that shows one (PIPL Art. 31: below 14)."""
    for finding in findings:
        limit = since.get(finding.rule_id)
        born = birth_date(finding.normalized) if limit else None
        if limit and born and born >= limit:
            yield replace(finding, kind=MINOR, is_sensitive_35273=True, is_sensitive_45574=True)


def resolve(found: Iterable[Finding]) -> list[Finding]:
    """Keep the better of overlapping findings, in order of place."""
    found = list(found)
    if len(found) < 2:
        return found
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
