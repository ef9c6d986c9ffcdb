"""Normalize text: one document for every record, its text in Unicode NFC and otherwise as it was read.

Line ends, white space and control characters stay: they are the quality gate's to judge. ``content_sha256`` is over the
NFC text, so that copies in different encodings or normal forms join.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.tables import TABLE

GIVEN_LATER = ("file_id", "supersedes", "run_id")
DOCUMENTS = pa.schema([field for field in TABLE["documents"].schema if field.name not in GIVEN_LATER])
"""The documents table without what only the flow knows: which file and run, and which document this one replaces."""


def normalize_text(records: pa.RecordBatch, *, source_id: str, file_path: str) -> pa.RecordBatch:
    """Return one document row (``DOCUMENTS``) for every record row (``RECORDS``), in the same order.

    A record without a key is located by ``<file_path>#<ordinal>``. Keys stay as they are: they name the record.
    """
    texts = _nfc(records["text"])
    locators = pa.array(
        [
            f"{file_path}#{ordinal}" if key is None else key
            for key, ordinal in zip(records["key"].to_pylist(), records["ordinal"].to_pylist(), strict=True)
        ],
        pa.string(),
    )
    digests = _content_digests(texts)
    computed = {
        "document_id": _document_ids(source_id, locators, digests),
        "source_id": pa.repeat(pa.scalar(source_id), records.num_rows),
        "locator": locators,
        "content_sha256": digests,
        "text": texts,
        "chars": pc.utf8_length(texts).cast(pa.int64()),
        "bytes": pc.binary_length(texts).cast(pa.int64()),
        "title": _nfc(records["title"]),
        # Canonical JSON stays canonical: none of its marks composes with what may follow it.
        "metadata": _nfc(records["metadata"]),
    }
    columns = [computed[name] if name in computed else records[name] for name in DOCUMENTS.names]
    return pa.RecordBatch.from_arrays(columns, schema=DOCUMENTS)


def _nfc(column: pa.Array) -> pa.Array:
    """Return a column of strings in NFC; the very same array where all are already (ASCII always is)."""
    if _is_ascii(column):
        return column
    values = column.to_pylist()
    if all(value is None or unicodedata.is_normalized("NFC", value) for value in values):
        return column
    return pa.array([value and unicodedata.normalize("NFC", value) for value in values], pa.string())


def _value_bytes(column: pa.Array) -> tuple[memoryview, list[int]]:
    """Return the bytes of a column's strings and the offsets between which each one stands."""
    _, offset_buffer, value_buffer = column.buffers()
    if offset_buffer is None or value_buffer is None:
        return memoryview(b""), [0] * (len(column) + 1)
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + len(column) + 1]
    return memoryview(value_buffer), offsets.tolist()


def _is_ascii(column: pa.Array) -> bool:
    values, offsets = _value_bytes(column)
    held = np.frombuffer(values, np.uint8)[offsets[0] : offsets[-1]]
    return held.size == 0 or int(held.max()) < 0x80


def _content_digests(texts: pa.Array) -> pa.Array:
    """Return the SHA-256 of each text's UTF-8 bytes, read from Arrow's buffer."""
    values, offsets = _value_bytes(texts)
    return pa.array([hashlib.sha256(values[begin:end]).hexdigest() for begin, end in pairwise(offsets)], pa.string())


def _document_ids(source_id: str, locators: pa.Array, digests: pa.Array) -> pa.Array:
    """Return what domain.digests.document_id returns, hashing the source once for all rows."""
    of_source = hashlib.sha256()
    _add(of_source.update, source_id.encode())
    ids = []
    for locator, digest in zip(locators.to_pylist(), digests.to_pylist(), strict=True):
        hasher = of_source.copy()
        _add(hasher.update, locator.encode())
        _add(hasher.update, digest.encode())
        ids.append(hasher.hexdigest())
    return pa.array(ids, pa.string())


def _add(update: Callable[[bytes], None], field: bytes) -> None:
    update(len(field).to_bytes(8, "big") + field)
