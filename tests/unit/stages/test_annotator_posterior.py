"""Few checks a person, shrunk; exams and gold windows."""

import pytest

from pipeline.stages.annotator_posterior import FLAT, alarm_probability, annotator_posteriors, fires, fit_prior, pass_probability

CHECKS = dict(zip("abcdefgh", [(0, 10), (1, 60), (2, 80), (1, 40), (0, 5), (3, 50), (9, 70), (1, 45)], strict=True))


def test_reference_example():
    a, b = fit_prior(list(CHECKS.values()))
    assert (a, b) == (pytest.approx(2.706, abs=5e-4), pytest.approx(57.93, abs=5e-3))
    assert a / (a + b) == pytest.approx(0.0446, abs=5e-5)
    found = annotator_posteriors(CHECKS, 0.05)
    assert [p.person for p in found] == list("abcdefgh")
    assert [round(p.mean * 100, 2) for p in found] == [3.83, 3.07, 3.35, 3.68, 4.12, 5.16, 8.96, 3.51]
    assert [round(p.over_limit, 2) for p in found] == [0.26, 0.12, 0.14, 0.21, 0.30, 0.48, 0.96, 0.18]


@pytest.mark.parametrize("checks", [[], [(1, 10)], [(0, 10), (0, 20)], [(5, 5), (3, 3)], [(0, 0), (1, 5)]])
def test_nothing_to_learn_leaves_the_prior_flat(checks):
    assert fit_prior(checks) == FLAT


def test_people_who_do_not_differ_share_one_rate():
    found = annotator_posteriors({str(i): (5, 100) for i in range(10)}, 0.10)
    assert all(p.mean == pytest.approx(0.05, abs=1e-3) and p.over_limit < 0.01 for p in found)


@pytest.mark.parametrize(("n", "ac", "expected"), [(20, 2, (0.99, 0.93, 0.68, 0.21)), (100, 5, (0.985, 0.62, 0.06, 0.0))])
def test_exams(n, ac, expected):
    found = [pass_probability(n, ac, wrong) for wrong in (0.02, 0.05, 0.10, 0.20)]
    assert found == pytest.approx(expected, abs=0.0065)


def test_gold_window():
    found = [alarm_probability(20, 4, wrong) for wrong in (0.02, 0.05, 0.10, 0.20, 0.30)]
    assert found == pytest.approx((0.0006, 0.016, 0.13, 0.59, 0.89), abs=0.005)
    assert not fires([False] * 19, 20, 4)
    assert fires([True] * 10 + [False] * 4 + [True] * 10, 20, 4)
    assert not fires([False] * 4 + [True] * 20, 20, 4)
