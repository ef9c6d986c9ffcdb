"""The index of bands: what a new delivery meets instead of every old signature.

A segment holds the texts of some documents and, band by band, their keys in ascending order. Texts that share a key of a
band with a new one are found by binary search, so that an addition costs what is new and not what is there. The
segments of an index hold the documents of the last run and no others: a text withdrawn since would lend its verdicts
to a copy that comes back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.duplicates import DuplicatePolicy, Verify
from pipeline.stages.nodes import TEXT_COLUMNS, Nodes, group
from pipeline.stages.shingle_kernel import Hashes, Places, band_keys

INDEXED_DOCUMENTS = pa.schema([pa.field("document_id", pa.string(), nullable=False), pa.field("text", pa.int32(), nullable=False)])
INDEXED_TEXTS = pa.schema(
    [
        pa.field("normalized_sha256", pa.string(), nullable=False),
        pa.field("shingles", pa.int64(), nullable=False),
        pa.field("document_id", pa.string(), nullable=False),  # the smallest of the segment that has this text
    ]
)
INDEXED_KEYS = pa.schema([pa.field("key", pa.uint64(), nullable=False), pa.field("text", pa.int32(), nullable=False)])


Span = tuple[Places, Places, Places]
"""The texts of one band in the order of their keys; for each key asked for, where it begins and where it ends there."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Documents sorted by id, their distinct texts, and the texts' keys: all of the first band, then all of the second, each sorted."""

    documents: pa.Table
    texts: pa.Table
    keys: pa.Table


@dataclass(frozen=True, slots=True)
class Met:
    """Indexed texts that share a band with new ones; texts of all segments are numbered one after the other."""

    pairs: Places
    """(row of the new text, number of the indexed text), each once, of buckets that are compared whole."""
    within: Places
    """Pairs of rows of new texts that share such a bucket; each both ways, and each with itself."""
    full: tuple[tuple[Places, Places], ...]
    """Over-full buckets: rows of the new texts, and numbers of the indexed ones."""


def index_segment(signatures: pa.Table, policy: DuplicatePolicy) -> Segment:
    """Return the index of these documents' signatures."""
    nodes = group(signatures, policy)
    bands, rows = policy.bands
    keys, texts = np.empty((bands, len(nodes.signed)), np.uint64), np.empty((bands, len(nodes.signed)), np.int32)
    for band in range(bands):
        band_keys(nodes.signatures, band * rows, rows, keys[band])
        order = np.argsort(keys[band], kind="stable")
        keys[band], texts[band] = keys[band][order], nodes.signed[order]
    return Segment(
        pa.table([nodes.document_ids, pa.array(nodes.node_of.astype(np.int32))], schema=INDEXED_DOCUMENTS),
        pa.table([nodes.digests, pa.array(nodes.shingles), nodes.document_ids.take(pa.array(nodes.first))], schema=INDEXED_TEXTS),
        pa.table([pa.array(keys.ravel()), pa.array(texts.ravel())], schema=INDEXED_KEYS),
    )


def meet(nodes: Nodes, index: Sequence[Segment], policy: DuplicatePolicy) -> Met:
    """Return the indexed texts that share a band with each signed text of ``nodes``, none of which is in the index itself."""
    bands, rows = policy.bands
    starts = text_starts(index)
    keys = np.empty(len(nodes.signed), np.uint64)
    found = within = np.zeros(0, np.int64)
    full: list[tuple[Places, Places]] = []
    for band in range(bands):
        band_keys(nodes.signatures, band * rows, rows, keys)
        order = np.argsort(keys, kind="stable")
        asked, first, sizes = np.unique(keys[order], return_index=True, return_counts=True)
        spans = [_spans(segment, band, bands, asked) for segment in index]
        total = sizes + sum((stop - start for _, start, stop in spans), np.zeros(len(asked), np.int64))
        is_full = np.zeros(len(asked), bool)
        if policy.verify == Verify.BOUNDED:
            for place in np.flatnonzero(total > policy.max_bucket).tolist():
                old = _texts_of(index, spans, starts, place)
                is_full[place] = sizes[place] + len(old) > policy.max_bucket
                if is_full[place]:
                    full.append((order[first[place] : first[place] + sizes[place]], old))
        buckets = order, first, sizes
        listed = [
            _pairs(buckets, texts + base, start, np.where(is_full, 0, stop - start))
            for (texts, start, stop), base in zip(spans, starts, strict=False)
        ]
        found = np.unique(np.concatenate([found, *listed]))
        within = np.unique(np.concatenate([within, _pairs(buckets, order, first, np.where(is_full | (sizes < 2), 0, sizes))]))
    return Met(_unpacked(found), _unpacked(within), tuple(full))


