"""The scan where Hyperscan has no wheel: Arrow's own RE2 says which documents to read, and they are read whole.

Slower, with equal findings: what is found does not depend on how much around a trigger is looked at.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.pi import SOMEWHERE, Events, Trigger

Numbers = npt.NDArray[np.int64]
_UNION = 12
"""Triggers joined per expression of the first pass; RE2 gives up memory on larger ones."""


class Re2Scanner:
    """Regular expressions of the triggers, gated in two passes: any of a dozen, then each."""

    engine = "re2"

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self._triggers = tuple(triggers)
        self._expressions = tuple(_expression(trigger) for trigger in self._triggers)

    def __reduce__(self) -> tuple[type["Re2Scanner"], tuple[tuple[Trigger, ...]]]:
        return Re2Scanner, (self._triggers,)

    def scan(self, column: pa.StringArray) -> Events:
        """Report every trigger that is anywhere in a row."""
        rows: list[Numbers] = [np.zeros(0, np.int64)]
        triggers: list[Numbers] = [np.zeros(0, np.int64)]
        for first in range(0, len(self._triggers), _UNION):
            group = range(first, min(first + _UNION, len(self._triggers)))
            flagged = _matching(column, "|".join(f"(?:{self._expressions[number]})" for number in group if self._expressions[number]))
            some = column.take(pa.array(flagged))
            for number in group:
                expression = self._expressions[number]
                found = np.arange(len(column), dtype=np.int64) if expression is None else flagged[_matching(some, expression)]
                rows.append(found)
                triggers.append(np.full_like(found, number))
        flagged = np.concatenate(rows)
        ends = np.full_like(flagged, SOMEWHERE)
        return Events(pa.array(flagged, pa.int64()), pa.array(ends, pa.int64()), pa.array(np.concatenate(triggers), pa.int32()))


def _matching(column: pa.StringArray, expression: str) -> npt.NDArray[np.int64]:
    if not expression or len(column) == 0:
        return np.zeros(0, np.int64)
    try:
        is_found = pc.match_substring_regex(column, expression).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # a union too large for RE2: each of its members is asked on every row
        return np.arange(len(column), dtype=np.int64)
    return np.flatnonzero(is_found).astype(np.int64)


def _expression(trigger: Trigger) -> str | None:
    """Return the trigger as RE2 takes it, or None when it cannot: then every row is read."""
    expression = f"(?{'ims' if trigger.ignore_case else 'ms'}:{trigger.expression})"
    try:
        pc.match_substring_regex(pa.array([""]), expression)
    except pa.ArrowInvalid:
        return None
    return expression
