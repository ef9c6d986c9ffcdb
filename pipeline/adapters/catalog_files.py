"""Files and folders of catalogues, record by record: cards, Croissant, provenance records and tables, told apart by what they hold.

Every file that is named or lies in a named folder under a suffix we read gives at least one record: one that cannot be read is a
record that says why.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.adapters.croissant_read import is_json_ld, read_croissant
from pipeline.adapters.dataset_cards import read_card
from pipeline.adapters.provenance_records import NEEDED, columns_of, is_provenance_record, read_provenance_record, read_row
from pipeline.domain.imports import CatalogForm, CatalogRecord, Lack, Piece
from pipeline.domain.sources import EvidenceKind
from pipeline.errors import ConfigurationError

MAX_RECORD_BYTES = 4_000_000
MAX_FILE_BYTES = 256_000_000
_CARDS, _JSON, _LINES, _TABLES = {".md", ".markdown"}, {".json", ".jsonld"}, {".jsonl", ".ndjson"}, {".csv", ".tsv"}
SUFFIXES = frozenset(_CARDS | _JSON | _LINES | _TABLES)
_LICENSE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING", "license.txt")
_NOT_A_NUMBER = "\0not a number"
_REPEATED = "\0repeated"


def catalog_files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return each file once with the name it goes by, in order; raise ConfigurationError for what is no catalogue."""
    found: dict[Path, tuple[Path, str]] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
            listed = [(each, each.relative_to(path).as_posix()) for each in inside if not _is_license(each)]
        elif path.is_file() and path.suffix.lower() in SUFFIXES:
            listed = [(path, path.name)]
        else:
            known = ", ".join(sorted(SUFFIXES))
            raise ConfigurationError(f"{path}: expected a folder, or a file that ends with one of {known}")
        for each, name in listed:
            found.setdefault(each.resolve(), (each, name))
    return list(found.values())


def read_catalog(path: Path, name: str) -> Iterator[CatalogRecord]:
    """Yield the records of one file; one that cannot be opened, is too large or is no text gives one record that says so."""
    suffix = path.suffix.lower()
    form = CatalogForm.CARD if suffix in _CARDS else CatalogForm.TABLE if suffix in _TABLES else CatalogForm.PROVENANCE
    try:
        limit = MAX_RECORD_BYTES if suffix in _CARDS else MAX_FILE_BYTES
        size = path.stat().st_size
        if size > limit:
            yield CatalogRecord(form, name, _card_name(path, name), lacks={Lack.TOO_LARGE: f"at most {limit} bytes; found {size}"})
            return
        content = path.read_bytes()
    except OSError as error:
        yield CatalogRecord(form, name, _card_name(path, name), lacks={Lack.UNREADABLE: f"a readable file ({error.strerror})"})
        return
    if suffix in _CARDS:
        record = read_card(content, name, _card_name(path, name))
        yield replace(record, pieces=(*record.pieces, *_license_beside(path, name)))
    elif suffix in _TABLES:
        yield from _table(path, name, content)
    else:
        yield from _json_records(name, content, path.stem, has_lines=suffix in _LINES)


def _card_name(path: Path, name: str) -> str:
    """Return the repository's name: the folders above a README, else the file's stem, where ``--`` or ``__`` stands for a slash."""
    parts = name.split("/")
    above = "/".join(parts[-3:-1]) or path.resolve().parent.name
    stem = above if path.stem.casefold() == "readme" else path.stem
    for joint in ("--", "__"):
        stem = stem.removeprefix("datasets" + joint).replace(joint, "/")
    return stem


def _is_license(path: Path) -> bool:
    return path.stem.casefold() in {"license", "licence", "copying"}


def _license_beside(path: Path, name: str) -> tuple[Piece, ...]:
    """Return the licence file of the repository that a README lies in; one that is too large is left for a person."""
    if path.stem.casefold() != "readme":
        return ()
    there = {each.name for each in path.parent.iterdir()} & set(_LICENSE_FILES)
    chosen = [path.parent / each for each in _LICENSE_FILES if each in there]
    return tuple(
        Piece(f"evidence/{each.name}", EvidenceKind.LICENSE_TEXT, f"{each.name} beside {name}", each.read_bytes())
        for each in chosen[:1]
        if each.is_file() and each.stat().st_size <= MAX_RECORD_BYTES
    )


# ---- JSON --------------------------------------------------------------------------------------------------------------


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        # Both are kept: the second under the same name would silently replace the first.
        value[_REPEATED] = pairs
    return value


def _parsed(text: str) -> Any:
    """Parse JSON; NaN and keys that stand twice are marked. Raises ValueError or RecursionError."""
    return json.loads(text, parse_constant=lambda word: f"{_NOT_A_NUMBER} {word}", object_pairs_hook=_pairs)


def _json_records(name: str, content: bytes, stem: str, *, has_lines: bool) -> Iterator[CatalogRecord]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lacks: dict[str, str] = {Lack.ENCODING: f"UTF-8; found another encoding at byte {error.start}"}
        yield CatalogRecord(CatalogForm.PROVENANCE, name, stem, lacks=lacks)
        return
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()] if has_lines else [(0, text)]
    for number, line in lines:
        locator = f"{name}#{number}" if has_lines else name
        try:
            value = _parsed(line)
        except (ValueError, RecursionError) as error:
            what = f"JSON; it breaks off at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "JSON that can be read"
            yield CatalogRecord(CatalogForm.PROVENANCE, locator, stem, lacks={Lack.UNREADABLE: what})
            continue
        yield from _values(value, locator, "" if has_lines else stem, line if has_lines else text)
    if not lines:
        yield CatalogRecord(CatalogForm.PROVENANCE, name, stem, lacks={Lack.UNREADABLE: "records; found an empty file"})


