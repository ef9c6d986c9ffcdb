"""Windows: the few hundred bytes around a trigger that are looked at, instead of the document.

A window reaches far enough on both sides to hold every match that contains its trigger, and its edges never cut a
character. Windows that touch are one, so what is found does not depend on which engine reported how many events.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.domain.pi import Events

_EDGE_BYTES = 32
"""A window that does not start with its string has this much in front that is seen by look-behinds only."""


@dataclass(frozen=True, slots=True)
class Window:
    """Bytes ``start`` to ``end`` of one row, and the triggers that fired within, as bits."""

    row: int
    start: int
    end: int
    triggers: int


def row_bounds(column: pa.StringArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return the byte bounds of every row within the returned view of a string column's own buffer."""
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, data = column.buffers()
    if offsets is None or len(column) == 0:
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    bounds = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return bounds - bounds[0], content[bounds[0] : bounds[-1]]


def windows_of(events: Events, lengths: npt.NDArray[np.int64], reach: Sequence[int]) -> list[Window]:
    """Merge events into windows, sorted by row and place; ``reach`` is in bytes, per trigger."""
    if len(events.rows) == 0:
        return []
    rows, ends, triggers = (column.to_numpy() for column in (events.rows, events.byte_ends, events.triggers))
    order = np.lexsort((ends, rows))
    rows, ends, triggers = rows[order], ends[order], triggers[order]
    reaches = np.asarray(reach, np.int64)[triggers]
    # Rows are laid out far apart on one line, so that windows of different rows never touch.
    shift = rows * (int(lengths.max()) + 1)
    starts = np.maximum(ends - reaches, 0) + shift
    stops = np.minimum(ends + reaches, lengths[rows]) + shift
    by_start = np.argsort(starts, kind="stable")
    starts, stops = starts[by_start], stops[by_start]
    is_first = np.ones(len(starts), np.bool_)
    is_first[1:] = starts[1:] > np.maximum.accumulate(stops)[:-1]
    firsts = np.flatnonzero(is_first)
    first_rows, first_shift = rows[by_start][firsts], shift[by_start][firsts]
    bits = [_bits(part) for part in np.split(triggers[by_start], firsts[1:])]
    tops = np.maximum.reduceat(stops, firsts) - first_shift
    bottoms = starts[firsts] - first_shift
    return [Window(*window) for window in zip(first_rows.tolist(), bottoms.tolist(), tops.tolist(), bits, strict=True)]


def _bits(triggers: npt.NDArray[np.int32]) -> int:
    found = 0
    for trigger in set(triggers.tolist()):
        found |= 1 << trigger
    return found


def window_text(content: npt.NDArray[np.uint8], start: int, end: int, bounds: tuple[int, int]) -> tuple[int, str, int]:
    """Return a window's text with its edge, snapped to characters: first byte, text, and where matches may start."""
    lowest, highest = bounds
    edge = max(lowest, start - _EDGE_BYTES)
    while edge > lowest and content[edge] & 0xC0 == 0x80:
        edge -= 1
    stop = end
    while stop < highest and content[stop] & 0xC0 == 0x80:
        stop += 1
    text = content[edge:stop].tobytes().decode()
    first = len(content[edge:start].tobytes().decode(errors="ignore")) if start > edge else 0
    return edge, text, first
