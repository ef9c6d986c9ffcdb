"""Duplicates: what makes two documents the same text, and in which order the law decides who is kept.

Two documents are twins when their normalized texts are equal, near-duplicates when the sets of their shingles have a
Jaccard similarity at or above the threshold. Who is kept is decided by legal state before length. Everything that
can change an outcome is in the policy.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar

import pyarrow as pa

from pipeline.domain.digests import json_digest
from pipeline.domain.dispositions import Disposition
from pipeline.errors import ConfigurationError

SIGNING_VERSION = 1
"""Raised when the same text and policy may give another signature."""


class Shingle(StrEnum):
    """What a document's shingles are made of; documents of different kinds are never near-duplicates."""

    CHAR = "char"
    SHORT = "short"
    WORD = "word"
    NONE = "none"


class Method(StrEnum):
    """How a pair was found to be duplicates."""

    EXACT = "exact"
    NEAR = "near"


class Verify(StrEnum):
    """``all``: every candidate pair is compared. ``bounded``: an over-full bucket is compared through leaders, the rest counted."""

    ALL = "all"
    BOUNDED = "bounded"


class Rule(StrEnum):
    """One step of the election; the first on which two members differ decides between them."""

    DISPOSITION = "disposition"
    LEGAL_BASIS = "legal_basis"
    LICENSE_CLASS = "license_class"
    CONSENT = "consent"
    AUTHORITY = "authority"
    PUBLISHED = "published_at"
    ACQUIRED = "acquired_at"
    QUALITY = "quality"
    CHARS = "chars"
    DOCUMENT = "document_id"


KEPT = "kept"
"""What ``duplicate_members.rule`` says of the kept member itself: nothing had to decide."""


class Ground(StrEnum):
    """What a member's terms rest on, for the question whether a republisher may have washed them."""

    LAW = "law"
    """Public domain by law (statutes, expired term): a basis of its own, nobody's statement."""
    INDEPENDENT = "independent"
    """An authorization evidenced by somebody other than the republisher."""
    STATEMENT = "statement"
    """Only the publisher of this copy says so."""


@dataclass(frozen=True, slots=True)
class DuplicatePolicy:
    """What counts as a duplicate and who of the duplicates is kept."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    fold_case: bool
    fold_width: bool
    drop_punctuation: bool
    """Whether punctuation and symbols separate words instead of being compared."""
    char_n: int
    short_char_n: int
    short_chars: int
    """Texts in unspaced scripts with at most so many letters are cut into ``short_char_n``-grams."""
    word_n: int
    min_unspaced_ratio: float
    """From this share of letters in scripts written without spaces on, a text is cut into characters."""
    min_chars: int
    min_shingles: int
    """Below either floor a text is compared exactly only."""
    permutations: int
    seed: int
    threshold: float
    false_positive_weight: float
    """Weight of needless against missed candidates when bands are chosen; the two weights sum to 1."""
    verify: Verify
    max_bucket: int
    """Distinct texts in one bucket that are still compared pair by pair under ``verify: bounded``."""
    bucket_leaders: int
    """Members of an over-full bucket that the others are compared with."""
    keep_by: tuple[Rule, ...]
    legal_bases: tuple[str, ...]
    """Best first; a ground that is not listed, and none, come last."""
    license_classes: tuple[str, ...]
    """Best first; a class that is not listed, and none, come last."""
    permissive_classes: tuple[str, ...]
    restrictive_classes: tuple[str, ...]
    """Classes whose earlier publication contradicts permissive terms; no class at all counts as ``unknown``."""
    attribution_classes: tuple[str, ...]
    laundering: Disposition
    undated: Disposition
    script_variants: str = ""
    """Pairs of characters, each ``variant`` then ``compared as``, with white space between pairs: 體体 國国. Empty compares as written."""

    def __post_init__(self) -> None:
        """Refuse values that no text could be compared by."""
        faults = [
            fault
            for is_wrong, fault in (
                (not 0 < self.threshold <= 1, f"threshold above 0 and at most 1, found {self.threshold}"),
                (not 0 <= self.min_unspaced_ratio <= 1, f"min_unspaced_ratio from 0 to 1, found {self.min_unspaced_ratio}"),
                (not 0 < self.false_positive_weight < 1, f"false_positive_weight between 0 and 1, found {self.false_positive_weight}"),
                (min(self.char_n, self.short_char_n, self.word_n) < 1, "char_n, short_char_n and word_n of at least 1"),
                (min(self.min_chars, self.min_shingles) < 1, "min_chars and min_shingles of at least 1"),
                (not 1 <= self.permutations <= 4096, f"permutations from 1 to 4096, found {self.permutations}"),
                (self.max_bucket < 2 or self.bucket_leaders < 1, "max_bucket of at least 2 and bucket_leaders of at least 1"),
                (not self.keep_by or self.keep_by[0] != Rule.DISPOSITION, "keep_by to begin with disposition"),
                (not self.keep_by or self.keep_by[-1] != Rule.DOCUMENT, "keep_by to end with document_id, so that it always decides"),
                (len(set(self.keep_by)) != len(self.keep_by), "keep_by without repeats"),
                (Disposition.REDACT in (self.laundering, self.undated), "laundering and undated to admit, quarantine or reject"),
                (not _are_variants(self.script_variants), "script_variants as pairs of characters from U+0800 to U+1FFFF, none chained"),
            )
            if is_wrong
        ]
        if faults:
            raise ConfigurationError(f"duplicate policy {self.version!r}: expected {'; '.join(faults)}; edit policies/duplicate.yaml")

    @property
    def sha256(self) -> str:
        """Return the digest of the whole policy, which decisions carry."""
        return json_digest(asdict(self))

    @property
    def params_sha256(self) -> str:
        """Return the digest of the fields that fix a signature; signatures of other parameters are never compared."""
        fields = {name: getattr(self, name) for name in SIGNING_FIELDS} | {"signing_version": SIGNING_VERSION}
        # Only where it is used: a policy without variants signs as it did before there were any.
        return json_digest(fields | ({"script_variants": sorted(self.script_variants.split())} if self.script_variants.split() else {}))

    @property
    def folds(self) -> tuple[bool, bool, str]:
        """Return what fixes the folding of characters: case, width and variants."""
        return self.fold_case, self.fold_width, self.script_variants

    @property
    def bands(self) -> tuple[int, int]:
        """Return (bands, rows per band) at datasketch's optimum for the threshold."""
        return bands_and_rows(self.threshold, self.permutations, self.false_positive_weight)


