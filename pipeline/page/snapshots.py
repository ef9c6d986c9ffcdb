"""Snapshots: their account as a picture and in numbers, their files, and the proof that one document is in one of them."""

import json
from pathlib import Path
from typing import Any

from pipeline.adapters.lineage import ask
from pipeline.domain.pictures import Flow, Number, sankey
from pipeline.errors import ConfigurationError, DataError
from pipeline.flows.house import House
from pipeline.flows.proofs import ATTESTATION, prove
from pipeline.flows.publish import ACCOUNT, MANIFEST, snapshots_folder
from pipeline.flows.snapshots import manifest
from pipeline.page.views import ROWS, Block, Picture, Row, View, Words, facts, grid, pages

_LIST = (
    "SELECT snapshot_id, name, kind, documents, chars, recorded_at, ledger_seq FROM snapshots ORDER BY ledger_seq DESC, recorded_at DESC"
)


def snapshots_view(house: House, words: Words, number: int) -> View:
    """Return the list of published snapshots, the newest first."""
    with house.connect() as rows:
        found = ask(rows, _LIST).to_pylist()
    part = found[(number - 1) * ROWS : number * ROWS]
    columns = ("snapshot_id", "name", "kind", "documents", "chars", "recorded_at", "ledger_seq")
    shown = grid(words, words.say("snapshots"), columns, part, {"snapshot_id": lambda row: f"/snapshots/{row['snapshot_id']}"})
    return View(words.say("snapshots"), words.say("snapshots_lead"), [shown], pages("/snapshots", number, len(found)), "/snapshots")


def snapshot_view(house: House, words: Words, snapshot_id: str) -> View:
    """Return one snapshot's page by its whole digest. Raises ConfigurationError where none was published under it."""
    folder = snapshot_folder(house, words, snapshot_id)
    about: dict[str, Any] = manifest(folder)
    about["ledger_seq"] = about["ledger"]["seq"]
    columns = ("snapshot_id", "name", "kind", "documents", "chars", "bytes", "policy_set_sha256", "ledger_seq", "signed_by")
    blocks: list[Block] = [facts(words, words.say("in_short"), about, columns, {"ledger_seq": lambda row: f"/ledger/{row['ledger_seq']}"})]
    lines = _account(folder)
    if lines:
        blocks.append(Picture(words.say("account"), _drawn(words, lines)))
    files = [*about["files"], *({"path": name} for name in (MANIFEST, ATTESTATION) if (folder / name).is_file())]
    to_file = {"path": lambda row: f"/snapshots/{snapshot_id}/files/{row['path']}"}
    policies = [{"name": name, "policy_sha256": digest} for name, digest in sorted(about["policies"].items())]
    blocks.append(grid(words, words.say("files"), ("path", "bytes", "sha256"), files, to_file))
    if lines:
        to_source = {"source_id": lambda row: f"/sources/{row['source_id']}"}
        blocks.append(grid(words, words.say("account_in_numbers"), ("source_id", "disposition", "reason", "documents"), lines, to_source))
    blocks.append(grid(words, words.say("policies"), ("name", "policy_sha256"), policies))
    return View(words.say("snapshot", name=about["name"]), words.say("snapshot_lead"), blocks, under="/snapshots")


def snapshot_folder(house: House, words: Words, snapshot_id: str) -> Path:
    """Return the folder of a published snapshot by its whole digest. Raises ConfigurationError for anything else."""
    with house.connect() as rows:
        found = ask(rows, "SELECT count(*) AS n FROM snapshots WHERE snapshot_id = $id", {"id": snapshot_id})["n"][0].as_py()
    folder = snapshots_folder(house) / snapshot_id
    if not found or not folder.is_dir():
        raise ConfigurationError(words.say("no_such_snapshot", id=snapshot_id))
    return folder


def snapshot_file(house: House, words: Words, snapshot_id: str, name: str) -> Path:
    """Return a file of a snapshot, only one that its manifest names, or the manifest and the signed statement themselves."""
    folder = snapshot_folder(house, words, snapshot_id)
    listed = manifest(folder)["files"]
    named = {str(each["path"]) for each in listed} if isinstance(listed, list) else set()
    if name not in named | {MANIFEST, ATTESTATION} or not (folder / name).is_file():
        raise ConfigurationError(words.say("no_such_file", name=name))
    return folder / name


def proof_of(house: House, words: Words, snapshot_id: str, document_id: str) -> dict[str, object]:
    """Return the inclusion proof of one document in one snapshot, as ``laiyuan prove`` writes it."""
    folder = snapshot_folder(house, words, snapshot_id)
    if not (folder / ATTESTATION).is_file():
        raise DataError(words.say("not_signed"))  # a proof of it would be signed now, and this page writes and signs nothing
    return prove(house, folder, document_id)


def _account(folder: Path) -> list[Row]:
    path = folder / ACCOUNT
    if not path.is_file():
        return []
    try:
        lines: list[Row] = json.loads(path.read_text(encoding="utf-8")).get("lines", [])
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: cannot be read ({type(error).__name__}); run 'laiyuan audit check'") from None
    return lines


def _drawn(words: Words, lines: list[Row]) -> str:
    flows = [
        Flow(row["source_id"], words.value(row["disposition"]), row["disposition"], Number(row["documents"], f"{row['documents']:,}"))
        for row in lines
    ]
    totals: dict[tuple[str, str], Number] = {}
    for flow in flows:
        for key in (("left", flow.left), ("right", flow.right)):
            amount = flow.number.amount + (totals[key].amount if key in totals else 0)
            totals[key] = Number(amount, f"{amount:,}")
    return sankey(words.say("account"), flows, totals)
