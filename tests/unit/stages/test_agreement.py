"""Agreement against every published value; what is not defined is None."""

import pyarrow as pa
import pytest

from pipeline.stages.agreement import (
    agreement,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairwise_span_f1,
    partial_span_scores,
    raw_agreement,
    span_scores,
)

KRIPPENDORFF_2011 = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")
UNITS = [[label for label in column if label != "."] for column in zip(*(row.split() for row in KRIPPENDORFF_2011), strict=True)]
FLEISS_1971 = "0 0 0 0 14/0 2 6 4 2/0 0 3 5 6/0 3 9 2 0/2 2 8 1 1/7 7 0 0 0/3 2 6 3 0/2 5 3 2 2/6 5 2 1 0/0 2 2 3 7"
GOLD = [(0, 3, "PER"), (10, 15, "LOC"), (20, 24, "ORG")]
FOUND = [(0, 3, "PER"), (10, 14, "LOC"), (20, 24, "PER"), (30, 33, "LOC")]


def square(both: int, first: int, second: int, neither: int) -> list[tuple[int, int]]:
    return [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither


@pytest.mark.parametrize(("table", "kappa"), [((20, 5, 10, 15), 0.4000), ((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)])
def test_cohen(table, kappa):
    assert cohen_kappa(square(*table)) == pytest.approx(kappa, abs=5e-5)


def test_where_one_label_dominates_kappa_fails_and_ac1_does_not():
    pairs = square(118, 5, 2, 0)
    assert raw_agreement(pairs) == pytest.approx(0.944)
    assert cohen_kappa(pairs) == pytest.approx(-0.023, abs=5e-4)
    assert gwet_ac1(pairs) == pytest.approx(0.941, abs=5e-4)


def test_fleiss():
    table = [[int(count) for count in row.split()] for row in FLEISS_1971.split("/")]
    units = [[label for label, count in enumerate(row) for _ in range(count)] for row in table]
    assert fleiss_kappa(units) == pytest.approx(0.2099, abs=5e-5)


def test_krippendorff_and_gwet_on_four_observers_with_gaps():
    assert krippendorff_alpha(UNITS) == pytest.approx(0.74342, abs=5e-6)
    assert gwet_ac1(UNITS) == pytest.approx(0.77544, abs=5e-6)
    assert fleiss_kappa(UNITS) == pytest.approx(0.76117, abs=5e-6)


@pytest.mark.parametrize(("one", "other", "alpha"), [("aabbdcccedda", "babbbccceddd", 0.692), ("0100000010", "1110010000", 0.095)])
def test_krippendorff_of_two_observers(one, other, alpha):
    assert krippendorff_alpha(list(zip(one, other, strict=True))) == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize("units", [[], [["a"]], [["a", "a"], ["a", "a"]]])
def test_not_defined_is_none(units):
    assert krippendorff_alpha(units) is None
    assert fleiss_kappa(units) is None
    assert gwet_ac1(units) is None
    assert cohen_kappa([tuple(unit) for unit in units if len(unit) == 2]) is None


def test_spans():
    exact, partial = span_scores(GOLD, FOUND), partial_span_scores(GOLD, FOUND)
    assert (exact.precision, exact.recall, exact.f1) == pytest.approx((0.25, 0.3333, 0.2857), abs=5e-5)
    assert partial.f1 == pytest.approx(0.714, abs=5e-4)
    assert span_scores([], []).f1 is None
    assert span_scores(GOLD, []).f1 == 0
    assert partial_span_scores(GOLD, GOLD).f1 == 1


def test_spans_of_several_people():
    marked = [[("r1", span) for span in GOLD], [("r1", span) for span in GOLD], [("r1", span) for span in FOUND]]
    assert pairwise_span_f1(marked) == pytest.approx((1 + 2 * 2 / 7) / 3)
    assert pairwise_span_f1(marked[:1]) is None
    assert pairwise_span_f1([[], []]) is None


def test_all_measures_from_a_table():
    rows = [(f"u{i:02d}", f"o{j}", label) for j, row in enumerate(KRIPPENDORFF_2011) for i, label in enumerate(row.split())]
    table = pa.table(
        {
            "record_id": [row[0] for row in rows],
            "person": [row[1] for row in rows],
            "label": [None if row[2] == "." else row[2] for row in rows],
        }
    )
    found = agreement(table)
    assert found.units == 11
    assert found.krippendorff_alpha == pytest.approx(0.74342, abs=5e-6)
    assert set(found.by_label) == set("12345")
    assert all(alpha is not None and -1 <= alpha <= 1 for alpha in found.by_label.values())
    assert agreement(table.slice(0, 0)).krippendorff_alpha is None
