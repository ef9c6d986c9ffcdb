"""Laws of the bound: its confidence is kept for every lot, exactly and not by simulation; more errors never raise it."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.stages.bound_accuracy import (
    allowed_defects,
    binomial_cdf,
    exact_cdf,
    hypergeometric_cdf,
    hypergeometric_pmf,
    is_proved,
    lower_bound,
    max_errors,
    min_sample,
    upper_defects,
)

CONFIDENCE = st.sampled_from(["0.8", "0.9", "0.95", "0.99"])


@st.composite
def samples(draw):
    size = draw(st.integers(1, 400))
    n = draw(st.integers(0, size))
    return draw(st.integers(0, n)), n, size


@pytest.mark.parametrize(
    ("size", "n", "confidence"),
    [(200, 40, "0.95"), (1000, 100, "0.95"), (50, 31, "0.95"), (60, 59, "0.99"), (300, 150, "0.90"), (1000, 206, "0.95"), (37, 1, "0.95")],
)
def test_coverage_over_every_lot(size, n, confidence):
    limits = [upper_defects(x, n, size, confidence) for x in range(n + 1)]
    for defects in range(size + 1):
        covered = sum(hypergeometric_pmf(x, size, defects, n) for x in range(n + 1) if limits[x] >= defects)
        assert covered >= float(confidence) - 1e-9, defects


@settings(deadline=None)
@given(samples(), CONFIDENCE)
def test_it_is_the_largest_lot_of_errors_not_yet_improbable(sample, confidence):
    errors, n, size = sample
    risk = 1 - Fraction(confidence)
    defects = upper_defects(errors, n, size, confidence)
    assert defects == errors or exact_cdf(errors, size, defects, n) > risk
    assert defects == size - (n - errors) or exact_cdf(errors, size, defects + 1, n) <= risk


@settings(deadline=None)
@given(samples(), CONFIDENCE)
def test_monotone_and_never_below_clopper_pearson(sample, confidence):
    errors, n, size = sample
    bound = lower_bound(errors, n, size, confidence)
    assert 0 <= bound <= 1
    assert n == 0 or bound >= lower_bound(errors, n, None, confidence) - 1e-9
    if errors < n:
        assert lower_bound(errors + 1, n, size, confidence) <= bound
    assert lower_bound(errors, n, size, "0.999") <= bound
    assert n == 0 or bound <= (n - errors) / n or errors == 0 or bound * size < size - errors + 1


@settings(deadline=None)
@given(samples())
def test_distribution_against_whole_numbers(sample):
    defects, n, size = sample
    for x in range(-1, n + 1, max(1, n // 5)):
        exact = float(exact_cdf(x, size, defects, n)) if x >= 0 else 0.0
        assert hypergeometric_cdf(x, size, defects, n) == pytest.approx(exact, rel=1e-10, abs=1e-14)


@settings(deadline=None)
@given(st.integers(1, 500), st.sampled_from(["0.9", "0.95", "0.98", "0.99"]), CONFIDENCE, st.integers(0, 4))
def test_smallest_sample_is_smallest(size, claim, confidence, ac):
    n = min_sample(size, claim, confidence, ac)
    if n is None:
        assert allowed_defects(size, claim) < ac or size == allowed_defects(size, claim)
        return
    assert is_proved(ac, n, size, claim, confidence)
    assert n == ac + 1 or not is_proved(ac, n - 1, size, claim, confidence)


@settings(deadline=None)
@given(samples(), st.sampled_from(["0.5", "0.9", "0.98"]))
def test_most_errors_are_most(sample, claim):
    _, n, size = sample
    most = max_errors(n, size, claim)
    if most is None:
        assert not is_proved(0, n, size, claim)
        return
    assert is_proved(most, n, size, claim)
    assert most == n or not is_proved(most + 1, n, size, claim)


@settings(deadline=None)
@given(st.integers(1, 300), st.floats(0.001, 0.999), st.data())
def test_binomial_grows_to_one(n, p, data):
    x = data.draw(st.integers(0, n))
    assume(x < n)
    assert 0 <= binomial_cdf(x, n, p) <= binomial_cdf(x + 1, n, p) + 1e-12 <= 1 + 2e-12
    assert binomial_cdf(n, n, p) == 1
