"""The pinned table agrees with this Python's Unicode on every character that this Python knows."""

import sys
import unicodedata

from pipeline.stages.unicode_ranges import RANGES

CHANGED = {0x200C, 0x200D, 0xAA, 0xBA, *range(0x09, 0x0E), 0x85}


def classes() -> list[str]:
    found: list[str] = []
    last = "O"
    for span in RANGES.split():
        distance, _, kind = span.partition(":")
        found.extend([last] * int(distance, 16))
        last = kind
    return found + [last] * (sys.maxunicode + 1 - len(found))


def test_every_assigned_character_has_its_general_category() -> None:
    table = classes()
    assert len(table) == sys.maxunicode + 1
    wrong = []
    for point, kind in enumerate(table):
        category = unicodedata.category(chr(point))
        if point in CHANGED or category == "Cn":
            continue
        expected = category[0] if category[0] in "NMPZ" else "O"
        is_right = len(kind) == 4 if category[0] == "L" else kind == expected
        if not is_right:
            wrong.append(hex(point))
    assert wrong == []


def test_scripts_of_letters_agree_with_their_names() -> None:
    table = classes()
    starts = {"LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "CJK": "Hani", "HIRAGANA": "Hira", "HANGUL": "Hang", "THAI": "Thai"}
    for point in (*range(0x41, 0x24F), *range(0x370, 0x600), *range(0xE00, 0xE50), *range(0x3041, 0x3097), 0x4E00, 0x9FA5, 0xAC00):
        script = starts.get(unicodedata.name(chr(point), "").partition(" ")[0])
        if script and unicodedata.category(chr(point))[0] == "L":
            assert table[point] in {script, "Zyyy"}, hex(point)
