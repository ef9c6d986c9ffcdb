"""The multi-pattern scan by Hyperscan, over an Arrow column's own buffer: no string is made for a clean document.

Every event is a call into Python, so triggers are chosen to be rare; a document with more events than bytes / 2 is
given up rather than kept in memory.
"""

from collections.abc import Sequence
from itertools import pairwise

import hyperscan
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.domain.pi import SOMEWHERE, Events, Trigger
from pipeline.errors import ConfigurationError

Numbers = npt.NDArray[np.int64]
_Found = tuple[Numbers, Numbers, Numbers, list[int]]
"""Rows, byte ends, triggers, and the rows given up."""

_SLICE_BYTES = 8 << 20
_FREE_EVENTS = 4096
_JOINT_BYTES = 256
"""No trigger is longer: rows whose count is this near the limit are counted again on their own."""


class HyperscanScanner:
    """One compiled database; a copy for another process is compiled there again from the same triggers."""

    engine = "hyperscan"

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self._triggers = tuple(triggers)
        self._everywhere = tuple(number for number, one in enumerate(self._triggers) if one.is_prefilter and not _compiles(one))
        self._database = self._compile()

    def __reduce__(self) -> tuple[type["HyperscanScanner"], tuple[tuple[Trigger, ...]]]:
        return HyperscanScanner, (self._triggers,)

    def _compile(self) -> hyperscan.Database:
        numbers = [number for number in range(len(self._triggers)) if number not in self._everywhere]
        expressions = [self._triggers[number].expression.encode() for number in numbers]
        flags = [_flags(self._triggers[number]) for number in numbers]
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        try:
            database.compile(expressions=expressions or [b"\\x00{999}"], ids=numbers or [0], elements=len(numbers) or 1, flags=flags or [0])
        except hyperscan.HyperscanError as error:
            raise ConfigurationError(f"triggers for personal information: Hyperscan refuses them: {error}; write them simpler") from error
        return database

    def scan(self, column: pa.StringArray) -> Events:
        """Report where triggers ended in every row, as row and byte offset within it."""
        bounds, content = _buffer(column)
        parts = [self._scan_rows(content, bounds, first, last) for first, last in _slices(bounds)]
        if not parts:
            parts = [(np.zeros(0, np.int64),) * 3 + ([],)]
        given_up = [row for part in parts for row in part[3]]
        all_rows = np.arange(len(column), dtype=np.int64)
        parts += [(all_rows, np.full_like(all_rows, SOMEWHERE), np.full_like(all_rows, number), []) for number in self._everywhere]
        rows, ends, triggers = (np.concatenate([part[place] for part in parts]) for place in range(3))
        return Events(pa.array(rows, pa.int64()), pa.array(ends, pa.int64()), pa.array(triggers, pa.int32()), tuple(given_up))

    def _scan_rows(self, content: memoryview, bounds: Numbers, first: int, last: int) -> _Found:
        """Scan rows ``first`` to ``last`` in one call, and one by one those that came near their limit."""
        base, top = int(bounds[first]), int(bounds[last])
        found = self._events(content[base:top], _limit(top - base) * 2)
        nothing = np.zeros(0, np.int64)
        if found is None:
            return self._scan_singly(content, bounds, range(first, last), (nothing, nothing, nothing))
        triggers, ends = found
        rows: Numbers = (np.searchsorted(bounds[first : last + 1] - base, ends - 1, side="right") - 1 + first).astype(np.int64)
        ends = ends + base - bounds[rows]
        counts = np.bincount(rows - first, minlength=last - first)
        lengths = np.diff(bounds[first : last + 1])
        doubtful = (np.flatnonzero(counts + _JOINT_BYTES > _FREE_EVENTS + lengths // 2) + first).tolist()
        if not doubtful:
            return rows, ends, triggers, []
        return self._scan_singly(content, bounds, doubtful, (rows, ends, triggers))

    def _scan_singly(self, content: memoryview, bounds: Numbers, doubtful: Sequence[int], joint: tuple[Numbers, ...]) -> _Found:
        """Scan some rows alone, so that neither their neighbours nor the batch decide whether they are given up."""
        is_kept = ~np.isin(joint[0], np.asarray(doubtful))
        rows, ends, triggers = ([column[is_kept]] for column in joint)
        given_up = []
        for row in doubtful:
            length = int(bounds[row + 1] - bounds[row])
            found = self._events(content[int(bounds[row]) : int(bounds[row + 1])], _limit(length)) if length else None
            if found is None:
                if length:
                    given_up.append(row)
                continue
            triggers.append(found[0])
            ends.append(found[1])
            rows.append(np.full(len(found[0]), row, np.int64))
        return np.concatenate(rows), np.concatenate(ends), np.concatenate(triggers), given_up

    def _events(self, content: memoryview, limit: int) -> tuple[Numbers, Numbers] | None:
        """Return trigger numbers and byte ends, or None when there are more than the limit."""
        triggers: list[int] = []
        ends: list[int] = []
        add_trigger, add_end = triggers.append, ends.append

        def keep(trigger: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            add_trigger(trigger)
            add_end(end)
            return True if len(ends) > limit else None

        try:
            self._database.scan(content, match_event_handler=keep)  # type: ignore[type-var]  # its stubs know no memoryview
        except hyperscan.ScanTerminated:
            return None
        return np.asarray(triggers, np.int64), np.asarray(ends, np.int64)


def _compiles(trigger: Trigger) -> bool:
    """Tell whether a user's expression is one that the engine takes; one it refuses is reported for every row."""
    try:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(expressions=[trigger.expression.encode()], ids=[0], elements=1, flags=[_flags(trigger)])
    except hyperscan.HyperscanError:
        return False
    return True


def _limit(length: int) -> int:
    return _FREE_EVENTS + length // 2


def _flags(trigger: Trigger) -> int:
    flags = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_MULTILINE
    if trigger.ignore_case:
        flags |= hyperscan.HS_FLAG_CASELESS
    if trigger.is_prefilter:
        flags |= hyperscan.HS_FLAG_PREFILTER
    if trigger.is_prefilter or not trigger.expression.isascii():
        flags |= hyperscan.HS_FLAG_UTF8
    return int(flags)


def _buffer(column: pa.StringArray) -> tuple[Numbers, memoryview]:
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, content = column.buffers()
    if len(column) == 0 or offsets is None or content is None:
        return np.zeros(len(column) + 1, np.int64), memoryview(b"")
    bounds = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    return bounds - bounds[0], memoryview(content)[int(bounds[0]) : int(bounds[-1])]


def _slices(bounds: Numbers) -> list[tuple[int, int]]:
    """Cut rows into runs of about eight megabytes, so that events in memory stay few."""
    cuts = [0]
    while cuts[-1] < len(bounds) - 1:
        goal = bounds[cuts[-1]] + _SLICE_BYTES
        cuts.append(max(cuts[-1] + 1, int(np.searchsorted(bounds, goal, side="right")) - 1))
    return [(first, last) for first, last in pairwise(cuts) if bounds[last] > bounds[first]]
