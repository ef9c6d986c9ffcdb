"""Extend clusters: what is new meets the index of what is there, and the clusters are those of one pass over everything.

A table stage. Only new texts are compared: with each other, and with the indexed texts that share a band. Documents
without a duplicate are never looked at, signatures of old documents only where a bucket is over-full.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.duplicates import Clustering, DuplicatePolicy, Known, Method
from pipeline.stages.band_index import Met, Segment, known_rows, meet, taken
from pipeline.stages.cluster import led_pairs
from pipeline.stages.cluster_tables import drawn
from pipeline.stages.compare import FetchTexts, verified
from pipeline.stages.nodes import TEXT_COLUMNS, Nodes, group, group_texts, one_array, only_texts, signature_rows
from pipeline.stages.shingle_kernel import Flags, Pairs, Places

FetchSignatures = Callable[[list[str]], pa.Table]
"""Returns (document_id, signature) of the documents asked for, in any order."""


def extend(
    fresh: pa.Table,
    index: Sequence[Segment],
    known: Known,
    fetch_texts: FetchTexts,
    fetch_signatures: FetchSignatures,
    policy: DuplicatePolicy,
) -> Clustering:
    """Return the clustering of the indexed documents and the ``fresh`` signatures together.

    ``known`` is the clustering of the indexed documents; its ``documents`` are not read. None of the fresh documents may be
    in the index. The exact laws hold while the report's ``not_compared`` is 0. Raises DataError as ``cluster`` does.
    """
    own = group(fresh, policy)
    met_texts = _indexed_digests(index, own.digests)
    is_text_new = pc.invert(pc.is_in(own.digests, value_set=met_texts)).to_numpy(zero_copy_only=False)
    asking = only_texts(own, is_text_new)
    met = meet(asking, index, policy)
    numbers = np.unique(np.concatenate([met.pairs[:, 1], *(old for _, old in met.full)])).astype(np.int64)
    nodes, node_of_number = _involved(fresh, index, known, numbers, met_texts)
    node_of_asking = pc.index_in(asking.digests.take(pa.array(asking.signed)), nodes.digests).to_numpy().astype(np.int64)
    pairs, left_out = _candidate_nodes(nodes, asking, met, (node_of_asking, numbers, node_of_number), fetch_signatures, policy)
    row_of = np.full(len(nodes.first), -1)
    row_of[nodes.signed] = np.arange(len(nodes.signed))
    similarity = verified(nodes, row_of[pairs].astype(np.int32).reshape(-1, 2), fetch_texts, policy)
    is_edge = similarity >= policy.threshold
    old_pairs, old_similarity = _old_edges(nodes, known)
    counts = {
        "documents": sum(segment.documents.num_rows for segment in index) + fresh.num_rows,
        "candidates": len(pairs),
        "compared": len(pairs),
        "known": 0,
        "not_compared": known.not_compared + left_out,
    }
    return drawn(nodes, np.concatenate([old_pairs, pairs[is_edge]]), np.concatenate([old_similarity, similarity[is_edge]]), policy, counts)


def _indexed_digests(index: Sequence[Segment], digests: pa.Array) -> pa.Array:
    """Return those of some digests that the index holds."""
    found = [one_array(segment.texts.column("normalized_sha256").filter(_is_among(segment.texts, digests))) for segment in index]
    return pa.concat_arrays([pa.array([], pa.string()), *found])


def _is_among(texts: pa.Table, digests: pa.Array) -> pa.ChunkedArray:
    return pc.is_in(texts.column("normalized_sha256"), value_set=digests)


def _involved(fresh: pa.Table, index: Sequence[Segment], known: Known, numbers: Places, met_texts: pa.Array) -> tuple[Nodes, Places]:
    """Return the nodes of all documents that have an edge, may get one, or are new; and the node of each indexed text met."""
    ends = [one_array(known.edges.column(name)) for name in ("left_id", "right_id")]
    twins = [one_array(segment.texts.column("document_id").filter(_is_among(segment.texts, met_texts))) for segment in index]
    wanted = pc.unique(pa.concat_arrays([*ends, *twins, taken(index, "document_id", numbers)]))
    nodes = group_texts(pa.concat_tables([fresh.select(TEXT_COLUMNS.names).cast(TEXT_COLUMNS), *known_rows(index, wanted)]))
    return nodes, pc.index_in(taken(index, "normalized_sha256", numbers), nodes.digests).to_numpy().astype(np.int64)


def _candidate_nodes(
    nodes: Nodes,
    asking: Nodes,
    met: Met,
    places: tuple[Places, Places, Places],
    fetch_signatures: FetchSignatures,
    policy: DuplicatePolicy,
) -> tuple[Places, int]:
    """Return the pairs of nodes to compare, each once, and how many pairs of over-full buckets were left out."""
    node_of_asking, numbers, node_of_number = places
    parts = [
        np.column_stack([node_of_asking[met.pairs[:, 0]], node_of_number[np.searchsorted(numbers, met.pairs[:, 1])]]),
        node_of_asking[met.within].reshape(-1, 2),
    ]
    left_out = 0
    if met.full:
        lent, is_old = _with_signatures(nodes, asking, met, places, fetch_signatures, policy)
        row_of = np.full(len(nodes.first), -1)
        row_of[lent.signed] = np.arange(len(lent.signed))
        for new, old in met.full:
            bucket = row_of[np.concatenate([node_of_asking[new], node_of_number[np.searchsorted(numbers, old)]])]
            led = led_pairs(lent, bucket, policy, is_old)
            parts.append(lent.signed[led.pairs].reshape(-1, 2))
            left_out += led.not_compared
    pairs = np.sort(np.concatenate(parts).astype(np.int64), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    packed = np.unique((pairs[:, 0] << 32) | pairs[:, 1])
    return np.column_stack([packed >> 32, packed & 0xFFFFFFFF]), left_out


def _with_signatures(
    nodes: Nodes,
    asking: Nodes,
    met: Met,
    places: tuple[Places, Places, Places],
    fetch_signatures: FetchSignatures,
    policy: DuplicatePolicy,
) -> tuple[Nodes, Flags]:
    """Return the nodes of over-full buckets with their signatures, and which of them are old."""
    node_of_asking, numbers, node_of_number = places
    old = np.unique(node_of_number[np.searchsorted(numbers, np.concatenate([part for _, part in met.full]))])
    signed = np.unique(np.concatenate([old, node_of_asking]))
    values = np.zeros((len(signed), policy.permutations), np.uint32)
    values[np.searchsorted(signed, node_of_asking)] = asking.signatures
    ids = nodes.document_ids.take(pa.array(nodes.first[old]))
    fetched = fetch_signatures(ids.to_pylist())
    values[np.searchsorted(signed, old)] = signature_rows(
        fetched, pc.index_in(ids, one_array(fetched.column("document_id"))).to_numpy().astype(np.int64), policy.permutations
    )
    is_old = np.zeros(len(signed), bool)
    is_old[np.searchsorted(signed, old)] = True
    return replace(nodes, signed=signed, signatures=values), is_old


def _old_edges(nodes: Nodes, known: Known) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return the known near edges as pairs of nodes; every document they name is here."""
    near = known.edges.filter(pc.equal(known.edges.column("method"), Method.NEAR.value))
    ends = [pc.index_in(one_array(near.column(name)), nodes.document_ids).to_numpy().astype(np.int64) for name in ("left_id", "right_id")]
    pairs: Pairs = np.column_stack([nodes.node_of[end] for end in ends]).reshape(-1, 2)
    return pairs.astype(np.int64), near.column("similarity").to_numpy()
