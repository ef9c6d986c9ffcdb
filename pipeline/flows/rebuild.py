"""Derive a published snapshot again from the record, and say what differs. Nothing is written.

What is seen: the rows of runs committed up to the ledger entry the snapshot names, the policies recorded then, and the
code that runs now. Documents lawfully erased since cannot come back; each is listed with the entry that erased it, and
its recorded leaf stands in for it. Every other leaf, text and report must come out the same.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.domain.digests import merkle_leaf, merkle_root
from pipeline.errors import ConfigurationError, DataError
from pipeline.flows.acquire import Tell
from pipeline.flows.code import code_drift
from pipeline.flows.gate import shard_range
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.proofs import read_leaves
from pipeline.flows.publish import CODE, derived, reports
from pipeline.flows.runs import code_sha256
from pipeline.flows.snapshots import find_snapshot, manifest

ERASED = "document.erased"
"""Ledger event of a lawful erasure: its body names ``document_id`` or, for many, the list ``document_ids``."""
_SHOWN = 100


@dataclass(slots=True)
class _Comparison:
    """What came out the same and what did not, as leaves arrive in the order of their documents."""

    erased: Mapping[str, int]
    faults: list[str] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    same: int = 0

    def meet(self, recorded: str | None, rebuilt: str | None) -> None:
        """Compare the recorded and the rebuilt leaf of one document; none where one side has no such document."""
        standing = rebuilt if rebuilt is not None else recorded
        document_id = str(json.loads(standing or "{}")["document_id"])
        if recorded == rebuilt:
            self.same += 1
        elif rebuilt is None and document_id in self.erased:
            self.gone.append(document_id)
        elif rebuilt is None:
            self.faults.append(f"document {document_id}: is in the snapshot and does not come out again; no entry says that it was erased")
            return
        elif recorded is None:
            self.faults.append(f"document {document_id}: comes out now and is not in the snapshot")
        else:
            before, after = json.loads(recorded), json.loads(rebuilt)
            parts = ", ".join(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
            self.faults.append(f"document {document_id}: its leaf differs in {parts}")
        self.hashes.append(merkle_leaf((standing or "").encode()))


def rebuild(house: House, name: str, tell: Tell | None = None) -> dict[str, object]:
    """Derive a snapshot again and return what was compared; ``holds`` is true when nothing but lawful erasure differs.

    Raises ConfigurationError when there is no such snapshot of documents.
    """
    folder = find_snapshot(house, name)
    recorded = manifest(folder)
    if recorded["kind"] != "documents":
        raise ConfigurationError(
            f"snapshot {name}: expected one of documents, found one of {recorded['kind']}; rebuild the one it was drawn from"
        )
    position = _mapping(recorded["ledger"])
    past = house.as_of(int(position["seq"]))
    compared = _Comparison(erased_documents(house))
    if past.entries()[-1].hash != position["hash"]:
        compared.faults.append(f"ledger entry {position['seq']}: is another than the one the snapshot was derived at")
    compared.faults += _policy_faults(past, recorded)
    try:
        with past.connect() as rows:
            _compare_leaves(past, rows, folder, compared, tell)
            _compare_reports(rows, house.settings.warehouse, folder, compared)
    except ConfigurationError as error:
        # Policies of then may say what this version no longer reads: that is drift of the code, not of the record.
        compared.faults.append(f"cannot be derived with this version: {error}")
    root = merkle_root(compared.hashes).hex()
    if root != recorded["snapshot_id"]:
        compared.faults.append(f"Merkle root: {root} comes out, the snapshot is {recorded['snapshot_id']}")
    return {
        "snapshot_id": recorded["snapshot_id"],
        "rebuilt": root,
        "ledger_seq": position["seq"],
        "policy_set_sha256": recorded["policy_set_sha256"],
        "documents": recorded["documents"],
        "same": compared.same,
        "erased": [{"document_id": each, "ledger_seq": compared.erased[each]} for each in compared.gone],
        "code": _code_difference(folder, recorded),
        "faults": compared.faults[:_SHOWN],
        "fault_count": len(compared.faults),
        "holds": not compared.faults,
    }


def erased_documents(house: House) -> dict[str, int]:
    """Return the ledger entry that erased each document which was lawfully erased."""
    found: dict[str, int] = {}
    for entry, facts in house.facts():
        if entry.event == ERASED:
            listed = facts.get("document_ids", [facts.get("document_id")])
            found.update({str(each): entry.seq for each in (listed if isinstance(listed, list) else [])})
    return found


def _policy_faults(past: House, recorded: Mapping[str, Any]) -> list[str]:
    """Recompute the policy set from the recorded bodies; return which policies are not those the snapshot names."""
    policies = active_policies(past)
    named = _mapping(recorded["policies"])
    differ = sorted(name for name in {*named, *policies.digests} if named.get(name) != policies.digests.get(name))
    faults = [f"policy {name}: what is recorded for ledger entry {past.until} has another digest" for name in differ]
    if policies.policy_set_sha256 != recorded["policy_set_sha256"]:
        faults.append(f"policy set: {policies.policy_set_sha256} was in force, the snapshot names {recorded['policy_set_sha256']}")
    return faults


def _compare_leaves(past: House, rows: duckdb.DuckDBPyConnection, folder: Path, compared: _Comparison, tell: Tell | None) -> None:
    """Walk through the recorded and the rebuilt leaves side by side; both are sorted by document id."""
    recorded = read_leaves(folder)
    waiting = next(recorded, None)
    for document_id, line in _rebuilt_leaves(past, rows, folder, compared, tell):
        while waiting is not None and waiting[0] < document_id:
            compared.meet(waiting[1], None)
            waiting = next(recorded, None)
        if waiting is not None and waiting[0] == document_id:
            compared.meet(waiting[1], line)
            waiting = next(recorded, None)
        else:
            compared.meet(None, line)
    while waiting is not None:
        compared.meet(waiting[1], None)
        waiting = next(recorded, None)


def _rebuilt_leaves(
    past: House, rows: duckdb.DuckDBPyConnection, folder: Path, compared: _Comparison, tell: Tell | None
) -> Iterator[tuple[str, str]]:
    """Yield id and line of each leaf that comes out now, and compare the published rows on the way."""
    parts = sorted((folder / "data").glob("*.parquet"))
    for number, path in enumerate(parts):
        if tell:
            tell("rebuild", number, len(parts))
        try:
            published = pq.read_table(path)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{path}: cannot be read ({type(error).__name__}); run 'laiyuan audit check'") from None
        low, high = shard_range(f"{number}/{len(parts)}")
        for batch, leaves in derived(past, rows, low, high):
            compared.faults += _row_faults(published, batch)
            yield from ((leaf.document_id, leaf.line()) for leaf in leaves)
    if tell:
        tell("rebuild", len(parts), len(parts))


def _row_faults(published: pa.Table, rebuilt: pa.RecordBatch) -> list[str]:
    """Return which columns of which documents came out otherwise; the columns that no leaf covers are seen here only."""
    wanted = pa.Table.from_batches([rebuilt])
    found = published.filter(pc.is_in(published["document_id"], wanted["document_id"].combine_chunks()))
    if found.equals(wanted):
        return []
    before = {row["document_id"]: row for row in found.to_pylist()}
    faults = []
    for row in wanted.to_pylist():
        known = before.get(row["document_id"])
        parts = [] if known is None else [name for name in row if row[name] != known.get(name)]
        if parts:
            faults.append(f"document {row['document_id']}: what was published differs in {', '.join(parts)}")
    return faults


def _compare_reports(rows: duckdb.DuckDBPyConnection, warehouse: str, folder: Path, compared: _Comparison) -> None:
    """Compare the reports, which count every document and so cannot come out the same after an erasure."""
    if compared.erased:
        return
    for name, text in reports(rows, warehouse).items():
        if (folder / name).read_text(encoding="utf-8") != text:
            compared.faults.append(f"{name}: comes out otherwise")


def _code_difference(folder: Path, recorded: Mapping[str, Any]) -> dict[str, object]:
    """Return whether other code runs now than the snapshot was made with, and what of it changed where that is known."""
    found: dict[str, object] = {"recorded": recorded["code_sha256"], "now": code_sha256()}
    if (folder / CODE).is_file():
        found["differs"] = code_drift(json.loads((folder / CODE).read_text(encoding="utf-8")))
    return found


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
