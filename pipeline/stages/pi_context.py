"""Words near a candidate: what makes a number a telephone, and what makes it an order.

Distances are characters of the view. A refuting word counts only within the candidate's own clause and only
where no confirming word stands nearer.
"""

import re
from dataclasses import dataclass

from pipeline.domain.pi import PiRule

_CLAUSE_ENDS = re.compile(r"[,;!?。、\n|]")


@dataclass(frozen=True, slots=True)
class ContextWords:
    """A rule's context, compiled."""

    confirming: re.Pattern[str] | None
    refuting: re.Pattern[str] | None
    following: tuple[str, ...]
    before: int
    after: int
    refuting_before: int
    is_required: bool
    score: float
    base: float


def compile_context(rule: PiRule) -> ContextWords:
    """Compile the context of one rule."""
    context, negative = rule.context, rule.negative_context
    return ContextWords(
        _any_of(context.words) if context else None,
        _any_of(negative.words),
        negative.following,
        context.before if context else 0,
        context.after if context else 0,
        negative.before,
        context.is_required if context else False,
        context.score if context else rule.score,
        rule.score,
    )


def _any_of(words: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE) if words else None


def score_in_context(context: ContextWords, text: str, start: int, end: int) -> float:
    """Return the candidate's score in its context, 0 where the context refutes it or a required word is missing."""
    nearest = _nearest_confirming(context, text, start, end)
    if context.following and text.startswith(context.following, end):
        return 0.0
    if context.refuting is not None:
        clause = _CLAUSE_ENDS.split(text[max(0, start - context.refuting_before) : start])[-1]
        against = _distance_before(context.refuting, clause)
        if against is not None and (nearest is None or against < nearest):
            return 0.0
    if nearest is not None:
        return context.score
    return 0.0 if context.is_required else context.base


def _nearest_confirming(context: ContextWords, text: str, start: int, end: int) -> int | None:
    if context.confirming is None:
        return None
    before = _distance_before(context.confirming, text[max(0, start - context.before) : start])
    after = context.confirming.search(text, end, end + context.after)
    distances = [distance for distance in (before, after.start() - end if after else None) if distance is not None]
    return min(distances, default=None)


def _distance_before(words: re.Pattern[str], text: str) -> int | None:
    last = None
    for last in words.finditer(text):  # noqa: B007  (the last match is the nearest)
        pass
    return None if last is None else len(text) - last.end()
