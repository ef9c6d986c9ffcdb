"""Pictures of a verdict as inline SVG from plain numbers: a curve with a point, ranges on one scale, a table of counts.

No script, no outside asset; the same numbers give the same bytes. Every picture has a title for readers who do not see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 720, 190, 690, 12, 26
_INK, _SOFT, _MARK = "#3a6ea5", "#d7dbe0", "#a23b3b"


@dataclass(frozen=True, slots=True)
class Range:
    """One row on a scale from 0 to 1: a range from ``low`` to ``high``, a point in it, and what is written beside it."""

    label: str
    low: float
    high: float
    point: float | None
    shown: str


def curve(title: str, points: Sequence[tuple[float, float]], seen: tuple[float, float] | None, axes: tuple[str, str]) -> str:
    """Return a curve of (x, y), both shares, over its own range of x; ``seen`` is marked, ``axes`` name x and y."""
    last = max((x for x, _ in points), default=1.0) or 1.0
    bottom = 260

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + (_RIGHT - _LEFT) * min(x / last, 1.0), bottom - (bottom - _TOP) * y

    path = " ".join(f"{'M' if place == 0 else 'L'}{at(x, y)[0]:.1f} {at(x, y)[1]:.1f}" for place, (x, y) in enumerate(points))
    drawn = [f'<path d="{path}" fill="none" stroke="{_INK}" stroke-width="2"/>']
    for share in (0.0, 0.5, 1.0):
        y = at(0, share)[1]
        drawn.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_RIGHT}" y2="{y:.1f}" stroke="{_SOFT}"/>')
        drawn.append(_words(_LEFT - 8, y + 4, f"{share:.0%}", "end"))
        drawn.append(_words(at(last * share, 0)[0], bottom + 18, f"{last * share:.1%}", "middle"))
    if seen:
        x, y = at(*seen)
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_MARK}"/>')
        drawn.append(_words(x + 9, y - 7, f"{seen[0]:.2%}", "start"))
    drawn.append(_words((_LEFT + _RIGHT) / 2, bottom + 38, axes[0], "middle"))
    drawn.append(_words(8, _TOP + 8, axes[1], "start"))
    return _svg(title, bottom + 48, drawn)


def ranges(title: str, rows: Sequence[Range], limit: float | None = None, start: float = 0.0) -> str:
    """Return rows of ranges on one scale from ``start`` to 1 with a line at ``limit``; points beyond the scale stand at its edge."""
    whole = (1.0 - start) or 1.0

    def at(share: float) -> float:
        return _LEFT + (_RIGHT - _LEFT - 120) * min(1.0, max(0.0, (share - start) / whole))

    drawn = []
    for place, row in enumerate(rows):
        y = _TOP + place * _ROW + 12
        drawn.append(_words(_LEFT - 8, y + 4, row.label if len(row.label) <= 26 else row.label[:25] + "…", "end"))
        drawn.append(f'<line x1="{at(row.low):.1f}" y1="{y}" x2="{at(row.high):.1f}" y2="{y}" stroke="{_INK}" stroke-width="6"/>')
        if row.point is not None:
            drawn.append(f'<circle cx="{at(row.point):.1f}" cy="{y}" r="4" fill="{_MARK}"/>')
        drawn.append(_words(_RIGHT - 112, y + 4, row.shown, "start"))
    if limit is not None:
        x = at(limit)
        drawn.append(
            f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_TOP + _ROW * len(rows)}" stroke="{_MARK}" stroke-dasharray="4 3"/>'
        )
    return _svg(title, _TOP + _ROW * len(rows) + 12, drawn)


def matrix(title: str, counts: Mapping[str, Mapping[str, int]], axes: tuple[str, str]) -> str:
    """Return a table of counts by row and column name, darker where there are more; ``axes`` name rows and columns."""
    names = sorted({*counts, *(other for row in counts.values() for other in row)})
    most = max((count for row in counts.values() for count in row.values()), default=0) or 1
    side = max(34, min(70, (_RIGHT - _LEFT) // max(1, len(names))))
    drawn = [_words(8, 20, f"{axes[0]} \N{RIGHTWARDS ARROW} {axes[1]}", "start")]
    for place, name in enumerate(names):
        drawn.append(_words(_LEFT + place * side + side / 2, 40, name[:9], "middle"))
        drawn.append(_words(_LEFT - 8, 50 + place * side + side / 2, name, "end"))
        for column, other in enumerate(names):
            count = counts.get(name, {}).get(other, 0)
            x, y = _LEFT + column * side, 48 + place * side
            shade = 0.08 + 0.72 * count / most if count else 0.02
            drawn.append(f'<rect x="{x}" y="{y}" width="{side - 2}" height="{side - 2}" fill="{_INK}" fill-opacity="{shade:.2f}"/>')
            drawn.append(_words(x + side / 2, y + side / 2 + 4, str(count), "middle"))
    return _svg(title, 60 + side * len(names), drawn)


def _words(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12">{escape(words)}</text>'


def _svg(title: str, height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg>"
    )
