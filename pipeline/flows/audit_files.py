"""The whole audit: the ledger and its tables, every snapshot's files, the evidence, the keys, and every head kept.

Each fault names the table, run, entry, document or file that changed. What a head kept elsewhere proves is said
against it: without one, whoever holds store and key could have rewritten both.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.adapters import evidence_store
from pipeline.domain.attestations import Anchor
from pipeline.domain.digests import sha256_hex
from pipeline.errors import DataError, PipelineError
from pipeline.flows.acquire import Tell
from pipeline.flows.audit import UNREADABLE, Claims, Facts, check_tables, claims_of, ledger_report, read_ledger, shown
from pipeline.flows.house import ALWAYS_SEEN, House
from pipeline.flows.proofs import ATTESTATION, IMPORTED, anchor_faults, heads_folder, read_signed
from pipeline.flows.publish import MANIFEST, snapshots_folder
from pipeline.flows.signatures import key_faults, known_keys, signature_faults
from pipeline.standalone.verify_snapshot import verify


def check_everything(house: House, against: Path | None = None, tell: Tell | None = None) -> dict[str, object]:
    """Recompute everything that the record claims, and compare it with every head kept and the one at ``against``.

    Raises ConfigurationError or DataError when ``against`` cannot be read as a head; a head that does not hold is a fault.
    """
    kept = read_signed(against)[0] if against else None
    facts, faults = read_ledger(house)
    claims = claims_of(facts)
    checked, table_faults = check_tables(house, claims, tell)
    faults += table_faults
    faults += _safely("keys", lambda: key_faults(facts))
    snapshots, snapshot_faults = _check_snapshots(house, facts, claims, tell)
    evidence, evidence_faults = _check_evidence(house, claims)
    heads, head_faults = _check_heads(house, facts)
    faults += [*snapshot_faults, *evidence_faults, *head_faults]
    if kept:
        faults += [f"{against}: {fault}" for fault in _signed_faults(kept, facts)]
        faults += _narrowed(house, facts, Anchor.of(kept.statement)) if faults else []
    counts = {"tables_checked": checked, "snapshots_checked": snapshots, "evidence_checked": evidence, "heads_checked": heads}
    return {**ledger_report(facts), **counts, "against": str(against) if against else None, "faults": shown(faults), "holds": not faults}


def _safely(name: str, check: Any) -> list[str]:
    try:
        found: list[str] = check()
    except (*UNREADABLE, KeyError, TypeError) as error:
        return [f"{name}: cannot be checked ({type(error).__name__})"]
    return found


def _signed_faults(signed: Any, facts: Facts) -> list[str]:
    """Return why a signed statement does not hold: its signature, or the ledger it anchors."""
    anchor = Anchor.of(signed.statement)
    entries = [entry for entry, _ in facts]
    return [*signature_faults(signed, known_keys(facts), anchor.size), *anchor_faults(anchor, entries)]


def _check_snapshots(house: House, facts: Facts, claims: Claims, tell: Tell | None) -> tuple[int, list[str]]:
    """Check every published snapshot against its files, its table row, its signature and the ledger it anchors."""
    try:
        rows = house.warehouse.rows("snapshots", _segments(claims), ["snapshot_id", "manifest_sha256", "run_id"]).to_pylist()
    except UNREADABLE:
        return 0, []  # named with its table
    published = {row["snapshot_id"]: row for row in rows if row["run_id"] in claims}
    faults: list[str] = []
    for number, (snapshot_id, row) in enumerate(sorted(published.items())):
        if tell:
            tell("snapshots", number, len(published))
        folder = snapshots_folder(house) / snapshot_id
        if not folder.is_dir():
            faults.append(f"snapshot {snapshot_id}: its folder is gone")
            continue
        found = _safely("files", lambda folder=folder: verify(folder)["faults"])
        found += _safely(MANIFEST, lambda folder=folder, row=row: _manifest_faults(folder, row))
        found += _safely(ATTESTATION, lambda folder=folder, row=row: _attestation_faults(folder, row, facts))
        faults += [f"snapshot {snapshot_id[:12]}: {fault}" for fault in dict.fromkeys(found)]
    folders = {path.name for path in snapshots_folder(house).glob("[0-9a-f]*/")}
    faults += [f"snapshot {name}: lies there and was never published" for name in sorted(folders - set(published))]
    return len(published), faults


def _manifest_faults(folder: Path, row: Mapping[str, Any]) -> list[str]:
    if not (folder / MANIFEST).is_file():
        return [f"{MANIFEST}: is gone"]
    if sha256_hex((folder / MANIFEST).read_bytes()) != row["manifest_sha256"]:
        return [f"{MANIFEST}: its bytes have another digest than the table snapshots names"]
    return []


def _attestation_faults(folder: Path, row: Mapping[str, Any], facts: Facts) -> list[str]:
    """Compare a snapshot's envelope with the digest its first commit entry names, and what it says with the ledger."""
    entered = [body["account"].get("attestation_sha256") for _, body in facts if _publishes(body, row["snapshot_id"])]
    path = folder / ATTESTATION
    if not any(entered):
        return []  # made before snapshots were signed
    if not path.is_file():
        return [f"{ATTESTATION}: is gone"]
    faults = []
    if sha256_hex(path.read_bytes()) not in entered:
        faults.append(f"{ATTESTATION}: its bytes have another digest than the ledger names")
    try:
        return [*faults, *(f"{ATTESTATION}: {fault}" for fault in _signed_faults(read_signed(path)[0], facts))]
    except DataError as error:
        return [*faults, f"{ATTESTATION}: {error}"]


