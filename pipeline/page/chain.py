"""A document's chain of custody as a picture: one box for each step of its way, from source to snapshot, as inline SVG.

No script, no style attribute (the page's policy forbids both), and every word is escaped. The table beside it holds the
same facts in full.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from pipeline.domain.pictures import COLORS

_WIDTH, _LEFT, _LINE, _GAP, _PAD = 920, 180, 20, 22, 12
_COLUMNS = 92
"""Columns of text that a box holds; a wide (CJK) character takes two."""
_MOST_LINES = 6
_NEUTRAL = "#6a7078"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what is known of it, and the disposition that colors it, if it decided."""

    name: str
    lines: Sequence[str]
    disposition: str = ""


def chain(title: str, steps: Sequence[Step]) -> str:
    """Return the steps as boxes under each other; the same steps give the same bytes."""
    drawn: list[str] = []
    top = 4
    for place, step in enumerate(steps):
        lines = [_cut(line) for line in step.lines[:_MOST_LINES]]
        if len(step.lines) > _MOST_LINES:
            lines[-1] = f"… {len(step.lines) - _MOST_LINES + 1}"
        height = _LINE * max(1, len(lines)) + 2 * _PAD - 4
        drawn.extend(_box(step, lines, top, height))
        if place + 1 < len(steps):
            drawn.append(_arrow(top + height))
        top += height + _GAP
    height = max(top - _GAP + 4, 8)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg>"
    )


def _box(step: Step, lines: Sequence[str], top: int, height: int) -> Iterator[str]:
    color = COLORS.get(step.disposition, _NEUTRAL)
    yield f'<rect x="1" y="{top}" width="{_WIDTH - 2}" height="{height}" rx="4" fill="#f6f7f8" stroke="#c4c9cf"/>'
    yield f'<rect x="1" y="{top}" width="7" height="{height}" fill="{color}"/>'
    yield f'<text x="20" y="{top + _PAD + 11}" font-weight="600">{escape(step.name)}</text>'
    for number, line in enumerate(lines):
        yield f'<text x="{_LEFT}" y="{top + _PAD + 11 + number * _LINE}">{escape(line)}</text>'


def _arrow(y: int) -> str:
    middle = _WIDTH // 2
    end = y + _GAP
    return (
        f'<path d="M{middle} {y}V{end - 7}M{middle - 5} {end - 9}L{middle} {end - 2}L{middle + 5} {end - 9}" fill="none" stroke="#6a7078"/>'
    )


def _cut(line: str) -> str:
    """Return a line as wide as a box, with an ellipsis where it was cut."""
    wide = 0
    for place, char in enumerate(line):
        wide += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if wide > _COLUMNS:
            return line[: place - 1] + "…"
    return line
