"""The normalized view: one spelling for what was written in full width, spaced, dashed, with hidden signs or in hanzi.

Patterns run over the view; findings are reported in the text as written, so the view keeps, for each of its
characters, the place it came from. Nothing here decides anything.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufe0f\ufeff"
)
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u30fc"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
NUMERALS = {
    **dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖幺两洞拐勾", "12345678912079", strict=True)),
}
_OTHER_DIGITS = {
    **{chr(0x2460 + digit): str(digit + 1) for digit in range(9)},
    "\u24ea": "0",
    **{chr(0x0660 + digit): str(digit) for digit in range(10)},
    **{chr(0x06F0 + digit): str(digit) for digit in range(10)},
    **{chr(0x1D7CE + place): str(place % 10) for place in range(50)},
}
FULL_WIDTH = {chr(sign + 0xFEE0): chr(sign) for sign in range(0x21, 0x7F)}

_SPELLINGS = str.maketrans(
    {
        **FULL_WIDTH,
        **_OTHER_DIGITS,
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys("\u00b7\u2022\u30fb", "."),
    },
)
_NUMERAL_DIGITS = str.maketrans(NUMERALS)
_HIDDEN = re.compile(f"[{ZERO_WIDTH}]")
FEWEST_NUMERALS = 10
"""Hanzi become digits only in runs of this length, which no quantity has."""
_NUMERAL_RUN = re.compile(rf"(?:[\d{''.join(NUMERALS)}xX][ .\-]{{0,2}}){{{FEWEST_NUMERALS - 1},}}[\d{''.join(NUMERALS)}xX]", re.ASCII)

Codes = npt.NDArray[np.uint32]
_CODES = 0x110000
_SPELLED = np.arange(_CODES, dtype=np.uint32)
for _sign, _spelling in _SPELLINGS.items():
    _SPELLED[_sign] = ord(_spelling)


def _table(signs: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(_CODES, np.bool_)
    table[[ord(sign) for sign in signs]] = True
    return table


_IS_HIDDEN, _IS_NUMERAL, _IS_IN_RUN = _table(ZERO_WIDTH), _table("".join(NUMERALS)), _table("0123456789xX" + "".join(NUMERALS))


@dataclass(frozen=True, slots=True)
class View:
    """A string's normalized spelling; ``places`` maps its characters back, or is None where each kept its place."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original string that the view's span came from."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def view_of(raw: str) -> View:
    """Return the normalized view of a string; hanzi become digits only in runs of ten or more, the length of no quantity."""
    places = None
    if _HIDDEN.search(raw):
        places = tuple(place for place, sign in enumerate(raw) if sign not in ZERO_WIDTH)
        raw = "".join(raw[place] for place in places)
    text = raw.translate(_SPELLINGS)
    return View(numerals_as_digits(text), places)


def numerals_as_digits(text: str) -> str:
    """Write hanzi as digits in runs that are long enough, one character for one."""
    return _NUMERAL_RUN.sub(lambda run: run[0].translate(_NUMERAL_DIGITS), text)


def spelled(codes: Codes) -> Codes:
    """Return code points in their normalized spelling, hidden signs and hanzi left as they are."""
    return _SPELLED[codes]


def is_hidden(codes: Codes) -> npt.NDArray[np.bool_]:
    """Tell which code points are hidden signs."""
    return _IS_HIDDEN[codes]


def is_numeral(codes: Codes) -> npt.NDArray[np.bool_]:
    """Tell which code points are hanzi for digits."""
    return _IS_NUMERAL[codes]


def run_signs(codes: Codes) -> npt.NDArray[np.bool_]:
    """Tell which code points may stand in a run of digits."""
    return _IS_IN_RUN[codes]
