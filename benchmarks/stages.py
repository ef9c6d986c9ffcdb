"""MB of text per second and peak memory of each stage, on the product's own functions, each in a process of its own.

    python -m benchmarks stages

A stage reads the Arrow file that the stage before it wrote, batch by batch, and only its own calls are timed. Policies,
rules and suite are those that ship. Materializing is redaction, the second scan of what is written, and the Parquet file;
the leaves' lineage is in the end-to-end figure.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from benchmarks.measuring import BENCH, Figures, Stopwatch
from pipeline.flows.gate import batches_of
from pipeline.flows.house import open_house
from pipeline.flows.policies import PolicySet, read_policies
from pipeline.flows.sources import declared_paths, read_source
from pipeline.settings import read_settings

PROJECT = BENCH / "project"
FILES = BENCH / "stages"
KEY, KEY_ID = b"k" * 32, "benchmark"
LANGUAGES = frozenset({"zh", "en"})
_KEPT = ("document_id", "source_id", "locator", "text", "title", "metadata", "chars", "record_license")


def measure_stage(name: str) -> Figures:
    """Run one stage over the whole corpus in this process and return its figures."""
    FILES.mkdir(parents=True, exist_ok=True)
    return STAGES[name](read_policies(PROJECT))


def _batches(name: str) -> Iterator[pa.RecordBatch]:
    # Read into memory, not mapped: mapped pages would count as the stage's own memory.
    with pa.OSFile(str(FILES / f"{name}.arrow")) as file, pa.ipc.open_stream(file) as reader:
        yield from reader


def _table(name: str) -> pa.Table:
    return pa.Table.from_batches(list(_batches(name)))


class _Written:
    """Arrow files of this stage's output, opened with the first batch of each name."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._writers: dict[str, pa.ipc.RecordBatchStreamWriter] = {}

    def add(self, name: str, batch: pa.RecordBatch) -> None:
        if name not in self._writers:
            sink = self._stack.enter_context(pa.OSFile(str(FILES / f"{name}.arrow"), "wb"))
            self._writers[name] = self._stack.enter_context(pa.ipc.new_stream(sink, batch.schema))
        self._writers[name].write_batch(batch)


def _text_bytes(batch: pa.RecordBatch) -> int:
    return int(pc.sum(pc.binary_length(batch["text"])).as_py() or 0)


def _streamed(source: str, stage: Callable[[pa.RecordBatch], dict[str, pa.RecordBatch]]) -> Figures:
    """Apply a row stage to every batch of a file, write what it gives, and return its figures.

    The first batch is done twice, so that compiling and loading models are not counted as work.
    """
    watch, size = Stopwatch(), 0
    first = next(_batches(source))
    with Stopwatch() as warming:
        stage(first.slice(0, 64))
    with ExitStack() as stack:
        written = _Written(stack)
        for batch in _batches(source):
            with watch:
                made = stage(batch)
            size += _text_bytes(batch)
            for name, each in made.items():
                written.add(name, each)
    return watch.figures(size) | {"warm_up_seconds": round(warming.wall, 2)}


def _read(policies: PolicySet) -> Figures:
    from pipeline.adapters.files import list_files, open_file
    from pipeline.adapters.readers import read_records

    watch, size = Stopwatch(), 0
    with ExitStack() as stack:
        written = _Written(stack)
        for path in declared_paths(PROJECT):
            delivery = read_source(PROJECT, path.parent.name)[1].delivery
            address = str(path.parent / delivery.address) if delivery else ""
            for listed in list_files(address, delivery.files) if delivery else ():
                with open_file(address, listed.path) as opened:
                    parts = read_records(opened, listed.path, delivery, policies.acquire)  # type: ignore[arg-type]
                    while True:
                        with watch:
                            part = next(parts, None)
                        if part is None:
                            break
                        if not part.records.num_rows:
                            continue
                        size += _text_bytes(part.records)
                        marked = part.records.append_column("source_id", pa.repeat(path.parent.name, part.records.num_rows))
                        written.add("records", marked)
    return watch.figures(size)


def _normalize(policies: PolicySet) -> Figures:  # noqa: ARG001
    from pipeline.stages.normalize_text import normalize_text

    figures = _streamed(
        "records",
        lambda batch: {
            "parts": normalize_text(batch.drop_columns(["source_id"]), source_id=batch["source_id"][0].as_py(), file_path="part")
        },
    )
    with ExitStack() as stack:
        written = _Written(stack)
        for part in _batches("parts"):
            for batch in batches_of(pa.Table.from_batches([part.select(list(_KEPT))])):
                written.add("documents", batch)
    (FILES / "parts.arrow").unlink()
    return figures


