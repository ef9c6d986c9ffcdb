"""Recompute what the ledger claims: the chain, and the digest of every committed run's rows."""

import json

from pipeline.domain.digests import set_digest
from pipeline.domain.ledger import GENESIS, LedgerEntry
from pipeline.domain.tables import TABLE
from pipeline.flows.acquire import Tell
from pipeline.flows.house import ALWAYS_SEEN, House
from pipeline.stages.digest_rows import row_digests


def check_ledger(house: House, tell: Tell | None = None) -> dict[str, object]:
    """Return what was recomputed and every fault found; ``holds`` is true when there is none."""
    rows = house.warehouse.rows("ledger", {"ledger"}).sort_by("seq").to_pylist()
    faults = _chain_faults([LedgerEntry(**row) for row in rows])
    claims = {
        str(facts["run_id"]): facts["tables"]
        for facts in (json.loads(row["body"]) for row in rows)
        if isinstance(facts.get("tables"), dict)
    }
    checked = 0
    names = sorted({name for tables in claims.values() for name in tables})
    for place, name in enumerate(names):
        if tell:
            tell("check", place, len(names))
        found = _digests_by_run(house, name, set(claims))
        for run_id, tables in claims.items():
            if name not in tables:
                continue
            checked += 1
            digests = found.get(run_id, [])
            if len(digests) != tables[name]["rows"] or set_digest(digests) != tables[name]["digest"]:
                faults.append(f"run {run_id}, table {name}: {tables[name]['rows']} rows were committed, their digest no longer holds")
    return {
        "entries": len(rows),
        "head": rows[-1]["hash"] if rows else None,
        "tables_checked": checked,
        "faults": faults,
        "holds": not faults,
    }


def _chain_faults(entries: list[LedgerEntry]) -> list[str]:
    faults = []
    prev = GENESIS
    for place, entry in enumerate(entries):
        if entry.seq != place:
            faults.append(f"ledger: entry {place} is missing or doubled")
        if entry.prev != prev:
            faults.append(f"ledger entry {entry.seq}: does not follow the one before")
        if entry.hash != entry.expected_hash():
            faults.append(f"ledger entry {entry.seq}: was changed")
        prev = entry.hash
    return faults


def _digests_by_run(house: House, name: str, runs: set[str]) -> dict[str, list[bytes]]:
    table = TABLE[name]
    columns = [c.name for c in table.columns if c.name not in table.digest_skips]
    found: dict[str, list[bytes]] = {}
    for records in house.warehouse.dataset(name, {*ALWAYS_SEEN, *(f"run-{run}" for run in runs)}).to_batches(columns=columns):
        for run_id, digest in zip(records["run_id"].to_pylist(), row_digests(records, table), strict=True):
            found.setdefault(run_id, []).append(digest)
    return found
