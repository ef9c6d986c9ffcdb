"""Labeling rules from YAML into frozen values: every value is text where text is meant, and every problem names its line.

The file is read by the strict reader (keys once, no aliases, ``yes`` stays a word). A word that an older YAML reader
would turn into a boolean or a number is refused unless it is quoted, so that a label means the same wherever the file is read.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from pipeline.adapters.strict_yaml import Document, Place, read_yaml
from pipeline.domain.labeling import LabelingRule
from pipeline.errors import ConfigurationError

_BOOLEANS = frozenset({"yes", "no", "on", "off", "y", "n"})
_NUMBERS = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9]*)?\Z|[-+]?[0-9][0-9_]*_[0-9_]*\Z|0[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_DECIMAL = re.compile(r"(0(\.[0-9]+)?|1(\.0+)?)\Z")


def read_rule(path: Path) -> LabelingRule:
    """Read one rule; raise ConfigurationError that lists every problem with its file and line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: expected a labeling rule, found no readable file; 'laiyuan init' copies the defaults") from error
    document = read_yaml(content, str(path))
    if problems := [*unquoted_words(content, str(path)), *shape_problems(document, str(path))]:
        raise ConfigurationError("\n".join(problems))
    return _reader().validate_json(json.dumps(document.value), strict=True)


def parse_rule(body: str, name: str) -> LabelingRule:
    """Return a rule from its canonical JSON, as the register keeps it. Raises ConfigurationError."""
    try:
        return _reader().validate_json(body, strict=True)
    except ValidationError as error:
        raise ConfigurationError(f"labeling rule {name}: its recorded body is no rule ({error.error_count()} problems)") from None


def shape_problems(document: Document, name: str) -> list[str]:
    """Return what keeps a document from being a rule: missing and unknown keys, wrong types, ids of a wrong form."""
    try:
        rule = _reader().validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        found = [_at(document, name, tuple(each["loc"]), _plain(each["type"], each["msg"])) for each in error.errors(include_input=False)]
        return sorted(found, key=_line_first)
    return [_at(document, name, place, what) for place, what in _form_problems(rule)]


def unquoted_words(content: bytes, name: str) -> list[str]:
    """Return a problem for each unquoted value that another YAML reader would not read as text."""
    return [
        f"{name}:{line}: expected quotes around {word!r}: other YAML readers take it for {kind}" for line, word, kind in _ambiguous(content)
    ]


def _ambiguous(content: bytes) -> Iterator[tuple[int, str, str]]:
    for event in yaml.parse(content.decode("utf-8-sig"), yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent) and event.style is None:
            kind = "a boolean" if event.value.lower() in _BOOLEANS else "a number" if _NUMBERS.match(event.value) else None
            if kind:
                yield (event.start_mark.line if event.start_mark else 0) + 1, event.value, kind


def _form_problems(rule: LabelingRule) -> Iterator[tuple[Place, str]]:
    """Yield what types cannot say: the form of ids and decimals, and names that must be one of a kind."""
    if not _ID.match(rule.id):
        yield ("id",), "expected lower-case letters, digits and hyphens"
    if not _VERSION.match(rule.version):
        yield ("version",), "expected major.minor in quotes, such as '1.0'"
    if not re.match(r"[A-Za-z_][A-Za-z0-9_]*\Z", rule.text_field):
        yield ("text_field",), "expected one word of letters, digits and underscores"
    for place, written in _decimals(rule):
        if not _DECIMAL.match(written):
            yield place, "expected a decimal from 0 to 1 in quotes, such as '0.95'"
    names: set[str] = set()
    for index, control in enumerate(rule.controls):
        if not _NAME.match(control.name) or control.name == rule.text_field:
            yield ("controls", index, "name"), "expected lower-case letters, digits and underscores, and not the text field's name"
        if control.name in names:
            yield ("controls", index, "name"), f"expected each name once, found {control.name!r} again"
        names.add(control.name)
        yield from _option_problems(rule, index)


def _option_problems(rule: LabelingRule, index: int) -> Iterator[tuple[Place, str]]:
    for key in ("value", "title"):
        seen: set[str] = set()
        for position, option in enumerate(rule.controls[index].options):
            written = getattr(option, key)
            place = ("controls", index, "options", position, key)
            if not written.strip() or written != written.strip():
                yield place, "expected some text without spaces around it"
            if written in seen:
                yield place, f"expected each {key} once, found one again"
            seen.add(written)


def _decimals(rule: LabelingRule) -> tuple[tuple[Place, str], ...]:
    return (
        (("pilot", "floor"), rule.pilot.floor),
        (("acceptance", "claim"), rule.acceptance.claim),
        (("acceptance", "confidence"), rule.acceptance.confidence),
    )


def _at(document: Document, name: str, place: Place, what: str) -> str:
    return f"{name}:{document.line_of(place)}: {'.'.join(str(part) for part in place) or 'rule'}: {what}"


def _plain(kind: str, message: str) -> str:
    return {
        "missing": "expected this key, found none",
        "unexpected_keyword_argument": "expected a known key, found an unknown one",
        "string_type": "expected text; put it in quotes if it looks like a number or a boolean",
        "int_type": "expected a whole number without quotes",
        "bool_type": "expected true or false without quotes",
        "tuple_type": "expected a list",
        "dataclass_type": "expected keys",
    }.get(kind, message[:1].lower() + message[1:])


def _line_first(problem: str) -> tuple[int, str]:
    found = re.search(r":([0-9]+): ", problem)
    return int(found.group(1)) if found else 0, problem


@cache
def _reader() -> TypeAdapter[LabelingRule]:
    return TypeAdapter(LabelingRule)
