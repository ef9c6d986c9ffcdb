"""Stream control by ISO 2859-1 (GB/T 2828.1): the plan of a lot, and the switching between normal and tightened inspection.

A plan of this standard controls a stream and proves nothing about one lot. Reduced inspection is never entered: its score is
computed, because the standard asks for it, and only shown. Lots count at their first inspection, by producer and rule version.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import StringIO

from pipeline.domain.sampling import Severity
from pipeline.errors import ConfigurationError

TABLE_SHA256 = "9e1ef08d154b62feaa9cc3ca347cdf9c2c90c85a612936528d15871dd8308881"
"""Of ``reference/iso_2859_1_single.csv``: copies of these tables are often wrong, so ours is fixed by its digest."""

WINDOW, REFUSALS, RETURN_AFTER, STOP_AFTER = 5, 2, 5, 5
REDUCED_AT = 30


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One entry of the master tables, arrows resolved: sample ``n``, accept up to ``ac``."""

    severity: Severity
    code: str
    lot_from: int
    lot_to: int | None
    aql: str
    n: int
    ac: int


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot's first inspection; ``passes_tighter`` is whether its errors would pass at the next tighter AQL."""

    is_accepted: bool
    max_errors: int
    passes_tighter: bool
    is_resumed: bool = False
    """Inspection was resumed, after a stop, just before this lot."""


@dataclass(frozen=True, slots=True)
class Switching:
    """Where a stream stands after its lots so far."""

    severity: Severity = Severity.NORMAL
    recent: tuple[bool, ...] = ()
    """Results of the last lots under normal inspection, newest last."""
    accepted_run: int = 0
    refused_on_tightened: int = 0
    score: int = 0


def parse_plans(text: str) -> tuple[TablePlan, ...]:
    """Return the tables of the shipped CSV."""
    return tuple(
        TablePlan(
            Severity(row["severity"]),
            row["code"],
            int(row["lot_from"]),
            int(row["lot_to"]) if row["lot_to"] else None,
            row["aql"],
            int(row["n"]),
            int(row["ac"]),
        )
        for row in csv.DictReader(StringIO(text))
    )


def table_plan(plans: Iterable[TablePlan], size: int, aql: str, severity: Severity) -> TablePlan:
    """Return the plan for a lot of ``size`` (2 or more) at general level II; its n may exceed the lot, which means all of it."""
    known = [plan for plan in plans if plan.severity is severity and plan.aql == aql]
    if not known:
        raise ConfigurationError(f"expected an AQL of the table under normal or tightened inspection, found {aql} under {severity.value}")
    for plan in known:
        if plan.lot_from <= size and (plan.lot_to is None or size <= plan.lot_to):
            return plan
    raise ConfigurationError(f"expected a lot of 2 or more for ISO 2859-1, found {size}; verify it whole")


def next_tighter(plans: Iterable[TablePlan], plan: TablePlan) -> TablePlan | None:
    """Return the plan of the same lot at the next tighter AQL; None beyond the table."""
    tighter = [
        other for other in plans if other.severity is plan.severity and other.code == plan.code and float(other.aql) < float(plan.aql)
    ]
    return max(tighter, key=lambda other: float(other.aql), default=None)


def inspected(plans: Iterable[TablePlan], plan: TablePlan, errors: int, *, is_resumed: bool = False) -> Lot:
    """Return a lot's first inspection as switching counts it.

    Where the next tighter AQL asks for more items than were verified, whether it would pass is unknown and counts as no.
    """
    tighter = next_tighter(plans, plan)
    passes = tighter is not None and tighter.n <= plan.n and errors <= tighter.ac
    return Lot(errors <= plan.ac, plan.ac, passes, is_resumed)


def switch(lots: Iterable[Lot]) -> Switching:
    """Return where a stream stands after its lots, first inspections in order (ISO 2859-1:1999, clause 9, as reported)."""
    state = Switching()
    for state in switches(lots):  # noqa: B007 - the last state is wanted
        pass
    return state


def switches(lots: Iterable[Lot]) -> Iterator[Switching]:
    """Yield where a stream stands after each lot."""
    state = Switching()
    for lot in lots:
        if lot.is_resumed and state.severity is Severity.STOPPED:
            state = Switching(Severity.TIGHTENED)
        if state.severity is Severity.NORMAL:
            state = _after_normal(state, lot)
        elif state.severity is Severity.TIGHTENED:
            state = _after_tightened(state, lot)
        yield state


def _after_normal(state: Switching, lot: Lot) -> Switching:
    recent = (*state.recent, lot.is_accepted)[-WINDOW:]
    if recent.count(False) >= REFUSALS:
        return Switching(Severity.TIGHTENED)
    return replace(state, recent=recent, score=_score(state.score, lot))


def _after_tightened(state: Switching, lot: Lot) -> Switching:
    if lot.is_accepted:
        run = state.accepted_run + 1
        return Switching() if run >= RETURN_AFTER else replace(state, accepted_run=run)
    refused = state.refused_on_tightened + 1
    severity = Severity.STOPPED if refused >= STOP_AFTER else Severity.TIGHTENED
    return replace(state, severity=severity, accepted_run=0, refused_on_tightened=refused)


def _score(score: int, lot: Lot) -> int:
    if not lot.is_accepted:
        return 0
    if lot.max_errors <= 1:
        return score + 2
    return score + 3 if lot.passes_tighter else 0
