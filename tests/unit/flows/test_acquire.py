"""Acquiring a source: every record is a document, a meeting, or a reject; changed files only; nothing lost or doubled."""

import gzip
from collections.abc import Callable

import pytest

from pipeline.domain.sources import SourceState
from pipeline.errors import DataError, EvidenceError
from pipeline.flows import acquire as acquiring
from pipeline.flows.acquire import acquire, commit_acquisition, open_acquisition, plan_acquisition, read_shard
from pipeline.flows.house import House
from pipeline.flows.sources import change_state, declare
from tests.conftest import add_source, declaration, put

Ask = Callable[[str], list[tuple[object, ...]]]
A, B, C = ({"id": name, "text": f"这是第{name}篇文档，内容足够长，可以通过质量检查。"} for name in "abc")


def deliver(house: House, source_id: str, files: dict[str, object]) -> object:
    put(house.project / "sources" / source_id / "data", files)
    return acquire(house, house.os_user(), source_id)


def test_records_are_documents_plus_rejects(house: House, rows: Ask) -> None:
    source = add_source(
        house, declaration("s"), {"one.jsonl": '{"id":"a","text":"足够长的一篇文档"}\nbroken\n{"id":"b"}\n{"id":"c","text":" "}\n'}
    )
    with pytest.raises(DataError, match="3 of 4 records are rejects"):
        acquire(house, house.os_user(), source)
    assert rows("SELECT count(*) FROM documents") == [(0,)], "nothing of the stopped run may be seen"
    stated = declaration("s")
    stated["delivery"] = {**stated["delivery"], "max_reject_ratio": 1.0}
    add_source(house, stated, {})
    acquire(house, house.os_user(), source)
    assert rows("SELECT count(*) FROM documents") == [(1,)]
    assert rows("SELECT reason FROM rejects ORDER BY ordinal") == [
        ("record.broken_json",),
        ("record.missing_field",),
        ("record.empty_text",),
    ]
    assert rows("SELECT sum(documents) FROM accounts WHERE gate = 'records'") == [(4,)]


def test_only_changed_files_are_read_again(house: House, rows: Ask) -> None:
    source = add_source(house, declaration("s"), {"one.jsonl": [A], "two.jsonl": [B]})
    acquire(house, house.os_user(), source)
    assert acquire(house, house.os_user(), source) is None
    deliver(house, source, {"two.jsonl": [B, C]})
    plan = plan_acquisition(house, source)
    assert plan["read"] == []
    assert rows("SELECT status, count(*) FROM files GROUP BY status ORDER BY status") == [("read", 3), ("unchanged", 1)]
    assert rows("SELECT meeting, count(*) FROM acquisitions GROUP BY meeting ORDER BY meeting") == [("again", 1), ("new", 3)]
    assert rows("SELECT count(*), count(DISTINCT document_id) FROM documents") == [(3, 3)]


def test_a_changed_text_supersedes_and_a_missing_record_is_absent(house: House, rows: Ask) -> None:
    source = add_source(house, declaration("s"), {"one.jsonl": [A, B]})
    acquire(house, house.os_user(), source)
    deliver(house, source, {"one.jsonl": [{**A, "text": A["text"] + "修订"}]})
    assert rows("SELECT locator, is_absent, is_superseded FROM current_documents ORDER BY locator, is_superseded") == [
        ("a", False, False),
        ("a", True, True),
        ("b", True, False),
    ]
    assert rows("SELECT count(*) FROM documents WHERE supersedes IS NOT NULL") == [(1,)]
    deliver(house, source, {"one.jsonl": [A, B]})
    assert rows("SELECT locator, is_superseded FROM current_documents WHERE NOT is_absent AND NOT is_superseded ORDER BY locator") == [
        ("a", False),
        ("b", False),
    ]


def test_a_removed_file_makes_its_documents_absent(house: House, rows: Ask) -> None:
    source = add_source(house, declaration("s"), {"one.jsonl": [A], "two.jsonl": [B]})
    acquire(house, house.os_user(), source)
    (house.project / "sources" / source / "data" / "two.jsonl").unlink()
    acquire(house, house.os_user(), source)
    assert rows("SELECT locator FROM current_documents WHERE is_absent") == [("b",)]
    assert rows("SELECT status FROM files WHERE path = 'removed' OR status = 'removed'") == [("removed",)]


