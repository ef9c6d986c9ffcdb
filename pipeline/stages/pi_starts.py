"""Where a pattern can start: the characters it may begin with, and those that must not stand before it.

Read from the pattern's own parse tree. Looking these up for all windows at once is a hundred times cheaper than asking
the pattern at every character; where nothing can be said, the pattern is asked everywhere. What is found is the same.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as tokens  # type: ignore[attr-defined]  # Python's parser is the reference for its syntax
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import numpy as np
import numpy.typing as npt

_REPEATS = frozenset({tokens.MAX_REPEAT, tokens.MIN_REPEAT, tokens.POSSESSIVE_REPEAT})
_ASSERTIONS = frozenset({tokens.AT, tokens.ASSERT, tokens.ASSERT_NOT})
_PLANE = 0x10000
_MOST = 2_000
"""A pattern that may start with more characters than this is asked everywhere: nothing would be saved."""
_CLASSES = {
    tokens.CATEGORY_DIGIT: frozenset(range(48, 58)),
    tokens.CATEGORY_WORD: frozenset(code for code in range(128) if chr(code).isalnum() or chr(code) == "_"),
    tokens.CATEGORY_SPACE: frozenset(map(ord, " \t\n\r\f\v")),
}


@dataclass(frozen=True, slots=True)
class Starts:
    """Characters a pattern may start with, and characters that rule a start out when they stand directly before it."""

    first: frozenset[int]
    not_after: frozenset[int]


def starts_of(pattern: str) -> Starts | None:
    """Return where a pattern (read with re.ASCII) can start, None where it is better asked everywhere."""
    tree = list(parser.parse(pattern, re.ASCII))
    try:
        first, may_be_empty = _sequence(tree, is_case_ignored=False)
    except NotImplementedError:
        return None
    if may_be_empty or len(first) > _MOST or max(first, default=_PLANE) >= _PLANE:
        return None
    return Starts(first, _forbidden_before(tree))


@lru_cache(maxsize=256)
def tables_of(starts: Starts) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return look-up tables over all code points: what starts a match, and what must not stand before it."""
    first, not_after = np.zeros(0x110000, np.bool_), np.zeros(0x110000, np.bool_)
    first[list(starts.first)] = True
    not_after[list(starts.not_after)] = True
    return first, not_after


def _sequence(items: list[Any], *, is_case_ignored: bool) -> tuple[frozenset[int], bool]:
    """Return the characters a sequence may start with, and whether it may match nothing."""
    found: frozenset[int] = frozenset()
    for op, value in items:
        if op in _ASSERTIONS:
            continue
        first, may_be_empty = _one(op, value, is_case_ignored=is_case_ignored)
        found |= first
        if not may_be_empty:
            return found, False
    return found, True


def _one(op: Any, value: Any, *, is_case_ignored: bool) -> tuple[frozenset[int], bool]:
    if op in {tokens.LITERAL, tokens.IN}:
        signs = _members(value) if op is tokens.IN else frozenset({value})
        return _cased(signs, is_case_ignored=is_case_ignored), False
    if op in _REPEATS:
        first, may_be_empty = _sequence(list(value[2]), is_case_ignored=is_case_ignored)
        return first, may_be_empty or value[0] == 0
    if op is tokens.SUBPATTERN:
        ignored = (is_case_ignored or bool(value[1] & re.IGNORECASE)) and not value[2] & re.IGNORECASE
        return _sequence(list(value[3]), is_case_ignored=ignored)
    if op is tokens.ATOMIC_GROUP:
        return _sequence(list(value), is_case_ignored=is_case_ignored)
    if op is tokens.BRANCH:
        return _either([list(branch) for branch in value[1]], is_case_ignored=is_case_ignored)
    if op is tokens.GROUPREF_EXISTS:
        return _either([list(value[1]), list(value[2] or [])], is_case_ignored=is_case_ignored)
    raise NotImplementedError(str(op))


def _either(branches: list[list[Any]], *, is_case_ignored: bool) -> tuple[frozenset[int], bool]:
    ways = [_sequence(branch, is_case_ignored=is_case_ignored) for branch in branches]
    return frozenset().union(*(first for first, _ in ways)), any(may_be_empty for _, may_be_empty in ways)


def _members(items: list[Any]) -> frozenset[int]:
    found: set[int] = set()
    for op, value in items:
        if op is tokens.LITERAL:
            found.add(value)
        elif op is tokens.RANGE:
            found.update(range(value[0], value[1] + 1))
        elif op is tokens.CATEGORY and value in _CLASSES:
            found |= _CLASSES[value]
        else:
            raise NotImplementedError(str(op))
    return frozenset(found)


def _cased(codes: frozenset[int], *, is_case_ignored: bool) -> frozenset[int]:
    """Add the other case where case is ignored; the few signs that fold to a letter from afar are added too."""
    if not is_case_ignored:
        return codes
    near = {ord(form) for code in codes for form in (chr(code).lower(), chr(code).upper()) if len(form) == 1}
    return codes | near | {0x130, 0x131, 0x17F, 0x212A}


def _forbidden_before(items: list[Any]) -> frozenset[int]:
    """Return what leading look-behinds of one character refuse; a longer one is left to the pattern."""
    for op, value in items:
        if op not in _ASSERTIONS:
            break
        if op is tokens.ASSERT_NOT and value[0] == -1 and len(value[1]) == 1:
            kind, inner = value[1][0]
            try:
                return _members(inner) if kind is tokens.IN else frozenset({inner}) if kind is tokens.LITERAL else frozenset()
            except NotImplementedError:
                continue
    return frozenset()
