"""The nouns of sampled verification: plans, and what a sample says of its lot (Measures Art. 8).

A plan is stored before the draw and named by the digest of its canonical JSON; shares are decimal text there, since
canonical JSON has no floats. One machinery serves labels, sources and personal information left in passed text; the
reported corpus rules are point rules for corpora only, since no number for labels was seen in any rule.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar

from pipeline.domain.digests import canonical_json, json_digest


class Method(StrEnum):
    """How a sample decides about its lot."""

    CLAIM = "claim"
    AQL = "aql"
    SPRT = "sprt"
    POINT_RULE = "point_rule"


class Severity(StrEnum):
    """Inspection under ISO 2859-1; a stopped stream is inspected no more until its cause is found."""

    NORMAL = "normal"
    TIGHTENED = "tightened"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ClaimPlan:
    """Prove that at least ``claim`` of the lot is right, with ``confidence``, at up to ``max_errors`` errors."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    claim: str
    confidence: str = "0.95"
    max_errors: int = 1


@dataclass(frozen=True, slots=True)
class AqlPlan:
    """Control a stream of lots by ISO 2859-1 (GB/T 2828.1), general level II, single sampling; it proves nothing about one lot."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    aql: str
    """Acceptance quality limit in percent, as the table prints it, such as "1.0"."""
    severity: Severity = Severity.NORMAL


@dataclass(frozen=True, slots=True)
class SprtPlan:
    """Stop early by Wald's test between a good and a bad share of wrong items; looks only where the plan says."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    good: str
    bad: str
    producer_risk: str = "0.05"
    consumer_risk: str = "0.05"
    look_every: int = 10
    longest: int = 400
    """Draws after which the nearer of the two lines decides."""


@dataclass(frozen=True, slots=True)
class PointRule:
    """A reported rule for corpora: so many verified, so high a share right; a point, not a proof."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    name: str
    accuracy: str
    sample_size: int | None = None
    sample_ratio: str | None = None
    confidence: str = "0.95"
    """Of the proof that is shown beside the point."""


Rule = ClaimPlan | AqlPlan | SprtPlan | PointRule
METHODS: Mapping[type, Method] = {
    ClaimPlan: Method.CLAIM,
    AqlPlan: Method.AQL,
    SprtPlan: Method.SPRT,
    PointRule: Method.POINT_RULE,
}
RULES: Mapping[Method, type] = {method: kind for kind, method in METHODS.items()}

MANUAL_CORPUS_RULE = PointRule("corpus.manual", "0.96", sample_size=4000)
"""At least 4,000 items read by people, at least 96 % right (TC260-003, as reported; for corpora only)."""
TECHNICAL_CORPUS_RULE = PointRule("corpus.technical", "0.98", sample_ratio="0.10")
"""At least 10 % checked by keywords and classifiers, at least 98 % right (TC260-003, as reported; for corpora only)."""


@dataclass(frozen=True, slots=True)
class Look:
    """A place in the draw order where a sequential plan may stop: at most ``accept`` errors, or at least ``refuse``."""

    n: int
    accept: int
    """-1 where no number of errors accepts yet."""
    refuse: int
    """n + 1 where no number of errors refuses yet."""


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """A rule made concrete for a lot of ``size``: draw ``sample_size``, allow ``max_errors``. Stored before the draw."""

    rule: Rule
    size: int
    sample_size: int
    max_errors: int
    looks: tuple[Look, ...] = ()

    @property
    def method(self) -> Method:
        """Return the method of the rule."""
        return METHODS[type(self.rule)]

    @property
    def confidence(self) -> str:
        """Return the confidence at which the bound beside the verdict is stated."""
        return self.rule.confidence if isinstance(self.rule, ClaimPlan | PointRule) else "0.95"

    @property
    def claim(self) -> str | None:
        """Return the accuracy that ``proved_at_95`` is asked about; None where the plan names none."""
        if isinstance(self.rule, ClaimPlan):
            return self.rule.claim
        return self.rule.accuracy if isinstance(self.rule, PointRule) else None

    def body(self) -> dict[str, Any]:
        """Return the plan as strings, integers and lists."""
        return {
            "method": self.method.value,
            "rule": asdict(self.rule),
            "size": self.size,
            "sample_size": self.sample_size,
            "max_errors": self.max_errors,
            "looks": [[look.n, look.accept, look.refuse] for look in self.looks],
        }

    @property
    def line(self) -> str:
        """Return the canonical JSON that is hashed and published as ``plan.json``."""
        return canonical_json(self.body())

    @property
    def plan_sha256(self) -> str:
        """Return the digest that names the plan and enters the seed."""
        return json_digest(self.body())


def plan_from(body: Mapping[str, Any]) -> SamplingPlan:
    """Return the plan of a stored body."""
    stated = dict(body["rule"])
    if "severity" in stated:
        stated["severity"] = Severity(stated["severity"])
    rule = RULES[Method(body["method"])](**stated)
    looks = tuple(Look(*look) for look in body["looks"])
    return SamplingPlan(rule, body["size"], body["sample_size"], body["max_errors"], looks)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no plan can do what was asked, in both languages, said before anything is drawn."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in Chinese and English."""

    zh: str
    en: str


