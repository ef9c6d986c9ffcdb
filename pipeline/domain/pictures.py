"""Pictures as inline SVG from plain numbers: flows between two columns, and bars. No script, no outside asset.

Every picture has a title for readers who do not see it, and every number in it carries the attributes it is given, so
that it can be asked again. Colours are told apart by lightness too, for print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH = 920
_ROW, _GAP, _BAR = 26, 10, 14
_LEFT, _RIGHT = 230, 690
_HEIGHT = 360
COLORS: Mapping[str, str] = {
    "admit": "#1b7f5c",
    "redact": "#3a6ea5",
    "quarantine": "#c98a1b",
    "reject": "#a23b3b",
}
_OTHER = "#8a8f98"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as shown, and the attributes by which it can be asked again."""

    amount: float
    shown: str
    marks: Mapping[str, str] = field(default_factory=dict)

    def attributes(self) -> str:
        """Return the attributes as text of an element, values escaped."""
        return "".join(f' {name}="{escape(value, quote=True)}"' for name, value in self.marks.items())


@dataclass(frozen=True, slots=True)
class Flow:
    """So much goes from one name on the left to one on the right; ``color`` is a key of COLORS."""

    left: str
    right: str
    color: str
    number: Number


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label and its number."""

    label: str
    number: Number


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Return horizontal bars, the longest as wide as the picture allows; the same rows give the same bytes."""
    most = max((row.number.amount for row in rows), default=0) or 1
    height = _ROW * len(rows) + 8
    drawn = []
    for place, row in enumerate(rows):
        top = place * _ROW + 4
        width = max(1.0, round((_RIGHT - _LEFT) * row.number.amount / most, 1))
        drawn.append(
            f'<text x="{_LEFT - 8}" y="{top + 14}" text-anchor="end" data-static="">{escape(_short(row.label))}</text>'
            f'<rect x="{_LEFT}" y="{top + 3}" width="{width}" height="{_BAR}" fill="{COLORS["redact"]}"/>'
            f'<text x="{_LEFT + width + 6:.1f}" y="{top + 14}"{row.number.attributes()}>{escape(row.number.shown)}</text>',
        )
    return _svg(title, height, drawn)


def sankey(title: str, flows: Sequence[Flow], totals: Mapping[tuple[str, str], Number]) -> str:
    """Return flows from left names to right names, as wide as their amounts.

    ``totals`` holds the number shown beside a name, under (side, name) with side ``left`` or ``right``.
    """
    whole = sum(flow.number.amount for flow in flows) or 1
    lefts, rights = list(dict.fromkeys(f.left for f in flows)), list(dict.fromkeys(f.right for f in flows))
    scale = _HEIGHT / whole
    drawn: list[str] = []
    left_at, left_end = _stack(lefts, [(f.left, f.number.amount) for f in flows], scale)
    right_at, right_end = _stack(rights, [(f.right, f.number.amount) for f in flows], scale)
    starts, ends = dict(left_at), dict(right_at)
    middle = (_LEFT + _RIGHT) / 2
    for flow in flows:
        width = max(0.6, flow.number.amount * scale)
        from_y, to_y = starts[flow.left] + width / 2, ends[flow.right] + width / 2
        starts[flow.left] += width
        ends[flow.right] += width
        drawn.append(
            f'<path d="M{_LEFT + 10} {from_y:.1f}C{middle} {from_y:.1f} {middle} {to_y:.1f} {_RIGHT - 10} {to_y:.1f}" fill="none" '
            f'stroke="{COLORS.get(flow.color, _OTHER)}" stroke-opacity="0.55" stroke-width="{width:.1f}"{flow.number.attributes()}>'
            f"<title>{escape(flow.left)} \N{RIGHTWARDS ARROW} {escape(flow.right)}: {escape(flow.number.shown)}</title></path>",
        )
    for side, names, at, x, anchor in (("left", lefts, left_at, _LEFT, "end"), ("right", rights, right_at, _RIGHT, "start")):
        for name in names:
            number = totals.get((side, name))
            amount = f" <tspan{number.attributes()}>{escape(number.shown)}</tspan>" if number else ""
            offset = -6 if anchor == "end" else 6
            place = f'x="{x + offset}" y="{at[name] + 11:.1f}" text-anchor="{anchor}"'
            drawn.append(f'<text {place} data-static="">{escape(_short(name))}{amount}</text>')
    return _svg(title, int(max(left_end, right_end)) + 6, drawn)


def _stack(names: Sequence[str], parts: Sequence[tuple[str, float]], scale: float) -> tuple[dict[str, float], float]:
    """Return where each name begins, each tall enough for its label, and where the last one ends."""
    at, top = {}, 4.0
    for name in names:
        at[name] = top
        tall = sum(max(0.6, amount * scale) for part, amount in parts if part == name)
        top += max(tall, _BAR) + _GAP
    return at, top


def _short(label: str) -> str:
    return label if len(label) <= 30 else label[:29] + "…"


def _svg(title: str, height: int, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg>"
    )
