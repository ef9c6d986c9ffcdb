"""Latency of ``explain_document`` and of a licence's blast radius over made-up rows of a million documents.

    python -m benchmarks explain [--documents 1000000] [--fresh]

The rows are written through ``Warehouse.append`` under committed runs, one acquire and one gate run per source, so that
files, buckets and bloom filters are the product's own. Texts are short and made up: explaining reads none.
"""

import hashlib
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from benchmarks.measuring import BENCH, Figures
from pipeline.adapters import lineage
from pipeline.adapters.shipped import shipped
from pipeline.domain.dispositions import Gate
from pipeline.domain.ledger import Actor
from pipeline.domain.sources import SourceState
from pipeline.domain.tables import TABLE
from pipeline.flows.house import House, open_house
from pipeline.flows.maintain import maintain
from pipeline.flows.policies import activate, active_policies
from pipeline.flows.project import init_project
from pipeline.flows.runs import COMMITTED, open_run, register
from pipeline.flows.sources import change_state, declare
from pipeline.settings import read_settings

SOURCES = 20
PROBES = 50
ZEROS = "0" * 64
RARE = "CC-BY-4.0"
READY = "ready"
AT = datetime(2026, 1, 1, tzinfo=UTC)
_BY_TYPE = {pa.int64(): 0, pa.float64(): 0.5, pa.bool_(): True, pa.binary(): b"", pa.timestamp("us", "UTC"): AT}


def measure_explain(documents: int, *, fresh: bool = False) -> Figures:
    """Return latencies in milliseconds of 50 random documents, warm and on fresh connections; builds the warehouse once."""
    folder = BENCH / f"explain-{documents}"
    if fresh or not (folder / READY).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        before = _build(folder, documents)
        (folder / READY).write_text(f"{before['warm']}\n", encoding="utf-8")
    else:
        before = {"warm": yaml.safe_load((folder / READY).read_text(encoding="utf-8"))}
    house = open_house(read_settings(str(folder)))
    # The views are those of today, whenever the rows were built.
    started = time.perf_counter()
    house.publish_lineage()
    published = time.perf_counter() - started
    after = _latencies(Path(house.settings.warehouse), documents)
    blast = _blast_radius(Path(house.settings.warehouse))
    started = time.perf_counter()
    lineage.connect(house.warehouse, house.segments()).close()
    return {
        "documents": documents,
        "sources": SOURCES,
        "ledger_entries": len(house.entries()),
        "before_maintenance": before,
        "after_maintenance": after,
        "blast_radius": blast,
        "publish_lineage_seconds": round(published, 3),
        "connect_in_memory_seconds": round(time.perf_counter() - started, 3),
    }


def _latencies(folder: Path, documents: int) -> Figures:
    ids = [_ids(i, i + 1)[0] for i in np.random.default_rng(7).integers(0, documents, PROBES).tolist()]
    with lineage.open_published(folder) as open_connection:
        rows = lineage.ask(open_connection, "SELECT * FROM explain_document($id)", {"id": ids[0]}).num_rows
        warm = _timed(ids, lambda each: lineage.ask(open_connection, "SELECT * FROM explain_document($id)", {"id": each}))
        why_not = _timed(ids[:20], lambda each: lineage.ask(open_connection, "SELECT * FROM why_not($id)", {"id": each}))

    def newly(each: str) -> None:
        with lineage.open_published(folder) as connection:
            lineage.ask(connection, "SELECT * FROM explain_document($id)", {"id": each})

    return {"lines_per_answer": rows, "warm": warm, "fresh_connection": _timed(ids, newly), "why_not_warm": why_not}


def _blast_radius(folder: Path) -> Figures:
    """Return milliseconds of the question for a licence that one source of twenty carries, and for one that all others do."""
    sql = (shipped("warehouse", "questions") / "blast_radius_of_license.sql").read_text(encoding="utf-8")
    with lineage.open_published(folder) as connection:
        return {
            f"{name}_{figure}": value
            for name, license_id in (("one_source", RARE), ("all_others", "CC0-1.0"))
            for figure, value in _timed([license_id] * 5, lambda each: lineage.ask(connection, sql, {"license": each})).items()
        }