def _publishes(body: Mapping[str, Any], snapshot_id: str) -> bool:
    account = body.get("account")
    return "tables" in body and isinstance(account, dict) and account.get("snapshot_id") == snapshot_id


def _check_evidence(house: House, claims: Claims) -> tuple[int, list[str]]:
    """Read every piece of evidence that a committed row cites; return how many, and those that changed or are gone."""
    try:
        cited = house.warehouse.rows("evidence", _segments(claims), ["evidence_sha256"])["evidence_sha256"].unique().to_pylist()
    except UNREADABLE:
        return 0, []  # named with its table
    faults = []
    for digest in sorted(cited):
        try:
            evidence_store.read(house.settings.warehouse, digest)
        except PipelineError as error:
            faults.append(str(error))
        except OSError as error:
            faults.append(f"evidence {digest}: cannot be read ({type(error).__name__})")
    return len(cited), faults


def _check_heads(house: House, facts: Facts) -> tuple[int, list[str]]:
    """Check every imported head and time stamp: its bytes, and where the head is ours, that the ledger still holds it."""
    faults: list[str] = []
    imported = [(entry, body) for entry, body in facts if entry.event == IMPORTED]
    for entry, body in imported:
        name = str(body["head_sha256"])
        for path, digest in ((heads_folder(house) / f"{name}.json", name), (heads_folder(house) / f"{name}.tsr", body["timestamp_sha256"])):
            if digest is None:
                continue
            if not path.is_file() or sha256_hex(path.read_bytes()) != digest:
                faults.append(f"heads/{path.name}: is gone or was changed since ledger entry {entry.seq}")
            elif body["is_own"] and path.suffix == ".json":
                found = _safely("head", lambda path=path: _signed_faults(read_signed(path)[0], facts))
                faults += [f"heads/{path.name}: {fault}" for fault in found]
    return len(imported), faults


def _narrowed(house: House, facts: Facts, kept: Anchor) -> list[str]:
    """Say up to where a ledger that contradicts a head still holds what other heads were signed over."""
    entries = [entry for entry, _ in facts]
    if not anchor_faults(kept, entries):
        return []
    anchors = []
    for path in (*heads_folder(house).glob("*.json"), *snapshots_folder(house).glob(f"*/{ATTESTATION}")):
        try:
            anchors.append(Anchor.of(read_signed(path)[0].statement))
        except PipelineError:
            continue
    held = max((each.size for each in anchors if each.size < kept.size and not anchor_faults(each, entries)), default=0)
    return [f"ledger: something in entries {held} to {kept.size - 1} was changed after it was signed"]


def _segments(claims: Claims) -> set[str]:
    return {*ALWAYS_SEEN, *(f"run-{run_id}" for run_id in claims)}