def nearest(nodes: Nodes, index: Sequence[Segment], policy: DuplicatePolicy, most: int) -> Places:
    """Return the numbers of the ``most`` indexed texts that share the most bands with the texts of ``nodes``, the nearest first."""
    bands, rows = policy.bands
    keys, starts = np.empty(len(nodes.signed), np.uint64), text_starts(index)
    met: list[Places] = [np.zeros(0, np.int64)]
    for band in range(bands):
        band_keys(nodes.signatures, band * rows, rows, keys)
        for segment, base in zip(index, starts, strict=False):
            texts, first, last = _spans(segment, band, bands, keys)
            met.append(texts[_ranges(first, last - first)] + base)
    numbers, counts = np.unique(np.concatenate(met), return_counts=True)
    return numbers[np.argsort(-counts, kind="stable")[:most]].astype(np.int64)


def text_starts(index: Sequence[Segment]) -> list[int]:
    """Return the number of each segment's first text, and of all texts at the end."""
    return list(accumulate((segment.texts.num_rows for segment in index), initial=0))


def _spans(segment: Segment, band: int, bands: int, asked: Hashes) -> Span:
    """Return the texts of one band in the order of their keys, and for each key asked for where it begins and ends there."""
    count = segment.keys.num_rows // bands
    part = segment.keys.slice(band * count, count)
    keys, texts = (part.column(name).combine_chunks().to_numpy() for name in ("key", "text"))
    return texts, np.searchsorted(keys, asked, "left"), np.searchsorted(keys, asked, "right")


def _texts_of(index: Sequence[Segment], spans: Sequence[Span], starts: Sequence[int], place: int) -> Places:
    """Return the numbers of one bucket's distinct texts; a text that several segments hold stands under one of them."""
    parts = [texts[start[place] : stop[place]] + base for (texts, start, stop), base in zip(spans, starts, strict=False)]
    numbers = np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)
    digests = taken(index, "normalized_sha256", numbers).dictionary_encode().indices.to_numpy()
    return numbers[np.unique(digests, return_index=True)[1]]


def taken(index: Sequence[Segment], name: str, numbers: Places) -> pa.Array:
    """Return one column of some indexed texts, in the order asked for."""
    column = pa.chunked_array([chunk for segment in index for chunk in segment.texts.column(name).chunks], INDEXED_TEXTS.field(name).type)
    found = column.take(pa.array(numbers))
    return found.combine_chunks() if found.num_chunks else pa.array([], column.type)


def known_rows(index: Sequence[Segment], wanted: pa.Array) -> Iterator[pa.Table]:
    """Yield (document_id, normalized_sha256, shingles) of the indexed documents among those wanted."""
    for segment in index:
        mine = segment.documents.filter(pc.is_in(segment.documents.column("document_id"), value_set=wanted))
        texts = segment.texts.take(mine.column("text"))
        yield pa.table([mine.column("document_id"), texts.column("normalized_sha256"), texts.column("shingles")], schema=TEXT_COLUMNS)


def _pairs(buckets: tuple[Places, Places, Places], others: Places, start: Places, count: Places) -> Places:
    """Return each new text with each of the ``count`` others of its bucket from ``start`` on, packed into one number.

    ``buckets`` are the new rows in the order of their keys, and each bucket's first place and size among them.
    """
    order, first, sizes = buckets
    held = np.flatnonzero(count)
    # One line per bucket and new text, then one per other text of that bucket.
    rows = order[_ranges(first[held], sizes[held])]
    bucket = np.repeat(held, sizes[held])
    packed: Places = np.unique((np.repeat(rows, count[bucket]) << 32) | others[_ranges(start[bucket], count[bucket])])
    return packed


def _unpacked(packed: Places) -> Places:
    return np.column_stack([packed >> 32, packed & 0xFFFFFFFF])


def _ranges(starts: Places, sizes: Places) -> Places:
    """Return the whole numbers of several ranges, one range after the other."""
    ends = np.cumsum(sizes)
    places: Places = np.arange(sizes.sum()) - np.repeat(ends - sizes, sizes) + np.repeat(starts, sizes)
    return places
