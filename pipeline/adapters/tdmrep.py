"""TDMRep: a site's reservation of text and data mining, from ``/.well-known/tdmrep.json`` and from the value of a header or meta element.

The most specific pattern that matches a path decides, a reservation before a permission of equal length. What cannot be
read as the protocol writes it is unreadable, never a permission.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pipeline.domain.rights import Answer

MAX_BYTES = 1 << 20
MAX_RULES = 10_000


@dataclass(frozen=True, slots=True)
class TdmAnswer:
    """What TDMRep says of one address; None where no rule speaks of it."""

    answer: Answer | None
    detail: str | None = None


class TdmFile:
    """A tdmrep.json parsed once, to be asked about every page of its site."""

    def __init__(self, body: bytes, *, status: int = 200) -> None:
        self._fault: str | None = None
        self._rules: list[tuple[int, re.Pattern[str], Answer]] = []
        if 400 <= status < 500:
            return
        if not 200 <= status < 300:
            self._fault = "unreachable"
        elif len(body) > MAX_BYTES:
            self._fault = "too_long"
        else:
            self._read(body)

    def _read(self, body: bytes) -> None:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            self._fault = "not_json"
            return
        if not isinstance(value, list) or len(value) > MAX_RULES:
            self._fault = "not_a_list_of_rules"
            return
        for rule in value:
            location = rule.get("location") if isinstance(rule, dict) else None
            if not isinstance(location, str):
                self._fault = "rule_without_location"
                return
            self._rules.append((len(location), _pattern(location), answer_of(rule.get("tdm-reservation"))))

    def verdict(self, url: str) -> TdmAnswer:
        """Return what it says of one address of its site."""
        if self._fault is not None:
            return TdmAnswer(Answer.UNREADABLE, self._fault)
        try:
            parts = urlsplit(url)
        except ValueError:
            return TdmAnswer(Answer.UNREADABLE, "address")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        matching = [(length, _STRICTNESS[answer], answer) for length, pattern, answer in self._rules if pattern.match(path)]
        return TdmAnswer(max(matching)[2] if matching else None)


_STRICTNESS = {Answer.ALLOWED: 0, Answer.UNREADABLE: 1, Answer.DENIED: 2}


def answer_of(value: Any) -> Answer:
    """Return what a ``tdm-reservation`` value says: 1 reserves, 0 does not, anything else cannot be read."""
    written = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return {"1": Answer.DENIED, "0": Answer.ALLOWED}.get(written, Answer.UNREADABLE)


def _pattern(location: str) -> re.Pattern[str]:
    """Return a pattern for a location: a prefix in which ``*`` stands for anything and a final ``$`` for the end, as in robots.txt."""
    is_whole = location.endswith("$")
    parts = re.sub(r"\*+", "*", location.removesuffix("$")).split("*")
    # Possessive gaps would be wrong here; a handful of stars cannot make this slow on an address.
    return re.compile(".*?".join(re.escape(part) for part in parts[:20]) + ("$" if is_whole else ""), re.DOTALL)
