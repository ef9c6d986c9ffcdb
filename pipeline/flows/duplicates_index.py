"""Where the index of bands lies: Arrow files beside the warehouse, one manifest per run, segments shared between runs.

The index is derived and proves nothing: it is read only for the last committed run and under its policy, else made anew
from the signatures. It holds ids and digests, no text.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from pipeline.domain.duplicates import Clustering, ClusterReport
from pipeline.flows.house import House
from pipeline.stages.band_index import Segment

MOST_SEGMENTS = 8
"""An index of more is made anew in one: each segment is searched on its own."""
_PARTS = ("documents", "texts", "keys")


@dataclass(frozen=True, slots=True)
class Index:
    """The segments that one run left, what it compared, and how many edges it drew."""

    names: tuple[str, ...]
    segments: tuple[Segment, ...]
    report: ClusterReport
    edges: int


def index_folder(house: House) -> Path:
    """Return where indexes lie: beside a local warehouse, in the project when the warehouse is remote."""
    base = Path(house.settings.warehouse) if house.settings.has_local_warehouse else house.project
    return base / "index" / "duplicates"


def read_index(house: House, run_id: str, policy_sha256: str | None = None) -> Index | None:
    """Return the index that a run left (under this policy), its files mapped and not read; None where it is not on this host."""
    folder = index_folder(house)
    try:
        manifest = json.loads((folder / f"{run_id}.json").read_text(encoding="utf-8"))
        if policy_sha256 not in (None, manifest["policy_sha256"]):
            return None
        segments = tuple(Segment(*(_mapped(folder / name / f"{part}.arrow") for part in _PARTS)) for name in manifest["segments"])
        return Index(tuple(manifest["segments"]), segments, ClusterReport(**manifest["report"]), manifest["edges"])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def write_index(house: House, run_id: str, policy_sha256: str, kept: Sequence[str], segment: Segment, clustering: Clustering) -> None:
    """Write a run's new segment, then the manifest that names it after the kept ones."""
    folder = index_folder(house)
    folder.mkdir(parents=True, exist_ok=True)
    names = list(kept)
    if segment.documents.num_rows:
        fresh, target = folder / f".{run_id}.{os.getpid()}", folder / run_id
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        for part in _PARTS:
            _write(fresh / f"{part}.arrow", getattr(segment, part))
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
        names.append(run_id)
    drawn = {"report": dict(clustering.report.as_json()), "edges": clustering.edges.num_rows}
    manifest = {"run_id": run_id, "policy_sha256": policy_sha256, "segments": names, **drawn}
    draft = folder / f".{run_id}.json.{os.getpid()}"
    draft.write_text(json.dumps(manifest) + "\n", encoding="utf-8")
    draft.replace(folder / f"{run_id}.json")


def drop_other_indexes(house: House, run_id: str) -> None:
    """Remove what the manifest of a committed run does not name; a reader that has mapped a file keeps it."""
    folder = index_folder(house)
    manifest = folder / f"{run_id}.json"
    if not manifest.is_file():
        return
    named = {*json.loads(manifest.read_text(encoding="utf-8"))["segments"], manifest.name}
    for path in folder.iterdir():
        if path.name not in named:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _mapped(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