def _values(value: Any, locator: str, key: str, text: str) -> Iterator[CatalogRecord]:
    """Yield the records of one JSON value: one, a list of them, or an object of them by name."""
    if is_json_ld(value):
        yield _checked(read_croissant(value, text.encode("utf-8", "replace"), locator, key), value, len(text))
    elif is_provenance_record(value):
        yield _checked(read_provenance_record(value, locator, key), value, len(text))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value, start=1):
            yield from _inner(item, f"{locator}#{number}", "")
    elif isinstance(value, dict) and columns_of(list(value)).keys() >= set(NEEDED):
        yield _checked(read_row(value, columns_of(list(value)), locator), value, len(text))
    elif isinstance(value, dict) and value and all(isinstance(item, dict) for name, item in value.items() if name != _REPEATED):
        seen: dict[str, int] = {}
        for name, item in value.get(_REPEATED, value.items()):
            seen[name] = seen.get(name, 0) + 1
            yield from _inner(item, f"{locator}#{name}" + (f" ({seen[name]})" if seen[name] > 1 else ""), name)
    else:
        yield CatalogRecord(CatalogForm.PROVENANCE, locator, key, lacks={Lack.NO_DATASET: "a record with a name and licences"})


def _inner(item: Any, locator: str, key: str) -> Iterator[CatalogRecord]:
    """Yield the one record of an item; an item that holds items is no record."""
    if is_json_ld(item) or is_provenance_record(item) or (isinstance(item, dict) and columns_of(list(item)).keys() >= set(NEEDED)):
        yield from _values(item, locator, key, json.dumps(item) if is_json_ld(item) else "")
    elif isinstance(item, dict) and "name" in columns_of(list(item)):
        yield _checked(read_row(item, columns_of(list(item)), locator), item, 0)
    else:
        yield CatalogRecord(CatalogForm.PROVENANCE, locator, key, lacks={Lack.NO_DATASET: "a record with a name and licences"})


def _checked(record: CatalogRecord, value: object, chars: int) -> CatalogRecord:
    """Add what is wrong with the JSON of a record: too long, NaN, a key that stands twice."""
    lacks = dict(record.lacks)
    if max(chars, *(len(piece.content) for piece in record.pieces), 0) > MAX_RECORD_BYTES:
        lacks[Lack.TOO_LARGE] = f"at most {MAX_RECORD_BYTES} bytes"
    fault = next(_faults(value), None)
    if fault:
        lacks[Lack.UNREADABLE] = fault
    return replace(record, lacks=lacks) if lacks else record


def _faults(value: object) -> Iterator[str]:
    match value:
        case str() if value.startswith(_NOT_A_NUMBER):
            yield "a number that JSON knows; found NaN or an infinity"
        case dict():
            if _REPEATED in value:
                yield "each key once; found one again"
            for key, item in value.items():
                if key != _REPEATED:
                    yield from _faults(item)
        case list():
            for item in value:
                yield from _faults(item)


# ---- tables ------------------------------------------------------------------------------------------------------------


def _table(path: Path, name: str, content: bytes) -> Iterator[CatalogRecord]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield _no_table(path, name, Lack.ENCODING, f"UTF-8; found another encoding at byte {error.start}")
        return
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FILE_BYTES))
    header, _, _ = text.partition("\n")
    separator = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 1
    try:
        names = next(rows, [])
        columns = columns_of(names)
        if not columns.keys() >= set(NEEDED) or len(set(names)) != len(names):
            yield _no_table(path, name, Lack.UNREADABLE, f"a header that names each column once, with {' and '.join(NEEDED)}")
            return
        for number, cells in enumerate(rows, start=2):
            if any(cell.strip() for cell in cells):
                yield _row(path, f"{name}#{number}", names, columns, cells)
    except csv.Error:
        yield _no_table(path, f"{name}#{number + 1}", Lack.UNREADABLE, "a table that can be read on from here")


def _row(path: Path, locator: str, names: Sequence[str], columns: Mapping[str, str], cells: Sequence[str]) -> CatalogRecord:
    row = dict(zip(names, cells, strict=False))
    attached, missing = _attached(path, row.get("evidence", ""))
    record = read_row(row, columns, locator, attached)
    lacks = dict(record.lacks)
    if len(cells) != len(names):
        lacks[Lack.UNREADABLE] = f"a row of {len(names)} columns; found {len(cells)}"
    if missing:
        lacks[Lack.NO_EVIDENCE] = "the file that the row names as evidence, below the table's folder"
    if sum(map(len, cells)) > MAX_RECORD_BYTES:
        lacks[Lack.TOO_LARGE] = f"at most {MAX_RECORD_BYTES} bytes"
    return replace(record, lacks=lacks)


def _attached(path: Path, named: str) -> tuple[tuple[Piece, ...], bool]:
    """Return the licence text that a row names, from below the table's folder and nowhere else; and whether one is missing."""
    if not named.strip():
        return (), False
    folder = path.resolve().parent
    try:
        file = (folder / named.strip()).resolve()
        if file.is_relative_to(folder) and file.is_file() and file.stat().st_size <= MAX_RECORD_BYTES:
            suffix = file.suffix.lower() if file.suffix.lower() in {".txt", ".md", ".html", ".json"} else ".txt"
            piece = Piece(f"evidence/LICENSE{suffix}", EvidenceKind.LICENSE_TEXT, file.relative_to(folder).as_posix(), file.read_bytes())
            return (piece,), False
    except (OSError, ValueError):
        pass
    return (), True


def _no_table(path: Path, locator: str, lack: Lack, what: str) -> CatalogRecord:
    return CatalogRecord(CatalogForm.TABLE, locator, path.stem, lacks={lack: what})
