"""Publish accepted labels as a snapshot of kind ``labels``, so that recall and proof have one path for texts and labels.

Its leaves are those of the documents' snapshot with the labels filled in; ``labels.parquet`` has one row for each label.
Nothing but what a judgement accepted is ever exported.
"""

import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.domain.digests import canonical_json
from pipeline.domain.labeling import BatchState, RevisionStatus
from pipeline.domain.ledger import Actor
from pipeline.errors import EvidenceError
from pipeline.flows.batches import Batch, items_of, list_batches, read_batch
from pipeline.flows.house import House
from pipeline.flows.publish import LEAVES, commit_snapshot, seal_folder, staging_folder
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import open_run
from pipeline.flows.snapshots import find_snapshot
from pipeline.stages.label_regions import label_studio_result

FLOW = "export_labels"
LABELS = "labels.parquet"
_COLUMNS = pa.schema(
    [
        (name, pa.string())
        for name in (
            "record_id", "document_id", "batch_id", "rule_id", "rule_version", "rule_sha256", "person", "content_sha256", "result",
            "judgement", "lower_bound", "confidence",
        )
    ]
    + [("round", pa.int64())],
)  # fmt: skip


def export_labels(house: House, actor: Actor, name: str, batches: Sequence[str] = ()) -> str:
    """Publish the labels of accepted batches (all, or those named) under a name; return the snapshot's digest.

    Raises EvidenceError where a named batch is not accepted, or nothing is. Skipped items carry no label and are left out.
    """
    wanted = [read_batch(house, each) for each in batches] or [each for each in list_batches(house) if each.state is BatchState.ACCEPTED]
    refused = [f"{each.batch_id} is {each.state}" for each in wanted if each.state is not BatchState.ACCEPTED]
    if refused or not wanted:
        raise EvidenceError(f"labels {name}: only accepted batches are exported; {', '.join(refused) or 'none is accepted'}")
    snapshots = sorted({batch.snapshot_id for batch in wanted})
    if len(snapshots) > 1:
        raise EvidenceError(f"labels {name}: expected batches of one snapshot, found {len(snapshots)}; export them apart by --batch")
    labels = [row for batch in wanted for row in _labels_of(house, batch)]
    entry = house.entries()[-1]
    plan = {
        "name": name, "batches": sorted(f"{batch.batch_id}/{batch.round}" for batch in wanted), "snapshot_id": snapshots[0],
        "ledger_seq": entry.seq, "ledger_hash": entry.hash,
    }  # fmt: skip
    run = open_run(house, actor, FLOW, name, plan)
    folder = staging_folder(house, run.run_id)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    source = find_snapshot(house, snapshots[0])
    _write_texts(source, folder, {row["document_id"] for row in labels})
    pq.write_table(pa.Table.from_pylist(labels, schema=_COLUMNS), folder / LABELS, compression="zstd")
    seal_folder(house, run, _leaves(source, labels), {"kind": "labels", "batches": plan["batches"], "labels": len(labels)})
    return str(json.loads(commit_snapshot(house, actor, run.run_id).body)["account"]["snapshot_id"])


def _labels_of(house: House, batch: Batch) -> list[Row]:
    judged = register_rows(house, "judgements", subject="batch", subject_id=batch.batch_id, round=batch.round)[-1]
    frozen = register_rows(house, "frozen_items", batch_id=batch.batch_id, round=batch.round)
    documents = {row["record_id"]: row["document_id"] for row in items_of(house, batch.batch_id)}
    return [
        {
            "record_id": row["record_id"], "document_id": documents[row["record_id"]], "batch_id": batch.batch_id, "round": batch.round,
            "rule_id": batch.rule.id, "rule_version": batch.rule.version, "rule_sha256": batch.rule_sha256, "person": row["person"],
            "content_sha256": row["content_sha256"], "result": row["body"], "judgement": judged["outcome"],
            "lower_bound": judged["lower_bound"], "confidence": judged["confidence"],
        }
        for row in sorted(frozen, key=lambda row: row["record_id"])
        if row["status"] != RevisionStatus.SKIPPED
    ]  # fmt: skip


def _write_texts(source: Path, folder: Path, documents: set[str]) -> None:
    wanted = ds.dataset(source / "data", format="parquet").to_table(filter=pc.field("document_id").isin(sorted(documents)))
    pq.write_table(wanted.sort_by("document_id"), folder / "data" / "part-00000-of-00001.parquet", compression="zstd")


def _leaves(source: Path, labels: Sequence[Row]) -> list[str]:
    """Return the leaves of the labeled documents with their labels in them, sorted by document."""
    of_document: dict[str, list[Row]] = defaultdict(list)
    shown = ("record_id", "batch_id", "round", "rule_id", "rule_version", "rule_sha256", "person", "content_sha256", "judgement")
    for label in labels:
        of_document[label["document_id"]].append({name: label[name] for name in shown})
    lines = []
    with gzip.open(source / LEAVES, "rt", encoding="utf-8") as packed:
        for line in packed:
            leaf = json.loads(line)
            mine = of_document.get(leaf["document_id"])
            if mine:
                lines.append(canonical_json({**leaf, "labels": sorted(mine, key=canonical_json)}))
    return lines


def write_studio_json(folder: Path, target: Path) -> int:
    """Write a labels snapshot as Label Studio imports it, spans with their text checked against it; return how many tasks."""
    published = pq.read_table(folder / "data", columns=["document_id", "text"])
    texts: dict[str, str] = dict(zip(published["document_id"].to_pylist(), published["text"].to_pylist(), strict=True))
    tasks = []
    for row in pq.read_table(folder / LABELS).to_pylist():
        text = texts[row["document_id"]]
        about: Row = {name: row[name] for name in ("document_id", "batch_id", "rule_id", "rule_version", "person", "judgement")}
        annotation = {"result": label_studio_result(json.loads(row["result"]), text), "ground_truth": False}
        about["text"] = text
        tasks.append({"data": about, "annotations": [annotation]})
    target.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return len(tasks)
