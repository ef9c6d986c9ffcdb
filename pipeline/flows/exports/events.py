"""OpenLineage events for every run committed up to a snapshot's publication, from the ledger alone."""

from typing import Any

from pipeline.adapters.openlineage import CommittedRun, Dataset
from pipeline.domain.dictionary import SQL_TYPES
from pipeline.domain.tables import TABLE
from pipeline.flows.exports.facts import Facts
from pipeline.flows.house import House
from pipeline.flows.runs import OPENED

NAMESPACE = "laiyuan"
_READS: dict[str, tuple[str, ...]] = {
    "gate": ("documents", "sources", "source_states", "evidence", "license_conclusions"),
    "deduplicate": ("documents", "decisions"),
    "publish": ("documents", "decisions", "findings", "duplicate_members"),
}
"""Tables that a flow reads; acquiring reads the source's own files."""


def runs_of(house: House, facts: Facts) -> list[CommittedRun]:
    """Return each run committed up to the snapshot's publication, in ledger order."""
    opened = {str(each["run_id"]): (entry, each) for entry, each in house.facts() if entry.event == OPENED}
    runs = []
    for entry, each in house.facts():
        tables = each.get("tables")
        if not isinstance(tables, dict) or entry.seq > facts.published:
            continue
        run_id = str(each["run_id"])
        start, plan = opened.get(run_id, (entry, {}))
        flow, scope = str(each.get("flow", "declare")), str(each.get("scope") or each.get("source_id") or "all")
        commit: dict[str, Any] = {
            "run": run_id,
            "flow": flow,
            "scope": scope,
            "event": entry.event,
            "ledgerSeq": entry.seq,
            "ledgerHash": entry.hash,
            "actor": entry.actor,
            "actorProof": entry.actor_proof,
            "codeSha256": each.get("code_sha256"),
            "planSha256": plan.get("plan_sha256"),
        }
        account = each.get("account")
        snapshot = (str(account["snapshot_id"]), int(account["documents"])) if flow == "publish" and isinstance(account, dict) else None
        reads = [Dataset(f"source/{scope}")] if flow == "acquire" else [_dataset(name) for name in _READS.get(flow, ())]
        writes = [_dataset(name, written) for name, written in sorted(tables.items())]
        runs.append(CommittedRun(NAMESPACE, start.at, entry.at, commit, reads, writes, snapshot))
    return runs


def _dataset(name: str, written: dict[str, Any] | None = None) -> Dataset:
    columns = [(column.name, SQL_TYPES[column.type], column.meaning) for column in TABLE[name].columns]
    return Dataset(name, columns, None if written is None else int(written["rows"]), None if written is None else written["digest"])