def _timed(ids: list[str], ask: Callable[[str], object]) -> Figures:
    taken, worked = [], []
    for each in ids:
        started, worked_before = time.perf_counter(), time.process_time()
        ask(each)
        worked.append((time.process_time() - worked_before) * 1000)
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(statistics.quantiles(taken, n=20)[-1], 1),
        "p50_cpu_ms": round(statistics.median(worked), 1),
    }


def _build(folder: Path, documents: int) -> Figures:
    house = init_project(folder, alone=True)
    actor = house.os_user()
    activate(house, actor, "benchmark")
    names = [f"made-{number:02}" for number in range(SOURCES)]
    for name in names:
        _declare(house, actor, name)
    _conclude_otherwise(house, actor, names[0])
    cuts = np.linspace(0, documents, SOURCES + 1).astype(int).tolist()
    spans = list(zip(names, cuts[:-1], cuts[1:], strict=True))
    for name, low, high in spans:
        _write(house, actor, "acquire", name, _acquired(name, low, high))
        _write(house, actor, "gate", name, _gated(house, name, low, high))
    _write(house, actor, "deduplicate", "all sources", _deduplicated(house, spans))
    _write(house, actor, "publish", "release", _published(spans))
    house.publish_lineage()
    before = _latencies(Path(house.settings.warehouse), documents)
    started = time.perf_counter()
    maintain(house, actor, grace_hours=0)
    return {**before, "maintain_seconds": round(time.perf_counter() - started, 1)}


def _declare(house: House, actor: Actor, name: str) -> None:
    place = house.project / "sources" / name
    shutil.copytree(shipped("examples", "my-source"), place)
    path = place / "source.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("source: my-source", f"source: {name}"), encoding="utf-8")
    declare(house, actor, path)
    for state in (SourceState.ASSESSED, SourceState.ADMITTED):
        change_state(house, actor, name, state, "benchmark")


def _conclude_otherwise(house: House, actor: Actor, name: str) -> None:
    """Give one source a licence of its own, as a later conclusion."""
    rows = house.warehouse.rows("license_conclusions", house.segments()).to_pylist()
    row = next(row for row in rows if row["source_id"] == name)
    register(
        house, actor, "license.concluded", name, {"license_conclusions": [{**row, "expression": RARE, "reason": None}]}, {"license": RARE}
    )


def _write(house: House, actor: Actor, flow: str, scope: str, shards: Iterator[tuple[str, pa.Table]]) -> None:
    run = open_run(house, actor, flow, scope, {"benchmark": True})
    counts: dict[str, dict[str, object]] = {}
    for number, (name, rows) in enumerate(shards):
        filled = rows.append_column("run_id", pa.repeat(run.run_id, rows.num_rows))
        house.warehouse.append(name, _completed(name, filled), run_id=run.run_id, task=flow, shard=str(number))
        counts[name] = {"rows": int(str(counts.get(name, {}).get("rows", 0))) + rows.num_rows}
    house.record(actor, COMMITTED, {"run_id": run.run_id, "flow": flow, "scope": scope, "tables": counts})


def _completed(name: str, rows: pa.Table) -> pa.Table:
    """Return rows with a harmless value in every column not given."""
    for column in TABLE[name].columns:
        if column.name not in rows.schema.names:
            plain = next(iter(column.allowed)).value if column.allowed else ZEROS if column.name.endswith("sha256") else "made"
            value = None if column.is_optional else _BY_TYPE.get(column.type, plain)
            rows = rows.append_column(column.name, pa.repeat(pa.scalar(value, column.type), rows.num_rows))
    return rows


def _ids(low: int, high: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(low, high)]