SIGNING_FIELDS = (
    "fold_case", "fold_width", "drop_punctuation", "char_n", "short_char_n", "short_chars", "word_n",
    "min_unspaced_ratio", "min_chars", "min_shingles", "permutations", "seed",
)  # fmt: skip


def _are_variants(script_variants: str) -> bool:
    """Tell whether these are pairs whose order cannot matter, of characters of three bytes and more (the kernel's buffers count on it)."""
    pairs = script_variants.split()
    if not all(len(pair) == 2 and min(pair) >= "\u0800" and max(pair) < "\U00020000" for pair in pairs):
        return False
    variants = {pair[0] for pair in pairs}
    return len(variants) == len(pairs) and not variants & {pair[1] for pair in pairs}


@lru_cache(maxsize=64)
def bands_and_rows(threshold: float, permutations: int, false_positive_weight: float) -> tuple[int, int]:
    """Return the (bands, rows) whose weighted areas of false positives and false negatives are least.

    The areas are those of ``MinHashLSH`` in datasketch (Leskovec et al., Mining of Massive Datasets, 3.4.2); a contract
    test holds the two equal.
    """
    best, least = (1, 1), float("inf")
    for bands in range(1, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            missed_below = _area_not_candidate(0.0, threshold, bands, rows)
            missed_above = _area_not_candidate(threshold, 1.0, bands, rows)
            error = (threshold - missed_below) * false_positive_weight + missed_above * (1 - false_positive_weight)
            if error < least:
                best, least = (bands, rows), error
    return best


def _area_not_candidate(start: float, end: float, bands: int, rows: int) -> float:
    """Integrate the probability (1 - s^rows)^bands that a pair of similarity s shares no band, by Simpson's rule."""
    steps = 200
    width = (end - start) / steps
    ordinates = [(1 - (start + i * width) ** rows) ** bands for i in range(steps + 1)]
    return width / 3 * (ordinates[0] + ordinates[-1] + 4 * sum(ordinates[1:-1:2]) + 2 * sum(ordinates[2:-1:2]))


STANDINGS = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("disposition", pa.string(), nullable=False),  # strictest of the other gates
        pa.field("legal_basis", pa.string()),  # the ground relied on, ranked by policy
        pa.field("license_class", pa.string()),  # the licence policy's class, ranked by policy; none counts as unknown
        pa.field("terms_ground", pa.string()),  # law, independent or statement; none counts as statement
        pa.field("has_consent", pa.bool_(), nullable=False),
        pa.field("authority", pa.int64(), nullable=False),  # of the source; more is more
        pa.field("published_at", pa.timestamp("us", "UTC")),  # earliest evidenced publication or capture
        pa.field("acquired_at", pa.timestamp("us", "UTC")),
        pa.field("quality", pa.float64()),
        pa.field("chars", pa.int64(), nullable=False),
    ]
)
"""What the election knows of each document: one row per document that asks for a decision."""


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What was compared, and how far the clusters reach."""

    documents: int
    candidates: int
    """Pairs of distinct texts that share a band, but for those in buckets that no new text fell into."""
    compared: int
    known: int
    """Candidates whose verdict was known from an earlier run."""
    not_compared: int
    """At most so many pairs were left out of over-full buckets (counted in each bucket); while it is 0 the clusters are exactly
    those of ``verify: all``."""
    clusters: int
    largest: int
    diameter: int
    """Edges on the longest shortest path between two distinct texts of a cluster."""
    is_diameter_exact: bool
    chain_only_pairs: int
    """Pairs of documents in one cluster that no edge joins."""

    def as_json(self) -> Mapping[str, int | bool]:
        """Return the figures for the ledger and the command line."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Clustering:
    """Verified edges, and the members of every cluster of two or more."""

    edges: pa.Table
    members: pa.Table
    report: ClusterReport


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier clustering under the same policy: the documents it saw, the edges it verified, the pairs it left out."""

    documents: pa.Table
    """document_id and normalized_sha256, of withdrawn documents too."""
    edges: pa.Table
    not_compared: int = 0


@dataclass(frozen=True, slots=True)
class Election:
    """Rows for ``duplicate_members`` and ``decisions``, without their run."""

    members: pa.Table
    decisions: pa.Table
