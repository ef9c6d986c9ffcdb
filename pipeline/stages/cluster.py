"""Cluster duplicates: connected components over pairs whose similarity was verified on the texts themselves.

A table stage. Documents of equal normalized text are one node; nodes that share a band of their signatures are
candidates; a candidate is an edge only when the true Jaccard similarity of the shingle sets reaches the threshold. The
result depends on the set of documents alone: not on their order, batches or workers, nor on what an earlier run already
knew. Memory is bounded by the signatures: buckets are listed band by band, texts are fetched tile by tile.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.digests import fields_digest
from pipeline.domain.duplicates import Clustering, ClusterReport, DuplicatePolicy, Known, Method, Verify
from pipeline.domain.tables import TABLE
from pipeline.errors import DataError
from pipeline.stages.shingle_kernel import (
    Flags,
    Hashes,
    Pairs,
    Places,
    Words,
    band_keys,
    bucket_pairs,
    components,
    farthest,
    fold_table,
    meets_new,
    shingle_params,
    shingle_rows,
    similarities,
)
from pipeline.stages.sign import text_buffers

FetchTexts = Callable[[list[str]], pa.RecordBatch]
"""Returns (document_id, text) of the documents asked for, in any order."""

EDGES = TABLE["duplicate_edges"].schema.remove(TABLE["duplicate_edges"].schema.get_field_index("run_id"))
CLUSTER_MEMBERS = pa.schema([pa.field("document_id", pa.string(), nullable=False), pa.field("cluster_id", pa.string(), nullable=False)])
PAIRS = pa.schema([pa.field("left_id", pa.string(), nullable=False), pa.field("right_id", pa.string(), nullable=False)])
BAND_KEYS = pa.schema(
    [pa.field("band", pa.int16(), nullable=False), pa.field("key", pa.uint64(), nullable=False), pa.field("document_id", pa.string())]
)

LISTED_PAIRS = 1 << 22
"""Candidate pairs listed at a time (16 bytes each)."""
HELD_PAIRS = 1 << 25
"""Candidate pairs verified at a time (8 bytes each)."""
TILE_SHINGLES = 1 << 24
"""Shingles held at a time on either side of a comparison (8 bytes each)."""
EDGES_AT_A_TIME = 1 << 22
"""Edges put into one Arrow array."""
EXACT_DIAMETER_NODES = 512
"""Components of more distinct texts get a double-sweep lower bound of their diameter."""


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Distinct normalized texts, numbered in the order of their smallest document."""

    document_ids: pa.Array  # sorted
    digests: pa.Array  # normalized_sha256 of each node
    node_of: Places  # node of each document
    first: Places  # first document of each node
    shingles: Places  # distinct shingles of each node, 0 below the floor
    signed: Places  # nodes that have a signature
    signatures: Words  # one row per signed node


class _Found(NamedTuple):
    """Candidate pairs of signed nodes, and the pairs that were left out."""

    pairs: Pairs
    known: int
    not_compared: int


def cluster(signatures: pa.Table, fetch_texts: FetchTexts, policy: DuplicatePolicy, known: Known | None = None) -> Clustering:
    """Return the verified edges, the members of every cluster of two or more, and what was compared.

    ``signatures`` has one row per document; texts are fetched for documents that have candidates, a bounded number at a
    time. With ``known``, pairs that both were in the earlier run are not compared again, and the result is the same. The
    exact laws hold while the report's ``not_compared`` is 0. Raises DataError when a signature was made by other parameters, or
    does not fit its text.
    """
    nodes = _nodes(signatures, policy)
    is_old, old_pairs, old_similarity = _known_edges(nodes, known)
    counts = {"candidates": 0, "compared": 0, "known": 0, "not_compared": known.not_compared if known else 0}
    edges, values = [old_pairs], [old_similarity]
    for found in _held(_candidates(nodes, policy, is_old)):
        similarity = _verified(nodes, found.pairs, fetch_texts, policy)
        is_edge = similarity >= policy.threshold
        edges.append(nodes.signed[found.pairs[is_edge]].reshape(-1, 2))
        values.append(similarity[is_edge])
        counts["compared"] += len(found.pairs)
        counts["known"] += found.known
        counts["not_compared"] += found.not_compared
    counts["candidates"] = counts["compared"] + counts["known"]
    pairs, similarity = _sorted_pairs(np.concatenate(edges), np.concatenate(values))
    component = components(len(nodes.first), pairs)
    members = _members(nodes, component)
    return Clustering(_edge_table(nodes, pairs, similarity, policy), members, _report(nodes, pairs, component, members, counts))


