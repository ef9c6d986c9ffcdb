"""Our statistics against scipy and statsmodels over random cases."""

from random import Random

import pytest
from scipy.stats import beta, betabinom, binom, hypergeom
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss
from statsmodels.stats.proportion import proportion_confint

from pipeline.stages.agreement import cohen_kappa, fleiss_kappa
from pipeline.stages.annotator_posterior import beta_cdf, fit_prior
from pipeline.stages.bound_accuracy import (
    binomial_cdf,
    binomial_pmf,
    exact_interval,
    hypergeometric_cdf,
    hypergeometric_pmf,
    upper_defects,
    upper_ratio,
    wilson,
)

RANDOM = 20_260_101


def lots(count: int, largest: int):
    random = Random(RANDOM + largest)
    for _ in range(count):
        size = random.randint(1, largest)
        n, defects = random.randint(0, size), random.randint(0, size)
        middle = round(n * defects / size)
        yield size, n, defects, min(max(0, middle + random.randint(-30, 30)), n, defects)


@pytest.mark.parametrize("largest", [20, 5000, 10_000_000])
def test_hypergeometric(largest):
    for size, n, defects, x in lots(400, largest):
        # scipy itself loses digits in lots of millions.
        rel = 1e-9 if largest <= 5000 else 1e-5
        assert hypergeometric_cdf(x, size, defects, n) == pytest.approx(hypergeom.cdf(x, size, defects, n), rel=rel, abs=1e-9)
        assert hypergeometric_pmf(x, size, defects, n) == pytest.approx(hypergeom.pmf(x, size, defects, n), rel=rel, abs=1e-12)


def test_binomial():
    random = Random(RANDOM)
    for _ in range(500):
        n, p = random.randint(1, 5000), random.random()
        x = min(n, max(0, round(n * p) + random.randint(-40, 40)))
        assert binomial_cdf(x, n, p) == pytest.approx(binom.cdf(x, n, p), rel=1e-9, abs=1e-12)
        assert binomial_pmf(x, n, p) == pytest.approx(binom.pmf(x, n, p), rel=1e-9, abs=1e-300)


def test_upper_defects_is_the_largest_by_scipy():
    for size, n, _, _ in lots(60, 400):
        errors = Random(size * 1000 + n).randint(0, n)
        left_open = [d for d in range(errors, size - (n - errors) + 1) if hypergeom.cdf(errors, size, d, n) > 0.05 + 1e-12]
        assert upper_defects(errors, n, size, "0.95") == max(left_open, default=errors)


def test_intervals():
    random = Random(RANDOM)
    for _ in range(100):
        n = random.randint(1, 400)
        right = random.randint(0, n)
        assert exact_interval(right, n) == pytest.approx(proportion_confint(right, n, 0.05, "beta"), abs=1e-9)
        assert wilson(right, n) == pytest.approx(proportion_confint(right, n, 0.05, "wilson"), abs=1e-9)
        if right < n:
            assert upper_ratio(right, n) == pytest.approx(beta.ppf(0.95, right + 1, n - right), abs=1e-9)


def test_beta_distribution():
    random = Random(RANDOM)
    for _ in range(500):
        a, b, x = random.uniform(0.1, 300), random.uniform(0.1, 300), random.random()
        assert beta_cdf(x, a, b) == pytest.approx(beta.cdf(x, a, b), rel=1e-8, abs=1e-12)


def test_no_prior_is_likelier():
    checks = [(0, 10), (1, 60), (2, 80), (1, 40), (0, 5), (3, 50), (9, 70), (1, 45)]
    a, b = fit_prior(checks)

    def likelihood(a: float, b: float) -> float:
        return sum(betabinom.logpmf(errors, n, a, b) for errors, n in checks)

    best = likelihood(a, b)
    for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2):
        assert likelihood(a * factor, b) < best
        assert likelihood(a, b * factor) < best
        assert likelihood(a * factor, b * factor) < best


def test_kappas():
    random = Random(RANDOM)
    for _ in range(30):
        table = [[random.randint(1, 30) for _ in range(3)] for _ in range(3)]
        pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
        assert cohen_kappa(pairs) == pytest.approx(cohens_kappa(table).kappa)
        raters = [[random.randrange(4) for _ in range(5)] for _ in range(20)]
        counts = [[row.count(label) for label in range(4)] for row in raters]
        assert fleiss_kappa(raters) == pytest.approx(statsmodels_fleiss(counts))
