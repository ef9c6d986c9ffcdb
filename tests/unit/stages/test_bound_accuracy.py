"""Bounds against every published or measured value."""

import pytest

from pipeline.errors import DataError
from pipeline.stages.bound_accuracy import (
    exact_interval,
    is_proved,
    lower_bound,
    max_errors,
    min_sample,
    sample_for_estimate,
    upper_defects,
    upper_ratio,
    wilson,
)

SIZES = (50, 100, 200, 500, 1000, 5000, 10_000, None)


@pytest.mark.parametrize(
    ("size", "n", "errors", "expected"),
    [
        *((1000, 100, x, bound) for x, bound in enumerate((0.972, 0.956, 0.941, 0.927, 0.914, 0.901))),
        (1000, 132, 0, 0.980),
        (1000, 200, 2, 0.972),
        (20_000, 400, 4, 0.9774),
        *((2000, 100, x, bound) for x, bound in enumerate((0.9715, 0.9545, 0.9395, 0.9255))),
        (30, 10, 0, 0.800),
        (1_000_000, 4000, 160, 0.954534),
    ],
)
def test_lower_bound_of_a_lot(size, n, errors, expected):
    assert lower_bound(errors, n, size) == pytest.approx(expected, abs=1e-12)


def test_lower_bound_of_thirty_with_nine():
    assert round(lower_bound(0, 9, 30), 3) == 0.767


@pytest.mark.parametrize(
    ("n", "errors", "expected"),
    [
        *((100, x, bound) for x, bound in enumerate((0.9705, 0.9534, 0.9384, 0.9243, 0.9108, 0.8977))),
        (132, 0, 0.9776),
        (200, 2, 0.9689),
        (400, 4, 0.9773),
        (4000, 160, 0.95452),
    ],
)
def test_clopper_pearson(n, errors, expected):
    assert lower_bound(errors, n, None) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize(
    ("claim", "table"),
    [
        ("0.95", "31/43/50 39/58/73 47/72/93 54/84/110 56/88/117 58/92/123 59/93/123 59/93/124"),
        ("0.96", "31/43/50 45/65/81 56/85/109 66/102/134 70/109/144 73/116/153 73/116/155 74/117/156"),
        ("0.98", "39/49/None 63/87/99 90/131/162 119/181/234 132/206/269 145/229/304 147/232/308 149/236/313"),
        ("0.99", "48/None/None 78/98/None 126/173/197 196/290/364 238/364/469 284/447/590 291/460/609 299/473/628"),
    ],
)
def test_smallest_sample_that_proves_a_claim(claim, table):
    found = ["/".join(str(min_sample(size, claim, "0.95", ac)) for ac in range(3)) for size in SIZES]
    assert found == table.split()


@pytest.mark.parametrize(("claim", "n"), [("0.95", 59), ("0.98", 149), ("0.99", 299)])
def test_rule_of_three_family(claim, n):
    assert min_sample(None, claim, 0.95, 0) == n


@pytest.mark.parametrize(("n", "limits"), [(60, ("4.9", "7.7")), (100, ("3.0", "4.7", "6.2", "7.6"))])
def test_attribute_audit_tables(n, limits):
    # The printed tables round upwards.
    for x, printed in enumerate(limits):
        assert upper_ratio(x, n) * 100 == pytest.approx(float(printed), abs=0.1)


@pytest.mark.parametrize(
    ("right", "n", "exact", "score"),
    [
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1684), (0.0, 0.1611)),
        (1, 29, (0.0009, 0.1776), (0.0061, 0.1718)),
    ],
)
def test_newcombe_1998(right, n, exact, score):
    assert exact_interval(right, n) == pytest.approx(exact, abs=5e-5)
    assert wilson(right, n) == pytest.approx(score, abs=5e-5)


@pytest.mark.parametrize(
    ("size", "confidence", "most"),
    [
        (5000, 0.95, 151),
        (10_000, 0.95, 144),
        (50_000, 0.95, 140),
        (1_000_000, 0.95, 139),
        (None, 0.95, 139),
        (None, 0.90, 143),
        (None, 0.99, 131),
    ],
)
def test_most_errors_of_4000_that_prove_96_percent(size, confidence, most):
    assert max_errors(4000, size, 0.96, confidence) == most


@pytest.mark.parametrize(("size", "most"), [(1000, None), (10_000, 12), (50_000, 84), (100_000, 177), (1_000_000, 1930)])
def test_most_errors_of_ten_percent_that_prove_98_percent(size, most):
    assert max_errors(size // 10, size, "0.98") == most


@pytest.mark.parametrize(("size", "n"), [(500, 301), (1000, 430), (5000, 655), (10_000, 701), (None, 753)])
def test_cochran(size, n):
    assert sample_for_estimate(size, 0.02, 0.01) == n


@pytest.mark.parametrize(
    ("size", "n"), [(10, 10), (50, 44), (100, 80), (500, 217), (1000, 278), (5000, 357), (10_000, 370), (75_000, 382), (1_000_000, 384)]
)
def test_krejcie_and_morgan_1970(size, n):
    # Their table rounds to the nearest; a plan rounds up.
    assert sample_for_estimate(size, 0.5, 0.05, 3.841**0.5) in {n, n + 1}


def test_a_lot_verified_whole_gives_its_true_value():
    assert lower_bound(7, 200, 200) == 193 / 200
    assert upper_defects(0, 200, 200) == 0
    assert lower_bound(200, 200, 200) == 0


def test_a_tie_is_decided_in_whole_numbers():
    # P(X = 0 | size 20, 1 wrong, 19 drawn) is 1/20, exactly the risk: one wrong item is no longer left open.
    assert upper_defects(0, 19, 20, 0.95) == 0
    assert upper_defects(0, 19, 20, 0.951) == 1


@pytest.mark.parametrize(("errors", "n", "size"), [(2, 1, 10), (-1, 1, 10), (0, 11, 10)])
def test_impossible_counts(errors, n, size):
    with pytest.raises(DataError, match="errors <= verified <= lot"):
        lower_bound(errors, n, size)


@pytest.mark.parametrize("share", [0, 1, "1.5", "much"])
def test_impossible_shares(share):
    with pytest.raises(DataError, match="claim or confidence"):
        min_sample(100, share)


def test_nothing_verified_proves_nothing():
    assert lower_bound(0, 0, 100) == 0
    assert not is_proved(0, 0, 100, "0.01")
    assert not is_proved(0, 0, None, "0.01")
    assert wilson(0, 0) == (0.0, 1.0)
