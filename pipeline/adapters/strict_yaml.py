"""YAML as reviewed data is read: no guessing, and every value knows its line.

Scalars follow the JSON schema of YAML 1.2 (``yes``, ``no`` and ``on`` stay words, dates stay text, ``12:30`` is no
number), a key may stand once, and anchors, aliases, merges and tags are refused, so that a file means what it shows.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from pipeline.errors import ConfigurationError

Place = tuple[str | int, ...]
"""Where a value stands: the keys and positions that lead to it."""

MAX_DEPTH = 40
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: Mapping[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document as plain values, with the line (from 1) of every place in it."""

    value: object
    lines: Mapping[Place, int]

    def line_of(self, place: Place) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(content: bytes | str, name: str) -> Document:
    """Read one YAML document; raise ConfigurationError that names the file and every line that breaks these rules."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        hidden = _first_hidden(text)
        root = None if hidden else yaml.compose(text, _LOADER)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: expected UTF-8, found another encoding at byte {error.start}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name}: expected YAML, {_without_text(error)}") from error
    if hidden:
        raise ConfigurationError(f"{name}:{hidden[0]}: {hidden[1]}")
    reader = _Reader(name)
    value = None if root is None else reader.read(root, ())
    if reader.problems:
        raise ConfigurationError("\n".join(reader.problems))
    return Document(value, reader.lines)


def _first_hidden(text: str) -> tuple[int, str] | None:
    """Return the line of the first alias, tag or too deep nesting, and what to do about it."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            return _line(event), "expected plain values, found an alias; write the value out"
        if getattr(event, "tag", None):
            return _line(event), "expected plain values, found a tag; write the value out"
        if depth > MAX_DEPTH:
            return _line(event), f"expected at most {MAX_DEPTH} levels of nesting, found more"
    return None


def _without_text(error: yaml.YAMLError) -> str:
    """Describe a parser's error by its kind and place; its own message quotes the file."""
    mark = getattr(error, "problem_mark", None)
    place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"found text that is none{place} ({getattr(error, 'problem', None) or 'a character that YAML forbids'})"


def _line(found: yaml.Node | yaml.Event) -> int:
    mark = found.start_mark
    return 1 if mark is None else int(mark.line) + 1


class _Reader:
    """Collects lines and problems while a node tree becomes plain values."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.problems: list[str] = []

    def read(self, node: yaml.Node, place: Place) -> object:
        self.lines[place] = _line(node)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, place))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _pairs(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, object]]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                self._refuse(key, "expected a word as key")
                continue
            if key.value in seen:
                self._refuse(key, f"expected each key once, found {key.value!r} again")
            seen.add(key.value)
            yield key.value, self.read(value, (*place, key.value))

    def _scalar(self, node: yaml.Node) -> object:
        written = str(node.value)
        if getattr(node, "style", None):
            return written
        if written in _WORDS:
            return _WORDS[written]
        if _INTEGER.match(written):
            return int(written) if len(written) < 20 else self._refuse(node, "expected a shorter number; put it in quotes if it is text")
        if _REAL.match(written) and math.isfinite(float(written)):
            return float(written)
        return written

    def _refuse(self, node: yaml.Node, what: str) -> object:
        self.problems.append(f"{self.name}:{_line(node)}: {what}")
        return None
