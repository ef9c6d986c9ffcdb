"""One digest for a set of rows, whatever their order, batches or files.

A row is written as netstrings (``length:bytes``) of its columns in schema order, ``-`` for null, so that no two
rows share an encoding; the set's digest is the SHA-256 over the sorted SHA-256 of the rows. A column that another
column's digest covers (``documents.text`` by ``content_sha256``) is left out and checked against that digest instead.
"""

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.columns import Table
from pipeline.domain.digests import set_digest


def row_digests(records: pa.RecordBatch, table: Table) -> list[bytes]:
    """Return the 32-byte digest of each row, in order."""
    columns = [c for c in table.columns if c.name not in table.digest_skips]
    encoded = [_netstring(records.column(c.name)) for c in columns]
    joined = pc.binary_join_element_wise(*encoded, pa.scalar(b",", pa.binary())).cast(pa.large_binary())
    offsets = np.frombuffer(joined.buffers()[1], np.int64)[joined.offset : joined.offset + len(joined) + 1]
    content = memoryview(joined.buffers()[2] or b"")
    return [sha256(content[start:end]).digest() for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]


def rows_digest(batches: Iterable[pa.RecordBatch], table: Table) -> tuple[int, str]:
    """Return the count and the order-independent digest of all rows."""
    digests = [digest for records in batches for digest in row_digests(records, table)]
    return len(digests), set_digest(digests)


def _netstring(values: pa.Array) -> pa.Array:
    content = _bytes(values)
    length = pc.binary_length(content).cast(pa.string()).cast(pa.binary())
    whole = pc.binary_join_element_wise(length, content, pa.scalar(b":", pa.binary()))
    return pc.fill_null(whole, pa.scalar(b"-", pa.binary()))


def _bytes(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return values.cast(pa.binary())
    if pa.types.is_timestamp(kind):
        return values.cast(pa.int64()).cast(pa.string()).cast(pa.binary())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        # Lists are short and few (registers only): nest netstrings.
        nested = [None if v is None else b"".join(b"%d:%s" % (len(e.encode()), e.encode()) for e in v) for v in values.to_pylist()]
        return pa.array(nested, pa.binary())
    return values.cast(pa.string()).cast(pa.binary())
