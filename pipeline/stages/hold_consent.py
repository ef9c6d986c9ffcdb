"""Consent and lawfulness over two times: when something holds, and when it was known.

A later row of the same consent takes the place of the earlier one in what is known, never in the register, so that a
withdrawal or a correction changes today's answer and leaves yesterday's as it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from pipeline.domain.dispositions import Reason
from pipeline.domain.rights import Consented, ConsentEvent, ConsentRow, LawfulAt, LegalGround, grounds_hold
from pipeline.domain.sources import SourceState


@dataclass(frozen=True, slots=True)
class KnownDeclaration:
    """One version of a source's declaration with its grounds, and when it was recorded."""

    declaration_sha256: str
    grounds: tuple[LegalGround, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class KnownState:
    """One state that was given to a declaration, and when it was recorded."""

    declaration_sha256: str
    state: SourceState
    recorded_at: datetime


_AGAINST = {SourceState.REFUSED: Reason.SOURCE_REFUSED, SourceState.SUSPENDED: Reason.SOURCE_SUSPENDED}


def standing_at(declarations: Sequence[KnownDeclaration], states: Sequence[KnownState], valid_at: datetime, known_at: datetime) -> LawfulAt:
    """Answer whether using a source was lawful at ``valid_at``, as known at ``known_at``; both rows in ledger order.

    The declaration and the state are those last recorded by ``known_at``; of the declaration's grounds those count that hold at
    ``valid_at``, and each regime needs one. What was refused or suspended by then is not lawful, whatever its grounds.
    """
    declared = [each for each in declarations if each.recorded_at <= known_at]
    if not declared:
        return LawfulAt(False, Reason.SOURCE_NOT_ASSESSED.value, None, (), (), None)
    latest = declared[-1]
    given = [each for each in states if each.recorded_at <= known_at]
    state = given[-1].state if given else None
    holding = tuple(each for each in latest.grounds if each.holds_at(valid_at))
    lapsed = tuple(each for each in latest.grounds if not each.holds_at(valid_at))
    against = _AGAINST.get(state) if state else Reason.SOURCE_NOT_ASSESSED
    if against is None and not grounds_hold(latest.grounds, valid_at):
        against = Reason.SOURCE_NO_LEGAL_BASIS
    why = "lawful" if against is None else against.value
    return LawfulAt(against is None, why, state.value if state else None, holding, lapsed, latest.declaration_sha256)


def consents_in_force(rows: Iterable[ConsentRow], valid_at: datetime, known_position: int | None = None) -> tuple[ConsentRow, ...]:
    """Return the consents that hold at a moment, by ledger order as known up to a position (all by default), sorted by id.

    A withdrawal holds from its ``valid_from`` on: before that moment the consent it ends still counts (PIPL Art. 15).
    """
    granted: dict[str, ConsentRow] = {}
    for row in sorted(rows, key=lambda each: each.position):
        if known_position is not None and row.position > known_position:
            continue
        before = granted.get(row.consent_id)
        if row.event is ConsentEvent.GRANTED:
            granted[row.consent_id] = row
        elif before is not None and row.valid_from is None:
            del granted[row.consent_id]
        elif before is not None:
            ends = [moment for moment in (before.valid_to, row.valid_from) if moment is not None]
            granted[row.consent_id] = replace(before, valid_to=min(ends))
    holding = [row for row in granted.values() if _holds(row, valid_at)]
    return tuple(sorted(holding, key=lambda row: row.consent_id))


def _holds(row: ConsentRow, moment: datetime) -> bool:
    return (row.valid_from is None or row.valid_from <= moment) and (row.valid_to is None or moment < row.valid_to)


def consented_to(rows: Iterable[ConsentRow], source_id: str, document_id: str | None, purposes: Sequence[str]) -> Consented:
    """Return what is agreed to for a document (or, with None, for a source as a whole) and for every one of the purposes.

    ``rows`` are in force; ``purposes`` are digests. One person's consent opens the document it names, never a whole source.
    """
    mine = [row for row in rows if row.source_id == source_id and _is_about(row, document_id)]
    by_purpose = [
        reduce(Consented.joined, (_of(row) for row in mine if row.purpose_sha256 == purpose), Consented()) for purpose in purposes
    ]
    return reduce(Consented.shared, by_purpose) if by_purpose else Consented()


def _is_about(row: ConsentRow, document_id: str | None) -> bool:
    return row.is_of_everybody if row.document_id is None else row.document_id == document_id


def _of(row: ConsentRow) -> Consented:
    # A separate consent names its kinds; "*" would bundle what the law wants apart.
    return Consented(frozenset() if row.is_separate else row.kinds, row.kinds - {"*"} if row.is_separate else frozenset(), row.is_guardian)
