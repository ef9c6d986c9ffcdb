"""A snapshot comes out again from the record as it was, whatever was committed, decided, rewritten or erased since."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import DataError, LawError
from pipeline.flows.code import code_drift, code_facts
from pipeline.flows.house import House
from pipeline.flows.maintain import maintain
from pipeline.flows.policies import activate, active_policies
from pipeline.flows.proofs import prove
from pipeline.flows.publish import publish
from pipeline.flows.rebuild import rebuild
from pipeline.flows.run import run_sources
from tests.audit.conftest import Published, opened
from tests.conftest import add_source, declaration


@pytest.fixture(scope="module")
def later(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The project after a new policy, a new source, new decisions, another snapshot and maintenance."""
    folder = tmp_path_factory.mktemp("later") / "corpus"
    shutil.copytree(published.project, folder)
    house = opened(folder)
    actor = house.os_user()
    policy = folder / "policies" / "quality.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"'), encoding="utf-8")
    assert activate(house, actor, "test")
    add_source(house, declaration("more"), {"one.jsonl": [{"id": "x", "text": "各级人民政府应当加强对数据安全工作的领导和协调。" * 3}]})
    assert not run_sources(house, actor)
    publish(house, actor, "second")
    maintain(house, actor, grace_hours=0)
    return Published(folder, published.snapshot_id, published.head)


def positions(house: House) -> tuple[int, dict[str, int]]:
    """Return how far the ledger and every table have come: a rebuild moves none."""
    return len(house.entries()), {name: house.warehouse.version(name) for name in ("documents", "decisions", "snapshots", "ledger")}


def test_it_comes_out_the_same(published: Published) -> None:
    house = opened(published.project)
    before = positions(house)
    report = rebuild(house, "first")
    assert report["holds"]
    assert report["rebuilt"] == report["snapshot_id"] == published.snapshot_id
    assert report["same"] == report["documents"]
    assert report["code"]["differs"] == {}  # type: ignore[index]
    assert positions(opened(published.project)) == before


def test_both_come_out_the_same_after_policies_runs_and_maintenance(later: Published) -> None:
    """The first was decided under other policies than are active now, and its rows lie in other files."""
    house = opened(later.project)
    first, second = rebuild(house, "first"), rebuild(house, "second")
    assert (first["faults"], second["faults"]) == ([], [])
    assert first["holds"]
    assert second["holds"]
    assert first["policy_set_sha256"] != second["policy_set_sha256"]
    assert first["rebuilt"] != second["rebuilt"]


def test_the_past_is_what_it_was(later: Published) -> None:
    """A house of the past sees the policies and documents of then, and cannot be written to."""
    house = opened(later.project)
    seq = json.loads((later.folder / "manifest.json").read_text(encoding="utf-8"))["ledger"]["seq"]
    past = house.as_of(seq)
    assert past is house.as_of(seq)
    assert active_policies(past).digests != active_policies(house).digests
    sources = "SELECT DISTINCT source_id FROM documents ORDER BY source_id"
    assert past.connect().execute(sources).fetchall() == [("laws",)]
    assert house.connect().execute(sources).fetchall() == [("laws",), ("more",)]
    assert past.connect().execute("SELECT max(seq) FROM ledger").fetchall() == [(seq,)]
    with pytest.raises(LawError, match="cannot be written to"):
        past.record(house.os_user(), "test.event", {})
    with pytest.raises(LawError, match="expected one of"):
        house.as_of(10_000)


def erased(house: House, enter: bool) -> str:
    """Erase a published document as a lawful erasure would, with or without its entry; return its id."""
    document_id: str = house.connect().execute("SELECT min(document_id) FROM snapshot_documents").fetchall()[0][0]
    house.warehouse.delete("documents", f"document_id = '{document_id}'")
    if enter:
        house.record(house.os_user(), "document.erased", {"document_ids": [document_id], "why": "test"})
    house.forget()
    return document_id