def decimal_text(share: float | None) -> str | None:
    """Return a share as decimal text with six places, as it enters canonical JSON."""
    return None if share is None else f"{share:.6f}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a sample says of its lot: point, exact lower bound and Wilson's interval, always with the counts they rest on."""

    size: int
    verified: int
    errors: int
    point: float | None
    """Share right of those verified; None where nothing was."""
    upper_defects: int | None
    """At most so many of the lot are wrong; None after a sequential plan, whose looks spoil the bound."""
    lower_bound: float | None
    """Share of the lot that is right at least: 1 - upper_defects / size."""
    confidence: str
    wilson: tuple[float, float]
    max_errors: int
    meets_rule: bool
    proved_at_95: bool | None
    """Whether the sample proves the plan's claim at 95 %; None where the plan makes none or looked more than once."""

    def body(self) -> dict[str, object]:
        """Return it with shares as decimal text."""
        return {
            "size": self.size,
            "verified": self.verified,
            "errors": self.errors,
            "point": decimal_text(self.point),
            "upper_defects": self.upper_defects,
            "lower_bound": decimal_text(self.lower_bound),
            "confidence": self.confidence,
            "wilson": [decimal_text(limit) for limit in self.wilson],
            "max_errors": self.max_errors,
            "meets_rule": self.meets_rule,
            "proved_at_95": self.proved_at_95,
        }


@dataclass(frozen=True, slots=True)
class Stratum:
    """What the verified items say of one part of the lot; diagnostic items help here and never in the lot's bound."""

    dimension: str
    name: str
    size: int | None
    verified: int
    errors: int
    lower_bound: float | None
    """Exact bound on this part alone; None where its size is not known or a sequential plan was used."""

    def body(self) -> dict[str, object]:
        """Return it with shares as decimal text."""
        return {**asdict(self), "lower_bound": decimal_text(self.lower_bound)}


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is believed of an annotator's error rate, shrunk towards everyone's."""

    person: str
    errors: int
    checks: int
    mean: float
    over_limit: float
    """Probability that the rate exceeds the limit."""

    def body(self) -> dict[str, object]:
        """Return it with shares as decimal text."""
        shares = {"mean": decimal_text(self.mean), "over_limit": decimal_text(self.over_limit)}
        return {"person": self.person, "errors": self.errors, "checks": self.checks, **shares}


@dataclass(frozen=True, slots=True)
class Corrected:
    """An error rate freed from the verifiers' own errors, with its approximate interval (Rogan and Gladen 1978)."""

    apparent: float
    rate: float
    low: float
    high: float
    is_clipped: bool
    """The plain estimate lay outside 0..1: the verifiers' errors alone explain what was found, or more."""
