"""What ``laiyuan audit check`` finds: each kind of change is named, and what was not changed is not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.adapters.delta import Warehouse
from pipeline.domain.attestations import file_text
from pipeline.domain.ledger import GENESIS, Actor, next_entry
from pipeline.errors import ConfigurationError, DataError, EvidenceError, LawError
from pipeline.flows.audit import UNREADABLE
from pipeline.flows.audit_files import check_everything
from pipeline.flows.house import House
from pipeline.flows.maintain import maintain
from pipeline.flows.proofs import export_head, import_head
from pipeline.flows.publish import publish
from pipeline.flows.signatures import rotate_key, signing_key
from tests.audit.conftest import Published, opened

Flip = Callable[..., bytes]


def faults(house: House, against: Path | None = None) -> list[str]:
    report = check_everything(house, against)
    found = report["faults"]
    assert isinstance(found, list)
    assert report["holds"] is (not found)
    return found


def data_files(project: Path, table: str) -> list[Path]:
    return sorted((project / "warehouse" / "tables" / table).glob("segment=*/*.parquet"))


def replaced(house: House, table: str, change: Callable[[pa.Table], pa.Table], *, segment: str | None = None) -> None:
    """Write a table's rows anew with a change, as someone with the store would."""
    from pyarrow import parquet

    for path in data_files(house.project, table):
        if segment is None or segment in path.parent.name:
            parquet.write_table(change(parquet.read_table(path, partitioning=None)), path)


def test_nothing_changed_is_nothing_found(published: Published) -> None:
    report = check_everything(opened(published.project), published.head)
    assert report["faults"] == []
    assert report["holds"]
    counts = [report[name] for name in ("snapshots_checked", "evidence_checked", "heads_checked")]
    assert counts == [1, 1, 1]


def test_maintenance_rotation_and_another_snapshot_change_nothing(copied: Published) -> None:
    house = opened(copied.project)
    rotate_key(house, house.os_user(), "test")
    publish(house, house.os_user(), "second")  # the same set under another name keeps the files of the first
    maintain(house, house.os_user(), grace_hours=0)
    assert faults(opened(copied.project), copied.head) == []


