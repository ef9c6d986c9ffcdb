"""From verdicts in draw order to the statement and the decision of a plan: for labels, sources and residual personal information alike.

``wrong`` is the verified prefix of the draw, True where the item is wrong; what could not be verified is wrong.
"""

from collections.abc import Sequence

from pipeline.domain.judging import Why
from pipeline.domain.sampling import ClaimPlan, SamplingPlan, Statement
from pipeline.errors import DataError, EvidenceError
from pipeline.stages.bound_accuracy import is_proved, upper_defects, wilson
from pipeline.stages.look_sequentially import Progress, progress


def state_accuracy(plan: SamplingPlan, size: int, wrong: Sequence[bool]) -> Statement:
    """Return point, exact bound and Wilson's interval of a verified prefix, with ``meets_rule`` and ``proved_at_95`` side by side.

    Under a sequential plan only what came before the deciding look counts, and no bound is stated.
    """
    if plan.looks:
        return _sequential(plan, size, wrong)
    n, errors = len(wrong), sum(wrong)
    if n > size:
        raise DataError(f"expected at most {size} verdicts in a lot of {size}, found {n}")
    defects = upper_defects(errors, n, size, plan.confidence)
    return Statement(
        size=size,
        verified=n,
        errors=errors,
        point=(n - errors) / n if n else None,
        upper_defects=defects,
        lower_bound=(size - defects) / size,
        confidence=plan.confidence,
        wilson=wilson(n - errors, n),
        max_errors=plan.max_errors,
        meets_rule=n >= needed(plan, size) and errors <= plan.max_errors,
        proved_at_95=None if plan.claim is None else is_proved(errors, n, size, plan.claim, "0.95"),
    )


def needed(plan: SamplingPlan, size: int) -> int:
    """Return how many must be verified in a lot of ``size``: what the plan draws, or the whole lot where it is smaller."""
    return min(plan.sample_size, size)


def decide(plan: SamplingPlan, size: int, wrong: Sequence[bool]) -> tuple[bool, Why]:
    """Return whether the plan accepts the lot, and why; raise where verdicts are missing."""
    if plan.looks:
        said, _ = progress(plan.looks, wrong)
        if said is Progress.GO_ON:
            raise EvidenceError(
                f"expected verdicts up to a look that decides, found {len(wrong)} in draw order; verify on to the next look"
            )
        return said is Progress.ACCEPT, Why.PLAN_MET if said is Progress.ACCEPT else Why.SEQUENTIAL_REFUSED
    if (n := needed(plan, size)) > len(wrong):
        raise EvidenceError(f"expected a verdict on each of {n} drawn items, found {len(wrong)} in draw order; verify the rest first")
    if sum(wrong) > plan.max_errors:
        return False, Why.TOO_MANY_ERRORS
    if isinstance(plan.rule, ClaimPlan) and not is_proved(sum(wrong), len(wrong), size, plan.rule.claim, plan.rule.confidence):
        return False, Why.CLAIM_NOT_PROVED
    return True, Why.PLAN_MET


def _sequential(plan: SamplingPlan, size: int, wrong: Sequence[bool]) -> Statement:
    said, look = progress(plan.looks, wrong)
    counted = wrong[: look.n] if look else wrong
    n, errors = len(counted), sum(counted)
    return Statement(
        size=size,
        verified=n,
        errors=errors,
        point=(n - errors) / n if n else None,
        upper_defects=None,
        lower_bound=None,
        confidence=plan.confidence,
        wilson=wilson(n - errors, n),
        max_errors=look.accept if look else plan.max_errors,
        meets_rule=said is Progress.ACCEPT,
        proved_at_95=None,
    )
