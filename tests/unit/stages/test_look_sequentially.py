"""Wald's test: published lines, exact characteristic, and stops only at recorded looks."""

import pytest

from pipeline.domain.sampling import Look
from pipeline.stages.look_sequentially import Progress, looks, progress, sequential_characteristic, wald_lines


def test_montgomery():
    lines = wald_lines(0.01, 0.06, 0.05, 0.10)
    assert lines == pytest.approx((1.2211, 1.5678, 0.02811), abs=5e-5)
    stops = looks(lines, 1, 400)
    assert next(look.n for look in stops if look.accept == 0) == 44
    assert next((look.n, look.refuse) for look in stops if look.refuse <= look.n) == (2, 2)


def test_one_against_four_percent():
    lines = wald_lines(0.01, 0.04, 0.05, 0.05)
    assert lines == pytest.approx((2.078, 2.078, 0.02172), abs=5e-4)
    assert next(look.n for look in looks(lines, 1, 391) if look.accept == 0) == 96


@pytest.mark.parametrize(
    ("defects", "accepts", "n"), [(0, 1, 96), (10, 0.982, 161), (20, 0.631, 221), (40, 0.037, 115), (58, 0.003, 65), (100, 0, 31)]
)
def test_exact_characteristic_against_a_simulation_of_4000_runs(defects, accepts, n):
    stops = looks(wald_lines(0.01, 0.04, 0.05, 0.05), 1, 391)
    chance, expected = sequential_characteristic(stops, 1000, defects / 1000)
    assert chance == pytest.approx(accepts, abs=0.02)
    assert expected == pytest.approx(n, rel=0.03)


def test_characteristic_of_a_stream_keeps_walds_bounds_on_its_risks():
    stops = looks(wald_lines(0.01, 0.04, 0.05, 0.05), 1, 2000)
    assert sequential_characteristic(stops, None, 0.01)[0] >= 1 - 0.05 / 0.95
    assert sequential_characteristic(stops, None, 0.04)[0] <= 0.05 / 0.95


STOPS = (Look(5, 0, 3), Look(10, 1, 4), Look(15, 2, 3))


@pytest.mark.parametrize(
    ("wrong", "said", "n"),
    [
        ([0] * 4, Progress.GO_ON, None),
        ([0] * 5, Progress.ACCEPT, 5),
        ([1, 1, 1], Progress.GO_ON, None),
        ([1, 1, 1, 0, 0], Progress.REFUSE, 5),
        ([1, 0, 0, 0, 0], Progress.GO_ON, None),
        ([1, 0, 0, 0, 0, 1, 0, 0, 0, 0], Progress.GO_ON, None),
        ([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], Progress.ACCEPT, 15),
        ([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0], Progress.REFUSE, 15),
        ([0] * 5 + [1] * 10, Progress.ACCEPT, 5),
    ],
)
def test_stops_only_at_recorded_looks(wrong, said, n):
    found, look = progress(STOPS, [bool(x) for x in wrong])
    assert found is said
    assert (look.n if look else None) == n
