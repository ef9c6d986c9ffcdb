"""From a record's fields to a row: what every format shares, and the cutting of rows into parts.

A row is judged here once: missing, not text, empty, or holding lone surrogates, which no encoding can write. Parts are
cut by counts of rows and bytes alone, so that reading a file again gives the same parts.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

import pyarrow as pa

from pipeline.adapters.readers.cuts import Cut
from pipeline.adapters.readers.signals import LABEL, front_matter, generated_json, label_of_record, reservations_json
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.records import RECORDS, REJECTED, Part
from pipeline.domain.rights import GeneratedLabel, Reservation, SiteFile, SiteFileKind
from pipeline.domain.sources import Fields

PART_ROWS = 20_000
PART_BYTES = 32 << 20
NO_METADATA = "{}"


def plain(value: object) -> str:
    """Return the text of a value that JSON has no type for: ISO 8601 for moments, digits for decimals, hexadecimal for bytes."""
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


# The same text as domain.digests.canonical_json, which builds a new encoder for every call.
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=plain)

JSON_TYPES = {dict: "an object", list: "a list", bool: "a truth value", int: "a number", float: "a number"}


class Absent:
    """The value of a field that a record does not have, as against one that it has as null."""


ABSENT = Absent()


def canonical(value: object) -> str:
    """Return the canonical JSON of a value; raise ValueError for numbers that JSON cannot write."""
    return _encoder.encode(value)


def getter(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return how to read a declared field: by its very name, else by its dots as a path into nested objects."""
    if "." not in name:
        return lambda record: record.get(name, ABSENT)
    steps = name.split(".")

    def nested(record: Mapping[str, Any]) -> Any:
        if name in record:
            return record[name]
        value: Any = record
        for step in steps:
            if not isinstance(value, Mapping) or step not in value:
                return ABSENT
            value = value[step]
        return value

    return nested


def as_text(value: object) -> str | None:
    """Return a field as text: JSON's own text for what is no string, None for what is missing, null or empty."""
    if value is None or value is ABSENT or value == "":
        return None
    if isinstance(value, str):
        return value
    return canonical(value) if isinstance(value, bool | int | float | list | dict) else plain(value)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a record states beside its text."""

    key: str | None = None
    title: str | None = None
    license: str | None = None
    language: str | None = None
    captured_at: str | None = None
    published_at: str | None = None
    metadata: str = NO_METADATA
    reservations: tuple[Reservation, ...] = ()
    generated: GeneratedLabel | None = None


class Mapper:
    """Reads the declared fields of a record."""

    def __init__(self, fields: Fields, metadata: Sequence[str]) -> None:
        self._text = getter(fields.text)
        stated = (fields.id, fields.title, fields.license, fields.language, fields.captured_at, fields.published_at)
        self._stated = [(name, getter(name)) if name else None for name in stated]
        self._has_stated = any(stated)
        self._metadata = [(name, getter(name)) for name in metadata]
        self._text_name = fields.text
        self.absent: Counter[str] = Counter()

    def text(self, record: Mapping[str, Any]) -> Any:
        """Return the value of the text field."""
        value = self._text(record)
        if value is ABSENT:
            self.absent[self._text_name] += 1
        return value

    def stated(self, record: Mapping[str, Any]) -> Stated:
        """Return everything else that is declared; raise ValueError for numbers that JSON cannot write."""
        generated = label_of_record(record) if LABEL in record else None
        if not self._has_stated:
            is_silent = generated is None and not self._metadata
            return NOTHING_STATED if is_silent else Stated(metadata=self._columns(record), generated=generated)
        values = [None if field is None else as_text(self._counted(record, *field)) for field in self._stated]
        key, title, terms, language, captured_at, published_at = values
        return Stated(key, title, terms, language, captured_at, published_at, self._columns(record), generated=generated)

    def _counted(self, record: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], Any]) -> Any:
        value = read(record)
        if value is ABSENT:
            self.absent[name] += 1
        return value

    def _columns(self, record: Mapping[str, Any]) -> str:
        """Return the declared metadata columns as a canonical JSON object, null for a missing one."""
        if not self._metadata:
            return NO_METADATA
        values = {name: self._counted(record, name, read) for name, read in self._metadata}
        return canonical({name: None if value is ABSENT else value for name, value in values.items()})


NOTHING_STATED = Stated()


class Rows:
    """Collects rows in file order and gives them out in parts."""

    def __init__(self, absent: Counter[str] | None = None) -> None:
        self._absent = Counter[str]() if absent is None else absent
        self._ordinal = 0
        self._begin()

    def _begin(self) -> None:
        self._records: list[tuple[Any, ...]] = []
        self._texts: list[bytes] = []
        self._rejected: list[tuple[Any, ...]] = []
        self._site_files: list[SiteFile] = []
        self._held = 0

    def add(self, text: Any, stated: Stated, raw: bytes, encoding: str, place: tuple[int | None, int | None]) -> None:
        """Take one record, or reject it for what its text is; ``place`` is its offset and length in the unpacked file."""
        fault, detail = text_fault(text)
        if fault is None:
            try:
                stated = with_front_matter(text, stated)
                encoded, row = text.encode(), self._row(stated, raw, encoding, place)
            except UnicodeEncodeError:
                fault, detail = RejectReason.INVALID_BYTES, "a lone surrogate"
            else:
                self._ordinal += 1
                self._texts.append(encoded)
                self._records.append(row)
                self._held += len(encoded) + len(stated.metadata)
                return
        self.refuse(fault, detail, raw, place)

    def _row(self, stated: Stated, raw: bytes, encoding: str, place: tuple[int | None, int | None]) -> tuple[Any, ...]:
        """Return all columns but the text, as UTF-8 where they are texts; raise UnicodeEncodeError for lone surrogates."""
        digest = hashlib.sha256(raw).hexdigest()
        return (
            self._ordinal,
            stated.key and stated.key.encode(),
            digest,
            encoding,
            stated.title and stated.title.encode(),
            stated.metadata.encode(),
            stated.license and stated.license.encode(),
            stated.language and stated.language.encode(),
            stated.captured_at and stated.captured_at.encode(),
            stated.published_at and stated.published_at.encode(),
            reservations_json(stated.reservations, digest) if stated.reservations else None,
            generated_json(stated.generated) if stated.generated else None,
            *place,
        )

    def reject(
        self, reason: RejectReason, detail: str | None, place: tuple[int | None, int | None] = (None, None), sha256: str | None = None
    ) -> None:
        """Take one record that is no document."""
        self._rejected.append((self._ordinal, reason.value, detail, *place, sha256))
        self._ordinal += 1

    def refuse(self, reason: RejectReason, detail: str | None, raw: bytes, place: tuple[int | None, int | None]) -> None:
        """Take one record whose bytes were read but are no document."""
        self.reject(reason, detail, place, hashlib.sha256(raw).hexdigest())

    def reject_cut(self, cut: Cut, *, is_exact: bool = True) -> None:
        """Take one cut whose bytes could not be read; what was counted in other bytes than the file's is left out."""
        place = (cut.start, cut.byte_count) if is_exact else (None, None)
        self.reject(cut.fault or RejectReason.UNREADABLE_FILE, cut.detail, place, cut.sha256 if is_exact else None)

    def set_aside(self, kind: SiteFileKind, origin: str, status: int, body: bytes, captured_at: str | None) -> None:
        """Keep a file that speaks for a site's pages beside the record that is about to be refused as no content."""
        self._site_files.append(SiteFile(kind, origin, status, body, self._ordinal, captured_at))
        self._held += len(body)

    def full(self) -> Iterator[Part]:
        """Yield a part when enough has come together."""
        if self._held >= PART_BYTES or len(self._records) + len(self._rejected) >= PART_ROWS:
            yield self._part()

    def rest(self) -> Iterator[Part]:
        """Yield what is left at the end of a file."""
        if self._records or self._rejected:
            yield self._part()

    def _part(self) -> Part:
        part = Part(_records(self._records, self._texts), _rejected(self._rejected), dict(self._absent), tuple(self._site_files))
        self._absent.clear()
        self._begin()
        return part