def candidate_pairs(signatures: pa.Table, policy: DuplicatePolicy) -> pa.Table:
    """Return every candidate (left_id, right_id) once, sorted: each distinct text stands under its smallest document_id.

    Twins by normalized digest are not among them: they need no verifying. For looking at; ``cluster`` never holds all at once.
    """
    nodes = _nodes(signatures, policy)
    found = list(_candidates(nodes, policy, np.zeros(len(nodes.signed), bool)))
    pairs = np.concatenate([np.zeros((0, 2), np.int32), *(part.pairs for part in found)])
    pairs, _ = _sorted_pairs(nodes.signed[pairs].reshape(-1, 2), np.zeros(len(pairs)))
    return pa.table([_first_ids(nodes, pairs[:, 0]), _first_ids(nodes, pairs[:, 1])], schema=PAIRS)


def index_bands(signatures: pa.Table, policy: DuplicatePolicy) -> pa.Table:
    """Return (band, key, document_id) sorted by band and key: documents that share a row's band and key are candidates.

    Written as a table, this is the index that a new delivery meets without the old signatures being read again.
    """
    nodes = _nodes(signatures, policy)
    bands, rows = policy.bands
    keys = np.empty(len(nodes.signed), np.uint64)
    document_ids = _first_ids(nodes, nodes.signed)
    parts = []
    for band in range(bands):
        band_keys(nodes.signatures, band * rows, rows, keys)
        order = np.argsort(keys, kind="stable")
        columns = [pa.repeat(pa.scalar(band, pa.int16()), len(keys)), pa.array(keys[order]), document_ids.take(pa.array(order))]
        parts.append(pa.table(columns, schema=BAND_KEYS))
    return pa.concat_tables(parts) if parts else BAND_KEYS.empty_table()


def jaccard(pairs: pa.Table, signatures: pa.Table, fetch_texts: FetchTexts, policy: DuplicatePolicy) -> pa.Array:
    """Return the true similarity of each (left_id, right_id): 1 for equal normalized texts, 0 where one is below the floor."""
    nodes = _nodes(signatures, policy)
    wanted = [pc.index_in(pairs.column(name).combine_chunks(), nodes.document_ids) for name in ("left_id", "right_id")]
    if any(places.null_count for places in wanted):
        raise DataError("expected a signature of every document to be compared, found some missing; sign them first")
    ends = np.column_stack([nodes.node_of[places.to_numpy()] for places in wanted]).reshape(-1, 2)
    row_of = np.full(len(nodes.first), -1)
    row_of[nodes.signed] = np.arange(len(nodes.signed))
    rows = row_of[ends]
    result = np.where(ends[:, 0] == ends[:, 1], 1.0, 0.0)
    is_open = (ends[:, 0] != ends[:, 1]) & (rows >= 0).all(axis=1)
    result[is_open] = _verified(nodes, rows[is_open].astype(np.int32), fetch_texts, policy, is_bounded=False)
    return pa.array(result)