def _of_source(name: str, low: int, high: int) -> dict[str, pa.Array]:
    return {"document_id": pa.array(_ids(low, high)), "source_id": pa.repeat(name, high - low)}


def _acquired(name: str, low: int, high: int) -> Iterator[tuple[str, pa.Table]]:
    common = _of_source(name, low, high) | {
        "file_id": pa.repeat(hashlib.sha256(name.encode()).hexdigest(), high - low),
        "ordinal": pa.array(range(high - low)),
        "delivery_id": pa.repeat(ZEROS, high - low),
    }
    texts = pa.array([f"{hashlib.sha256(document_id.encode()).hexdigest()} " * 6 for document_id in common["document_id"].to_pylist()])
    digests = pa.array([document_id[::-1] for document_id in common["document_id"].to_pylist()])
    own = {"locator": pa.array([f"record-{number}" for number in range(low, high)]), "text": texts, "metadata": pa.repeat("{}", high - low)}
    documents = pa.table(common | own | {"content_sha256": digests, "raw_sha256": digests})
    yield "documents", documents.drop_columns(["delivery_id"])
    yield "acquisitions", pa.table(common | {"meeting": pa.repeat("new", high - low)})
    file = {"source_id": [name], "file_id": documents["file_id"].slice(0, 1), "path": ["data.jsonl"], "status": ["read"]}
    yield "files", pa.table(file)


def _gated(house: House, name: str, low: int, high: int) -> Iterator[tuple[str, pa.Table]]:
    common, digests = _of_source(name, low, high), active_policies(house).digests
    found = np.arange(low, high) % 10 == 0
    yield "scans", pa.table(common | {"findings": pa.array(found.astype(np.int64))})
    offsets = {"char_end": pa.repeat(5, int(found.sum())), "byte_end": pa.repeat(5, int(found.sum()))}
    findings = pa.table(common).filter(pa.array(found))
    yield (
        "findings",
        pa.table(
            dict(zip(findings.schema.names, findings.columns, strict=True))
            | offsets
            | {"kind": pa.repeat("EMAIL_ADDRESS", findings.num_rows)}
        ),
    )
    yield "metrics", pa.table(common | {"language": pa.repeat("zh", high - low)})
    for gate in (Gate.SOURCE, Gate.LICENSE, Gate.PI, Gate.QUALITY):
        yield "decisions", _decisions(common, gate, digests[gate.value])


def _deduplicated(house: House, spans: list[tuple[str, int, int]]) -> Iterator[tuple[str, pa.Table]]:
    digest = active_policies(house).digests["duplicate"]
    for name, low, high in spans:
        common = _of_source(name, low, high)
        twins = pa.table(common).slice(0, (high - low) // 5)
        members = {"cluster_id": twins["document_id"], "kept_id": twins["document_id"], "members": pa.repeat(2, twins.num_rows)}
        yield "duplicate_members", pa.table(dict(zip(twins.schema.names, twins.columns, strict=True)) | members)
        yield "decisions", _decisions(common, Gate.DUPLICATE, digest)


def _decisions(common: dict[str, pa.Array], gate: Gate, policy_sha256: str) -> pa.Table:
    size = len(common["document_id"])
    return pa.table(
        common
        | {"gate": pa.repeat(gate.value, size), "disposition": pa.repeat("admit", size), "policy_sha256": pa.repeat(policy_sha256, size)}
    )


def _published(spans: list[tuple[str, int, int]]) -> Iterator[tuple[str, pa.Table]]:
    for name, low, high in spans:
        common = _of_source(name, low, high)
        digests = pa.array([document_id[::-1] for document_id in common["document_id"].to_pylist()])
        yield (
            "snapshot_documents",
            pa.table(common | {"snapshot_id": pa.repeat(ZEROS, high - low), "leaf_sha256": digests, "published_sha256": digests}),
        )
    yield "snapshots", pa.table({"snapshot_id": [ZEROS], "kind": ["documents"], "name": ["release"]})