def with_front_matter(text: str, stated: Stated) -> Stated:
    """Return what is stated with what the text's own front matter adds; terms that differ are both kept."""
    if not text.startswith(("---", "\ufeff---")):
        return stated
    found = front_matter(text)
    if found is None:
        return stated
    terms = " ; ".join(dict.fromkeys(each for each in (stated.license, found.license) if each)) or None
    return replace(stated, license=terms, generated=stated.generated or found.generated)


def text_fault(text: Any) -> tuple[RejectReason | None, str | None]:
    """Return why a value cannot be a document's text, and what it is instead."""
    if isinstance(text, str):
        return (None, None) if text and not text.isspace() else (RejectReason.EMPTY_TEXT, None)
    if text is None:
        return RejectReason.MISSING_FIELD, "the text field is null"
    if text is ABSENT:
        return RejectReason.MISSING_FIELD, "no text field"
    return RejectReason.NOT_TEXT, f"the text field is {JSON_TYPES.get(type(text), 'no text')}"


def _records(rows: list[tuple[Any, ...]], texts: list[bytes]) -> pa.RecordBatch:
    names = [name for name in RECORDS.names if name != "text"]
    columns = dict(zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True)) | {"text": texts}
    return pa.RecordBatch.from_arrays([_array(columns[field.name], field.type) for field in RECORDS], schema=RECORDS)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return an array; UTF-8 bytes become strings without being decoded and encoded again."""
    if kind != pa.string():
        return pa.array(values, kind)
    encoded = pa.array(values, pa.binary())
    return pa.Array.from_buffers(kind, len(encoded), encoded.buffers(), encoded.null_count)


def _rejected(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else ((),) * len(REJECTED)
    return pa.RecordBatch.from_arrays(
        [pa.array(values, field.type) for values, field in zip(columns, REJECTED, strict=True)], schema=REJECTED
    )