def _nodes(signatures: pa.Table, policy: DuplicatePolicy) -> _Nodes:
    """Group documents by their normalized text."""
    _check(signatures, policy)
    document_ids, digests = _one_array(signatures.column("document_id")), _one_array(signatures.column("normalized_sha256"))
    order = np.arange(len(document_ids))
    if len(order) > 1 and not pc.all(pc.less(document_ids[:-1], document_ids[1:])).as_py():
        order = pc.sort_indices(document_ids).to_numpy().astype(np.int64)
        document_ids, digests = document_ids.take(pa.array(order)), digests.take(pa.array(order))
        if pc.any(pc.equal(document_ids[1:], document_ids[:-1])).as_py():
            raise DataError("expected one signature per document, found several; pass the signatures of one method only")
    encoded = digests.dictionary_encode()
    node_of = encoded.indices.to_numpy().astype(np.int64)
    first = np.empty(len(encoded.dictionary), np.int64)
    first[node_of[::-1]] = np.arange(len(node_of))[::-1]
    source_row = order[first]
    shingles = signatures.column("shingles").to_numpy().astype(np.int64)[source_row]
    signed = np.flatnonzero(shingles)
    values = _signature_rows(signatures, source_row[signed], policy.permutations)
    return _Nodes(document_ids, encoded.dictionary, node_of, first, shingles, signed, values)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of strings as one array."""
    return column.combine_chunks() if column.num_chunks else pa.array([], pa.string())


def _check(signatures: pa.Table, policy: DuplicatePolicy) -> None:
    """Refuse signatures that were not made by this policy."""
    found = pc.unique(signatures.column("params_sha256")).to_pylist()
    if found not in ([], [policy.params_sha256]):
        raise DataError(f"expected signatures made with parameters {policy.params_sha256}, found {', '.join(map(str, found))}; sign again")


def _signature_rows(signatures: pa.Table, rows: Places, count: int) -> Words:
    """Return the MinHash values of some rows as a matrix."""
    values = np.empty((len(rows), count), np.uint32)
    start = 0
    for chunk in signatures.column("signature").chunks:
        inside = np.flatnonzero((rows >= start) & (rows < start + len(chunk)))
        if len(inside):
            _, places, content = chunk.buffers()
            bounds = np.frombuffer(places, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
            within = rows[inside] - start
            if (np.diff(bounds)[within] != 4 * count).any() or (np.diff(bounds) % (4 * count)).any():
                raise DataError(f"expected signatures of {4 * count} bytes, found others; sign again")
            cells = np.frombuffer(content, np.uint8)[bounds[0] : bounds[-1]].view("<u4").reshape(-1, count)
            values[inside] = cells[(bounds[within] - bounds[0]) // (4 * count)]
        start += len(chunk)
    return values


def _known_edges(nodes: _Nodes, known: Known | None) -> tuple[Flags, Places, npt.NDArray[np.float64]]:
    """Return which signed nodes an earlier run compared, and its near edges between nodes that are still here.

    An earlier edge is told by its documents, but holds for their texts: a document withdrawn since still lends its edge
    to its twins.
    """
    if known is None or known.documents.num_rows == 0:
        return np.zeros(len(nodes.signed), bool), np.zeros((0, 2), np.int64), np.zeros(0)
    met = pc.index_in(_one_array(known.documents.column("normalized_sha256")), nodes.digests)
    node_of_known = pc.fill_null(met, -1).to_numpy().astype(np.int64)
    is_met = np.zeros(len(nodes.first), bool)
    is_met[node_of_known[node_of_known >= 0]] = True
    near = known.edges.filter(pc.equal(known.edges.column("method"), Method.NEAR.value))
    ends = pa.concat_arrays([_one_array(near.column(name)) for name in ("left_id", "right_id")])
    names = ends.dictionary_encode()
    # The few ids of edges are hashed and the many of documents looked up, not the other way about.
    place = pc.index_in(_one_array(known.documents.column("document_id")), names.dictionary)
    node_of_name = np.full(len(names.dictionary), -1)
    is_named = place.is_valid().to_numpy(zero_copy_only=False)
    node_of_name[place.drop_null().to_numpy()] = node_of_known[is_named]
    pairs = node_of_name[names.indices.to_numpy()].reshape(2, -1).T
    is_here = (pairs >= 0).all(axis=1)
    return is_met[nodes.signed], pairs[is_here].astype(np.int64), near.column("similarity").to_numpy()[is_here]


def _candidates(nodes: _Nodes, policy: DuplicatePolicy, is_old: Flags) -> Iterator[_Found]:
    """Yield the pairs of signed nodes that share a band, each once, band by band."""
    bands, rows = policy.bands
    keys = np.empty(len(nodes.signed), np.uint64)
    is_over = np.zeros((len(nodes.signed), bands), bool)
    for band in range(bands):
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
            yield _led_pairs(nodes, bucket, policy, is_old)
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


def _bucket_pairs(nodes: _Nodes, buckets: tuple[Places, Places], band: tuple[int, int], is_over: Flags, is_old: Flags) -> Iterator[_Found]:
    """Yield all pairs of each bucket, a bounded number at a time."""
    order, bounds = buckets
    if len(bounds) < 2:
        return
    room = np.empty((max(LISTED_PAIRS, int(np.diff(bounds).max())), 2), np.int32)
    bucket, member = 0, 0
    while bucket < len(bounds) - 1:
        bucket, member, made, known = bucket_pairs(nodes.signatures, order, bounds, *band, is_over, is_old, (bucket, member), room)
        yield _Found(room[:made].copy(), known, 0)


def _led_pairs(nodes: _Nodes, bucket: Places, policy: DuplicatePolicy, is_old: Flags) -> _Found:
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


def _verified(
    nodes: _Nodes, pairs: Pairs, fetch_texts: FetchTexts, policy: DuplicatePolicy, *, is_bounded: bool = True
) -> npt.NDArray[np.float64]:
    """Return the true Jaccard similarity of pairs of signed nodes, -1 where sizes alone exclude the threshold.

    Nodes are laid out component by component and cut into tiles, so that nearly all pairs lie within one tile.
    """
    similarity = np.empty(len(pairs))
    if not len(pairs):
        return similarity
    component = components(len(nodes.signed), pairs)
    involved = np.unique(pairs)
    layout = involved[np.argsort(component[involved], kind="stable")].astype(np.int64)
    sizes = nodes.shingles[nodes.signed[layout]]
    tile_of = np.full(len(nodes.signed), -1)
    tile_of[layout] = (np.cumsum(sizes) - sizes) // TILE_SHINGLES
    slot_of = np.empty(len(nodes.signed), np.int64)
    tile_starts = np.searchsorted(tile_of[layout], np.arange(tile_of[layout[-1]] + 2))
    slot_of[layout] = np.arange(len(layout)) - tile_starts[tile_of[layout]]
    tiles = np.sort(tile_of[pairs], axis=1)
    swapped = np.where((tile_of[pairs[:, 0]] > tile_of[pairs[:, 1]])[:, None], pairs[:, ::-1], pairs)
    order = np.lexsort((tiles[:, 1], tiles[:, 0]))
    cuts = np.flatnonzero(np.concatenate([[True], (np.diff(tiles[order], axis=0) != 0).any(axis=1)]))
    least = policy.threshold if is_bounded else 0.0
    loaded: tuple[int, tuple[Hashes, Places]] | None = None
    for start, stop in pairwise([*cuts.tolist(), len(order)]):
        chosen = order[start:stop]
        left_tile, right_tile = tiles[chosen[0]].tolist()
        if loaded is None or loaded[0] != left_tile:
            loaded = None
            loaded = left_tile, _shingle_sets(nodes, layout[tile_starts[left_tile] : tile_starts[left_tile + 1]], fetch_texts, policy)
        right = loaded[1]
        if right_tile != left_tile:
            right = _shingle_sets(nodes, layout[tile_starts[right_tile] : tile_starts[right_tile + 1]], fetch_texts, policy)
        result = np.empty(len(chosen))
        similarities(*loaded[1], *right, slot_of[swapped[chosen]], least, result)
        similarity[chosen] = result
    return similarity


def _shingle_sets(nodes: _Nodes, members: Places, fetch_texts: FetchTexts, policy: DuplicatePolicy) -> tuple[Hashes, Places]:
    """Return the sorted shingles of some signed nodes, one after the other, and the bounds of each."""
    wanted = _first_ids(nodes, nodes.signed[members])
    texts = fetch_texts(wanted.to_pylist())
    places = pc.index_in(wanted, value_set=texts.column("document_id").cast(pa.string()))
    if places.null_count:
        raise DataError(f"expected the text of {len(wanted)} documents to verify duplicates, found {places.null_count} missing; sign again")
    data, offsets = text_buffers(texts.column("text").take(places))
    bounds = np.concatenate([[0], np.cumsum(nodes.shingles[nodes.signed[members]])]).astype(np.int64)
    sets = np.empty(int(bounds[-1]), np.uint64)
    wrong = shingle_rows(data, offsets, fold_table(policy.fold_case, policy.fold_width), shingle_params(policy), bounds, sets)
    if wrong >= 0:
        raise DataError(f"the signature of document {wanted[wrong].as_py()} was made from another text; sign it again")
    return sets, bounds


def _sorted_pairs(pairs: Places, similarity: npt.NDArray[np.float64]) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return pairs of nodes with the smaller first, sorted, each once."""
    pairs = np.sort(pairs.astype(np.int64), axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, similarity = pairs[order], similarity[order]
    is_new = np.ones(len(pairs), bool)
    is_new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[is_new], similarity[is_new]


def _first_ids(nodes: _Nodes, chosen: Places) -> pa.Array:
    """Return the smallest document_id of some nodes."""
    return nodes.document_ids.take(pa.array(nodes.first[chosen]))


def _edge_table(nodes: _Nodes, pairs: Places, similarity: npt.NDArray[np.float64], policy: DuplicatePolicy) -> pa.Table:
    """Return the edges: each near pair of distinct texts, and each further twin with the smallest of its text."""
    twins = np.flatnonzero(nodes.first[nodes.node_of] != np.arange(len(nodes.node_of)))
    left = np.concatenate([nodes.first[pairs[:, 0]], nodes.first[nodes.node_of[twins]]])
    right = np.concatenate([nodes.first[pairs[:, 1]], twins])
    order = np.lexsort((right, left))
    values = np.concatenate([similarity, np.ones(len(twins))])
    # One Arrow array of strings holds 2 GiB: many edges go into several.
    parts = [order[start : start + EDGES_AT_A_TIME] for start in range(0, len(order), EDGES_AT_A_TIME)]
    return pa.concat_tables(
        pa.table(
            [
                nodes.document_ids.take(pa.array(left[part])),
                nodes.document_ids.take(pa.array(right[part])),
                pa.array(values[part]),
                pc.if_else(pa.array(part < len(pairs)), Method.NEAR.value, Method.EXACT.value),
                pa.repeat(policy.params_sha256, len(part)),
            ],
            schema=EDGES,
        )
        for part in (parts or [order])
    )


def _members(nodes: _Nodes, component: Places) -> pa.Table:
    """Return (document_id, cluster_id) of every cluster of two or more, sorted by document_id."""
    root = component[nodes.node_of]
    sizes = np.bincount(root, minlength=len(component))
    member = np.flatnonzero(sizes[root] > 1)
    order = member[np.argsort(root[member], kind="stable")]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(root[order]) != 0])) if len(order) else np.zeros(0, np.int64)
    names = np.empty(len(component), object)
    document_ids = nodes.document_ids.take(pa.array(order)).to_pylist()
    for start, stop in pairwise([*starts.tolist(), len(order)]):
        names[root[order[start]]] = fields_digest(*document_ids[start:stop])
    return pa.table([nodes.document_ids.take(pa.array(member)), pa.array(names[root[member]], pa.string())], schema=CLUSTER_MEMBERS)


