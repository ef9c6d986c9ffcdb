"""Readers: the bytes of a delivered file in, records and rejects out, one row for every record met.

One module per family of formats; ``read_records`` chooses by the declaration, never by what the bytes look like. A fault
of the file is a row, so that reading never stops a run; only another system's failure (``ServiceError``) does.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from pipeline.adapters.readers.csv_records import read_rows
from pipeline.adapters.readers.encodings import Encoding, declared_encoding
from pipeline.adapters.readers.html_pages import read_page
from pipeline.adapters.readers.json_records import read_document, read_lines
from pipeline.adapters.readers.parquet_records import read_table
from pipeline.adapters.readers.plain_text import read_text
from pipeline.adapters.readers.rows import Rows
from pipeline.adapters.readers.streams import Unpacked
from pipeline.adapters.readers.warc_records import read_archive
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.sources import Delivery, Format

Reader = Callable[[Unpacked, Delivery, Encoding | None, AcquirePolicy], Iterator[Part]]

READERS: dict[Format, Reader] = {
    Format.JSONL: read_lines,
    Format.JSON: read_document,
    Format.CSV: read_rows,
    Format.TEXT: read_text,
    Format.HTML: read_page,
    Format.WARC: read_archive,
}


def read_records(opened: BinaryIO, path: str, delivery: Delivery, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the records and rejects of one file in parts that are the same each time it is read.

    ``path`` tells by its suffix whether the bytes are packed (``.gz``, ``.zst``). Parts hold at most 20,000 rows and little
    more than 32 MiB of text. Raise ConfigurationError for a declaration that cannot be meant, ServiceError from ``opened``.
    """
    declared = declared_encoding(delivery.encoding) if delivery.encoding else None
    if delivery.format is Format.PARQUET:
        # Parquet packs its own pages and is read from its end.
        return read_table(opened, delivery, declared, limits)
    return READERS[delivery.format](Unpacked(opened, path), delivery, declared, limits)


def unreadable_file(detail: str) -> Part:
    """Return the one reject row of a file that could not be opened; ``detail`` says why, without a path."""
    rows = Rows()
    rows.reject(RejectReason.UNREADABLE_FILE, detail)
    return next(rows.rest())
