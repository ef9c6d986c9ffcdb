"""Parquet records: declared columns only, a few MiB of rows at a time.

Values have no place in a byte stream, so offsets are not known and ``raw_sha256`` is over the value of the text column.
A damaged file keeps the rows before the damage; what comes after is one reject.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.adapters.readers.cuts import over_long
from pipeline.adapters.readers.encodings import Encoding, decode_whole
from pipeline.adapters.readers.rows import Mapper, Rows
from pipeline.adapters.readers.signals import LABEL
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.sources import Delivery

BATCH_BYTES = 16 << 20
MAX_BATCH_ROWS = 4096
PAGE_BUFFER_BYTES = 1 << 20
NOWHERE = (None, None)


class _Unreadable:
    """A value that Python cannot hold: text that is not UTF-8, a moment outside the calendar."""


UNREADABLE = _Unreadable()


def read_table(opened: BinaryIO, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the records of a Parquet file, row group by row group."""
    mapper = Mapper(delivery.fields, delivery.metadata)
    rows = Rows(mapper.absent)
    taken, promised = 0, "an unknown number of"
    try:
        file = pq.ParquetFile(opened, buffer_size=PAGE_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True)
        promised = str(file.metadata.num_rows)
        for record in _records(file, _columns(file.schema_arrow, delivery)):
            _take(record, mapper, rows, declared, limits)
            taken += 1
            yield from rows.full()
    except (pa.ArrowException, OSError) as error:
        rows.reject(RejectReason.UNREADABLE_FILE, f"Parquet: {type(error).__name__} after {taken} of {promised} rows")
    yield from rows.rest()


def _columns(schema: pa.Schema, delivery: Delivery) -> list[str]:
    """Return the declared columns that the file has, and its label of generated content.

    A dotted name is a column of that name, else a path into one.
    """
    fields = delivery.fields
    declared = (fields.text, fields.id, fields.title, fields.license, fields.language, fields.captured_at, fields.published_at)
    names = [name for name in (*declared, *delivery.metadata, LABEL) if name is not None]
    return [name for name in dict.fromkeys(names) if name in schema.names or name.partition(".")[0] in schema.names]


def _records(file: pq.ParquetFile, columns: list[str]) -> Iterator[dict[str, Any]]:
    """Yield rows as Python values, in batches that hold about 16 MiB whatever the size of a row."""
    for group in range(file.num_row_groups):
        metadata = file.metadata.row_group(group)
        row_bytes = metadata.total_byte_size // max(1, metadata.num_rows) + 1
        size = max(1, min(MAX_BATCH_ROWS, BATCH_BYTES // row_bytes))
        for batch in file.iter_batches(size, row_groups=[group], columns=columns, use_threads=False):
            names = batch.schema.names
            values = [_values(column) for column in batch.columns]
            if not names:
                yield from ({} for _ in range(batch.num_rows))
            # Backwards, so that of two columns with one name the first counts.
            for row in zip(*reversed(values), strict=True):
                yield dict(zip(reversed(names), row, strict=True))


def _values(column: pa.Array) -> Sequence[Any]:
    """Return a column's values, with a mark in place of each that Python cannot hold."""
    try:
        return cast("list[Any]", column.to_pylist())
    except (ValueError, OverflowError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        return UNREADABLE


def _take(record: dict[str, Any], mapper: Mapper, rows: Rows, declared: Encoding | None, limits: AcquirePolicy) -> None:
    """Turn one row of the file into one of ours."""
    text, encoding = mapper.text(record), "utf-8"
    raw = text if isinstance(text, bytes) else text.encode() if isinstance(text, str) else b""
    if any(value is UNREADABLE for value in record.values()):
        return rows.reject(RejectReason.INVALID_BYTES, "a value that cannot be decoded")
    if len(raw) > limits.max_record_bytes:
        return rows.refuse(RejectReason.OVER_LONG, over_long(limits.max_record_bytes), raw, NOWHERE)
    if isinstance(text, bytes):
        decoded = decode_whole(text, [declared])
        if decoded is None:
            return rows.refuse(RejectReason.INVALID_BYTES, "no encoding fits", raw, NOWHERE)
        text, encoding = decoded
    try:
        stated = mapper.stated({name: _without_nan(value) for name, value in record.items()})
    except (ValueError, TypeError):
        return rows.refuse(RejectReason.BROKEN_ROW, "a value that JSON cannot write", raw, NOWHERE)
    return rows.add(text, stated, raw, encoding, NOWHERE)


def _without_nan(value: Any) -> Any:
    """Return a value with the NaN by which data frames mark a missing number as null."""
    return None if isinstance(value, float) and math.isnan(value) else value
