"""Verifiers err too: what their planted items say of them, and the lot's error rate freed from their errors.

A verifier who is right 99 % of the time breaks a tight plan: with 1 % true errors the 80/2 plan accepts 95 % of lots on paper and
81 % with sensitivity .90 and specificity .99. Adjudication repairs the specificity; only planted wrong labels show the sensitivity.
"""

from collections.abc import Iterable
from math import sqrt

from pipeline.domain.judging import VerifierGold
from pipeline.domain.sampling import Corrected
from pipeline.stages.bound_accuracy import Z_95


def apparent_rate(true_rate: float, sensitivity: float, specificity: float) -> float:
    """Return the error rate that such verifiers find without adjudication."""
    return sensitivity * true_rate + (1 - specificity) * (1 - true_rate)


def disagreement_rate(labeler_error: float, verifier_error: float, labels: int) -> float:
    """Return how often two people disagree who err independently and evenly over ``labels`` classes."""
    return labeler_error + verifier_error - labeler_error * verifier_error * labels / (labels - 1)


def sensitivity_of(gold: Iterable[VerifierGold]) -> tuple[int, int]:
    """Return (found, planted) wrong labels over all verifiers given."""
    known = list(gold)
    return sum(g.wrong_found for g in known), sum(g.wrong_planted for g in known)


def specificity_of(gold: Iterable[VerifierGold]) -> tuple[int, int]:
    """Return (passed, planted) right labels over all verifiers given."""
    known = list(gold)
    return sum(g.right_passed for g in known), sum(g.right_planted for g in known)


def correct_rate(
    errors: int,
    n: int,
    sensitivity: tuple[int, int],
    specificity: tuple[int, int] | None,
    z: float = Z_95,
) -> Corrected | None:
    """Return the true error rate by Rogan and Gladen (1978), with a normal interval from all three samples.

    ``sensitivity`` and ``specificity`` are (right, trials); ``specificity=None`` means that every mismatch was adjudicated, which makes
    it 1. None where nothing was planted or verified, or where the verifiers tell wrong from right no better than chance.
    """
    if not n or not sensitivity[1] or (specificity is not None and not specificity[1]):
        return None
    apparent, se = errors / n, sensitivity[0] / sensitivity[1]
    sp = 1.0 if specificity is None else specificity[0] / specificity[1]
    power = se + sp - 1
    if power <= 0:
        return None
    rate = (apparent + sp - 1) / power
    spread = apparent * (1 - apparent) / n + rate * rate * se * (1 - se) / sensitivity[1]
    if specificity is not None:
        spread += (1 - rate) ** 2 * sp * (1 - sp) / specificity[1]
    half = z * sqrt(spread) / power
    return Corrected(apparent, _clip(rate), _clip(rate - half), _clip(rate + half), not 0 <= rate <= 1)


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))
