"""A run is the unit of visibility: its rows mean nothing until the ledger holds its commit.

The commit entry names, per table, how many rows the run wrote and one order-independent digest over them, so that
anyone can recompute it later whatever maintenance did to the files. A killed run is resumed when the same plan is
opened again, and abandoned when the plan has changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from pipeline.domain.digests import fields_digest, json_digest
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.tables import TABLE, TABLES, table_of
from pipeline.errors import LawError
from pipeline.flows.house import House
from pipeline.stages.digest_rows import rows_digest

COMMITTED, OPENED, ABANDONED = "run.committed", "run.opened", "run.abandoned"


@dataclass(frozen=True, slots=True)
class Run:
    """One opened run; it is handed from task to task as plain JSON."""

    run_id: str
    flow: str
    scope: str
    plan_sha256: str
    opened_at: datetime
    is_committed: bool = False


def open_run(house: House, actor: Actor, flow: str, scope: str, plan: Mapping[str, object]) -> Run:
    """Open a run for a plan, or take up the same plan where it stopped; an open run with another plan is abandoned."""
    plan_sha256 = json_digest(plan)
    mine = [(entry, facts) for entry, facts in house.facts() if facts.get("flow") == flow and facts.get("scope") == scope]
    ended = {facts["run_id"] for entry, facts in mine if entry.event in (COMMITTED, ABANDONED)}
    opened = [(entry, facts) for entry, facts in mine if entry.event == OPENED]
    for entry, facts in opened:
        if facts["run_id"] in ended:
            continue
        if facts["plan_sha256"] == plan_sha256:
            return Run(str(facts["run_id"]), flow, scope, plan_sha256, entry.at)
        house.record(actor, ABANDONED, {"run_id": facts["run_id"], "flow": flow, "scope": scope, "why": "its plan is out of date"})
    # The number of runs opened before makes the id new. Two openers at once arrive at one id and share the run.
    run_id = fields_digest(flow, scope, plan_sha256, str(len(opened)))[:24]
    entry = house.record(actor, OPENED, {"run_id": run_id, "flow": flow, "scope": scope, "plan": plan, "plan_sha256": plan_sha256})
    return Run(run_id, flow, scope, plan_sha256, entry.at)


def find_run(house: House, run_id: str) -> Run:
    """Return an opened run by its id. Raises LawError when no such run was opened."""
    entries = [(entry, facts) for entry, facts in house.facts() if facts.get("run_id") == run_id]
    for entry, facts in entries:
        if entry.event == OPENED:
            is_committed = any("tables" in other for _, other in entries)
            return Run(run_id, str(facts["flow"]), str(facts["scope"]), str(facts["plan_sha256"]), entry.at, is_committed)
    raise LawError(f"run {run_id}: expected it in the ledger, found none")


def abandoned_runs(house: House) -> set[str]:
    """Return the ids of runs that were given up because their plan was out of date."""
    return {str(facts["run_id"]) for entry, facts in house.facts() if entry.event == ABANDONED}


def plan_of(house: House, run_id: str) -> dict[str, object]:
    """Return the plan a run was opened with."""
    for entry, facts in house.facts():
        if entry.event == OPENED and facts["run_id"] == run_id:
            plan = facts["plan"]
            return plan if isinstance(plan, dict) else {}
    raise LawError(f"run {run_id}: expected it in the ledger, found none")


def commit_run(house: House, actor: Actor, run: Run, account: Mapping[str, object]) -> LedgerEntry:
    """Enter the run's rows and account into the ledger; committing a committed run changes nothing."""
    done = house.committed_runs().get(run.run_id)
    if done is not None:
        return done
    facts = {
        "run_id": run.run_id,
        "flow": run.flow,
        "scope": run.scope,
        "tables": written(house, run.run_id),
        "account": account,
        "code_sha256": code_sha256(),
    }
    return house.record(actor, COMMITTED, facts)


def register(
    house: House,
    actor: Actor,
    event: str,
    scope: str,
    rows: Mapping[str, list[dict[str, object]]],
    facts: Mapping[str, object],
) -> LedgerEntry:
    """Append rows to registers and the entry that makes them count, as one small run of its own.

    ``run_id`` and every ``actor`` column are filled in here. Repeating a call that was killed before its entry
    writes its rows once: the run's id follows from the facts and from how many entries came before.
    """
    position = sum(1 for _, known in house.facts() if known.get("scope") == scope)
    run_id = fields_digest("register", event, scope, json_digest(facts), str(position))[:24]
    tables: dict[str, dict[str, object]] = {}
    for name, values in rows.items():
        filled = [{"actor": actor.actor, **value, "run_id": run_id} for value in values]
        table = table_of(name, filled)
        house.warehouse.append(name, table, run_id=run_id, task=event, shard="0")
        if table.num_rows:
            count, digest = rows_digest(table.combine_chunks().to_batches(), TABLE[name])
            tables[name] = {"rows": count, "digest": digest}
    return house.record(actor, event, {"flow": "declare", **facts, "run_id": run_id, "scope": scope, "tables": tables})


def written(house: House, run_id: str) -> dict[str, dict[str, object]]:
    """Return rows and digest per table that a run wrote, by reading the rows back."""
    found: dict[str, dict[str, object]] = {}
    for table in TABLES:
        if table.name == "ledger":
            continue
        files = house.warehouse.files(table.name)
        if f"run-{run_id}" not in set(files["segment"].to_pylist()):
            continue
        columns = [c.name for c in table.columns if c.name not in table.digest_skips]
        batches = house.warehouse.dataset(table.name, {f"run-{run_id}"}).to_batches(columns=columns)
        rows, digest = rows_digest(batches, table)
        found[table.name] = {"rows": rows, "digest": digest}
    return found


@cache
def code_sha256() -> str:
    """Return one digest over this product's Python files, so that a run names the code that made it."""
    package = Path(__file__).resolve().parent.parent
    hasher = sha256()
    for path in sorted(package.rglob("*.py")):
        hasher.update(fields_digest(path.relative_to(package).as_posix(), sha256(path.read_bytes()).hexdigest()).encode())
    return hasher.hexdigest()
