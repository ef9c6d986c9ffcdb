"""The clause register: the list, what the records say of each clause, and what named persons judged.

A judgement is a register row and a ledger entry with who, why and proof. What is computed only suggests, and is asked
at the position where the snapshot was published: a policy changed since says nothing of what was lawful then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.adapters.evidence_store import keep
from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.domain.clauses import Clause, ClauseList, ClauseVerdict, refuse_bare_judgement, suggested
from pipeline.domain.digests import json_digest
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.runs import register

JUDGED = "clause.judged"
LATER = frozenset({"residual_pi_audited", "labels_verified"})
"""Checks of what can only be done after a snapshot was published."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One clause with all that backs it: what is computed, what is documented, what a person said."""

    clause: Clause
    checks: Mapping[str, tuple[int, int]]
    """Examined and exceptions, by check."""
    suggestion: ClauseVerdict | None
    judgement: Mapping[str, Any] | None
    evidence: tuple[str, ...] = field(default=())
    """Digests of evidence of the snapshot's sources of the kinds that speak for it."""


@cache
def clause_list() -> ClauseList:
    """Return the shipped list of clauses."""
    return as_policy(ClauseList, read_yaml(_path()), "clauses")


@cache
def clauses_sha256() -> str:
    """Return the digest of the list."""
    return json_digest(read_yaml(_path()))


def _path() -> Path:
    return shipped("reference", "clauses.yaml")


def judge_clause(  # noqa: PLR0913 (each is a thing the person says)
    house: House,
    actor: Actor,
    clause_id: str,
    verdict: ClauseVerdict,
    *,
    why: str,
    plan: str | None = None,
    proof: tuple[Path, ...] = (),
    name: str | None = None,
) -> LedgerEntry:
    """Record a person's judgement on a clause, with documents given as proof and, if wanted, the person's name.

    Raises EvidenceError where a reason or plan is missing and ConfigurationError where there is no such clause or file.
    """
    clause_list().named(clause_id)
    refuse_bare_judgement(verdict, why, plan)
    if missing := [str(path) for path in proof if not path.is_file()]:
        raise ConfigurationError(f"expected a file at {', '.join(missing)}, found none; nothing was recorded")
    digests = sorted(keep(house.settings.warehouse, path.read_bytes()) for path in proof)
    at = datetime.now(UTC)
    judgement = {"clause_id": clause_id, "clauses_sha256": clauses_sha256(), "verdict": verdict.value, "why": why, "plan": plan}
    rows: dict[str, list[dict[str, object]]] = {"clause_judgements": [{**judgement, "evidence": digests, "recorded_at": at}]}
    if name:
        rows["people"] = [{"name": name, "recorded_at": at}]
    entry = register(house, actor, JUDGED, clause_id, rows, {**judgement, "evidence": digests})
    house.publish_lineage()
    return entry


def standings(
    at_publication: Mapping[str, tuple[int, int]],
    today: Mapping[str, tuple[int, int]],
    judged: Mapping[str, Mapping[str, Any]],
    evidence: Mapping[str, tuple[str, ...]],
) -> list[Standing]:
    """Return every clause with what the given answers say of it; ``evidence`` holds digests by kind."""
    found = []
    for clause in clause_list().clauses:
        checks = {name: (today if name in LATER else at_publication)[name] for name in clause.checks}
        digests = tuple(sorted({digest for kind in clause.evidence for digest in evidence.get(kind, ())}))
        found.append(Standing(clause, checks, suggested(checks), judged.get(clause.id), digests))
    return found
