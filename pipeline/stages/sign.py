"""Sign documents: what is compared instead of the text when duplicates are sought.

A row stage. Each document gets the digest of its normalized text and the MinHash values of its shingle set (Broder 1997),
both fixed by the policy's signing fields alone; a stored signature is therefore never computed again for an unchanged
document. A text below the floor has no signature: it is compared exactly only.
"""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pyarrow as pa

from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.domain.tables import TABLE
from pipeline.errors import DataError
from pipeline.stages.shingle_kernel import KINDS, NONE, Bytes, Places, Words, fold_table, permutations, shingle_params, sign_rows

SIGNATURES = TABLE["signatures"].schema.remove(TABLE["signatures"].schema.get_field_index("run_id"))
"""Columns of ``signatures`` as a stage makes them; the flow adds the run."""


def sign(documents: pa.RecordBatch, policy: DuplicatePolicy, *, threads: int = 1) -> pa.RecordBatch:
    """Return one signature row for every row of (document_id, source_id, text), in the same order, using at most ``threads`` threads."""
    data, offsets = text_buffers(documents.column("text"))
    cuts = _cut_by_bytes(offsets, max(1, threads))
    parts = [offsets[start : stop + 1] for start, stop in cuts]
    if len(parts) == 1:
        signed = [_sign_part(data, parts[0], policy)]
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            signed = list(pool.map(lambda part: _sign_part(data, part, policy), parts))
    kinds = np.concatenate([part[0] for part in signed])
    values = signed[0][2] if len(signed) == 1 else np.concatenate([part[2] for part in signed])
    values = values if kinds.all() else values[kinds != NONE]
    rows = documents.num_rows
    return pa.RecordBatch.from_arrays(
        [
            documents.column("document_id").cast(pa.string()),
            documents.column("source_id").cast(pa.string()),
            pa.repeat(policy.params_sha256, rows),
            pa.array([digest for part in signed for digest in part[3]], pa.string()),
            pa.array(KINDS, pa.string()).take(pa.array(kinds)),
            pa.array(np.concatenate([part[1] for part in signed])),
            _signature_column(values, kinds, policy.permutations),
        ],
        schema=SIGNATURES,
    )


def text_buffers(texts: pa.Array) -> tuple[Bytes, Places]:
    """Return the UTF-8 bytes of a text column and the 64-bit offsets of its rows, without copying the bytes."""
    if texts.null_count:
        raise DataError(f"expected a text in every row to compare duplicates by, found {texts.null_count} rows without; acquire them again")
    is_large = pa.types.is_large_string(texts.type)
    if not is_large and not pa.types.is_string(texts.type):
        raise DataError(f"expected text as string or large_string, found {texts.type}")
    _, places, content = texts.buffers()
    if len(texts) == 0 or places is None:
        return np.frombuffer(b"", np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(places, np.int64 if is_large else np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(content, np.uint8) if content is not None and content.size else np.zeros(0, np.uint8)
    # Some buffers may be written to and some not; the kernels are compiled for one kind only.
    data.setflags(write=False)
    return data, offsets


def _cut_by_bytes(offsets: Places, parts: int) -> list[tuple[int, int]]:
    """Return row ranges of about equal text length, at most ``parts`` of them."""
    rows = offsets.size - 1
    aims = np.linspace(offsets[0], offsets[-1], parts + 1)[1:-1]
    cuts = sorted({0, rows, *np.searchsorted(offsets, aims).tolist()})
    return list(pairwise(cuts)) or [(0, 0)]


def _sign_part(data: Bytes, offsets: Places, policy: DuplicatePolicy) -> tuple[Bytes, Places, Words, list[str]]:
    """Return kinds, numbers of shingles, MinHash values and normalized digests of a range of rows."""
    rows = offsets.size - 1
    kinds, shingles, ends = np.empty(rows, np.uint8), np.empty(rows, np.int64), np.empty(rows, np.int64)
    values = np.empty((rows, policy.permutations), np.uint32)
    # Folding at most doubles a text: two bytes become three, or one and a space.
    normalized = np.empty(2 * int(offsets[-1] - offsets[0]) + 4 * rows + 4, np.uint8)
    factors, summands = permutations(policy.permutations, policy.seed)
    table = fold_table(*policy.folds)
    sign_rows(data, offsets, table, shingle_params(policy), factors, summands, values, shingles, kinds, normalized, ends)
    view, places = normalized.data, [0, *ends.tolist()]
    digests = [sha256(view[start:stop]).hexdigest() for start, stop in pairwise(places)]
    return kinds, shingles, values, digests


def _signature_column(values: Words, kinds: Bytes, count: int) -> pa.Array:
    """Return MinHash values as one binary cell per row, empty where a row has none."""
    offsets = np.zeros(kinds.size + 1, np.int32)
    np.cumsum((kinds != NONE) * np.int32(4 * count), out=offsets[1:])
    content = np.ascontiguousarray(values, dtype="<u4")
    return pa.Array.from_buffers(pa.binary(), kinds.size, [None, pa.py_buffer(offsets), pa.py_buffer(content)])