def _report(nodes: _Nodes, pairs: Places, component: Places, members: pa.Table, counts: dict[str, int]) -> ClusterReport:
    """Return what was compared and how far the clusters reach."""
    weight = np.bincount(nodes.node_of, minlength=len(component))
    sizes = np.bincount(component, weights=weight, minlength=len(component)).astype(np.int64)
    all_pairs = int((sizes * (sizes - 1) // 2).sum())
    joined = int((weight * (weight - 1) // 2).sum() + (weight[pairs[:, 0]] * weight[pairs[:, 1]]).sum())
    diameter, is_exact = _diameter(len(component), pairs, component)
    return ClusterReport(
        documents=len(nodes.node_of),
        clusters=int((sizes > 1).sum()),
        largest=int(sizes.max(initial=0)) if members.num_rows else 0,
        diameter=diameter,
        is_diameter_exact=is_exact,
        chain_only_pairs=all_pairs - joined,
        **counts,
    )


def _diameter(count: int, pairs: Places, component: Places) -> tuple[int, bool]:
    """Return the longest shortest path in edges, and whether it is exact rather than a lower bound."""
    if not len(pairs):
        return 0, True
    ends = np.concatenate([pairs, pairs[:, ::-1]])
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    first = np.searchsorted(ends[:, 0], np.arange(count + 1)).astype(np.int64)
    neighbours = np.ascontiguousarray(ends[:, 1])
    sizes = np.bincount(component)
    roots = np.unique(component[pairs[:, 0]])
    distance, queue = np.full(count, -1, np.int64), np.empty(count, np.int64)
    # A clique needs no search; two sweeps are exact on trees and a good lower bound elsewhere.
    edge_counts = np.bincount(component[pairs[:, 0]], minlength=len(sizes))
    is_clique = edge_counts[roots] == sizes[roots] * (sizes[roots] - 1) // 2
    longest, is_exact = 1, True
    for root in roots[~is_clique].tolist():
        if sizes[root] <= EXACT_DIAMETER_NODES:
            continue
        last, _ = farthest(first, neighbours, root, distance, queue)
        longest, is_exact = max(longest, farthest(first, neighbours, last, distance, queue)[1]), False
    small = np.zeros(len(sizes), bool)
    small[roots[~is_clique]] = sizes[roots[~is_clique]] <= EXACT_DIAMETER_NODES
    for node in np.flatnonzero(small[component]).tolist():
        longest = max(longest, farthest(first, neighbours, node, distance, queue)[1])
    return longest, is_exact
