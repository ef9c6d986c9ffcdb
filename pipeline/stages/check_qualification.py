"""Whether a person may do a piece of work at a moment, from the registers alone (Measures Art. 8).

A row says: from ``valid_from`` on, this is the state, until ``valid_to``. Rows stand in the order they were recorded,
and of those that had begun the last one recorded counts, so that a revocation may reach back. Unknown is no.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.domain.labeling import Function, QualificationState, Unfit

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PeopleRegister:
    """Rows of ``annotators`` and ``qualifications``, in the order they were recorded."""

    annotators: tuple[Row, ...]
    qualifications: tuple[Row, ...]


def may_work(register: PeopleRegister, person: str, rule_id: str, major: int, function: Function, at: datetime) -> Unfit | None:
    """Return why a person may not do this work at this moment; none when they may."""
    unfit = is_here(register.annotators, person, at)
    if unfit:
        return unfit
    rows = [
        row
        for row in register.qualifications
        if row["person"] == person and row["rule_id"] == rule_id and row["major"] == major and row["function"] == function
    ]
    return _unfit_by(rows, at)


def is_here(annotators: Iterable[Row], person: str, at: datetime) -> Unfit | None:
    """Return why a person cannot be working at a moment: unknown, not started or left; none when they can."""
    mine = [row for row in annotators if row["person"] == person]
    if not mine:
        return Unfit.UNKNOWN_PERSON
    last = mine[-1]
    if at < last["active_from"]:
        return Unfit.NOT_STARTED
    return Unfit.LEFT if last["active_to"] is not None and at >= last["active_to"] else None


def _unfit_by(rows: list[Row], at: datetime) -> Unfit | None:
    if not rows:
        return Unfit.UNQUALIFIED
    begun = [row for row in rows if row["valid_from"] <= at]
    if not begun:
        return Unfit.NOT_YET_VALID
    match QualificationState(begun[-1]["state"]):
        case QualificationState.SUSPENDED:
            return Unfit.SUSPENDED
        case QualificationState.REVOKED:
            return Unfit.REVOKED
        case QualificationState.ACTIVE:
            return Unfit.EXPIRED if at >= begun[-1]["valid_to"] else None


def fit_spans(
    register: PeopleRegister, person: str, rule_id: str, major: int, function: Function
) -> tuple[tuple[datetime, datetime | None], ...]:
    """Return the spans of time (from, to) in which ``may_work`` gives no reason against a person, in order; ``to`` none means no end."""
    mine = [row for row in register.qualifications if row["person"] == person and row["rule_id"] == rule_id]
    here = [row for row in register.annotators if row["person"] == person]
    turns = {row[name] for row in mine for name in ("valid_from", "valid_to")}
    turns |= {row[name] for row in here for name in ("active_from", "active_to")}
    moments = sorted(moment for moment in turns if moment is not None)
    spans: list[tuple[datetime, datetime | None]] = []
    for start, end in zip(moments, [*moments[1:], None], strict=True):
        if may_work(register, person, rule_id, major, function, start) is not None:
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)