def test_every_sampled_byte_of_a_table_is_named_or_changes_no_row(copied: Published, flip: Flip) -> None:
    """A byte of a data file either changes rows, and then the table is named, or it changes none at all."""
    house = opened(copied.project)
    seen = 0
    for table in ("documents", "decisions", "snapshots", "license_conclusions", "ledger"):
        whole = rows_of(house.warehouse, house, table)
        for path in data_files(copied.project, table)[:2]:
            size = path.stat().st_size
            for place in range(4, size - 8, max(1, size // 4)):
                content = flip(path, place, place % 8)
                named = any(table in fault or "document " in fault for fault in faults(opened(copied.project)))
                assert named or rows_of(Warehouse(house.settings.warehouse), house, table) == whole, f"{path.name} byte {place}"
                seen += named
                path.write_bytes(content)
    assert seen > 5
    assert faults(opened(copied.project)) == []


def rows_of(warehouse: Warehouse, house: House, table: str) -> list[dict[str, object]] | None:
    try:
        return sorted(warehouse.rows(table, house.segments()).to_pylist(), key=str)
    except UNREADABLE:
        return None


def test_a_changed_text_names_its_document(copied: Published) -> None:
    house = opened(copied.project)

    def change(rows: pa.Table) -> pa.Table:
        texts = rows["text"].to_pylist()
        texts[0] += "。"
        return rows.set_column(rows.schema.get_field_index("text"), rows.schema.field("text"), [texts])

    replaced(house, "documents", change)
    (found,) = faults(opened(copied.project))
    assert found.startswith("document ")
    assert "content_sha256" in found


def test_a_changed_decision_names_run_and_table(copied: Published) -> None:
    def change(rows: pa.Table) -> pa.Table:
        return rows.set_column(rows.schema.get_field_index("disposition"), "disposition", pa.array(["reject"] * rows.num_rows))

    replaced(opened(copied.project), "decisions", change)
    found = faults(opened(copied.project))
    assert found
    assert all("table decisions" in fault for fault in found)


def test_rows_that_no_run_committed_are_named(copied: Published) -> None:
    def change(rows: pa.Table) -> pa.Table:
        more = rows.slice(0, 1).set_column(rows.schema.get_field_index("run_id"), "run_id", pa.array(["nobody"]))
        return pa.concat_tables([rows, more.cast(rows.schema)])

    replaced(opened(copied.project), "license_conclusions", change)
    assert faults(opened(copied.project)) == ["table license_conclusions: 1 rows of run nobody, which committed none"]


def test_a_damaged_file_is_named(copied: Published) -> None:
    path = data_files(copied.project, "findings")[0]
    path.write_bytes(path.read_bytes()[:-20])
    found = faults(opened(copied.project))
    assert any(path.name in fault for fault in found)


def test_a_changed_entry_is_named(copied: Published) -> None:
    def change(rows: pa.Table) -> pa.Table:
        if rows["seq"].to_pylist() != [3]:
            return rows
        return rows.set_column(rows.schema.get_field_index("actor"), "actor", pa.array(["p-other"]))

    replaced(opened(copied.project), "ledger", change)
    assert "ledger entry 3: was changed" in faults(opened(copied.project))


def rewritten(house: House, actor: str, *, cut: int = 0) -> None:
    """Rewrite the whole chain so that it holds by itself: all that someone with the store can do."""
    entries = house.entries()
    head = None
    rows = []
    for entry in entries[: len(entries) - cut]:
        by = Actor(actor if entry.seq == 4 else entry.actor, entry.actor_proof)
        head = next_entry(head, entry.at, by, entry.event, json.loads(entry.body))
        rows.append(head)
    assert rows[0].prev == GENESIS
    by_seq = {entry.seq: entry.as_table() for entry in rows}

    def change(table: pa.Table) -> pa.Table:
        return pa.concat_tables(
            [by_seq[seq].cast(table.schema) for seq in table["seq"].to_pylist() if seq in by_seq] or [table.slice(0, 0)]
        )

    replaced(house, "ledger", change)


def test_a_ledger_rewritten_whole_is_found_against_a_head(copied: Published) -> None:
    """Chain and rows hold by themselves; the head kept elsewhere does not, nor does what was signed before."""
    rewritten(opened(copied.project), "p-other")
    (copied.project / "heads").rename(copied.project / "taken")
    found = faults(opened(copied.project), copied.head)
    assert any(fault.startswith(str(copied.head)) and "are not those" in fault for fault in found)
    assert any("attestation.dsse.json: ledger: the first" in fault for fault in found)
    assert any("was changed after it was signed" in fault for fault in found)
    assert not any(fault.startswith("ledger entry") for fault in found)


def test_a_ledger_cut_short_is_found_against_a_head(copied: Published) -> None:
    rewritten(opened(copied.project), "p-other", cut=1)
    found = faults(opened(copied.project), copied.head)
    assert any("cut short" in fault for fault in found)
    with pytest.raises(LawError, match="entries were written"):
        opened(copied.project).entries()


def test_every_other_place_is_named(copied: Published, flip: Flip) -> None:
    """Evidence, kept heads, manifest, envelope, reports: one byte each, one fault each, no other."""
    places = [
        *(copied.project / "warehouse" / "evidence").glob("*/*"),
        *(copied.project / "heads").glob("*.json"),
        *(path for path in copied.folder.iterdir() if path.is_file()),
    ]
    assert len(places) == 10
    for path in places:
        content = flip(path, path.stat().st_size // 2)
        found = faults(opened(copied.project))
        assert any(path.name in fault for fault in found), path.name
        path.write_bytes(content)
    assert faults(opened(copied.project)) == []


def test_what_is_gone_is_named(copied: Published) -> None:
    house = opened(copied.project)
    next((copied.project / "warehouse" / "evidence").glob("*/*")).unlink()
    next((copied.project / "heads").glob("*.json")).unlink()
    (copied.folder / "attestation.dsse.json").unlink()
    (copied.folder / "manifest.json").unlink()
    found = faults(house)
    for wanted in ("evidence store, found none", "heads/", "attestation.dsse.json: is gone", "manifest.json: is gone"):
        assert any(wanted in fault for fault in found), wanted
    shutil.move(copied.folder, copied.folder.with_name("abc"))
    found = faults(house)
    assert any("its folder is gone" in fault for fault in found)
    assert any("abc: lies there and was never published" in fault for fault in found)


def test_a_snapshot_signed_by_another_key_is_named(copied: Published, tmp_path: Path) -> None:
    """Whoever has the store but not the key can make a snapshot that holds by itself, not one that the ledger holds."""
    from pipeline.adapters.signing import make_key
    from pipeline.domain.attestations import PAYLOAD_TYPE, envelope, read_envelope

    path = copied.folder / "attestation.dsse.json"
    signed = read_envelope(json.loads(path.read_text(encoding="utf-8")))
    other = make_key(tmp_path / "other")
    path.write_text(file_text(envelope(PAYLOAD_TYPE, signed.payload, [(other.key_id, other.sign(signed.signed_bytes))])), encoding="ascii")
    found = faults(opened(copied.project))
    assert any("which the ledger does not know" in fault for fault in found)
    assert any("the public key is not the one that the envelope names" in fault for fault in found)


def test_an_empty_ledger_proves_nothing(copied: Published) -> None:
    for path in data_files(copied.project, "ledger"):
        path.unlink()
    assert any(fault.startswith("ledger: cannot be read") for fault in faults(opened(copied.project)))


def test_a_head_of_another_project_is_kept_and_watched(copied: Published, published: Published, tmp_path: Path) -> None:
    """Two projects that keep each other's heads stand witness for each other; only bytes and signature can be checked."""
    from pipeline.flows.project import init_project

    other = init_project(tmp_path / "other", alone=True)
    entry = import_head(other, other.os_user(), published.head)
    body = json.loads(entry.body)
    assert body["is_own"] is False
    assert body["size"] == check_everything(opened(published.project))["entries"]
    assert faults(opened(other.project)) == []
    assert any("another ledger" in fault for fault in faults(opened(other.project), published.head))
    head = json.loads(published.head.read_text(encoding="ascii"))
    forged = tmp_path / "forged.json"
    forged.write_text(file_text({**head, "public_key": signing_key(other).public_pem}), encoding="ascii")
    with pytest.raises(EvidenceError, match="does not hold under the public key"):
        import_head(other, other.os_user(), forged)
    kept = next((other.project / "heads").glob("*.json"))
    kept.write_bytes(kept.read_bytes() + b" ")
    assert faults(opened(other.project)) == [f"heads/{kept.name}: is gone or was changed since ledger entry {entry.seq}"]


def test_a_time_stamp_is_kept_with_its_head(copied: Published, tmp_path: Path) -> None:
    """The token must be about the head's bytes; its digest is entered, and a changed byte of it found."""
    from hashlib import sha256

    house = opened(copied.project)
    imprint = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
    token = tmp_path / "token.tsr"
    token.write_bytes(b"\x30\x82" + imprint + sha256(b"something else").digest())
    with pytest.raises(EvidenceError, match="expected an RFC 3161 token over the head"):
        import_head(house, house.os_user(), copied.head, token)
    token.write_bytes(b"\x30\x82" + imprint + sha256(copied.head.read_bytes()).digest())
    entry = import_head(house, house.os_user(), copied.head, token)
    assert json.loads(entry.body)["timestamp_sha256"] == sha256(token.read_bytes()).hexdigest()
    kept = next((copied.project / "heads").glob("*.tsr"))
    assert faults(opened(copied.project)) == []
    kept.write_bytes(kept.read_bytes()[:-1] + b"\x00")
    assert any(kept.name in fault for fault in faults(opened(copied.project)))


def test_a_head_that_no_longer_holds_is_not_imported_nor_continued(copied: Published) -> None:
    rewritten(opened(copied.project), "p-other")
    house = opened(copied.project)
    with pytest.raises(LawError, match="are not those that the head was signed over"):
        import_head(house, house.os_user(), copied.head)
    with pytest.raises(LawError, match="are not those that the head was signed over"):
        export_head(house, copied.head)


@pytest.mark.parametrize(("content", "error"), [(b"{", DataError), (b"[]", DataError), (b"{}", DataError), (None, ConfigurationError)])
def test_what_is_no_head_is_refused(published: Published, tmp_path: Path, content: bytes | None, error: type[Exception]) -> None:
    path = tmp_path / "head.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error):
        check_everything(opened(published.project), path)
