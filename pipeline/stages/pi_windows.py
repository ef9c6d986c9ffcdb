"""Windows: the few hundred bytes around a trigger that are looked at, instead of the document.

A window reaches far enough on both sides to hold every match that contains its trigger, and its edges never cut a
character. Windows that touch are one, so what is found does not depend on which engine reported how many events. All
windows of a column are laid side by side and spelled out at once, in arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.domain.pi import SOMEWHERE, Events
from pipeline.stages.pi_starts import Starts, tables_of
from pipeline.stages.pi_view import FEWEST_NUMERALS, is_hidden, is_numeral, numerals_as_digits, run_signs, spelled

_EDGE_BYTES = 32
"""A window that does not start with its string has this much in front that is seen by look-behinds only."""
_BETWEEN = b"\0"
_WIDEST_RUN = 3 * (FEWEST_NUMERALS - 1)

Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Bytes ``starts`` to ``ends`` of ``rows``, sorted by row and place, and the triggers that fired within, as bits."""

    rows: Numbers
    starts: Numbers
    ends: Numbers
    triggers: list[int]

    def only(self, places: Sequence[int]) -> "Windows":
        """Return some of the windows."""
        at = np.asarray(places, np.int64)
        return Windows(self.rows[at], self.starts[at], self.ends[at], [self.triggers[place] for place in places])


def row_bounds(column: pa.StringArray) -> tuple[Numbers, Bytes]:
    """Return the byte bounds of every row within the returned view of a string column's own buffer."""
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, data = column.buffers()
    if offsets is None or len(column) == 0:
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    bounds = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return bounds - bounds[0], content[bounds[0] : bounds[-1]]


def windows_of(events: Events, lengths: Numbers, reach: Sequence[int]) -> Windows:
    """Merge events into windows; ``reach`` is in bytes, per trigger."""
    if len(events.rows) == 0:
        nothing = np.zeros(0, np.int64)
        return Windows(nothing, nothing, nothing, [])
    rows, ends, triggers = (column.to_numpy() for column in (events.rows, events.byte_ends, events.triggers))
    reaches = np.asarray(reach, np.int64)[triggers]
    # Rows are laid out far apart on one line, so that windows of different rows never touch.
    shift = rows * (int(lengths.max()) + 1)
    is_placed = ends != SOMEWHERE
    starts = np.where(is_placed, np.maximum(ends - reaches, 0), 0) + shift
    stops = np.where(is_placed, np.minimum(ends + reaches, lengths[rows]), lengths[rows]) + shift
    order = np.argsort(starts, kind="stable")
    starts, stops = starts[order], stops[order]
    is_first = np.ones(len(starts), np.bool_)
    is_first[1:] = starts[1:] > np.maximum.accumulate(stops)[:-1]
    firsts = np.flatnonzero(is_first)
    first_rows, first_shift = rows[order][firsts], shift[order][firsts]
    fired = _bits(np.cumsum(is_first) - 1, triggers[order], len(firsts), len(reach))
    return Windows(first_rows, starts[firsts] - first_shift, np.maximum.reduceat(stops, firsts) - first_shift, fired)


def _bits(windows: Numbers, triggers: npt.NDArray[np.int32], count: int, kinds: int) -> list[int]:
    found = [0] * count
    for pair in np.unique(windows * kinds + triggers).tolist():
        window, trigger = divmod(pair, kinds)
        found[window] |= 1 << trigger
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The windows' texts side by side, as written and as the patterns read them, one character for one.

    Window ``n`` is characters ``lows[n]`` to ``highs[n]``; matches may start from ``firsts[n]``, what is before is only
    seen. ``edges[n]`` is the byte of its row that it starts with. Windows with hidden signs are spelled out by themselves.
    """

    raw: str
    view: str
    codes: npt.NDArray[np.uint32]
    lows: list[int]
    firsts: list[int]
    highs: list[int]
    edges: list[int]
    is_hidden: list[bool]

    def raw_of(self, window: int) -> str:
        """Return a window's text as written."""
        return self.raw[self.lows[window] : self.highs[window]]

    def view_of(self, window: int) -> str:
        """Return a window's text as the patterns read it."""
        return self.view[self.lows[window] : self.highs[window]]


