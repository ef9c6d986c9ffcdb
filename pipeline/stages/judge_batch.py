"""What follows from verification: accepted, relabel, void, held or the rule goes back. Pure, so that anyone can replay it.

First what voids, then what holds, then the rule, then the plan: no reading of the numbers comes before a check. A verdict that
is missing stops the judgement; an item that cannot be verified counts as wrong; diagnostic items never enter the lot's bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.domain.judging import BatchFacts, Consequence, Judgement, Scope, Verified, Why
from pipeline.domain.labeling import Adjudication, Alarm, Outcome, UsedFor
from pipeline.domain.sampling import Corrected, PointRule, Posterior, Stratum
from pipeline.errors import ConfigurationError, DataError, EvidenceError
from pipeline.stages.annotator_posterior import annotator_posteriors
from pipeline.stages.bound_strata import bound_strata
from pipeline.stages.check_independence import independence_faults, sealing_faults
from pipeline.stages.state_accuracy import decide, needed, state_accuracy
from pipeline.stages.verifier_error import correct_rate, sensitivity_of

TAMPERING = frozenset({Alarm.EDITED_AFTER_FREEZE, Alarm.DELETED_AFTER_FREEZE, Alarm.TASK_EDITED})
ANNOTATOR = "annotator"
DIMENSIONS = (ANNOTATOR, "source", "language", "label")


@dataclass(frozen=True, slots=True)
class _Ruling:
    consequence: Consequence
    why: tuple[Why, ...]


def judge_batch(facts: BatchFacts) -> Judgement:
    """Return the judgement on a batch's round.

    A batch may be voided or held at any moment; accepting or relabeling needs every verdict and every adjudication, else EvidenceError.
    """
    if isinstance(facts.plan.rule, PointRule):
        raise ConfigurationError(
            "expected a claim, AQL or sequential plan for labels, found a point rule; the reported numbers are for corpora"
        )
    drawn = _in_order(facts)
    posteriors = _posteriors(facts)
    ruling = _void(facts) or _held(facts) or _rule_back(facts, drawn) or _by_plan(facts, drawn)
    failing = tuple(p.person for p in posteriors if p.over_limit >= float(facts.policy.suspend_at))
    is_relabel = ruling.consequence is Consequence.RELABEL
    scope = (Scope.FAILING if failing and facts.policy.relabel_scope is Scope.FAILING else Scope.ALL) if is_relabel else None
    return Judgement(
        consequence=ruling.consequence,
        why=ruling.why,
        statement=state_accuracy(facts.plan, facts.size, [is_wrong(item) for item in drawn]),
        illegal=len(confirmed_illegal(facts)),
        ambiguous=sum(item.adjudication is Adjudication.RULE_AMBIGUOUS for item in drawn),
        unverifiable=sum(_is_unverifiable(item) for item in drawn),
        strata=_strata(facts, drawn),
        posteriors=posteriors,
        corrected=_corrected(facts, drawn),
        warn=tuple(p.person for p in posteriors if p.over_limit >= float(facts.policy.warn_at) and p.person not in failing),
        suspend=tuple(sorted({*failing, *tamperers(facts)})),
        scope=scope,
        relabel=failing if scope is Scope.FAILING else (),
        relabel_records=tuple(sorted(item.record_id for item in facts.sample if is_wrong(item))) if is_relabel else (),
    )


def is_wrong(item: Verified) -> bool:
    """Tell whether a verified item counts as an error; a mismatch that nobody has adjudicated does, until somebody has."""
    if _is_unverifiable(item):
        return True
    if item.adjudication is None:
        return item.outcome is not Outcome.MATCH
    return item.adjudication in {Adjudication.LABEL_WRONG, Adjudication.ILLEGAL}


def confirmed_illegal(facts: BatchFacts) -> frozenset[str]:
    """Return the records confirmed unlawful through any channel: sample, diagnostic items, labels, screens, complaints."""
    from_sample = {item.record_id for item in facts.sample if item.adjudication is Adjudication.ILLEGAL}
    return frozenset(from_sample | {hit.record_id for hit in facts.illegal if hit.is_confirmed})


def open_illegal(facts: BatchFacts) -> frozenset[str]:
    """Return the records reported unlawful of which no adjudicator has said so or otherwise yet."""
    from_sample = {item.record_id for item in facts.sample if item.outcome is Outcome.ILLEGAL and item.adjudication is None}
    return frozenset(from_sample | {hit.record_id for hit in facts.illegal if hit.is_confirmed is None})


def tamperers(facts: BatchFacts) -> frozenset[str]:
    """Return the people with as many unsettled alarms of tampering as suspend."""
    found = [alarm.person for alarm in facts.alarms if alarm.kind in TAMPERING and not alarm.is_settled and alarm.person is not None]
    return frozenset(person for person in found if found.count(person) >= facts.policy.tampered_to_suspend)


def _in_order(facts: BatchFacts) -> list[Verified]:
    """Return the verified prefix of the acceptance sample: what lies beyond a gap in the draw order does not count yet."""
    acceptance = sorted((item for item in facts.sample if item.used_for is UsedFor.ACCEPTANCE), key=lambda item: item.position)
    records = [item.record_id for item in facts.sample]
    if len(set(records)) != len(records):
        raise DataError("expected each drawn record once among the verdicts, found one twice")
    if len({item.position for item in acceptance}) != len(acceptance):
        raise DataError("expected each position of the draw once among the verdicts, found one twice")
    if acceptance and acceptance[-1].position >= (n := needed(facts.plan, facts.size)):
        raise DataError(
            f"expected acceptance items at positions below {n}, found {acceptance[-1].position}; a sample is not enlarged after the plan"
        )
    return [item for place, item in enumerate(acceptance) if item.position == place]


def _void(facts: BatchFacts) -> _Ruling | None:
    if facts.policy.does_illegal_void and confirmed_illegal(facts):
        return _Ruling(Consequence.VOID, (Why.ILLEGAL_CONFIRMED,))
    return None


def _held(facts: BatchFacts) -> _Ruling | None:
    sampled = {item.record_id for item in facts.sample}
    is_tampered = any(alarm.kind in TAMPERING and not alarm.is_settled and alarm.record_id in sampled for alarm in facts.alarms)
    reasons = {
        Why.NOT_SEALED: bool(sealing_faults(facts.sealing)),
        Why.NOT_INDEPENDENT: bool(independence_faults(facts)),
        Why.TAMPERED: is_tampered,
        Why.ILLEGAL_UNCONFIRMED: bool(open_illegal(facts)),
        Why.RULE_RECALLED: facts.is_rule_recalled,
        Why.VERIFIER_UNFIT: bool(unfit_verifiers(facts)),
        Why.STREAM_STOPPED: facts.is_stream_stopped,
    }
    why = tuple(reason for reason, holds in reasons.items() if holds)
    return _Ruling(Consequence.HELD, why) if why else None


def unfit_verifiers(facts: BatchFacts) -> tuple[str, ...]:
    """Return the verifiers of this sample who find too few of the wrong labels planted for them."""
    worked = {item.verifier for item in facts.sample}
    return tuple(
        gold.verifier
        for gold in facts.gold
        if gold.verifier in worked
        and gold.wrong_planted >= facts.policy.least_gold
        and gold.wrong_found < Fraction(facts.policy.least_sensitivity) * gold.wrong_planted
    )


def _rule_back(facts: BatchFacts, drawn: Sequence[Verified]) -> _Ruling | None:
    _need_adjudications(facts)
    ambiguous = sum(item.adjudication is Adjudication.RULE_AMBIGUOUS for item in drawn)
    decide(facts.plan, facts.size, [is_wrong(item) for item in drawn])
    if ambiguous and ambiguous >= Fraction(facts.policy.ambiguity_limit) * len(drawn):
        return _Ruling(Consequence.RULE_BACK, (Why.RULE_AMBIGUOUS,))
    return None


def _by_plan(facts: BatchFacts, drawn: Sequence[Verified]) -> _Ruling:
    is_accepted, why = decide(facts.plan, facts.size, [is_wrong(item) for item in drawn])
    if is_accepted:
        return _Ruling(Consequence.ACCEPTED, (why,))
    if facts.round_number >= facts.policy.max_rounds:
        return _Ruling(Consequence.HELD, (why, Why.ROUNDS_SPENT))
    return _Ruling(Consequence.RELABEL, (why,))


def _need_adjudications(facts: BatchFacts) -> None:
    waiting = sum(item.outcome is Outcome.MISMATCH and item.adjudication is None for item in facts.sample)
    if waiting:
        raise EvidenceError(f"expected every mismatch adjudicated by a third person, found {waiting} waiting; adjudicate them first")


def _is_unverifiable(item: Verified) -> bool:
    return item.outcome is Outcome.UNVERIFIABLE or item.adjudication is Adjudication.UNVERIFIABLE


def _posteriors(facts: BatchFacts) -> tuple[Posterior, ...]:
    """Return the posteriors of this batch's annotators, the prior fitted over all annotators of the rule."""
    checks = {person: list(counts) for person, counts in facts.history.items()}
    here = set(facts.sizes.get(ANNOTATOR, {}))
    for item in facts.sample:
        if item.used_for is not UsedFor.DISCOVERY:
            here.add(item.labeler)
            own = checks.setdefault(item.labeler, [0, 0])
            own[0] += is_wrong(item)
            own[1] += 1
    known = {person: (errors, count) for person, (errors, count) in checks.items()}
    return tuple(p for p in annotator_posteriors(known, float(facts.policy.error_limit)) if p.person in here)


def _strata(facts: BatchFacts, drawn: Sequence[Verified]) -> tuple[Stratum, ...]:
    diagnostic = [item for item in facts.sample if item.used_for is UsedFor.DIAGNOSTIC]
    found: list[Stratum] = []
    for dimension in DIMENSIONS:
        sizes = facts.sizes.get(dimension, {})
        if dimension == ANNOTATOR:
            # Diagnostic items are the next of the same order within one annotator's items: a simple random sample of them.
            placed = [(item.labeler, is_wrong(item)) for item in (*drawn, *diagnostic)]
        else:
            placed = [(item.strata[dimension], is_wrong(item)) for item in drawn if dimension in item.strata]
        found.extend(bound_strata(dimension, placed, {} if facts.plan.looks else sizes, facts.plan.confidence))
    return tuple(found)


def _corrected(facts: BatchFacts, drawn: Sequence[Verified]) -> Corrected | None:
    errors = sum(is_wrong(item) for item in drawn)
    return correct_rate(errors, len(drawn), sensitivity_of(facts.gold), None)
