"""Plans: published values, the sentence that says what they prove, and what is refused at planning time."""

from pathlib import Path

import pytest

import pipeline
from pipeline.domain.sampling import (
    MANUAL_CORPUS_RULE,
    TECHNICAL_CORPUS_RULE,
    AqlPlan,
    ClaimPlan,
    Method,
    PointRule,
    Refusal,
    SamplingPlan,
    Severity,
    SprtPlan,
    plan_from,
)
from pipeline.errors import ConfigurationError
from pipeline.stages.inspect_stream import parse_plans
from pipeline.stages.plan_sample import (
    acceptance_probability,
    chance_to_see,
    is_as_strict,
    operating_characteristic,
    plan_lot,
    say_cost,
    two_point_plan,
)

TABLES = parse_plans((Path(pipeline.__file__).parent / "reference" / "iso_2859_1_single.csv").read_text(encoding="utf-8"))
SPRT = SprtPlan("0.01", "0.04", look_every=1, longest=391)


@pytest.mark.parametrize(
    ("rule", "size", "n", "ac", "method"),
    [
        (ClaimPlan("0.98"), 200, 131, 1, Method.CLAIM),
        (ClaimPlan("0.98"), 1000, 206, 1, Method.CLAIM),
        (ClaimPlan("0.95"), 200, 72, 1, Method.CLAIM),
        (ClaimPlan("0.98", "0.95", 0), 1000, 132, 0, Method.CLAIM),
        (AqlPlan("1.0"), 1000, 80, 2, Method.AQL),
        (AqlPlan("1.0", Severity.TIGHTENED), 1000, 80, 1, Method.AQL),
        (AqlPlan("4.0"), 2, 2, 0, Method.AQL),
        (MANUAL_CORPUS_RULE, 1_000_000, 4000, 160, Method.POINT_RULE),
        (MANUAL_CORPUS_RULE, 100, 100, 4, Method.POINT_RULE),
        (TECHNICAL_CORPUS_RULE, 10_000, 1000, 20, Method.POINT_RULE),
        (TECHNICAL_CORPUS_RULE, 1001, 101, 2, Method.POINT_RULE),
        (SPRT, 1000, 391, 8, Method.SPRT),
        (SPRT, 50, 50, 1, Method.SPRT),
    ],
)
def test_plans_made_concrete(rule, size, n, ac, method):
    plan = plan_lot(rule, size, TABLES)
    assert isinstance(plan, SamplingPlan)
    assert (plan.sample_size, plan.max_errors, plan.method) == (n, ac, method)
    assert plan_from(plan.body()) == plan
    assert plan_from(plan.body()).plan_sha256 == plan.plan_sha256


@pytest.mark.parametrize(
    ("rule", "size", "said"),
    [
        (ClaimPlan("0.98", "0.95", 2), 50, "not even of every item"),
        (ClaimPlan("0.98"), 0, "empty"),
        (AqlPlan("1.0", Severity.STOPPED), 1000, "stopped"),
        (AqlPlan("1.0"), 1, "lot of 2"),
        (SprtPlan("0.04", "0.01"), 1000, "good below bad"),
        (SprtPlan("0.01", "0.04", "0.6", "0.5"), 1000, "good below bad"),
        (PointRule("none", "0.96"), 1000, "no sample size"),
    ],
)
def test_refused_at_planning_time(rule, size, said):
    refusal = plan_lot(rule, size, TABLES)
    assert isinstance(refusal, Refusal)
    assert said in refusal.en
    assert refusal.zh


def test_an_aql_that_the_table_does_not_have():
    with pytest.raises(ConfigurationError, match="AQL of the table"):
        plan_lot(AqlPlan("3.3"), 1000, TABLES)


@pytest.mark.parametrize(
    ("rule", "size", "en", "zh"),
    [
        (TECHNICAL_CORPUS_RULE, 1000, "0 errors of 100 proves 97.2 %, not 98 %", "100 条中 0 个错误仅证明 97.2 %，而非 98 %"),
        (ClaimPlan("0.98"), 1000, "up to 1 error prove 98 % with 95 % confidence", "至多 1 个错误即以 95 % 置信度证明准确率不低于 98 %"),
        (MANUAL_CORPUS_RULE, 1_000_000, "160 errors prove 95.4 %, not 96 %", "160 个错误仅证明 95.4 %，而非 96 %"),
        (AqlPlan("1.0"), 1000, "of one lot it proves 92.6 %", "对单批仅以 95 % 置信度证明准确率不低于 92.6 %"),
        (SPRT, 1000, "no exact bound", "不给出精确下限"),
    ],
)
def test_the_sentence_says_what_is_proved(rule, size, en, zh):
    sentence = say_cost(plan_lot(rule, size, TABLES))
    assert en in sentence.en
    assert zh in sentence.zh


