"""The verifiers' own errors, and strata."""

from pathlib import Path

import pytest

import pipeline
from pipeline.domain.judging import VerifierGold
from pipeline.domain.sampling import AqlPlan, Stratum
from pipeline.stages.bound_strata import bound_strata, shared_confidence, weighted_estimate
from pipeline.stages.inspect_stream import parse_plans
from pipeline.stages.plan_sample import acceptance_probability, plan_lot
from pipeline.stages.verifier_error import apparent_rate, correct_rate, disagreement_rate, sensitivity_of, specificity_of

TABLES = parse_plans((Path(pipeline.__file__).parent / "reference" / "iso_2859_1_single.csv").read_text(encoding="utf-8"))


def test_two_people_disagree():
    assert disagreement_rate(0.01, 0.01, 3) == pytest.approx(0.01985)


@pytest.mark.parametrize(
    ("true", "alone", "with_verifier"), [(0.0, 1, 0.953), (0.005, 0.992, 0.890), (0.01, 0.953, 0.807), (0.02, 0.784, 0.615)]
)
def test_a_good_verifier_breaks_a_tight_plan(true, alone, with_verifier):
    plan = plan_lot(AqlPlan("1.0"), 1000, TABLES)
    assert acceptance_probability(plan, true, is_stream=True) == pytest.approx(alone, abs=6e-4)
    assert acceptance_probability(plan, apparent_rate(true, 0.90, 0.99), is_stream=True) == pytest.approx(with_verifier, abs=6e-4)


def test_rogan_and_gladen():
    found = correct_rate(20, 400, (90, 100), (297, 300))
    assert found.rate == pytest.approx(0.0449, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((0.018, 0.072), abs=5e-4)
    assert correct_rate(12, 400, (90, 100), (297, 300)).rate == pytest.approx(0.0225, abs=5e-5)
    below = correct_rate(2, 400, (90, 100), (297, 300))
    assert below.is_clipped
    assert below.rate == 0


def test_where_nothing_can_be_corrected():
    assert correct_rate(1, 10, (0, 0), None) is None
    assert correct_rate(0, 0, (9, 10), None) is None
    assert correct_rate(1, 10, (5, 10), (5, 10)) is None
    assert correct_rate(1, 10, (9, 10), (0, 0)) is None
    assert correct_rate(9, 100, (9, 10), None).rate == pytest.approx(0.1)


def test_gold_of_several_verifiers():
    gold = [VerifierGold("v1", 10, 9, 20, 20), VerifierGold("v2", 10, 8, 20, 19)]
    assert sensitivity_of(gold) == (17, 20)
    assert specificity_of(gold) == (39, 40)


def test_strata():
    found = bound_strata("annotator", [("a", False), ("a", True), ("b", False), ("x", True)], {"a": 10, "b": 5, "c": 7})
    assert [(s.name, s.size, s.verified, s.errors) for s in found] == [("a", 10, 2, 1), ("b", 5, 1, 0), ("c", 7, 0, 0), ("x", None, 1, 1)]
    assert found[0].lower_bound is not None
    assert found[3].lower_bound is None
    assert found[2].lower_bound == 0


def test_weighted_estimate():
    strata = [Stratum("annotator", str(i), size, n, x, None) for i, (size, n, x) in enumerate(((334, 33, 0), (333, 33, 0), (333, 34, 5)))]
    rate, deviation = weighted_estimate(strata)
    assert rate == pytest.approx(0.333 * 5 / 34)
    assert deviation == pytest.approx(0.333 * ((1 - 34 / 333) * (5 / 34) * (29 / 34) / 33) ** 0.5)
    assert weighted_estimate([Stratum("annotator", "a", 10, 1, 0, None)]) is None
    assert weighted_estimate([]) is None


def test_confidence_shared_by_strata():
    assert float(shared_confidence("0.95", 5)) == pytest.approx(0.99)