def test_the_same_key_twice_is_met_again_or_a_conflict(house: House, rows: Ask) -> None:
    stated = declaration("s")
    stated["delivery"] = {**stated["delivery"], "max_reject_ratio": 1.0}
    source = add_source(house, stated, {"one.jsonl": [A, A, {**A, "text": "同一个编号下的另一篇文档，内容不同。"}], "two.jsonl": [A, B]})
    acquire(house, house.os_user(), source)
    assert rows("SELECT count(*), count(DISTINCT document_id) FROM documents") == [(2, 2)]
    met = dict(rows("SELECT meeting, count(*) FROM acquisitions GROUP BY meeting"))
    conflicts = rows("SELECT count(*) FROM rejects WHERE reason = 'record.key_conflict'")[0][0]
    assert met["new"] == 2
    assert met["new"] + met.get("again", 0) + conflicts == 5
    assert conflicts >= 1


def test_part_of_a_delivery_can_be_read_and_calls_nothing_else_absent(house: House, rows: Ask) -> None:
    source = add_source(house, declaration("s"), {"one.jsonl": [A], "two.jsonl": [B]})
    acquire(house, house.os_user(), source, only="two*")
    assert rows("SELECT locator FROM documents") == [("b",)]
    acquire(house, house.os_user(), source)
    assert rows("SELECT count(*) FROM current_documents WHERE is_absent") == [(0,)]


def test_a_drifted_column_stops_the_source_before_its_commit(house: House, rows: Ask) -> None:
    stated = declaration("s")
    stated["delivery"] = {**stated["delivery"], "metadata": ["issuer"]}
    source = add_source(house, stated, {"one.jsonl": [A]})
    with pytest.raises(DataError, match="issuer"):
        acquire(house, house.os_user(), source)
    assert rows("SELECT count(*) FROM documents") == [(0,)]


def test_a_shard_read_twice_adds_nothing_and_a_half_read_run_is_not_committed(
    house: House, rows: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acquiring, "_SHARD_FILES", 1)
    source = add_source(house, declaration("s"), {"one.jsonl": [A], "two.jsonl": [B]})
    first, second = open_acquisition(house, house.os_user(), source)
    read_shard(house, first)
    read_shard(house, first)
    with pytest.raises(DataError, match="1 of 2 files were not read"):
        commit_acquisition(house, house.os_user(), first.run_id)
    read_shard(house, second)
    entry = commit_acquisition(house, house.os_user(), first.run_id)
    assert commit_acquisition(house, house.os_user(), first.run_id) == entry
    assert rows("SELECT count(*) FROM documents") == [(2,)]


def test_only_an_admitted_source_with_its_admitted_declaration_is_read(house: House) -> None:
    source = add_source(house, declaration("s"), {"one.jsonl": [A]}, admit=False)
    with pytest.raises(EvidenceError, match="only an admitted source"):
        acquire(house, house.os_user(), source)
    add_source(house, declaration("s"), {})
    change_state(house, house.os_user(), source, SourceState.SUSPENDED, "test")
    with pytest.raises(EvidenceError, match="suspended"):
        acquire(house, house.os_user(), source)
    path = house.project / "sources" / source / "source.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("made for a test", "changed"), encoding="utf-8")
    assert declare(house, house.os_user(), path) is not None


def test_damaged_bytes_keep_what_was_read_before_them(house: House, rows: Ask) -> None:
    whole = gzip.compress("".join(f'{{"id":"{n}","text":"第{n}篇文档，内容各不相同。"}}\n' for n in range(200)).encode(), mtime=0)
    stated = declaration("s")
    stated["delivery"] = {**stated["delivery"], "files": "*.gz", "max_reject_ratio": 1.0}
    source = add_source(house, stated, {"cut.jsonl.gz": whole[: len(whole) * 2 // 3]})
    acquire(house, house.os_user(), source)
    kept, rejected = rows("SELECT count(*) FROM documents")[0][0], rows("SELECT reason, count(*) FROM rejects GROUP BY reason")
    assert 0 < kept < 200
    assert rejected == [("record.truncated_stream", 1)]


def test_personal_information_in_a_file_name_stays_out_of_tables(house: House, rows: Ask) -> None:
    source = add_source(house, declaration("s"), {"call-13800138000.jsonl": [A]})
    acquire(house, house.os_user(), source)
    (path,) = rows("SELECT path FROM files")[0]
    assert str(path).startswith("sha256:")
    assert all("13800138000" not in entry.body for entry in house.entries())
