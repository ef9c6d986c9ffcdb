"""The nouns of judging a batch: what verification found, the limits applied, and what follows (Measures Art. 8).

The facts are everything a judgement rests on. They hold counts, states and pseudonymous ids, never text and never labels of items.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pipeline.domain.labeling import Adjudication, Alarm, BatchState, Outcome, UsedFor
from pipeline.domain.sampling import Corrected, Posterior, SamplingPlan, Statement, Stratum, decimal_text, plan_from


class Consequence(StrEnum):
    """What a judgement leads to; each has one state of the batch and no way around it."""

    ACCEPTED = "accepted"
    RELABEL = "relabel"
    VOID = "void"
    HELD = "held"
    RULE_BACK = "rule_back"

    @property
    def state(self) -> BatchState:
        """Return the state entered; a void is entered through ``held``, and a rule that goes back holds its batch."""
        return BatchState.HELD if self is Consequence.RULE_BACK else BatchState(self.value)


class Why(StrEnum):
    """Reasons of a judgement."""

    PLAN_MET = "plan_met"
    TOO_MANY_ERRORS = "too_many_errors"
    CLAIM_NOT_PROVED = "claim_not_proved"
    SEQUENTIAL_REFUSED = "sequential_refused"
    ILLEGAL_CONFIRMED = "illegal_confirmed"
    ILLEGAL_UNCONFIRMED = "illegal_unconfirmed"
    TAMPERED = "tampered"
    NOT_INDEPENDENT = "not_independent"
    NOT_SEALED = "not_sealed"
    RULE_AMBIGUOUS = "rule_ambiguous"
    RULE_RECALLED = "rule_recalled"
    VERIFIER_UNFIT = "verifier_unfit"
    STREAM_STOPPED = "stream_stopped"
    ROUNDS_SPENT = "rounds_spent"


class Scope(StrEnum):
    """Whose items are labeled again in the next round; the draw after it covers the whole batch either way."""

    ALL = "all"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Verified:
    """One drawn item with everything said of it; ``labels`` and ``source`` only place it in a stratum."""

    record_id: str
    position: int
    used_for: UsedFor
    labeler: str
    verifier: str
    outcome: Outcome
    adjudicator: str | None = None
    adjudication: Adjudication | None = None
    strata: Mapping[str, str] = field(default_factory=dict)
    """Name of the stratum by dimension: source, language, label."""


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    """An alarm about a batch; ``is_settled`` once the auditor has decided about it."""

    kind: Alarm
    record_id: str | None
    person: str | None
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class IllegalHit:
    """A report, through any channel, that an item must not be in the data; ``is_confirmed`` is None until an adjudicator has said."""

    record_id: str
    channel: str
    is_confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class VerifierGold:
    """How a verifier did on planted items: wrong labels found of those planted, right labels passed of those planted."""

    verifier: str
    wrong_planted: int
    wrong_found: int
    right_planted: int
    right_passed: int


@dataclass(frozen=True, slots=True)
class Sealing:
    """Ledger positions that show the order plan, commitment < freeze < draw, and whether the auditor worked on the batch."""

    planned_seq: int
    committed_seq: int
    frozen_seq: int
    drawn_seq: int
    auditor: str
    auditor_functions: tuple[str, ...] = ()
    """Functions the keeper of the secret holds on the batch; there must be none."""


@dataclass(frozen=True, slots=True)
class JudgePolicy:
    """The limits a judgement applies; built from the labeling policy. Shares are decimal text."""

    ambiguity_limit: str
    error_limit: str
    warn_at: str
    suspend_at: str
    max_rounds: int
    relabel_scope: Scope
    does_illegal_void: bool = True
    """One confirmed unlawful item voids a functional batch (as reported); safety batches are about such items."""
    separation: str = "batch"
    """``batch``: one person holds one function on a batch; ``item``: on an item (the floor)."""
    least_sensitivity: str = "0.70"
    """The round is held when a verifier finds a smaller share of the wrong labels planted."""
    least_gold: int = 10
    """Planted wrong labels below which a verifier's sensitivity is not judged."""
    tampered_to_suspend: int = 2


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """Everything a judgement rests on; the same facts give the same judgement anywhere, any time."""

    plan: SamplingPlan
    size: int
    round_number: int
    sample: tuple[Verified, ...]
    sealing: Sealing
    policy: JudgePolicy
    alarms: tuple[RaisedAlarm, ...] = ()
    illegal: tuple[IllegalHit, ...] = ()
    gold: tuple[VerifierGold, ...] = ()
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many frozen items each stratum holds, by dimension: annotator, source, language, label."""
    history: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Errors and checks of every annotator of the rule before this batch, for the prior."""
    is_rule_recalled: bool = False
    is_stream_stopped: bool = False

    def body(self) -> dict[str, Any]:
        """Return the facts for canonical JSON; ``facts_from`` reads them back, so that a stored judgement can be replayed."""
        return {**asdict(self), "plan": self.plan.body()}


