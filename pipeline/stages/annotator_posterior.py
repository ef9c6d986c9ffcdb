"""What to believe of one annotator from few checks: everyone's errors first, the person's own more and more (beta-binomial).

Raw rates mislead when ten items were checked. Act on the probability that the rate exceeds the limit: warn at .80,
suspend at .95 by default. The prior is fitted by maximum likelihood over all annotators of the same rule.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp, lgamma, log

from pipeline.domain.sampling import Posterior
from pipeline.stages.bound_accuracy import binomial_cdf

FLAT = (1.0, 1.0)
_STEPS = 200
_GOLDEN = 0.6180339887498949


def annotator_posteriors(checks: Mapping[str, tuple[int, int]], limit: float) -> tuple[Posterior, ...]:
    """Return the posterior of every person from (errors, checks), by name; ``limit`` is the error rate not to exceed."""
    a, b = fit_prior(list(checks.values()))
    found = []
    for person, (errors, count) in sorted(checks.items()):
        own_a, own_b = a + errors, b + count - errors
        found.append(Posterior(person, errors, count, own_a / (own_a + own_b), 1 - beta_cdf(limit, own_a, own_b)))
    return tuple(found)


def fit_prior(checks: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return (a, b) of the beta prior that makes all (errors, checks) most likely; flat where nothing can be learned.

    Fewer than two people, no error at all, or nothing but errors say nothing about how people differ.
    """
    known = [(errors, count) for errors, count in checks if count > 0]
    errors, total = sum(e for e, _ in known), sum(n for _, n in known)
    if len(known) < 2 or errors in {0, total}:
        return FLAT

    def at(log_strength: float) -> tuple[float, float]:
        """Return the best mean for a strength, and its likelihood."""
        strength = exp(log_strength)

        def likelihood(logit: float) -> float:
            mean = 1 / (1 + exp(-logit))
            return _log_likelihood(known, mean * strength, (1 - mean) * strength)

        start = log(errors / (total - errors))
        logit = _maximum(likelihood, start - 3, start + 3)
        return logit, likelihood(logit)

    # Where annotators differ no more than chance the fit would run away to a prior that is certain of everyone's mean, and a
    # person without an error would be suspended for the others'. The mean was learned from so many checks: it is no surer than they.
    best = _maximum(lambda s: at(s)[1], log(0.5), log(total))
    mean = 1 / (1 + exp(-at(best)[0]))
    return mean * exp(best), (1 - mean) * exp(best)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function, by Lentz's continued fraction (Numerical Recipes, section 6.4)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _continued(x, a, b) / a
    return 1 - front * _continued(1 - x, b, a) / b


def pass_probability(n: int, ac: int, wrong: float) -> float:
    """Return the probability that a person who is wrong with probability ``wrong`` passes "at most ac wrong of n" (exams, gold)."""
    return binomial_cdf(ac, n, wrong)


def alarm_probability(window: int, wrong_at_least: int, wrong: float) -> float:
    """Return the probability that a gold window fires for a person who is wrong with probability ``wrong``."""
    return 1 - binomial_cdf(wrong_at_least - 1, window, wrong)


def fires(answers: Sequence[bool], window: int, wrong_at_least: int) -> bool:
    """Tell whether the last ``window`` gold answers (True is right), once there are so many, hold too many wrong ones."""
    return len(answers) >= window and list(answers[-window:]).count(False) >= wrong_at_least


def _log_likelihood(checks: Sequence[tuple[int, int]], a: float, b: float) -> float:
    base = lgamma(a + b) - lgamma(a) - lgamma(b)
    return sum(base + lgamma(a + e) + lgamma(b + n - e) - lgamma(a + b + n) for e, n in checks)


def _maximum(value: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function of one peak is highest, by golden section."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(_STEPS):
        if high - low < 1e-7:
            break
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = value(right)
        else:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = value(left)
    return (low + high) / 2


def _continued(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1), tiny)
    result = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _not_zero(1 + even * d, tiny), _not_zero(1 + even / c, tiny)
        result *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _not_zero(1 + odd * d, tiny), _not_zero(1 + odd / c, tiny)
        step = d * c
        result *= step
        if abs(step - 1) < 1e-15:
            break
    return result


def _not_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
