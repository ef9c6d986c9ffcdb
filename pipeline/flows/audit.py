"""Recompute what the ledger claims: the chain, its Merkle root, and every committed run's rows with their texts.

Nothing is believed that can be computed, and nothing stops at the first fault: what cannot be read is a fault with
its name. ``audit_files`` does the same for snapshots, evidence and kept heads.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.domain.digests import set_digest
from pipeline.domain.ledger import GENESIS, LedgerEntry
from pipeline.domain.tables import TABLE
from pipeline.errors import PipelineError
from pipeline.flows.acquire import Tell
from pipeline.flows.house import ALWAYS_SEEN, House
from pipeline.flows.signatures import anchor_of
from pipeline.stages.digest_rows import row_digests

Facts = list[tuple[LedgerEntry, dict[str, Any]]]
Claims = dict[str, Mapping[str, Any]]
_BATCH_ROWS = 4_096
_SHOWN = 200
UNREADABLE = (PipelineError, pa.ArrowException, OSError, ValueError, UnicodeDecodeError)


def check_ledger(house: House, tell: Tell | None = None) -> dict[str, object]:
    """Return what was recomputed and every fault found; ``holds`` is true when there is none."""
    facts, faults = read_ledger(house)
    checked, table_faults = check_tables(house, claims_of(facts), tell)
    faults += table_faults
    return {**ledger_report(facts), "tables_checked": checked, "faults": faults, "holds": not faults}


def ledger_report(facts: Facts) -> dict[str, object]:
    """Return how long the ledger is, the hash of its last entry and its Merkle root."""
    entries = [entry for entry, _ in facts]
    anchor = anchor_of(entries) if entries else None
    return {"entries": len(entries), "head": anchor.hash if anchor else None, "root": anchor.root if anchor else None}


def read_ledger(house: House) -> tuple[Facts, list[str]]:
    """Return every entry with its body, and what is wrong with the chain."""
    try:
        rows = house.warehouse.rows("ledger", {"ledger"}).sort_by("seq").to_pylist()
        written = house.warehouse.position("ledger", "ledger") + 1
    except UNREADABLE as error:
        return [], [f"ledger: cannot be read ({type(error).__name__})", *unreadable_files(house, "ledger")]
    entries = [LedgerEntry(**row) for row in rows]
    faults = list(_chain_faults(entries))
    if not entries:
        faults.append("ledger: holds no entry, and so proves nothing")
    elif written != len(entries):
        faults.append(f"ledger: {written} entries were written, found {len(entries)}")
    return [(entry, _body(entry)) for entry in entries], faults


def _body(entry: LedgerEntry) -> dict[str, Any]:
    try:
        body = json.loads(entry.body)
    except ValueError:
        return {}  # its hash no longer covers it: named by the chain
    return body if isinstance(body, dict) else {}


def _chain_faults(entries: list[LedgerEntry]) -> Iterator[str]:
    prev = GENESIS
    for place, entry in enumerate(entries):
        if entry.seq != place:
            yield f"ledger: entry {place} is missing or doubled"
        if entry.prev != prev:
            yield f"ledger entry {entry.seq}: does not follow the one before"
        if entry.hash != entry.expected_hash():
            yield f"ledger entry {entry.seq}: was changed"
        prev = entry.hash


def claims_of(facts: Facts) -> Claims:
    """Return per committed run what its first commit entry says of each table: rows and digest."""
    found: Claims = {}
    for _, body in facts:
        if isinstance(body.get("tables"), dict):
            found.setdefault(str(body.get("run_id")), body["tables"])
    return found


def check_tables(house: House, claims: Claims, tell: Tell | None = None) -> tuple[int, list[str]]:
    """Recompute the digest of each table's rows per run; return how many were compared, and every fault.

    Rows that no entry claims are faults too: the views would show them.
    """
    checked, faults = 0, []
    names = [name for name in sorted(TABLE) if name != "ledger"]
    for place, name in enumerate(names):
        if tell:
            tell("check", place, len(names))
        try:
            found, text_faults = _digests_by_run(house, name, set(claims))
        except UNREADABLE as error:
            faults += [f"table {name}: cannot be read ({type(error).__name__})", *unreadable_files(house, name)]
            continue
        faults += text_faults
        for run_id, tables in claims.items():
            if name not in tables:
                continue
            checked += 1
            digests = found.pop(run_id, [])
            if len(digests) != tables[name]["rows"] or set_digest(digests) != tables[name]["digest"]:
                faults.append(
                    f"run {run_id}, table {name}: {tables[name]['rows']} rows were committed, found {len(digests)}; "
                    "their digest no longer holds"
                )
        faults += [f"table {name}: {len(digests)} rows of run {run_id}, which committed none" for run_id, digests in sorted(found.items())]
    if tell:
        tell("check", len(names), len(names))
    return checked, faults


def _digests_by_run(house: House, name: str, runs: set[str]) -> tuple[dict[str, list[bytes]], list[str]]:
    """Return the digests of a table's rows by run, and the documents whose text is not the one their digest names."""
    table = TABLE[name]
    has_text = name == "documents"
    columns = [c.name for c in table.columns if c.name not in table.digest_skips or (has_text and c.name == "text")]
    found: dict[str, list[bytes]] = {}
    faults: list[str] = []
    dataset = house.warehouse.dataset(name, {*ALWAYS_SEEN, *(f"run-{run}" for run in runs)})
    for records in dataset.to_batches(columns=columns, batch_size=_BATCH_ROWS):
        for run_id, digest in zip(records["run_id"].to_pylist(), row_digests(records, table), strict=True):
            found.setdefault(run_id, []).append(digest)
        if has_text:
            faults += _text_faults(records)
    return found, faults


def _text_faults(records: pa.RecordBatch) -> list[str]:
    faults = []
    texts = records["text"].cast(pa.large_binary())
    for document_id, stated, text in zip(records["document_id"], records["content_sha256"], texts, strict=True):
        if sha256(text.as_buffer()).hexdigest() != stated.as_py():
            faults.append(f"document {document_id.as_py()}: its text is not the one its content_sha256 names")
    return faults


def unreadable_files(house: House, name: str) -> list[str]:
    """Return which data files of a table cannot be read to their end."""
    found = []
    try:
        paths = house.warehouse.files(name)["path"].to_pylist()
    except UNREADABLE as error:
        return [f"table {name}: its Delta log cannot be read ({type(error).__name__})"]
    if not house.settings.has_local_warehouse:
        return []
    for path in sorted(paths):
        try:
            pq.read_table(Path(house.warehouse.path(name)) / path, partitioning=None)
        except UNREADABLE as error:
            found.append(f"table {name}, file {path}: cannot be read ({type(error).__name__})")
    return found


def shown(faults: list[str]) -> list[str]:
    """Return the first faults of very many, and how many more there are."""
    more = len(faults) - _SHOWN
    return faults if more <= 0 else [*faults[:_SHOWN], f"and {more} more"]
