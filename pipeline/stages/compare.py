"""Compare texts themselves: the true Jaccard similarity of their shingle sets, a bounded number of shingles at a time."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.errors import DataError
from pipeline.stages.nodes import Nodes, first_ids
from pipeline.stages.shingle_kernel import (
    Hashes,
    Pairs,
    Places,
    components,
    fold_table,
    shingle_params,
    shingle_rows,
    similarities,
)
from pipeline.stages.sign import text_buffers

FetchTexts = Callable[[list[str]], pa.RecordBatch]
"""Returns (document_id, text) of the documents asked for, in any order."""

TILE_SHINGLES = 1 << 24
"""Shingles held at a time on either side of a comparison (8 bytes each)."""


def verified(
    nodes: Nodes, pairs: Pairs, fetch_texts: FetchTexts, policy: DuplicatePolicy, *, is_bounded: bool = True
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


def _shingle_sets(nodes: Nodes, members: Places, fetch_texts: FetchTexts, policy: DuplicatePolicy) -> tuple[Hashes, Places]:
    """Return the sorted shingles of some signed nodes, one after the other, and the bounds of each."""
    wanted = first_ids(nodes, nodes.signed[members])
    texts = fetch_texts(wanted.to_pylist())
    places = pc.index_in(wanted, value_set=texts.column("document_id").cast(pa.string()))
    if places.null_count:
        raise DataError(f"expected the text of {len(wanted)} documents to verify duplicates, found {places.null_count} missing; sign again")
    data, offsets = text_buffers(texts.column("text").take(places))
    bounds = np.concatenate([[0], np.cumsum(nodes.shingles[nodes.signed[members]])]).astype(np.int64)
    sets = np.empty(int(bounds[-1]), np.uint64)
    wrong = shingle_rows(data, offsets, fold_table(*policy.folds), shingle_params(policy), bounds, sets)
    if wrong >= 0:
        raise DataError(f"the signature of document {wanted[wrong].as_py()} was made from another text; sign it again")
    return sets, bounds
