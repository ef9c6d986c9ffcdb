"""The scan where Hyperscan has no wheel: Arrow's own RE2 says which documents to read, and they are read whole.

Slower, with equal findings: what is found does not depend on how much around a trigger is looked at.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.pi import Events, Trigger

_STEP_BYTES = 128
"""An event every so many bytes makes windows that touch, and so one window of the whole string."""
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
        """Report, for every trigger that is anywhere in a row, events all over that row."""
        lengths = pc.binary_length(column).to_numpy(zero_copy_only=False)
        rows, ends, triggers = _none(), _none(), _none()
        for first in range(0, len(self._triggers), _UNION):
            group = range(first, min(first + _UNION, len(self._triggers)))
            flagged = _matching(column, "|".join(f"(?:{self._expressions[number]})" for number in group if self._expressions[number]))
            some = column.take(pa.array(flagged))
            for number in group:
                expression = self._expressions[number]
                found = np.arange(len(column), dtype=np.int64) if expression is None else flagged[_matching(some, expression)]
                for row in found:
                    places = np.arange(0, lengths[row] + _STEP_BYTES, _STEP_BYTES, dtype=np.int64)
                    ends.append(places.clip(max=lengths[row]))
                    rows.append(np.full_like(places, row))
                    triggers.append(np.full_like(places, number))
        joined = (np.concatenate(parts) for parts in (rows, ends, triggers))
        return Events(*(pa.array(part, kind) for part, kind in zip(joined, (pa.int64(), pa.int64(), pa.int32()), strict=True)))


def _none() -> list[npt.NDArray[np.int64]]:
    return [np.zeros(0, np.int64)]


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
