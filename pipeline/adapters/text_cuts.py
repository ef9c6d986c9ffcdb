"""Where a text may be cut without changing what somebody else's expression finds in it.

A sign is a cut for an expression when no match can hold it and no assertion can look past it. What stands between two
cuts, with the cuts themselves, is then analyzed as if it were the whole text. Where that cannot be said there are no
cuts, and the whole text is read.
"""

import re
from collections.abc import Iterable, Sequence
from re import _constants as tokens  # type: ignore[attr-defined]  # Python's parser is the reference for its syntax
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_SIGNS = "\n\t ,;!?()<>\"'|。，、；：！？（）《》【】“”"
_ABSOLUTE = frozenset({tokens.AT_BEGINNING_STRING, tokens.AT_END_STRING})
_RELATIVE = frozenset({tokens.AT_BEGINNING, tokens.AT_BEGINNING_LINE, tokens.AT_END, tokens.AT_END_LINE})
_REPEATS = frozenset({tokens.MAX_REPEAT, tokens.MIN_REPEAT, tokens.POSSESSIVE_REPEAT})
_STEP = 256

Range = tuple[int, int]


def cuts_of(expressions: Iterable[str]) -> str:
    """Return the signs that are cuts for all of the expressions, read as case-insensitive, multi-line and dot-all."""
    cuts = set(_SIGNS)
    for expression in expressions:
        tree = parser.parse(expression, re.IGNORECASE | re.MULTILINE | re.DOTALL)
        cuts = {sign for sign in cuts if not _holds(tree, ord(sign), in_assertion=False)}
    return "".join(sorted(cuts))


def segments(text: str, near: Sequence[Range], cuts: str) -> list[Range]:
    """Return the stretches between cuts around given ranges of characters, in order, each with the cuts at its ends."""
    last, following = re.compile(f".*[{re.escape(cuts)}]", re.DOTALL), re.compile(f"[{re.escape(cuts)}]")
    found: list[Range] = []
    for start, end in sorted(near):
        if found and end < found[-1][1]:
            continue
        after = following.search(text, end)
        high = after.end() if after else len(text)
        low = _cut_before(text, start, last)
        if found and low < found[-1][1] - 1:
            low = found.pop()[0]
        found.append((low, high))
    return found


def _cut_before(text: str, start: int, last: re.Pattern[str]) -> int:
    """Return the place of the last cut before a character, 0 where there is none."""
    high = start
    while high > 0:
        low = max(0, high - _STEP)
        match = last.match(text[low:high])
        if match:
            return low + match.end() - 1
        high = low
    return 0


def _holds(items: Iterable[Any], code: int, *, in_assertion: bool) -> bool:
    """Tell whether a match may hold a sign, or an assertion may look past it."""
    return any(_one(op, value, code, in_assertion=in_assertion) for op, value in items)


def _one(op: Any, value: Any, code: int, *, in_assertion: bool) -> bool:
    if op is tokens.AT:
        return value in _ABSOLUTE or (in_assertion and value in _RELATIVE)
    if op in {tokens.ASSERT, tokens.ASSERT_NOT}:
        # One character beyond a match is always there to see: the cuts belong to the stretch.
        inner = value[1]
        return _positions(inner, code) or (inner.getwidth()[1] > 1 and _holds(inner, code, in_assertion=True))
    if op is tokens.LITERAL:
        return bool(value == code)
    if op is tokens.NOT_LITERAL:
        return bool(value != code)
    if op is tokens.IN:
        return _class(value, code)
    return any(_holds(part, code, in_assertion=in_assertion) for part in _parts(op, value))


def _parts(op: Any, value: Any) -> list[Any]:
    """Return the sequences within an item."""
    if op in _REPEATS:
        return [value[2]]
    if op is tokens.GROUPREF_EXISTS:
        return [value[1], value[2] or []]
    if op is tokens.BRANCH:
        return list(value[1])
    if op in {tokens.SUBPATTERN, tokens.ATOMIC_GROUP}:
        return [value[3] if op is tokens.SUBPATTERN else value]
    # A back-reference repeats what a group held; anything else, the dot among it, may hold the sign.
    return [] if op is tokens.GROUPREF else [[(tokens.NOT_LITERAL, -1)]]


def _positions(items: Iterable[Any], code: int) -> bool:
    """Tell whether a sequence asks where the text starts or ends, or asks it behind another assertion."""
    for op, value in items:
        if op is tokens.AT and value in _ABSOLUTE | _RELATIVE:
            return True
        if op in {tokens.ASSERT, tokens.ASSERT_NOT} and _one(op, value, code, in_assertion=True):
            return True
    return False


def _class(items: list[Any], code: int) -> bool:
    is_negated = items[0][0] is tokens.NEGATE
    is_member = any(_member(op, value, code) for op, value in items if op is not tokens.NEGATE)
    return is_member != is_negated


def _member(op: Any, value: Any, code: int) -> bool:
    if op is tokens.LITERAL:
        return bool(value == code)
    if op is tokens.RANGE:
        return bool(value[0] <= code <= value[1])
    is_space = chr(code).isspace()
    return {
        tokens.CATEGORY_DIGIT: False,
        tokens.CATEGORY_WORD: False,
        tokens.CATEGORY_SPACE: is_space,
        tokens.CATEGORY_NOT_SPACE: not is_space,
    }.get(value, True)
