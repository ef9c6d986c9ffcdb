"""A cheap necessary condition of a regular expression that somebody else wrote.

The condition is built from Python's own parse tree: assertions are dropped, back-references and Unicode classes
widened, so that whatever the expression matches, the condition matches within. Where that cannot be said, there is no
condition and the expression must read every document. Plain Unicode text in, multi-pattern engines' common syntax out.
"""

import re
import unicodedata
from functools import lru_cache
from re import _constants as tokens  # type: ignore[attr-defined]  # Python's parser is the reference for its syntax
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_REPEATS = frozenset({tokens.MAX_REPEAT, tokens.MIN_REPEAT, tokens.POSSESSIVE_REPEAT})
_ANYTHING = "[\\x{0}-\\x{10ffff}]"
_LONGEST_REPEAT = 64
_LONGEST_CONDITION = 1_500
"""Engines refuse, or are slowed by, conditions much longer than this; the first part of one is a condition too."""
_MOST_BRANCHES = 64
_FOLDED = {"k": "\u212a", "s": "\u017f", "i": "\u0130\u0131"}
"""Letters outside ASCII that match an ASCII letter when case is ignored."""
_SPACES = " \\t\\n\\r\\x0b\\x0c\\x1c-\\x1f\\x85\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
_BEYOND_ASCII = "\\x{80}-\\x{10ffff}"


def necessary_condition(expression: str) -> str | None:
    """Return an expression that matches within every match of the given one, or None where none can be told.

    The given expression is read as case-insensitive, multi-line and dot-all, which is how Presidio reads its own.
    """
    try:
        tree = parser.parse(expression, re.IGNORECASE | re.MULTILINE | re.DOTALL)
        if tree.getwidth()[0] == 0:
            return None
        return _sequence(list(tree), dict(_groups(tree)))[0] or None
    except (re.error, RecursionError, KeyError, NotImplementedError, OverflowError):
        return None


def _groups(tree: Any) -> list[tuple[int, Any]]:
    """List numbered groups anywhere in a tree, for back-references."""
    found = []
    for op, value in tree:
        if op is tokens.SUBPATTERN:
            found += [(value[0], value[3]), *_groups(value[3])]
        elif op in _REPEATS:
            found += _groups(value[2])
        elif op is tokens.BRANCH:
            found += [group for branch in value[1] for group in _groups(branch)]
        elif op is tokens.ATOMIC_GROUP:
            found += _groups(value)
    return found


Written = tuple[str, bool]
"""A condition, and whether it was cut short: then nothing may follow it, and it still matches within every match."""


def _sequence(items: list[Any], groups: dict[int, Any]) -> Written:
    written = ""
    for op, value in items:
        piece, is_cut = _one(op, value, groups)
        written += piece
        if is_cut or len(written) > _LONGEST_CONDITION:
            return written, True
    return written, False


def _one(op: Any, value: Any, groups: dict[int, Any]) -> Written:
    if op in {tokens.AT, tokens.ASSERT, tokens.ASSERT_NOT}:
        return "", False
    if op in {tokens.NOT_LITERAL, tokens.ANY}:
        return _ANYTHING, False
    if op is tokens.LITERAL:
        return f"[{_spellings(value)}]", False
    if op is tokens.IN:
        return _class(value), False
    if op in _REPEATS:
        return _repeat(value, groups)
    inner, is_cut = _inner(op, value, groups)
    return f"(?:{inner})", is_cut


def _inner(op: Any, value: Any, groups: dict[int, Any]) -> Written:
    """Write what stands between brackets: a choice, a group, or the group that a back-reference repeats."""
    if op is tokens.BRANCH:
        return _choice([list(branch) for branch in value[1]], groups)
    if op is tokens.SUBPATTERN:
        return _sequence(list(value[3]), groups)
    if op is tokens.ATOMIC_GROUP:
        return _sequence(list(value), groups)
    if op is tokens.GROUPREF:
        return _sequence(list(groups[value]), groups)
    raise NotImplementedError(str(op))


