"""Cluster duplicates: connected components over pairs whose similarity was verified on the texts themselves.

A table stage. Documents of equal normalized text are one node; nodes that share a band of their signatures are
candidates; a candidate is an edge only when the true Jaccard similarity of the shingle sets reaches the threshold. The
result depends on the set of documents alone: not on their order, batches or workers, nor on what an earlier run already
knew. Memory is bounded by the signatures: buckets are listed band by band, texts are fetched tile by tile.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.duplicates import Clustering, DuplicatePolicy, Known, Method, Verify
from pipeline.errors import DataError
from pipeline.stages.cluster_tables import drawn, sorted_pairs
from pipeline.stages.compare import FetchTexts, verified
from pipeline.stages.nodes import Nodes, first_ids, group, one_array
from pipeline.stages.shingle_kernel import Flags, Hashes, Pairs, Places, band_keys, bucket_pairs, meets_new

PAIRS = pa.schema([pa.field("left_id", pa.string(), nullable=False), pa.field("right_id", pa.string(), nullable=False)])
TellBands = Callable[[int, int], None]
"""Is told which band of how many comes next."""

LISTED_PAIRS = 1 << 22
"""Candidate pairs listed at a time (16 bytes each)."""
HELD_PAIRS = 1 << 25
"""Candidate pairs verified at a time (8 bytes each)."""


class _Found(NamedTuple):
    """Candidate pairs of signed nodes, and the pairs that were left out."""

    pairs: Pairs
    known: int
    not_compared: int


def cluster(
    signatures: pa.Table, fetch_texts: FetchTexts, policy: DuplicatePolicy, known: Known | None = None, tell: TellBands | None = None
) -> Clustering:
    """Return the verified edges, the members of every cluster of two or more, and what was compared.

    ``signatures`` has one row per document; texts are fetched for documents that have candidates, a bounded number at a
    time. With ``known``, pairs that both were in the earlier run are not compared again, and the result is the same. The
    exact laws hold while the report's ``not_compared`` is 0. Raises DataError when a signature was made by other parameters, or
    does not fit its text.
    """
    nodes = group(signatures, policy)
    is_old, old_pairs, old_similarity = _known_edges(nodes, known)
    counts = {"documents": signatures.num_rows, "compared": 0, "known": 0, "not_compared": known.not_compared if known else 0}
    edges, values = [old_pairs], [old_similarity]
    for found in _held(_candidates(nodes, policy, is_old, tell)):
        similarity = verified(nodes, found.pairs, fetch_texts, policy)
        is_edge = similarity >= policy.threshold
        edges.append(nodes.signed[found.pairs[is_edge]].reshape(-1, 2))
        values.append(similarity[is_edge])
        counts["compared"] += len(found.pairs)
        counts["known"] += found.known
        counts["not_compared"] += found.not_compared
    counts["candidates"] = counts["compared"] + counts["known"]
    return drawn(nodes, np.concatenate(edges), np.concatenate(values), policy, counts)


def candidate_pairs(signatures: pa.Table, policy: DuplicatePolicy) -> pa.Table:
    """Return every candidate (left_id, right_id) once, sorted: each distinct text stands under its smallest document_id.

    Twins by normalized digest are not among them: they need no verifying. For looking at; ``cluster`` never holds all at once.
    """
    nodes = group(signatures, policy)
    found = list(_candidates(nodes, policy, np.zeros(len(nodes.signed), bool)))
    pairs = np.concatenate([np.zeros((0, 2), np.int32), *(part.pairs for part in found)])
    pairs, _ = sorted_pairs(nodes.signed[pairs].reshape(-1, 2), np.zeros(len(pairs)))
    return pa.table([first_ids(nodes, pairs[:, 0]), first_ids(nodes, pairs[:, 1])], schema=PAIRS)


def jaccard(pairs: pa.Table, signatures: pa.Table, fetch_texts: FetchTexts, policy: DuplicatePolicy) -> pa.Array:
    """Return the true similarity of each (left_id, right_id): 1 for equal normalized texts, 0 where one is below the floor."""
    asked = pa.concat_arrays([one_array(pairs.column(name)) for name in ("left_id", "right_id")])
    nodes = group(signatures.filter(pc.is_in(signatures.column("document_id"), value_set=asked)), policy)
    wanted = [pc.index_in(pairs.column(name).combine_chunks(), nodes.document_ids) for name in ("left_id", "right_id")]
    if any(places.null_count for places in wanted):
        raise DataError("expected a signature of every document to be compared, found some missing; sign them first")
    ends = np.column_stack([nodes.node_of[places.to_numpy()] for places in wanted]).reshape(-1, 2)
    row_of = np.full(len(nodes.first), -1)
    row_of[nodes.signed] = np.arange(len(nodes.signed))
    rows = row_of[ends]
    result = np.where(ends[:, 0] == ends[:, 1], 1.0, 0.0)
    is_open = (ends[:, 0] != ends[:, 1]) & (rows >= 0).all(axis=1)
    result[is_open] = verified(nodes, rows[is_open].astype(np.int32), fetch_texts, policy, is_bounded=False)
    return pa.array(result)


def _known_edges(nodes: Nodes, known: Known | None) -> tuple[Flags, Places, npt.NDArray[np.float64]]:
    """Return which signed nodes an earlier run compared, and its near edges between nodes that are still here.

    An earlier edge is told by its documents, but holds for their texts: a document withdrawn since still lends its edge
    to its twins.
    """
    if known is None or known.documents.num_rows == 0:
        return np.zeros(len(nodes.signed), bool), np.zeros((0, 2), np.int64), np.zeros(0)
    met = pc.index_in(one_array(known.documents.column("normalized_sha256")), nodes.digests)
    node_of_known = pc.fill_null(met, -1).to_numpy().astype(np.int64)
    is_met = np.zeros(len(nodes.first), bool)
    is_met[node_of_known[node_of_known >= 0]] = True
    near = known.edges.filter(pc.equal(known.edges.column("method"), Method.NEAR.value))
    ends = pa.concat_arrays([one_array(near.column(name)) for name in ("left_id", "right_id")])
    names = ends.dictionary_encode()
    # The few ids of edges are hashed and the many of documents looked up, not the other way about.
    place = pc.index_in(one_array(known.documents.column("document_id")), names.dictionary)
    node_of_name = np.full(len(names.dictionary), -1)
    is_named = place.is_valid().to_numpy(zero_copy_only=False)
    node_of_name[place.drop_null().to_numpy()] = node_of_known[is_named]
    pairs = node_of_name[names.indices.to_numpy()].reshape(2, -1).T
    is_here = (pairs >= 0).all(axis=1)
    return is_met[nodes.signed], pairs[is_here].astype(np.int64), near.column("similarity").to_numpy()[is_here]


def _candidates(nodes: Nodes, policy: DuplicatePolicy, is_old: Flags, tell: TellBands | None = None) -> Iterator[_Found]:
    """Yield the pairs of signed nodes that share a band, each once, band by band."""
    bands, rows = policy.bands
    keys = np.empty(len(nodes.signed), np.uint64)
    is_over = np.zeros((len(nodes.signed), bands), bool)
    for band in range(bands):
        if tell:
            tell(band, bands)
        band_keys(nodes.signatures, band * rows, rows, keys)
        chosen = _beside_new(keys, is_old)
        order = chosen[np.argsort(keys[chosen], kind="stable")]
        ordered = keys[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else np.zeros(0, np.int64)
        sizes = np.diff(np.append(starts, len(ordered)))
        is_bounded = (sizes > policy.max_bucket) & (policy.verify == Verify.BOUNDED)
        for start, size in zip(starts[is_bounded], sizes[is_bounded], strict=True):
            bucket = order[start : start + size]
            is_over[bucket, band] = True
            yield led_pairs(nodes, bucket, policy, is_old)
        whole = (sizes > 1) & ~is_bounded
        yield from _bucket_pairs(nodes, _regrouped(order, starts[whole], sizes[whole]), (band, rows), is_over, is_old)


def _beside_new(keys: Hashes, is_old: Flags) -> Places:
    """Return the nodes that may share a bucket with a new one: all of them in a first run, few when few are new."""
    new = len(keys) - int(is_old.sum())
    if 4 * new > len(keys):
        return np.arange(len(keys))
    bits = max(8, (16 * new).bit_length())
    flags = np.empty(len(keys), bool)
    meets_new(keys, is_old, np.zeros(1 << bits, np.uint8), np.uint64(64 - bits), flags)
    return np.flatnonzero(flags)


def _regrouped(order: Places, starts: Places, sizes: Places) -> tuple[Places, Places]:
    """Return the members of some buckets one after the other, and the bounds of each."""
    bounds = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    within = np.arange(bounds[-1]) - np.repeat(bounds[:-1], sizes)
    return order[np.repeat(starts, sizes) + within], bounds


def _bucket_pairs(nodes: Nodes, buckets: tuple[Places, Places], band: tuple[int, int], is_over: Flags, is_old: Flags) -> Iterator[_Found]:
    """Yield all pairs of each bucket, a bounded number at a time."""
    order, bounds = buckets
    if len(bounds) < 2:
        return
    room = np.empty((max(LISTED_PAIRS, int(np.diff(bounds).max())), 2), np.int32)
    bucket, member = 0, 0
    while bucket < len(bounds) - 1:
        bucket, member, made, known = bucket_pairs(nodes.signatures, order, bounds, *band, is_over, is_old, (bucket, member), room)
        yield _Found(room[:made].copy(), known, 0)


def led_pairs(nodes: Nodes, bucket: Places, policy: DuplicatePolicy, is_old: Flags) -> _Found:
    """Return the pairs compared in an over-full bucket: one of each equal signature, with leaders and with its neighbours.

    The choice depends on the bucket's texts alone. Leaders have the least digests of their whole signatures, so that the
    buckets of all bands mostly agree on them, and a pair is listed again rather than another one beside it.
    """
    bucket = np.sort(bucket)
    order = bucket[np.lexsort(nodes.signatures[bucket].T[::-1])]
    is_first = np.concatenate([[True], (nodes.signatures[order[1:]] != nodes.signatures[order[:-1]]).any(axis=1)])
    firsts = order[is_first]
    twins = np.column_stack([firsts[np.cumsum(is_first) - 1][~is_first], order[~is_first]])
    if len(firsts) <= policy.max_bucket:
        led = np.column_stack([firsts[side] for side in np.triu_indices(len(firsts), 1)])
    else:
        keys = np.empty(len(firsts), np.uint64)
        band_keys(nodes.signatures[firsts], 0, nodes.signatures.shape[1], keys)
        leaders = firsts[np.argsort(keys, kind="stable")[: policy.bucket_leaders]]
        led = np.column_stack([np.repeat(leaders, len(firsts)), np.tile(firsts, len(leaders))])
        led = np.concatenate([led, np.column_stack([firsts[:-1], firsts[1:]])])
    pairs = np.sort(np.concatenate([twins, led]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    is_known = is_old[pairs].all(axis=1)
    left_out = len(bucket) * (len(bucket) - 1) // 2 - len(pairs)
    return _Found(pairs[~is_known].astype(np.int32), int(is_known.sum()), left_out)


def _held(parts: Iterator[_Found]) -> Iterator[_Found]:
    """Join candidates into blocks worth fetching texts for."""
    held: list[_Found] = []
    for part in parts:
        held.append(part)
        if sum(len(one.pairs) for one in held) >= HELD_PAIRS:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(parts: Sequence[_Found]) -> _Found:
    """Return candidates as one block without repeats: over-full buckets of several bands may list a pair again."""
    pairs = np.concatenate([part.pairs for part in parts])
    pairs = np.unique(pairs.view(np.int64)).view(np.int32).reshape(-1, 2) if sum(part.not_compared for part in parts) else pairs
    return _Found(pairs, sum(part.known for part in parts), sum(part.not_compared for part in parts))
