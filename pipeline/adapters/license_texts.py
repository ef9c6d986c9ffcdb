"""The texts of the SPDX licence list, and which of them a text holds.

Texts are compared as sets of word triples. A licence counts as found when nearly all of its own triples stand in the
text; what a found licence explains is taken away before the next is looked for, so that a file with four licences
gives four and the two-clause text inside a three-clause one gives none.
"""

import re
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline.adapters.shipped import shipped

MIN_SIMILARITY = 0.90
"""Share of a licence's word triples that must stand in a text for the text to hold the licence; holders' names cost a few."""

RESEMBLES = 0.60
"""Share from which a text is said to resemble a licence without holding it: changed terms are other terms."""

MIN_NEW = 0.30
"""Share of a further licence's triples that no licence found before may have explained."""

MAX_FOUND = 20
MAX_TEXT_CHARS = 2_000_000

_WORD = re.compile(r"[^\W_]+")
_COPYRIGHT = re.compile(
    r"^[^\w\n]*(?:copyright\b|\(c\)|©).*(?:\d{4}|\(c\)|©|<|\[).*$|^.*\ball rights reserved\.?\s*$", re.IGNORECASE | re.MULTILINE
)

Triples = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TextMatch:
    """One licence of the list in a text; ``similarity`` is the share of its word triples found there."""

    license_id: str
    similarity: float
    alternatives: tuple[str, ...]
    """Other ids whose text fits exactly as well, such as ``-or-later`` beside ``-only``."""

    @property
    def is_held(self) -> bool:
        """Tell whether the text holds the licence and does not merely resemble it."""
        return self.similarity >= MIN_SIMILARITY


@dataclass(frozen=True, slots=True)
class _Index:
    ids: tuple[str, ...]
    sizes: Counts
    """Triples per licence."""
    triples: Triples
    """All licences' triples, sorted."""
    owners: Counts
    """Position in ``ids`` for each of ``triples``."""


@cache
def license_names() -> Mapping[str, str]:
    """Map every id of the list to the licence's full name."""
    table = pq.read_table(shipped("reference", "spdx_licenses.parquet"), columns=["license_id", "name"])
    return dict(zip(table["license_id"].to_pylist(), table["name"].to_pylist(), strict=True))


def find_license_texts(text: str) -> list[TextMatch]:
    """Return the licences that a text holds, longest first; where it holds none, the one it resembles most, if any.

    Two licences that share most of their words (CC BY 4.0 beside CC BY-NC 4.0) in one text are found as the longer one.
    """
    index = _index()
    left = _triples(text[:MAX_TEXT_CHARS])
    hits = _hits(index, left)
    shares = hits / index.sizes
    held = shares >= MIN_SIMILARITY
    if not held.any():
        return [_match(index, shares, nearest)] if len(nearest := _best(index, hits, shares >= RESEMBLES)) else []
    found: list[TextMatch] = []
    while len(found) < MAX_FOUND and len(best := _best(index, hits, held & (hits >= MIN_NEW * index.sizes))):
        found.append(_match(index, shares, best))
        left = np.setdiff1d(left, index.triples[index.owners == best[0]], assume_unique=True)
        hits = _hits(index, left)
    return found


def _hits(index: _Index, left: Triples) -> Counts:
    """Count, for each licence, the triples that stand in a text."""
    first, after = np.searchsorted(index.triples, left, "left"), np.searchsorted(index.triples, left, "right")
    counts = after - first
    # All places of the index from first to after, for each triple, without a loop over triples.
    starts = np.repeat(first - (np.cumsum(counts) - counts), counts)
    return np.bincount(index.owners[starts + np.arange(counts.sum())], minlength=len(index.ids))


def _best(index: _Index, hits: Counts, candidates: npt.NDArray[np.bool_]) -> list[int]:
    """Return the positions, least permissive first, of the candidates that explain most of a text while missing least."""
    if not candidates.any():
        return []
    # A triple that is missing speaks against a licence more than one found speaks for it: texts grow by quoting.
    scores = np.where(candidates, hits - 3 * (index.sizes - hits), np.iinfo(np.int64).min)
    return sorted(np.flatnonzero(scores == scores.max()).tolist(), key=lambda position: _preference(index.ids[position]))


def _match(index: _Index, shares: npt.NDArray[np.float64], equals: list[int]) -> TextMatch:
    names = [index.ids[position] for position in equals]
    return TextMatch(names[0], round(float(shares[equals[0]]), 4), tuple(names[1:]))


def _preference(license_id: str) -> tuple[bool, bool, str]:
    """Put ``-only`` first among equal texts, as the reading that allows least, and plain ids before variants."""
    return not license_id.endswith("-only"), "invariants" in license_id, license_id


@cache
def _index() -> _Index:
    table = pq.read_table(shipped("reference", "spdx_licenses.parquet"))
    ids, texts = table["license_id"].to_pylist(), table["text"].to_pylist()
    kept = [(license_id, _triples(text)) for license_id, text in zip(ids, texts, strict=True) if not _is_deprecated(license_id, ids)]
    kept = [(license_id, triples) for license_id, triples in kept if len(triples) >= 8]
    # The list prints the GPL below the LGPL 3; most files that carry the LGPL 3 do not.
    gpl = dict(kept)["GPL-3.0-only"]
    kept += [(license_id, np.setdiff1d(triples, gpl)) for license_id, triples in kept if license_id.startswith("LGPL-3.0")]
    triples = np.concatenate([triples for _, triples in kept])
    owners = np.repeat(np.arange(len(kept)), [len(triples) for _, triples in kept])
    order = np.argsort(triples, kind="stable")
    sizes = np.array([len(triples) for _, triples in kept], dtype=np.int64)
    return _Index(tuple(license_id for license_id, _ in kept), sizes, triples[order], owners[order])


def _is_deprecated(license_id: str, ids: list[str]) -> bool:
    return "-with-" in license_id or license_id.endswith("+") or f"{license_id}-only" in ids


def _triples(text: str) -> Triples:
    """Return the sorted distinct hashes of a text's word triples, its copyright lines and typography aside."""
    folded = unicodedata.normalize("NFKC", _COPYRIGHT.sub(" ", text)).casefold()
    words = [_SPELLED_ALIKE.get(word, word) for word in _WORD.findall(folded)]
    numbers = {word: zlib.crc32(word.encode()) for word in set(words)}
    hashes = np.array([numbers[word] for word in words], dtype=np.uint64)
    if len(hashes) < 3:
        return np.empty(0, dtype=np.uint64)
    mixed = hashes[:-2] * np.uint64(0x9E3779B97F4A7C15) + hashes[1:-1] * np.uint64(0xC2B2AE3D27D4EB4F) + hashes[2:]
    return np.unique(mixed)


# SPDX matching guideline 8.1: words that are to be treated as the same.
_SPELLED_ALIKE = {"licence": "license", "sublicence": "sublicense", "organisation": "organization", "favour": "favor", "http": "https"}
