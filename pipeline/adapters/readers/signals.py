"""What a record says of its own rights, read while it is read: reservations, labels of generated content, front matter.

Signals are never judged here: a value that the protocol does not know is unreadable, and policy says what that means.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.adapters.strict_yaml import read_yaml
from pipeline.adapters.tdmrep import answer_of
from pipeline.domain.rights import LABEL_FIELDS, Answer, GeneratedLabel, Reservation, Signal
from pipeline.errors import ConfigurationError

LABEL = "AIGC"
UNREADABLE = "unreadable"
MAX_VALUE_CHARS = 200
MAX_FRONT_MATTER_CHARS = 16_384
_BLOCK = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?\r?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LABEL_KEY = re.compile(r"^[\"']?AIGC[\"']?[ \t]*:", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_NO_TRAINING = {"noai": Signal.NOAI, "noimageai": Signal.NOIMAGEAI}
LICENSE_KEYS = ("license", "licence", "license_link")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a text's front matter states of its rights."""

    license: str | None
    generated: GeneratedLabel | None


def front_matter(text: str) -> FrontMatter | None:
    """Return what the YAML block at the head of a text states; None where there is none that speaks of rights.

    A block that cannot be read but names a label of generated content still gives one.
    """
    block = _BLOCK.match(text, 0, MAX_FRONT_MATTER_CHARS)
    if block is None:
        return None
    try:
        value = read_yaml(block[1], "front matter").value
    except ConfigurationError:
        return FrontMatter(None, GeneratedLabel("front matter", UNREADABLE)) if _LABEL_KEY.search(block[1]) else None
    if not isinstance(value, dict):
        return None
    terms = next((value[key] for key in LICENSE_KEYS if value.get(key)), None)
    found = FrontMatter(_terms(terms), label_of(value[LABEL], "front matter") if LABEL in value else None)
    return found if found.license or found.generated else None


def _terms(value: object) -> str | None:
    if isinstance(value, list):
        return " ; ".join(str(each) for each in value if each)[:MAX_VALUE_CHARS] or None
    return None if value is None or isinstance(value, dict) else str(value)[:MAX_VALUE_CHARS]


def label_of(value: object, read_from: str) -> GeneratedLabel:
    """Return a label of generated content from its object or its JSON; what cannot be read is a label that says so."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return GeneratedLabel(read_from, UNREADABLE)
    if isinstance(value, dict) and isinstance(value.get(LABEL), dict):
        value = value[LABEL]
    if not isinstance(value, dict) or not any(name in value for name in LABEL_FIELDS):
        return GeneratedLabel(read_from, UNREADABLE)
    label, *rest = (_field(value.get(name)) for name in LABEL_FIELDS)
    return GeneratedLabel(read_from, label or UNREADABLE, *rest)


def _field(value: object) -> str | None:
    return None if value is None or isinstance(value, dict | list) else (str(value)[:MAX_VALUE_CHARS] or None)


def of_meta(name: str, content: str) -> Iterator[Reservation]:
    """Yield the reservations of one meta element of a page."""
    folded = name.casefold()
    if folded == "tdm-reservation":
        yield Reservation(Signal.TDM_META, answer_of(content), "*", "meta tdm-reservation")
    elif folded == "robots":
        yield from _of_words(content, "*", "meta robots")
    elif "robots" in folded or folded.endswith(("bot", "crawler", "spider")):
        yield from _of_words(content, name[:60], "meta of an agent")


def of_headers(headers: Iterable[tuple[str, str]], body_sha256: str) -> Iterator[Reservation]:
    """Yield the reservations of an HTTP answer's headers; a header may come more than once."""
    for name, value in headers:
        folded = name.casefold()
        if folded == "tdm-reservation":
            yield Reservation(Signal.TDM_HEADER, answer_of(value), "*", "tdm-reservation", None, body_sha256)
        elif folded == "x-robots-tag":
            agent, colon, rest = value.partition(":")
            is_named = bool(colon) and _WORD.fullmatch(agent.strip()) is not None and agent.strip().casefold() != "unavailable_after"
            yield from _of_words(rest if is_named else value, agent.strip()[:60] if is_named else "*", "X-Robots-Tag", body_sha256)


def _of_words(written: str, agent: str, read_from: str, body_sha256: str = "") -> Iterator[Reservation]:
    words = {word.casefold() for word in _WORD.findall(written)}
    for word in sorted(words & _NO_TRAINING.keys()):
        yield Reservation(_NO_TRAINING[word], Answer.DENIED, agent, read_from, None, body_sha256)


_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL_LICENSE = re.compile(r""";\s*rel\s*=\s*(?:"[^"]*\blicense\b[^"]*"|license\b)""", re.IGNORECASE)


def license_of_headers(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the addresses that ``Link: <...>; rel="license"`` headers name (RFC 8288)."""
    links = (link for name, value in headers if name.casefold() == "link" for link in _LINK.finditer(value))
    return [link[1].strip() for link in links if link[1].strip() and _REL_LICENSE.search(link[2])]


def reservations_json(found: Iterable[Reservation], raw_sha256: str) -> bytes | None:
    """Return reservations as canonical JSON, None for none; those read from the record itself get the digest of its bytes."""
    rows = sorted(
        {
            (each.signal.value, each.agent, each.answer.value, each.read_from, each.detail or "", each.body_sha256 or raw_sha256)
            for each in found
        }
    )
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") if rows else None


def generated_json(label: GeneratedLabel | None) -> bytes | None:
    """Return a label as canonical JSON, None for none."""
    if label is None:
        return None
    named = {name: getattr(label, name) for name in GeneratedLabel.__slots__}
    return json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def label_of_record(record: Mapping[str, Any]) -> GeneratedLabel | None:
    """Return the label that a record's own field ``AIGC`` holds."""
    return label_of(record[LABEL], "metadata") if record.get(LABEL) else None