def test_an_erased_document_is_listed_with_its_entry(copied: Published) -> None:
    house = opened(copied.project)
    document_id = erased(house, enter=True)
    report = rebuild(house, "first")
    assert report["faults"] == []
    assert report["erased"] == [{"document_id": document_id, "ledger_seq": len(house.entries()) - 1}]
    assert report["same"] == report["documents"] - 1  # type: ignore[operator]
    assert report["rebuilt"] == report["snapshot_id"]


def test_a_document_that_is_gone_without_an_entry_is_a_fault(copied: Published) -> None:
    house = opened(copied.project)
    document_id = erased(house, enter=False)
    report = rebuild(house, "first")
    assert not report["holds"]
    assert any(f"document {document_id}: is in the snapshot and does not come out again" in each for each in report["faults"])  # type: ignore[attr-defined]
    assert any("Merkle root" in each for each in report["faults"])  # type: ignore[attr-defined]


def changed_parquet(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    from pyarrow import parquet

    parquet.write_table(change(parquet.read_table(path, partitioning=None)), path)


def test_what_no_leaf_covers_is_compared_too(copied: Published) -> None:
    """A title that was changed in the published files shows against the record, and the account with it."""
    path = next((copied.folder / "data").iterdir())
    changed_parquet(path, lambda rows: rows.set_column(3, "title", pa.array(["another"] * rows.num_rows)))
    (copied.folder / "account.json").write_text("{}\n", encoding="utf-8")
    report = rebuild(opened(copied.project), "first")
    assert report["rebuilt"] == report["snapshot_id"]
    found = report["faults"]
    assert isinstance(found, list)
    assert "account.json: comes out otherwise" in found
    assert sum("what was published differs in title" in each for each in found) == report["documents"]


def test_a_changed_record_shows_as_another_leaf(copied: Published) -> None:
    house = opened(copied.project)
    (path,) = (copied.project / "warehouse" / "tables" / "license_conclusions").glob("segment=*/*.parquet")

    def change(rows: pa.Table) -> pa.Table:
        return rows.set_column(rows.schema.get_field_index("expression"), "expression", pa.array(["MIT"]))

    changed_parquet(path, change)
    report = rebuild(house, "first")
    assert not report["holds"]
    assert any("its leaf differs in license" in each for each in report["faults"])  # type: ignore[attr-defined]


def test_changed_code_is_said_file_by_file() -> None:
    now = code_facts()
    assert code_drift(now) == {}
    files, libraries = dict(now["files"]), dict(now["libraries"])  # type: ignore[call-overload]
    assert {"pipeline/flows/publish.py", "warehouse/views/43_admitted_documents.sql"} <= set(files)
    files["pipeline/flows/publish.py"] = "0" * 64
    files["pipeline/gone.py"] = "0" * 64
    pyarrow = libraries["pyarrow"]
    libraries["pyarrow"] = "1.0"
    assert code_drift({**now, "files": files, "libraries": libraries, "python": "3.10.0"}) == {
        "files": ["pipeline/flows/publish.py", "pipeline/gone.py"],
        "libraries": {"pyarrow": ["1.0", pyarrow]},
        "python": ["3.10.0", now["python"]],
    }


def test_code_drift_is_reported_and_is_no_fault(copied: Published) -> None:
    code = json.loads((copied.folder / "code.json").read_text(encoding="utf-8"))
    code["files"]["pipeline/flows/publish.py"] = "0" * 64
    (copied.folder / "code.json").write_text(json.dumps(code), encoding="utf-8")
    report = rebuild(opened(copied.project), "first")
    assert report["holds"]
    assert report["code"]["differs"] == {"files": ["pipeline/flows/publish.py"]}  # type: ignore[index]


@pytest.mark.parametrize("name", ["leaves.jsonl.gz", "manifest.json", "data"])
def test_a_damaged_snapshot_sends_to_the_audit(copied: Published, name: str) -> None:
    path = copied.folder / name
    path = next(path.iterdir()) if path.is_dir() else path
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    house = opened(copied.project)
    with pytest.raises(DataError, match="run 'laiyuan audit check'"):
        rebuild(house, "first")
    if name != "data":
        with pytest.raises(DataError, match="run 'laiyuan audit check'"):
            prove(house, copied.folder, "")
