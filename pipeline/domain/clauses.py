"""The clause register: what each clause asks, what backs an answer, and a named person's judgement.

TC260-003 9.1 (as reported) asks that every clause be judged conforms, does not, or not applicable: conforming needs
proof, not conforming a reason and a plan, not applicable a reason. What the machine computes only suggests; a clause
is judged when a person says so and the ledger holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pipeline.errors import ConfigurationError, EvidenceError


class ClauseVerdict(StrEnum):
    """What a person says of a clause."""

    CONFORMS = "conforms"
    DOES_NOT = "does_not"
    NOT_APPLICABLE = "not_applicable"


class Certainty(StrEnum):
    """Whether the clause's text was read, or is known from what others quote of it."""

    TEXT_SEEN = "text_seen"
    AS_REPORTED = "as_reported"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, in words of our own, and what can back a judgement on it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    id: str
    instrument: Mapping[str, str]
    number: str
    certainty: Certainty
    asks: Mapping[str, str]
    """What it asks, by language: ``en`` and ``zh``."""
    checks: tuple[str, ...] = ()
    """Computed: lines of the question ``clause_checks``."""
    evidence: tuple[str, ...] = ()
    """Documented: kinds of evidence that speak for it."""
    events: tuple[str, ...] = ()
    """Attested: ledger events by which a person vouched for something."""

    def __post_init__(self) -> None:
        """Refuse a clause that is not worded in both languages; raises ConfigurationError."""
        for words in (self.instrument, self.asks):
            if missing := {"en", "zh"} - set(words):
                raise ConfigurationError(f"clause {self.id}: expected words in {', '.join(sorted(missing))}")


@dataclass(frozen=True, slots=True)
class ClauseList:
    """An edition of the clauses; its digest is in every judgement."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    clauses: tuple[Clause, ...]

    def __post_init__(self) -> None:
        """Refuse an id used twice; raises ConfigurationError."""
        ids = [clause.id for clause in self.clauses]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ConfigurationError(f"clauses: expected each id once, found again: {', '.join(twice)}")

    def named(self, clause_id: str) -> Clause:
        """Return a clause by its id. Raises ConfigurationError naming those there are."""
        found = {clause.id: clause for clause in self.clauses}
        if clause_id not in found:
            raise ConfigurationError(f"no clause is called {clause_id}; expected one of: {', '.join(found)}")
        return found[clause_id]


def suggested(found: Mapping[str, tuple[int, int]]) -> ClauseVerdict | None:
    """Return what (examined, exceptions) of each check suggest: any exception speaks against, nothing examined says nothing.

    Where a clause has no check, nothing can be suggested.
    """
    if any(exceptions for _, exceptions in found.values()):
        return ClauseVerdict.DOES_NOT
    if not found:
        return None
    return ClauseVerdict.CONFORMS if any(examined for examined, _ in found.values()) else ClauseVerdict.NOT_APPLICABLE


def refuse_bare_judgement(verdict: ClauseVerdict, why: str, plan: str | None) -> None:
    """Raise EvidenceError where a judgement lacks what 9.1 asks for (as reported): a reason, and a plan where it does not conform."""
    if not why.strip():
        raise EvidenceError("a judgement needs a reason: --why '...'")
    if verdict is ClauseVerdict.DOES_NOT and not (plan or "").strip():
        raise EvidenceError("a clause that is not met needs a plan: --plan 'what will be done, by whom, until when'")
    if verdict is not ClauseVerdict.DOES_NOT and plan:
        raise EvidenceError("a plan belongs to a clause that is not met; leave --plan out")
