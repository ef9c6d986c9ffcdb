"""From a catalogue's record to a declaration and the reasons why it is not ready: the very checks that ``sources check`` makes.

A record is ready only where the evidence rule of an open source is met, its evidence states one readable licence, and nothing
that a declaration needs is missing. What a record is built on is asked too: nobody can grant more than they were given.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.adapters.declarations import check_declaration
from pipeline.adapters.evidence_store import media_type
from pipeline.adapters.language_names import language_tag
from pipeline.adapters.spdx import normalize_expression
from pipeline.adapters.statements import read_statements
from pipeline.domain.digests import sha256_hex
from pipeline.domain.dispositions import Reason
from pipeline.domain.imports import CatalogRecord, ImportState, Lack, Piece
from pipeline.domain.licensing import NOASSERTION, PUBLIC_DOMAIN_STATED, UNVERSIONED, Statement, agrees, license_ids
from pipeline.domain.sources import About, Evidence, Source, SourceKind
from pipeline.errors import ConfigurationError
from pipeline.stages.check_evidence import check_evidence
from pipeline.stages.conclude_license import conclude_license

MAX_TITLE_CHARS = 300
MAX_BASES = 20
UNREAD = frozenset({Lack.UNREADABLE, Lack.ENCODING, Lack.TOO_LARGE, Lack.NO_DATASET})
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Judged:
    """How one record ends, and the declaration that it becomes where nothing but a conflict stands against it."""

    record: CatalogRecord
    state: ImportState
    reasons: Mapping[str, str]
    expression: str | None
    source: Source | None
    pieces: tuple[Piece, ...]


class Judge:
    """Judges the records of one import, each against those that it is built on."""

    def __init__(self, records: Sequence[CatalogRecord], ids: Sequence[str], on: str) -> None:
        """Take the records with the ids they would be declared under; ``on`` is the day they were read."""
        self._records, self._ids, self._on = records, ids, on
        self._by_name: dict[str, int] = {}
        for place, record in enumerate(records):
            for name in (record.name, record.title):
                if name:
                    self._by_name.setdefault(name.casefold(), place)
        self._judged: dict[int, Judged] = {}
        self._open: set[int] = set()
        self._read: dict[tuple[str, str, str], list[Statement]] = {}

    def of(self, place: int) -> Judged:
        """Return how the record at a place ends."""
        if place not in self._judged:
            self._open.add(place)
            self._judged[place] = self._judge(self._records[place], self._ids[place])
            self._open.discard(place)
        return self._judged[place]

    def _judge(self, record: CatalogRecord, source_id: str) -> Judged:
        if record.lacks.keys() & UNREAD:
            # What a broken record fails to say is no reason of its own.
            return Judged(record, ImportState.LACKING, record.lacks, None, None, record.pieces)
        reasons = {**record.lacks, **_missing(record)}
        inherited, unknown = self._bases(record)
        if unknown:
            reasons[Lack.DERIVED] = "the terms of what it is built on: " + ", ".join(clean(each, 80) for each in unknown[:MAX_BASES])
        pieces = (*record.pieces, *inherited)
        statements = [statement for piece in pieces for statement in self._statements(piece)]
        concluded = _concluded(statements)
        reasons |= _license_lacks(statements, concluded)
        try:
            source = check_declaration(_declaration(record, source_id, pieces, statements, concluded, self._on))
        except ConfigurationError as error:
            reasons[Lack.DECLARATION] = f"a valid declaration ({error})"
            return Judged(record, _state(reasons), reasons, concluded, None, pieces)
        reasons |= _evidence_lacks(source, statements, reasons)
        state = _state(reasons)
        if state is ImportState.CONFLICT:
            source = check_declaration(_in_conflict(source.declaration))
        has_lacks = bool(reasons.keys() - {Reason.LICENSE_CONFLICT})
        return Judged(record, state, reasons, concluded, None if has_lacks else source, pieces)

    def _bases(self, record: CatalogRecord) -> tuple[list[Piece], list[str]]:
        """Return the evidence of what a record is built on, and the names of what is not ready in this import."""
        pieces: list[Piece] = []
        unknown: list[str] = []
        for number, name in enumerate(record.derived_from):
            place = self._by_name.get(name.casefold())
            base = self.of(place) if place is not None and place not in self._open and number < MAX_BASES else None
            if base is None or base.state is not ImportState.READY:
                unknown.append(name)
                continue
            for piece in base.pieces:
                leaf = piece.file.removeprefix("evidence/")
                pieces.append(replace(piece, file=f"evidence/built-on-{number + 1}-{leaf}"))
        return pieces, unknown

    def _statements(self, piece: Piece) -> list[Statement]:
        leaf = re.sub(r"^built-on-[0-9-]+", "", piece.file.rpartition("/")[2])
        key = (sha256_hex(piece.content), piece.kind, leaf)
        if key not in self._read:
            declared = Evidence(leaf, piece.kind, About.DATA, piece.read_at, self._on)
            self._read[key] = read_statements(declared, media_type(leaf), piece.content)
        return [replace(statement, file=piece.file) for statement in self._read[key]]


def clean(text: str, limit: int) -> str:
    """Return a text of others on one line without hidden characters, cut to a limit."""
    # Cut first: a name may be as long as its record.
    shown = "".join(" " if unicodedata.category(char) in _HIDDEN else char for char in text[: 4 * limit])
    return " ".join(shown.split())[:limit].rstrip()


def _missing(record: CatalogRecord) -> dict[str, str]:
    lacks: dict[str, str] = {}
    if not record.pieces:
        return lacks
    if not clean(record.name, MAX_TITLE_CHARS):
        lacks[Lack.NO_NAME] = "the dataset's name"
    if not clean(record.publisher or "", MAX_TITLE_CHARS):
        lacks[Lack.NO_PUBLISHER] = "who made or published it"
    unread = [word for word in record.languages if language_tag(word) is None]
    if not record.languages:
        lacks[Lack.NO_LANGUAGE] = "its language, as a BCP 47 tag"
    elif unread:
        lacks[Lack.NO_LANGUAGE] = "languages as BCP 47 tags; found " + ", ".join(clean(word, 40) for word in unread[:MAX_BASES])
    if record.access:
        stated = ", ".join(clean(each, 60) for each in record.access[:MAX_BASES])
        lacks[Lack.ACCESS] = f"leave to pass what stands before the data (kind authorization or contract); found {stated}"
    return lacks


def _data(statements: Sequence[Statement]) -> list[Statement]:
    return [statement for statement in statements if statement.about == About.DATA and not statement.is_silent]


def _concluded(statements: Sequence[Statement]) -> str | None:
    """Return the expression that the evidence states first, in its fullest spelling: a family gives way to its stated member."""
    stated = [statement.expression for statement in _data(statements) if statement.expression]
    if not stated:
        return None
    return next((each for each in stated if not _is_open(each) and agrees(each, stated[0])), stated[0])


def _is_open(expression: str) -> bool:
    return any(each.endswith(UNVERSIONED) for each in license_ids(expression))


def _license_lacks(statements: Sequence[Statement], concluded: str | None) -> dict[str, str]:
    if not statements:
        return {}
    data = _data(statements)
    if not data:
        return {Lack.NO_LICENSE: "any statement of terms"}
    if concluded is None:
        words = ", ".join(dict.fromkeys(clean(statement.raw, 80) for statement in data[:MAX_BASES]))
        return {Lack.LICENSE_UNREAD: f"terms that can be read as SPDX, or a person's reading of them; found {words}"}
    if _is_open(concluded):
        return {Lack.LICENSE_VERSION: f"the version of the licence; found {concluded}"}
    if PUBLIC_DOMAIN_STATED in license_ids(concluded):
        return {Lack.NO_EVIDENCE: "the law that leaves it in the public domain (legal_basis public_domain_by_law, statute)"}
    return {}


def _evidence_lacks(source: Source, statements: Sequence[Statement], known: Mapping[str, str]) -> dict[str, str]:
    """Return what ``sources check`` would miss, and why the licence could not be concluded; each lack is named once."""
    lacks: dict[str, str] = {}
    is_named = bool(known.keys() & {Lack.NO_LICENSE, Lack.LICENSE_UNREAD, Lack.NO_EVIDENCE}) or not statements
    missing = check_evidence(source, statements)
    if missing and not is_named:
        lacks[Lack.NO_EVIDENCE] = "; ".join(missing)
    conclusion = conclude_license(source, statements)
    if conclusion.reason is Reason.LICENSE_CONFLICT:
        lacks[Reason.LICENSE_CONFLICT] = conclusion.explanation
    elif conclusion.reason is not None and not is_named and not lacks:
        lacks[conclusion.reason] = conclusion.explanation
    return lacks


def _state(reasons: Mapping[str, str]) -> ImportState:
    if Reason.LICENSE_CONFLICT in reasons:
        return ImportState.CONFLICT
    return ImportState.LACKING if reasons else ImportState.READY


def _declaration(
    record: CatalogRecord, source_id: str, pieces: Sequence[Piece], statements: Sequence[Statement], concluded: str | None, on: str
) -> dict[str, object]:
    """Return the declaration that a record proposes; what stands for a missing field is never written, for such a record is lacking."""
    name = clean(record.name, MAX_TITLE_CHARS)
    title = clean(record.title, MAX_TITLE_CHARS) or name
    origin = {"country": "ZZ", "dataset": name, "obtained_from": clean(record.locator, MAX_TITLE_CHARS)}
    url = clean(record.url or "", 2000)
    languages = dict.fromkeys(tag for word in record.languages if (tag := language_tag(word)))
    declared: dict[str, object] = {
        "source": source_id,
        "kind": SourceKind.OPEN.value,
        "title": {"en": (f"{title} ({name})" if title != name else name) or source_id},
        "publisher": {"name": clean(record.publisher or "", MAX_TITLE_CHARS) or "not stated"},
        "origin": {key: value for key, value in (origin | ({"url": url} if url else {})).items() if value},
        "obtained": {"method": "upload", "at": on},
        "languages": list(languages) or ["und"],
        "modality": record.modality,
        "license": {"declared": _in_own_words(record, statements, concluded), "concluded": concluded or NOASSERTION},
        "evidence": [
            {
                "file": piece.file,
                "kind": piece.kind.value,
                "about": About.DATA.value,
                "read_at": clean(piece.read_at, MAX_TITLE_CHARS) or piece.file,
                "retrieved_at": on,
            }
            for piece in pieces
        ],
        "delivery": {"address": "data", "files": "*.jsonl", "format": "jsonl"},
        "propose": "admit",
    }
    if concluded:
        declared["legal_basis"] = {"regime": "copyright", "basis": "license", "clause": f"the terms of {concluded}"}
    return declared


def _in_conflict(declared: Mapping[str, object]) -> dict[str, object]:
    """Return a declaration that proposes to refuse: no ground is relied on while the statements disagree."""
    kept = {key: value for key, value in declared.items() if key not in {"delivery", "legal_basis", "propose"}}
    return {**kept, "propose": "refuse", "refuse_because": Reason.LICENSE_CONFLICT.value}


def _in_own_words(record: CatalogRecord, statements: Sequence[Statement], concluded: str | None) -> str | None:
    if concluded is None:
        return clean("; ".join(record.licenses), MAX_TITLE_CHARS) or None
    raw = next(statement.raw for statement in _data(statements) if statement.expression == concluded)
    words = clean(raw, MAX_TITLE_CHARS)
    return words if normalize_expression(words) == concluded else concluded


def rendered(declared: Mapping[str, object]) -> str:
    """Return a declaration as YAML, a key a line, in the flow style that JSON shares with it."""
    lines: list[str] = []
    for key, value in declared.items():
        if key == "evidence" and isinstance(value, list):
            lines += ["evidence:", *(f"  - {_json(item)}" for item in value)]
        else:
            lines.append(f"{key}: {_json(value)}")
    return "\n".join(lines) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