def _choice(branches: list[list[Any]], groups: dict[int, Any]) -> Written:
    """Write a choice; of a long list of words only their first two letters, which engines can hold."""
    if len(branches) > _MOST_BRANCHES:
        words = [_word(branch) for branch in branches]
        if all(words):
            heads: dict[str, set[str]] = {}
            for word in words:
                heads.setdefault(word[0].lower(), set()).add(word[1:2].lower())
            return "|".join(_head(first, seconds) for first, seconds in sorted(heads.items())), True
    ways = [_sequence(branch, groups) for branch in branches]
    return "|".join(dict.fromkeys(way for way, _ in ways)), any(is_cut for _, is_cut in ways)


def _word(branch: list[Any]) -> str:
    """Return the word that a branch is, empty where it is no plain word."""
    if len(branch) == 1 and branch[0][0] is tokens.SUBPATTERN:
        return _word(list(branch[0][1][3]))
    return "".join(chr(value) for _, value in branch) if all(op is tokens.LITERAL for op, _ in branch) else ""


def _head(first: str, seconds: set[str]) -> str:
    head = f"[{_spellings(ord(first))}]"
    return head if "" in seconds else f"{head}[{''.join(_spellings(ord(each)) for each in sorted(seconds))}]"


def _repeat(value: Any, groups: dict[int, Any]) -> Written:
    least, most, items = value
    inner, is_cut = _sequence(list(items), groups)
    if not inner:
        return "", False
    if is_cut:  # what is cut short stands once, or not at all
        return (f"(?:{inner})", True) if int(least) else ("", True)
    low = min(int(least), _LONGEST_REPEAT)
    high = "" if most is tokens.MAXREPEAT or int(most) > _LONGEST_REPEAT else int(most)
    return f"(?:{inner}){{{low},{high}}}", False


def _spellings(code: int) -> str:
    """Write a sign and every sign that it matches when case is ignored."""
    sign = chr(code)
    forms = {sign, sign.lower(), sign.upper(), *_FOLDED.get(sign.lower(), "")}
    return "".join(_hex(ord(form)) for form in sorted(forms) if len(form) == 1)


def _hex(code: int) -> str:
    return f"\\x{{{code:x}}}"


def _class(items: Any) -> str:
    """Write a character class; a negated one may match any sign that is not plainly excluded."""
    is_negated = items[0][0] is tokens.NEGATE
    if is_negated:
        return _ANYTHING
    return f"[{''.join(_member(op, value) for op, value in items)}]"


def _member(op: Any, value: Any) -> str:
    if op is tokens.LITERAL:
        return _spellings(value)
    if op is tokens.RANGE:
        return _range(*value)
    if op is tokens.CATEGORY:
        return {
            tokens.CATEGORY_DIGIT: "0-9" + _digits(),
            tokens.CATEGORY_WORD: "0-9A-Za-z_" + _BEYOND_ASCII,
            tokens.CATEGORY_SPACE: _SPACES,
        }.get(value, "\\x{0}-\\x{10ffff}")
    raise NotImplementedError(str(op))


def _range(low: int, high: int) -> str:
    """Write a range with the other case of its ASCII letters and the signs that fold to them."""
    letters = [chr(code) for code in range(max(low, 65), min(high, 122) + 1) if chr(code).isalpha()]
    other = "".join(_hex(ord(letter.swapcase())) for letter in letters)
    folded = "".join(_hex(ord(sign)) for letter in letters for sign in _FOLDED.get(letter.lower(), ""))
    return f"{_hex(low)}-{_hex(high)}{other}{folded}{_BEYOND_ASCII if high >= 128 else ''}"


@lru_cache(maxsize=1)
def _digits() -> str:
    """Return every decimal digit beyond ASCII as ranges of ten."""
    found = [code for code in range(0x80, 0x20000) if unicodedata.category(chr(code)) == "Nd"]
    starts = [code for code in found if code - 1 not in set(found) or unicodedata.decimal(chr(code)) == 0]
    return "".join(f"{_hex(start)}-{_hex(start + 9)}" for start in starts)


DIGIT = f"[0-9{_digits()}]"
"""One decimal digit of any script."""
