"""A snapshot: an immutable published set, named by the Merkle root over its documents' lineage records.

A leaf says what a document is and why it may be used, and nothing that would differ between two runs over the
same inputs and policies: no run ids, times, paths or file bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.digests import canonical_json, merkle_leaf, merkle_root


@dataclass(frozen=True, slots=True)
class Leaf:
    """The lineage record of one published document."""

    document_id: str
    text_sha256: str
    source_id: str
    declaration_sha256: str
    evidence: tuple[str, ...]
    license: str
    decisions: tuple[Mapping[str, str | None], ...]
    cluster_id: str | None
    members: int

    def line(self) -> str:
        """Return the canonical JSON that is hashed and shipped."""
        return canonical_json(
            {
                "document_id": self.document_id,
                "text_sha256": self.text_sha256,
                "source_id": self.source_id,
                "declaration_sha256": self.declaration_sha256,
                "evidence": sorted(self.evidence),
                "license": self.license,
                "decisions": [dict(decision) for decision in self.decisions],
                "cluster": None if self.cluster_id is None else {"cluster_id": self.cluster_id, "members": self.members},
                "labels": [],
            },
        )


def snapshot_id(lines: Sequence[str]) -> str:
    """Return the snapshot digest over leaf lines sorted by document id (RFC 9162, section 2.1.1)."""
    return merkle_root([merkle_leaf(line.encode()) for line in lines]).hex()
