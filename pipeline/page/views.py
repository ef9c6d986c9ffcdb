"""What a page shows before it is HTML: facts, tables, pictures and passages, their words in one language.

Nothing here is markup but a picture, which escapes what it draws; the template escapes all the rest. A link is a path
below the page's own root, so that the same view stands alone and inside Airflow.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from pipeline.adapters.policies import read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.flows.dossier_answers import written

ROWS = 50
"""Rows of a list on one page."""
LANGUAGES = ("zh", "en")
_SHORT = frozenset({"document_id", "snapshot_id", "cluster_id", "kept_id", "run_id", "alarm_id", "hash", "prev", "policy_set_sha256"})
_SHORT_CHARS = 12
_WORDED = frozenset({"kind", "state", "disposition", "gate", "outcome", "step", "fact", "regime", "event_kind", "flow"})
Row = Mapping[str, Any]
Link = Callable[[Row], str | None]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; a name without words stands for itself."""

    lang: str
    known: Mapping[str, Mapping[str, Mapping[str, str]]]

    def say(self, phrase: str, /, **values: object) -> str:
        """Return a phrase of the page. Raises KeyError for one that is not written."""
        return self.known["phrases"][phrase][self.lang].format(**values)

    def column(self, name: str) -> str:
        """Return the heading of a column."""
        words = self.known["columns"].get(name)
        return words[self.lang] if words else name.replace("_", " ")

    def value(self, value: str) -> str:
        """Return a word of a closed list, a state for instance."""
        words = self.known["values"].get(value)
        return words[self.lang] if words else value


@cache
def read_words(lang: str) -> Words:
    """Return the words of a language from the shipped list."""
    known: Mapping[str, Any] = read_yaml(shipped("templates", "page", "words.yaml"))
    return Words(lang, known)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as shown."""

    text: str
    href: str | None = None
    is_number: bool = False
    is_digest: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and their values."""

    heading: str
    rows: Sequence[tuple[str, Cell]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table, or the words that stand where it would be empty."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    none: str
    kind: ClassVar[str] = "grid"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as inline SVG, escaped where it was drawn."""

    heading: str
    svg: str
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as it was published, or JSON; line ends are kept."""

    heading: str
    text: str
    lang: str | None = None
    kind: ClassVar[str] = "passage"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence under a heading."""

    heading: str
    text: str
    kind: ClassVar[str] = "note"


Block = Facts | Grid | Picture | Passage | Note


@dataclass(frozen=True, slots=True)
class Pages:
    """Which part of a list is shown; none before or after where there is none."""

    number: int
    last: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class View:
    """A whole page."""

    title: str
    lead: str
    blocks: Sequence[Block]
    pages: Pages | None = None
    under: str = ""
    """Path of the entry of the navigation that this page belongs to."""
    template: str = "page/view.html.jinja"
    more: Mapping[str, object] = field(default_factory=dict)


def cell(words: Words, column: str, value: object, href: str | None = None) -> Cell:
    """Return a value as a cell: digests cut where they name a page of their own, words of closed lists in the page's language."""
    if isinstance(value, bool):
        return Cell(words.say("yes" if value else "no"), href)
    if isinstance(value, str) and column in _WORDED:
        return Cell(words.value(value), href)
    if isinstance(value, str) and column in _SHORT and len(value) > _SHORT_CHARS:
        return Cell(value[:_SHORT_CHARS] + "…", href, is_digest=True)
    if isinstance(value, Mapping):
        return Cell(json.dumps(value, ensure_ascii=False, default=str), href)
    is_number = isinstance(value, int | float)
    text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) and not column.endswith("ratio") else written(value, column)
    return Cell(text, href, is_number, is_digest=column.endswith("sha256") or column in _SHORT or column == "signed_by")


def grid(words: Words, heading: str, columns: Sequence[str], rows: Iterable[Row], links: Mapping[str, Link] | None = None) -> Grid:
    """Return rows as a table with the given columns; ``links`` says where a column's cells lead."""
    leads = links or {}
    cells = [[cell(words, name, row.get(name), leads[name](row) if name in leads else None) for name in columns] for row in rows]
    return Grid(heading, [words.column(name) for name in columns], cells, words.say("none"))


def facts(words: Words, heading: str, row: Row, columns: Sequence[str], links: Mapping[str, Link] | None = None) -> Facts:
    """Return one row as names and values; a value that is missing is left out."""
    leads = links or {}
    shown = [(name, row.get(name)) for name in columns]
    return Facts(
        heading,
        [
            (words.column(name), _whole(words, name, value, leads[name](row) if name in leads else None))
            for name, value in shown
            if value is not None
        ],
    )


def _whole(words: Words, name: str, value: object, href: str | None) -> Cell:
    """Return a value as a cell that is never cut."""
    if isinstance(value, str) and name in _SHORT:
        return Cell(value, href, is_digest=True)
    return cell(words, name, value, href)


def pages(path: str, number: int, total: int) -> Pages:
    """Return where a list of ``total`` rows goes on; ``path`` may hold a query already."""
    last = max(1, -(-total // ROWS))
    mark = "&" if "?" in path else "?"
    return Pages(
        number,
        last,
        f"{path}{mark}page={number - 1}" if number > 1 else None,
        f"{path}{mark}page={number + 1}" if number < last else None,
    )