@pytest.mark.parametrize(
    ("size", "good", "bad", "expected"),
    [
        (200, 0.01, 0.04, (119, 2)),
        (500, 0.01, 0.04, (171, 3)),
        (1000, 0.01, 0.04, (213, 4)),
        (5000, 0.01, 0.04, (257, 5)),
        (50_000, 0.01, 0.04, (260, 5)),
        (None, 0.01, 0.04, (261, 5)),
        (None, 0.02, 0.10, (89, 4)),
        (None, 0.03, 0.10, (129, 7)),
        (None, 0.05, 0.20, (50, 5)),
    ],
)
def test_two_point_plans(size, good, bad, expected):
    assert two_point_plan(size, good, bad) == expected


def test_two_points_that_nothing_tells_apart():
    with pytest.raises(ConfigurationError, match="good < bad"):
        two_point_plan(None, 0.04, 0.01)
    with pytest.raises(ConfigurationError, match="set them further apart"):
        two_point_plan(100, 0.01, 0.011)


@pytest.mark.parametrize(("wrong", "expected"), [(0.04, 0.52), (0.045, 0.067), (0.05, 0.0016), (0.035, 0.96)])
def test_the_corpus_point_rule_is_a_coin_at_its_own_limit(wrong, expected):
    plan = plan_lot(MANUAL_CORPUS_RULE, 10_000_000)
    assert acceptance_probability(plan, wrong, is_stream=True) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(
    ("size", "aql", "at_aql", "shares"),
    [
        (1000, "1.0", 0.953, (0.0103, 0.0333, 0.0652)),
        (1000, "1.5", 0.967, (0.0173, 0.0457, 0.0816)),
        (1000, "2.5", 0.985, (0.0332, 0.0706, 0.1128)),
        (1000, "4.0", 0.985, (0.0507, 0.0955, 0.1428)),
        (2000, "1.0", 0.963, (0.0110, 0.0293, 0.0527)),
        (5000, "1.0", 0.984, (0.0131, 0.0283, 0.0459)),
        (5000, "1.5", 0.989, (0.0201, 0.0383, 0.0582)),
        (20_000, "1.0", 0.985, (0.0127, 0.0243, 0.0371)),
        (100_000, "1.0", 0.987, (0.0124, 0.0213, 0.0306)),
    ],
)
def test_operating_characteristic_of_the_tables(size, aql, at_aql, shares):
    plan = plan_lot(AqlPlan(aql), size, TABLES)
    assert acceptance_probability(plan, float(aql) / 100, is_stream=True) == pytest.approx(at_aql, abs=6e-4)
    for share, expected in zip(shares, (0.95, 0.50, 0.10), strict=True):
        assert acceptance_probability(plan, share, is_stream=True) == pytest.approx(expected, abs=0.003)


def test_characteristic_falls_from_one_to_nothing():
    for rule in (ClaimPlan("0.98"), AqlPlan("1.0"), SPRT):
        curve = operating_characteristic(plan_lot(rule, 1000, TABLES), [i / 100 for i in range(0, 31, 2)])
        chances = [chance for _, chance in curve]
        assert chances[0] == 1
        assert chances == sorted(chances, reverse=True)
        assert chances[-1] < 0.001


@pytest.mark.parametrize(("n", "expected"), [(50, 0.23), (100, 0.41), (200, 0.67), (450, 0.95)])
def test_one_sample_rarely_sees_five_unlawful_items(n, expected):
    assert chance_to_see(1000, 5, n) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (ClaimPlan("0.98"), ClaimPlan("0.98"), True),
        (ClaimPlan("0.99"), ClaimPlan("0.98"), True),
        (ClaimPlan("0.97"), ClaimPlan("0.98"), False),
        (ClaimPlan("0.98", "0.90"), ClaimPlan("0.98"), False),
        (ClaimPlan("0.98", "0.95", 2), ClaimPlan("0.98"), False),
        (AqlPlan("0.65"), AqlPlan("1.0"), True),
        (AqlPlan("1.5"), AqlPlan("1.0"), False),
        (AqlPlan("1.0", Severity.TIGHTENED), AqlPlan("1.0"), True),
        (AqlPlan("1.0"), AqlPlan("1.0", Severity.TIGHTENED), False),
        (AqlPlan("1.0"), ClaimPlan("0.98"), False),
        (SprtPlan("0.01", "0.03"), SprtPlan("0.01", "0.04"), True),
        (SprtPlan("0.01", "0.05"), SprtPlan("0.01", "0.04"), False),
        (MANUAL_CORPUS_RULE, MANUAL_CORPUS_RULE, True),
    ],
)
def test_a_later_round_is_not_looser(new, old, expected):
    assert is_as_strict(plan_lot(new, 1000, TABLES), plan_lot(old, 1000, TABLES)) is expected
