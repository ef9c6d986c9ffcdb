"""Policies that belong to no single gate. Each gate's own policy stands beside its stage's nouns.

A policy is reviewed data: only policy changes outcomes, its digest is in every decision, and no flag or
environment variable overrides it. Unknown keys are refused when it is read.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from pipeline.domain.dispositions import Gate

DEFAULT_AGENT = "laiyuan"
"""Name by which a collection is known to robots.txt where no policy names another."""


@dataclass(frozen=True, slots=True)
class AcquirePolicy:
    """Limits on what is read from a delivery."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    max_record_bytes: int
    """Longer records are rejected as over-long without being held in memory."""
    max_reject_ratio: float
    """A source with more rejects per record stops before its commit; the others go on."""


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """What a snapshot may hold."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    required_gates: tuple[Gate, ...]
    """Every one must have admitted or redacted under the active policies; an empty list publishes nothing."""
    publish_absent: bool
    """Whether a document that its source no longer delivers may still be published."""
    needs_approval: bool
    """Whether a person must approve each snapshot (a human-in-the-loop task under Airflow)."""
    second_opinion_ratio: str = "0.02"
    """Share of published texts that stock Presidio reads as well; its counts go into the manifest. Decimal text."""


@dataclass(frozen=True, slots=True)
class GovernancePolicy:
    """Who may do what."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    approver_must_differ: bool
    """Whether who admits a source must not have proposed it, and who approves a snapshot must not have published it."""
    agent: str = DEFAULT_AGENT
    """Name by which our collection is known to robots.txt."""
    purposes: tuple[str, ...] = field(default=("ai-pre-training",))
    """Intended purposes, in the Data & Trust Alliance's codes."""
    min_sources_per_type: int = 2
    """Fewest sources of one modality and language before a snapshot's composition warns (TC260-003 5.1 b), as reported)."""
    max_overseas_ratio: float = 0.3
    """Largest share of bytes from overseas before it warns (filing practice, as reported by one note)."""
    home_countries: tuple[str, ...] = field(default=("CN",))
    """Origins that count as domestic."""