def _detect(policies: PolicySet) -> Figures:
    from pipeline.adapters.pi_detector import build_detector
    from pipeline.stages.detect_pi import detect_pi

    detector = build_detector(policies.rules)

    def stage(batch: pa.RecordBatch) -> dict[str, pa.RecordBatch]:
        scan = detect_pi(batch, detector, key=KEY, key_id=KEY_ID)
        return {"findings": scan.findings, "scans": scan.scans}

    return _streamed("documents", stage)


def _measure(policies: PolicySet) -> Figures:  # noqa: ARG001
    from pipeline.adapters.language import identify
    from pipeline.stages.measure import measure

    languages = {path.parent.name: LANGUAGES for path in declared_paths(PROJECT)}
    return _streamed("documents", lambda batch: {"metrics": measure(batch, declared_languages=languages, identify=identify)})


def _expect(policies: PolicySet) -> Figures:
    from pipeline.adapters.great_expectations import check_suite
    from pipeline.stages.gate_quality import gate_quality

    metrics, watch = _table("metrics"), Stopwatch()
    with watch:
        failed = {each.expectation_id: each.unexpected_ids for each in check_suite(metrics, policies.suite)}
        for batch in batches_of(metrics):
            gate_quality(batch, failed, policies.suite, policies.quality, policy_sha256="0" * 64, stage_version=1)
    return watch.figures(sum(_text_bytes(batch) for batch in _batches("documents")))


def _sign(policies: PolicySet) -> Figures:
    from pipeline.stages.sign import sign

    return _streamed("documents", lambda batch: {"signatures": sign(batch, policies.duplicate)})


def _cluster(policies: PolicySet) -> Figures:
    from pipeline.domain.duplicates import STANDINGS
    from pipeline.stages.cluster import cluster, jaccard
    from pipeline.stages.elect import elect

    # Texts stay on the disk, as in the warehouse: each call reads those it asks for.
    def fetch(ids: list[str]) -> pa.RecordBatch:
        wanted = pa.array(ids)
        parts = [batch.select(["document_id", "text"]).filter(pc.is_in(batch["document_id"], wanted)) for batch in _batches("documents")]
        return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]

    signatures, watch = _table("signatures").sort_by("document_id"), Stopwatch()
    known = {"document_id": signatures["document_id"], "source_id": signatures["source_id"]}
    plain = {"disposition": "admit", "has_consent": False, "authority": 1, "quality": 1.0, "chars": 1}
    columns = [
        known[f.name].cast(f.type) if f.name in known else pa.repeat(pa.scalar(plain.get(f.name), f.type), signatures.num_rows)
        for f in STANDINGS
    ]
    standings = pa.table(columns, schema=STANDINGS)
    with watch:
        found = cluster(signatures, fetch, policies.duplicate)
        elected = elect(
            found.members, found.edges, standings, policies.duplicate, lambda pairs: jaccard(pairs, signatures, fetch, policies.duplicate)
        )
    size = sum(_text_bytes(batch) for batch in _batches("documents"))
    return watch.figures(size) | {"members": elected.members.num_rows, "edges": found.edges.num_rows}


def _materialize(policies: PolicySet) -> Figures:
    from pipeline.adapters.pi_detector import build_detector
    from pipeline.stages.detect_pi import detect_pi
    from pipeline.stages.redact_text import redact_text

    detector, findings = build_detector(policies.rules), _table("findings")
    target = FILES / "published.parquet"
    with ExitStack() as stack:
        writers: list[pq.ParquetWriter] = []

        def stage(batch: pa.RecordBatch) -> dict[str, pa.RecordBatch]:
            of_batch = findings.filter(pc.is_in(findings["document_id"], batch["document_id"]))
            redacted = redact_text(batch, of_batch, policies.pi, key=KEY)
            detect_pi(redacted, detector, key=KEY, key_id=KEY_ID)
            if not writers:
                writers.append(stack.enter_context(pq.ParquetWriter(target, redacted.schema, compression="zstd")))
            writers[0].write_batch(redacted)
            return {}

        return _streamed("documents", stage)


STAGES: dict[str, Callable[[PolicySet], Figures]] = {
    "read (jsonl)": _read,
    "normalize_text": _normalize,
    "detect_pi": _detect,
    "measure": _measure,
    "expect + gate_quality": _expect,
    "sign": _sign,
    "cluster + elect": _cluster,
    "materialize": _materialize,
}
"""Stages in the order in which each finds its input."""


def warehouse_mb(project: Path) -> float:
    """Return the size of a project's tables in MB, as stored."""
    house = open_house(read_settings(str(project)))
    return round(sum(path.stat().st_size for path in Path(house.settings.warehouse).rglob("*.parquet")) / 1e6, 1)