def facts_from(body: Mapping[str, Any]) -> BatchFacts:
    """Return the facts of a stored body."""
    policy = {**body["policy"], "relabel_scope": Scope(body["policy"]["relabel_scope"])}
    sealing = {**body["sealing"], "auditor_functions": tuple(body["sealing"]["auditor_functions"])}
    return BatchFacts(
        plan=plan_from(body["plan"]),
        size=body["size"],
        round_number=body["round_number"],
        sample=tuple(_verified(row) for row in body["sample"]),
        sealing=Sealing(**sealing),
        policy=JudgePolicy(**policy),
        alarms=tuple(RaisedAlarm(**{**row, "kind": Alarm(row["kind"])}) for row in body["alarms"]),
        illegal=tuple(IllegalHit(**row) for row in body["illegal"]),
        gold=tuple(VerifierGold(**row) for row in body["gold"]),
        sizes=body["sizes"],
        history={person: (errors, checks) for person, (errors, checks) in body["history"].items()},
        is_rule_recalled=body["is_rule_recalled"],
        is_stream_stopped=body["is_stream_stopped"],
    )


def _verified(row: Mapping[str, Any]) -> Verified:
    said = row["adjudication"]
    closed = {
        "used_for": UsedFor(row["used_for"]),
        "outcome": Outcome(row["outcome"]),
        "adjudication": None if said is None else Adjudication(said),
    }
    return Verified(**{**row, **closed})


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a batch's round, its reasons, and who is concerned."""

    consequence: Consequence
    why: tuple[Why, ...]
    statement: Statement
    illegal: int
    ambiguous: int
    unverifiable: int
    strata: tuple[Stratum, ...]
    posteriors: tuple[Posterior, ...]
    corrected: Corrected | None
    warn: tuple[str, ...] = ()
    suspend: tuple[str, ...] = ()
    scope: Scope | None = None
    relabel: tuple[str, ...] = ()
    """Annotators whose items go into the next round; empty under scope ``all``."""
    relabel_records: tuple[str, ...] = ()
    """Drawn items found wrong, which go into the next round whosever they are."""

    def body(self) -> dict[str, object]:
        """Return the whole judgement for canonical JSON: strings, integers, booleans and lists."""
        corrected = self.corrected
        return {
            "consequence": self.consequence.value,
            "why": [why.value for why in self.why],
            "statement": self.statement.body(),
            "illegal": self.illegal,
            "ambiguous": self.ambiguous,
            "unverifiable": self.unverifiable,
            "strata": [stratum.body() for stratum in self.strata],
            "posteriors": [posterior.body() for posterior in self.posteriors],
            "corrected": None
            if corrected is None
            else {
                "apparent": decimal_text(corrected.apparent),
                "rate": decimal_text(corrected.rate),
                "low": decimal_text(corrected.low),
                "high": decimal_text(corrected.high),
                "is_clipped": corrected.is_clipped,
            },
            "warn": list(self.warn),
            "suspend": list(self.suspend),
            "scope": None if self.scope is None else self.scope.value,
            "relabel": list(self.relabel),
            "relabel_records": list(self.relabel_records),
        }
