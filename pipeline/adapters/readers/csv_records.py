"""CSV records as RFC 4180 writes them: a header row, quoted line ends, doubled quotation marks.

A row that breaks the rules, or has another number of fields than the header, is rejected with the bytes it spans, and
reading goes on at the next line. The separator is ``delivery.separator`` where declared, else a comma.
"""

import csv
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from pipeline.adapters.readers.cuts import QUOTE, Cut, Skipped, over_long, separated
from pipeline.adapters.readers.encodings import Encoding, TextStream
from pipeline.adapters.readers.rows import Mapper, Rows
from pipeline.adapters.readers.streams import Unpacked
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.sources import Delivery
from pipeline.errors import ConfigurationError

LINE_FEED = b"\n"


class _Row(NamedTuple):
    """One row: its fields, or why it has none; ``raw`` is None where its bytes were not held."""

    fields: list[str]
    raw: bytes | None
    start: int
    byte_count: int
    sha256: str | None = None
    fault: RejectReason | None = None
    detail: str | None = None


class _CannotHoldError(Exception):
    """Leaves the csv module in the middle of a row that is too long, or that damage cut off."""


class _Lines:
    """Feeds lines to the csv module and remembers the bytes of the row that it is reading."""

    def __init__(self, cuts: Iterator[Cut], source: TextStream, max_bytes: int) -> None:
        self._cuts = cuts
        self._source = source
        self._max_bytes = max_bytes
        self.begin()

    def begin(self) -> None:
        """Forget the last row."""
        self._held: list[Cut] = []
        self._bytes = -1
        self._fault: RejectReason | None = None
        self._detail: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line as text; raise _CannotHoldError when there is none that could be held."""
        cut = next(self._cuts)
        self._held.append(cut)
        self._bytes += cut.byte_count + 1
        if cut.raw is None:
            self._fault, self._detail = cut.fault, cut.detail
            raise _CannotHoldError
        if self._bytes > self._max_bytes:
            self._fault, self._detail = RejectReason.OVER_LONG, over_long(self._max_bytes)
            raise _CannotHoldError
        text = self._source.text(cut.raw)
        if text is None:
            # Latin-1 decodes anything and keeps commas and quotation marks, so the end of the row is still found.
            self._fault, self._detail = RejectReason.INVALID_BYTES, f"not {self._source.encoding.name}"
            text = cut.raw.decode("latin-1")
        return text + "\n"

    def row(self, fields: list[str]) -> _Row:
        """Return the row just read."""
        raw = LINE_FEED.join([cut.raw or b"" for cut in self._held]) if len(self._held) > 1 else self._held[0].raw or b""
        if raw.endswith(b"\r"):
            raw = raw[:-1]
        return _Row(fields, raw, self._held[0].start, len(raw), None, self._fault, self._detail)

    def broken_row(self, detail: str) -> _Row:
        """Return the row just read as one that breaks RFC 4180."""
        row = self.row([])
        return row if row.fault else row._replace(fault=RejectReason.BROKEN_ROW, detail=detail)

    def skipped_row(self) -> _Row:
        """Return the row that could not be held, having skipped what is left of it."""
        cuts, skipped, is_known = 0, Skipped(self._held[0].start), True
        count, only = -1, self._held[0]
        for cut in chain(self._held, self._until_quotes_close()):
            skipped.add((LINE_FEED if cuts else b"") + (cut.raw or b""))
            cuts, count, is_known = cuts + 1, count + cut.byte_count + 1, is_known and cut.raw is not None
            if cut.fault not in (None, RejectReason.OVER_LONG):
                self._fault, self._detail = cut.fault, cut.detail
        sha256 = skipped.cut(RejectReason.OVER_LONG).sha256 if is_known else only.sha256 if cuts == 1 else None
        return _Row([], None, skipped.start, count, sha256, self._fault, self._detail)

    def _until_quotes_close(self) -> Iterator[Cut]:
        """Yield the lines that belong to a row whose quotation marks are still open."""
        quotes = sum(_quotes(cut) for cut in self._held)
        while quotes % 2 and (cut := next(self._cuts, None)) is not None:
            quotes += _quotes(cut)
            yield cut


def _quotes(cut: Cut) -> int:
    return cut.quotes if cut.raw is None else cut.raw.count(QUOTE)


def read_rows(stream: Unpacked, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the records of a CSV file; a file whose header cannot be read is one reject."""
    source = TextStream(stream, declared)
    lines = _Lines(separated(source, LINE_FEED, limits.max_record_bytes, source.start), source, limits.max_record_bytes)
    mapper = Mapper(delivery.fields, delivery.metadata)
    rows = Rows(mapper.absent)
    header: list[str] | None = None
    for row in _rows(lines, _delimiter(delivery), limits.max_record_bytes):
        place = (row.start, row.byte_count) if source.is_exact else (None, None)
        if header is None:
            if row.fault is not None:
                fault = RejectReason.UNREADABLE_FILE if row.fault in ROW_FAULTS else row.fault
                rows.reject(fault, f"the header row: {row.detail}", place, row.sha256)
                break
            header = row.fields
        elif row.raw is None:
            rows.reject(row.fault or RejectReason.BROKEN_ROW, row.detail, place, row.sha256 if source.is_exact else None)
        else:
            _take(row, row.raw, header, place, (source, mapper, rows))
        yield from rows.full()
    yield from rows.rest()


ROW_FAULTS = frozenset({RejectReason.BROKEN_ROW, RejectReason.INVALID_BYTES, RejectReason.OVER_LONG})


def _take(row: _Row, cut: bytes, header: list[str], place: tuple[int | None, int | None], into: tuple[TextStream, Mapper, Rows]) -> None:
    """Turn one row of the file into one of ours."""
    source, mapper, rows = into
    raw = source.original(cut)
    if row.fault is not None:
        rows.refuse(row.fault, row.detail, raw, place)
    elif len(row.fields) != len(header):
        rows.refuse(RejectReason.BROKEN_ROW, f"expected {len(header)} fields, found {len(row.fields)}", raw, place)
    else:
        # Backwards, so that of two columns with one name the first counts.
        record = dict(zip(reversed(header), reversed(row.fields), strict=True))
        rows.add(mapper.text(record), mapper.stated(record), raw, source.encoding.name, place)


def _rows(lines: _Lines, delimiter: str, max_bytes: int) -> Iterator[_Row]:
    """Yield every row that is not blank."""
    # The limit is the module's, for the whole process: it is only ever raised, and _Lines holds the real one.
    csv.field_size_limit(max(csv.field_size_limit(), max_bytes + 1))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except _CannotHoldError:
            yield lines.skipped_row()
        except csv.Error as error:
            yield lines.broken_row(str(error))
        else:
            if fields:
                yield lines.row(fields)


def _delimiter(delivery: Delivery) -> str:
    delimiter = delivery.separator or ","
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ConfigurationError(f"expected one character between CSV fields, found {delimiter!r}; correct `separator` in the delivery")
    return delimiter
