"""Laws of who may work: unknown is no, a revocation takes and never gives, and other people's rows change nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.labeling import Function, QualificationState, Unfit
from pipeline.stages.check_qualification import PeopleRegister, may_work

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def row(state: str, since: int, until: int = 100, person: str = "ann", major: int = 1) -> dict[str, Any]:
    return {
        "person": person, "rule_id": "quality", "major": major, "function": "label", "state": state,
        "valid_from": day(since), "valid_to": day(until),
    }  # fmt: skip


def here(person: str = "ann", since: int = 0, until: int | None = None) -> dict[str, Any]:
    return {"person": person, "active_from": day(since), "active_to": None if until is None else day(until)}


def asked(annotators: list[dict[str, Any]], rows: list[dict[str, Any]], at: int, function: Function = Function.LABEL) -> Unfit | None:
    return may_work(PeopleRegister(tuple(annotators), tuple(rows)), "ann", "quality", 1, function, day(at))


ACTIVE = row("active", 10)


@pytest.mark.parametrize(
    ("annotators", "rows", "at", "expected"),
    [
        ([], [ACTIVE], 20, Unfit.UNKNOWN_PERSON),
        ([here(since=30)], [ACTIVE], 20, Unfit.NOT_STARTED),
        ([here(until=20)], [ACTIVE], 20, Unfit.LEFT),
        ([here(until=20)], [ACTIVE], 19, None),
        ([here()], [], 20, Unfit.UNQUALIFIED),
        ([here()], [row("active", 10, major=2)], 20, Unfit.UNQUALIFIED),
        ([here()], [ACTIVE], 9, Unfit.NOT_YET_VALID),
        ([here()], [ACTIVE], 10, None),
        ([here()], [ACTIVE], 99, None),
        ([here()], [ACTIVE], 100, Unfit.EXPIRED),
        ([here()], [ACTIVE, row("suspended", 20)], 20, Unfit.SUSPENDED),
        ([here()], [ACTIVE, row("suspended", 20)], 19, None),
        ([here()], [ACTIVE, row("suspended", 20), row("active", 30)], 30, None),
        ([here()], [ACTIVE, row("suspended", 20), row("active", 30)], 25, Unfit.SUSPENDED),
        ([here()], [ACTIVE, row("suspended", 20), row("revoked", 12)], 15, Unfit.REVOKED),
        ([here()], [ACTIVE, row("suspended", 20), row("revoked", 12)], 11, None),
        ([here()], [ACTIVE, row("active", 50, 200)], 150, None),
    ],
)
def test_each_reason(annotators: list[dict[str, Any]], rows: list[dict[str, Any]], at: int, expected: Unfit | None) -> None:
    assert asked(annotators, rows, at) == expected


def test_a_function_is_not_another() -> None:
    assert asked([here()], [ACTIVE], 20, Function.VERIFY) is Unfit.UNQUALIFIED


STATES = st.sampled_from([state.value for state in QualificationState])
ROWS = st.lists(st.builds(row, STATES, st.integers(0, 50), st.integers(51, 120), st.just("ann"), st.integers(1, 2)), max_size=6)
OTHERS = st.lists(st.builds(row, STATES, st.integers(0, 50), st.integers(51, 120), st.sampled_from(["bob", "eve"])), max_size=4)
MOMENTS = st.integers(0, 130)


@given(rows=ROWS, at=MOMENTS, since=st.integers(0, 130))
def test_a_revocation_never_lets_anybody_work(rows: list[dict[str, Any]], at: int, since: int) -> None:
    before, after = asked([here()], rows, at), asked([here()], [*rows, row("revoked", since)], at)
    assert after is Unfit.REVOKED if at >= since else (before is None) == (after is None)


@given(rows=ROWS, others=OTHERS, at=MOMENTS, place=st.integers(0, 6))
def test_other_people_s_rows_change_nothing(rows: list[dict[str, Any]], others: list[dict[str, Any]], at: int, place: int) -> None:
    mixed = [*rows[:place], *others, *rows[place:]]
    assert asked([here(), here("bob", until=1)], mixed, at) == asked([here()], rows, at)


@given(rows=ROWS, at=MOMENTS)
def test_who_may_work_holds_an_active_unexpired_row(rows: list[dict[str, Any]], at: int) -> None:
    if asked([here()], rows, at) is None:
        assert any(r["state"] == "active" and r["major"] == 1 and r["valid_from"] <= day(at) < r["valid_to"] for r in rows)


@given(rows=ROWS, at=MOMENTS)
def test_who_left_may_not_work(rows: list[dict[str, Any]], at: int) -> None:
    assert asked([here(until=0)], rows, at) is Unfit.LEFT
