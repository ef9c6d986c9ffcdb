"""Documents of equal normalized text are one node: what is clustered, compared and indexed.

Nodes are numbered in the order of their smallest document, so that nothing depends on the order of the rows.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.errors import DataError
from pipeline.stages.shingle_kernel import Flags, Places, Words

TEXT_COLUMNS = pa.schema([("document_id", pa.string()), ("normalized_sha256", pa.string()), ("shingles", pa.int64())])
"""What a document is told by where its signature is not needed."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Distinct normalized texts, numbered in the order of their smallest document."""

    document_ids: pa.Array  # sorted
    digests: pa.Array  # normalized_sha256 of each node
    node_of: Places  # node of each document
    first: Places  # first document of each node
    shingles: Places  # distinct shingles of each node, 0 below the floor
    signed: Places  # nodes that have a signature
    signatures: Words  # one row per signed node


def group(signatures: pa.Table, policy: DuplicatePolicy) -> Nodes:
    """Group documents by their normalized text. Raises DataError for signatures of another policy, or several of one document."""
    _check(signatures, policy)
    nodes, source_row = _grouped(signatures)
    return replace(nodes, signatures=signature_rows(signatures, source_row[nodes.signed], policy.permutations))


def group_texts(rows: pa.Table) -> Nodes:
    """Group rows of ``TEXT_COLUMNS`` by their normalized text; the nodes have no signatures."""
    return _grouped(rows)[0]


def only_texts(nodes: Nodes, is_wanted: Flags) -> Nodes:
    """Return the nodes with only some of them taken for signed."""
    return replace(nodes, signed=nodes.signed[is_wanted[nodes.signed]], signatures=nodes.signatures[is_wanted[nodes.signed]])


def _grouped(rows: pa.Table) -> tuple[Nodes, Places]:
    """Return nodes without signatures, and the row of each node's smallest document."""
    document_ids, digests = one_array(rows.column("document_id")), one_array(rows.column("normalized_sha256"))
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
    shingles = rows.column("shingles").to_numpy().astype(np.int64)[source_row]
    signed = np.flatnonzero(shingles)
    return Nodes(document_ids, encoded.dictionary, node_of, first, shingles, signed, np.zeros((0, 0), np.uint32)), source_row


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of strings as one array."""
    return column.combine_chunks() if column.num_chunks else pa.array([], pa.string())


def _check(signatures: pa.Table, policy: DuplicatePolicy) -> None:
    """Refuse signatures that were not made by this policy."""
    found = pc.unique(signatures.column("params_sha256")).to_pylist()
    if found not in ([], [policy.params_sha256]):
        raise DataError(f"expected signatures made with parameters {policy.params_sha256}, found {', '.join(map(str, found))}; sign again")


def signature_rows(signatures: pa.Table, rows: Places, count: int) -> Words:
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


def first_ids(nodes: Nodes, chosen: Places) -> pa.Array:
    """Return the smallest document_id of some nodes."""
    return nodes.document_ids.take(pa.array(nodes.first[chosen]))
