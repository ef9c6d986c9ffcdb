"""Which regions' numbering plans a stretch of text could satisfy, before the slow matcher of python-phonenumbers is asked.

The only importer of phonenumbers. Every answer errs towards yes: prefixes for dialling out, country codes and national
prefixes may stand before the number, and groups of digits may be read together in any contiguous way.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from phonenumbers import PhoneMetadata, country_code_for_region
from phonenumbers.phonenumberutil import _VALID_PUNCTUATION, region_codes_for_country_code

PUNCTUATION = f"{_VALID_PUNCTUATION}X"  # it begins with a hyphen, which in front of it would be a range
CUTS = "\n。，、！？"
"""Signs that no number holds and that decide nothing about one beyond standing beside it."""
_RUN = re.compile(rf"\d(?:[{PUNCTUATION}]{{0,4}}\d){{3,}}")
_MAYBE = re.compile(rf"[\d+＋\[({PUNCTUATION}]+")
_EXTENSION = re.compile(
    r"\d[ \u00a0\t,]*(?:;ext=|e?xt(?:ensi(?:o\u0301?|ó))?n?|ｅ?ｘｔｎ?|доб|anexo|[xｘ#＃~～]|int|ｉｎｔ)[:.．]?[ \u00a0\t,\-]*\d"
    r"|\d[- ]+\d{1,6}#",
    re.IGNORECASE,
)
"""What python-phonenumbers takes for an extension of a number."""
_MOST_GROUPS, _MOST_DIGITS = 12, 200


def stretches(text: str) -> list[tuple[int, int]]:
    """Return where numbers may stand, each with the characters beside it; all of the text where an extension may follow one."""
    if _EXTENSION.search(text):
        return [(0, len(text))]
    found = (match for match in _MAYBE.finditer(text) if _RUN.search(text, *match.span()))
    return [(max(0, match.start() - 1), min(len(text), match.end() + 1)) for match in found]


def regions_possible(text: str, regions: Sequence[str]) -> tuple[str, ...]:
    """Return those regions in which a stretch of text may hold a valid number."""
    numbers: set[str] = set()
    for run in _RUN.findall(text):
        groups = re.findall(r"\d+", run)
        if len(groups) > _MOST_GROUPS or len(run) > _MOST_DIGITS:
            return tuple(regions)
        ascii_groups = ["".join(str(unicodedata.decimal(digit)) for digit in group) for group in groups]
        joined = {"".join(ascii_groups[low:high]) for low in range(len(groups)) for high in range(low + 1, len(groups) + 1)}
        numbers |= {one for one in joined if len(one) >= 4}
    if not numbers:
        return ()
    if "+" in text or "＋" in text:
        return tuple(regions)
    return tuple(region for region in regions if any(map(_plan(region).fullmatch, numbers)))


@lru_cache(maxsize=256)
def _plan(region: str) -> re.Pattern[str]:
    """Return an expression that every dialled form of a region's valid numbers matches in full."""
    home = PhoneMetadata.metadata_for_region(region)
    if home is None or home.general_desc is None:
        return re.compile(r"\d+")
    if home.national_prefix_transform_rule:
        # Only the length is sure; dialled from abroad, no number has fewer than eight digits.
        return re.compile(rf"\d{{{min(8, *home.general_desc.possible_length)},}}")
    code = country_code_for_region(region)
    plans = [PhoneMetadata.metadata_for_region(one) for one in region_codes_for_country_code(code)]
    numbers = "|".join(f"(?:{each.general_desc.national_number_pattern})" for each in plans if each and each.general_desc)
    prefix = f"(?:{home.national_prefix_for_parsing or '(?!)'}){{0,2}}"
    abroad = f"(?:{home.international_prefix or '(?!)'})\\d*"
    return re.compile(f"(?:{prefix}(?:{code})?{prefix}(?:{numbers})|{abroad})", re.ASCII)