def block_of(content: Bytes, bounds: Numbers, windows: Windows) -> Block:
    """Lay the windows of a column side by side."""
    lowest, highest = bounds[windows.rows], bounds[windows.rows + 1]
    edges = _snapped(content, np.maximum(lowest, lowest + windows.starts - _EDGE_BYTES), -1)
    starts = _snapped(content, lowest + windows.starts, -1)
    stops = _snapped(content, np.minimum(lowest + windows.ends, highest), 1)
    whole = content.data
    joined = _BETWEEN.join([b"", *(whole[low:high] for low, high in zip(edges.tolist(), stops.tolist(), strict=True))])
    raw = joined.decode()
    begins = np.cumsum(stops - edges + len(_BETWEEN)) - (stops - edges)
    chars = np.concatenate([[0], np.cumsum(np.frombuffer(joined, np.int8) >= -64)])
    lows, firsts, highs = chars[begins], chars[begins + starts - edges], chars[begins + stops - edges]
    written = np.frombuffer(raw.encode("utf-32-le"), np.uint32)
    hidden = np.zeros(len(lows) + 1, np.bool_)
    hidden[np.searchsorted(lows, np.flatnonzero(is_hidden(written)), side="right")] = True
    codes = spelled(written)
    _spell_numerals(codes, lows, highs)
    view = codes.tobytes().decode("utf-32-le")
    return Block(raw, view, codes, lows.tolist(), firsts.tolist(), highs.tolist(), (edges - lowest).tolist(), hidden[1:].tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Every place of some windows where a match may start, with the character there and the one before it."""

    at: Numbers
    here: npt.NDArray[np.uint32]
    before: npt.NDArray[np.uint32]

    def places(self, starts: Starts) -> Numbers:
        """Return the places where a pattern can start, in order."""
        first, not_after = tables_of(starts)
        is_start = first[self.here]
        if starts.not_after:
            is_start &= ~not_after[self.before]
        return self.at[is_start]


def gathered_of(block: Block, windows: Sequence[int]) -> Gathered:
    """Return the places of some windows of a block."""
    firsts = np.asarray([block.firsts[window] for window in windows], np.int64)
    lengths = np.asarray([block.highs[window] for window in windows], np.int64) - firsts
    ends = np.cumsum(lengths)
    at = np.arange(int(ends[-1]), dtype=np.int64) + np.repeat(firsts - (ends - lengths), lengths)
    return Gathered(at, block.codes[at], block.codes[at - 1])


def _snapped(content: Bytes, places: Numbers, step: int) -> Numbers:
    """Move places that would cut a character to its start, or to its end."""
    if len(content) == 0:
        return places
    for _ in range(3):
        cuts = (places < len(content)) & ((content[np.minimum(places, len(content) - 1)] & 0xC0) == 0x80)
        if not cuts.any():
            break
        places = places + step * cuts
    return places


def _spell_numerals(codes: npt.NDArray[np.uint32], lows: Numbers, highs: Numbers) -> None:
    """Write hanzi as digits, in place, in the windows where as many as a number has stand close together."""
    at = np.flatnonzero(run_signs(codes))
    if len(at) < FEWEST_NUMERALS:
        return
    hanzi = np.concatenate([[0], np.cumsum(is_numeral(codes[at]))])
    is_close = at[FEWEST_NUMERALS - 1 :] - at[: 1 - FEWEST_NUMERALS] <= _WIDEST_RUN
    is_run = is_close & (hanzi[FEWEST_NUMERALS:] > hanzi[:-FEWEST_NUMERALS])
    for window in np.unique(np.searchsorted(lows, at[: 1 - FEWEST_NUMERALS][is_run], side="right") - 1).tolist():
        low, high = int(lows[window]), int(highs[window])
        text = numerals_as_digits(codes[low:high].tobytes().decode("utf-32-le"))
        codes[low:high] = np.frombuffer(text.encode("utf-32-le"), np.uint32)
