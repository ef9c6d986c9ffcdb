"""What a clustering is written as: edges, members and a report, whatever way the pairs were found."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.digests import fields_digest
from pipeline.domain.duplicates import Clustering, ClusterReport, DuplicatePolicy, Method
from pipeline.domain.tables import TABLE
from pipeline.stages.nodes import Nodes, one_array
from pipeline.stages.shingle_kernel import Places, components, farthest

EDGES = TABLE["duplicate_edges"].schema.remove(TABLE["duplicate_edges"].schema.get_field_index("run_id"))
CLUSTER_MEMBERS = pa.schema([pa.field("document_id", pa.string(), nullable=False), pa.field("cluster_id", pa.string(), nullable=False)])

EDGES_AT_A_TIME = 1 << 22
"""Edges put into one Arrow array."""
EXACT_DIAMETER_NODES = 512
"""Components of more distinct texts get a double-sweep lower bound of their diameter."""


def drawn(nodes: Nodes, pairs: Places, similarity: npt.NDArray[np.float64], policy: DuplicatePolicy, counts: dict[str, int]) -> Clustering:
    """Return the clustering that some edges between nodes make; ``counts`` says how they were found, and of how many documents."""
    pairs, similarity = sorted_pairs(pairs, similarity)
    component = components(len(nodes.first), pairs)
    members = _members(nodes, component)
    return Clustering(_edge_table(nodes, pairs, similarity, policy), members, _report(nodes, pairs, component, members, counts))


def clusters_of(edges: pa.Table) -> pa.Table:
    """Return the members of the clusters that some edges make, as ``drawn`` does."""
    ends = [one_array(edges.column(name)) for name in ("left_id", "right_id")]
    ids = pc.unique(pa.concat_arrays(ends)).sort()
    pairs = np.column_stack([pc.index_in(end, ids).to_numpy().astype(np.int64) for end in ends]).reshape(-1, 2)
    count = len(ids)
    zeros = np.zeros(0, np.int64)
    nodes = Nodes(ids, ids, np.arange(count), np.arange(count), zeros, zeros, np.zeros((0, 0), np.uint32))
    return _members(nodes, components(count, pairs))


def sorted_pairs(pairs: Places, similarity: npt.NDArray[np.float64]) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return pairs of nodes with the smaller first, sorted, each once."""
    pairs = np.sort(pairs.astype(np.int64), axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, similarity = pairs[order], similarity[order]
    is_new = np.ones(len(pairs), bool)
    is_new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[is_new], similarity[is_new]


def _edge_table(nodes: Nodes, pairs: Places, similarity: npt.NDArray[np.float64], policy: DuplicatePolicy) -> pa.Table:
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


def _members(nodes: Nodes, component: Places) -> pa.Table:
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


def _report(nodes: Nodes, pairs: Places, component: Places, members: pa.Table, counts: dict[str, int]) -> ClusterReport:
    """Return what was compared and how far the clusters reach."""
    weight = np.bincount(nodes.node_of, minlength=len(component))
    sizes = np.bincount(component, weights=weight, minlength=len(component)).astype(np.int64)
    all_pairs = int((sizes * (sizes - 1) // 2).sum())
    joined = int((weight * (weight - 1) // 2).sum() + (weight[pairs[:, 0]] * weight[pairs[:, 1]]).sum())
    diameter, is_exact = _diameter(len(component), pairs, component)
    return ClusterReport(
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
