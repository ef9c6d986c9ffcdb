"""The main job over small projects: what is decided again when something changes, and what is published."""

import json
from collections.abc import Callable

import pytest
import yaml

from pipeline.domain.sources import SourceState
from pipeline.errors import EvidenceError
from pipeline.flows.deduplicate import deduplicate
from pipeline.flows.gate import gate, pending_count
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.preview import preview
from pipeline.flows.publish import publish, snapshots_folder
from pipeline.flows.run import plan_rows, run_sources
from pipeline.flows.snapshots import difference, find_snapshot, write_jsonl
from pipeline.flows.sources import change_state
from pipeline.standalone.verify_snapshot import verify
from tests.conftest import add_source, declaration, put

Ask = Callable[[str], list[tuple[object, ...]]]
LONG = "本法所称个人信息处理者，是指在个人信息处理活动中自主决定处理目的、处理方式的组织、个人，并依法承担相应的保护义务。"
OTHER = "The registry keeps one row for every delivery, and an auditor can recompute each of its digests from the files alone."


def published_ids(house: House, name: str = "release") -> set[str]:
    entry = publish(house, house.os_user(), name)
    folder = snapshots_folder(house) / json.loads(entry.body)["account"]["snapshot_id"]
    assert verify(folder)["holds"]
    target = folder.parent / "rows.jsonl"
    write_jsonl(folder, target)
    return {json.loads(line)["locator"] for line in target.read_text(encoding="utf-8").splitlines()}


def test_a_second_run_has_nothing_to_do(house: House) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    assert run_sources(house, house.os_user()) == {}
    before = len(house.entries())
    assert run_sources(house, house.os_user()) == {}
    assert len(house.entries()) == before
    (row,) = plan_rows(house, (), None)
    assert (row["files"], row["documents_pending"], row["first_stage"]) == (0, 0, "none")


def test_a_failed_source_leaves_the_others_committed(house: House, rows: Ask) -> None:
    add_source(house, declaration("bad"), {"one.jsonl": "broken\nbroken\n"})
    add_source(house, declaration("good"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    failures = run_sources(house, house.os_user())
    assert list(failures) == ["bad"]
    assert rows("SELECT source_id, disposition FROM account WHERE gate = 'all'") == [("good", "admit")]


def test_every_document_is_answered_for_by_every_gate(house: House, rows: Ask) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": str(n), "text": f"{LONG[n:]}{OTHER[: n * 3]}"} for n in range(20)]})
    run_sources(house, house.os_user())
    assert rows("SELECT count(*), count(DISTINCT document_id) FROM decisions") == [(100, 20)]
    assert rows("SELECT gate, sum(documents) FROM account WHERE gate <> 'all' GROUP BY gate ORDER BY gate") == [
        (name, 20) for name in ("duplicate", "license", "pi", "quality", "source")
    ]


def test_a_revised_text_replaces_its_near_duplicate_predecessor(house: House) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    run_sources(house, house.os_user())
    put(house.project / "sources" / "s" / "data", {"one.jsonl": [{"id": "a", "text": LONG + "特此修订。"}]})
    run_sources(house, house.os_user())
    assert published_ids(house) == {"a"}, "the superseded text must not be kept in the place of the new one"


def test_a_suspended_source_is_decided_again_and_leaves_the_next_snapshot(house: House) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    add_source(house, declaration("t"), {"one.jsonl": [{"id": "b", "text": OTHER}]})
    run_sources(house, house.os_user())
    assert published_ids(house, "first") == {"a", "b"}
    change_state(house, house.os_user(), "s", SourceState.SUSPENDED, "complaint")
    with pytest.raises(EvidenceError, match=r"s \(1\)"):
        publish(house, house.os_user(), "second")
    run_sources(house, house.os_user())
    assert published_ids(house, "second") == {"b"}
    changed, policies = difference(house, "first", "second")
    assert changed.to_pylist() == [{"source_id": "s", "change": "removed", "gate": "source", "reason": "source.suspended", "documents": 1}]
    assert policies == {}


def test_the_same_set_under_another_name_is_the_same_snapshot(house: House, rows: Ask) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    run_sources(house, house.os_user())
    assert published_ids(house, "first") == published_ids(house, "second") == {"a"}
    assert find_snapshot(house, "first") == find_snapshot(house, "second")
    assert rows("SELECT count(*), count(DISTINCT snapshot_id), count(DISTINCT manifest_sha256) FROM snapshots") == [(2, 1, 1)]


def test_a_refused_copy_never_removes_an_admissible_one(house: House, rows: Ask) -> None:
    restricted = declaration("restricted", license={"declared": "CC-BY-NC-4.0", "concluded": "CC-BY-NC-4.0"})
    restricted["evidence"] = [{**restricted["evidence"][0], "states": "CC-BY-NC-4.0", "file": "evidence/NC.txt"}]
    put(house.project / "sources" / "restricted", {"evidence/NC.txt": "SPDX-License-Identifier: CC-BY-NC-4.0\n"})
    add_source(house, restricted, {"one.jsonl": [{"id": "a", "text": LONG}]})
    add_source(house, declaration("free"), {"one.jsonl": [{"id": "b", "text": LONG}]})
    run_sources(house, house.os_user())
    standing = dict(rows("SELECT source_id, disposition FROM document_standing"))
    assert standing["restricted"] == "reject"
    assert standing["free"] in ("admit", "quarantine"), "an undated restrictive twin may hold the free copy for review, never reject it"


def test_a_changed_policy_decides_again_without_scanning_again(house: House, rows: Ask) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG + "联系邮箱zhang.san@qq.com。"}]})
    run_sources(house, house.os_user())
    assert rows("SELECT disposition FROM current_decisions WHERE gate = 'pi'") == [("redact",)]
    policy = house.project / "policies" / "pi.yaml"
    stated = yaml.safe_load(policy.read_text(encoding="utf-8"))
    stated["kinds"]["EMAIL_ADDRESS"] = {"action": "reject"}
    policy.write_text(yaml.safe_dump(stated, allow_unicode=True), encoding="utf-8")
    told = [(row["policy"], row["documents"], row["scan_again"], row["from"], row["to"]) for row in preview(house)]
    assert told == [("pi", 1, 0, "", ""), ("pi", 1, 0, "redact", "reject")]
    assert pending_count(house, "s") == 0, "an edited file decides nothing before it is activated"
    activate(house, house.os_user(), "addresses must not stay")
    assert pending_count(house, "s") == 1
    gate(house, house.os_user(), "s")
    deduplicate(house, house.os_user())
    assert rows("SELECT disposition, reason FROM current_decisions WHERE gate = 'pi'") == [("reject", "pi.forbidden_kind")]
    assert rows("SELECT count(*) FROM scans") == [(1,)]


def test_personal_information_leaves_the_published_text_and_stays_out_of_every_table(house: House) -> None:
    secret = "13912345678"
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG + f"联系手机{secret}。"}]})
    run_sources(house, house.os_user())
    publish(house, house.os_user(), "release")
    folder = find_snapshot(house, "release")
    target = folder.parent / "rows.jsonl"
    write_jsonl(folder, target)
    assert secret not in target.read_text(encoding="utf-8")
    for name in ("decisions", "findings", "scans", "acquisitions", "files", "rejects", "signatures", "ledger"):
        assert secret not in str(house.connect().execute(f"SELECT * FROM {name}").fetchall())


def test_no_required_gate_means_no_documents(house: House) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    policy = house.project / "policies" / "publish.yaml"
    policy.write_text('version: "1"\nrequired_gates: []\npublish_absent: false\nneeds_approval: false\n', encoding="utf-8")
    activate(house, house.os_user(), "test")
    run_sources(house, house.os_user())
    with pytest.raises(EvidenceError, match="no document is admitted"):
        publish(house, house.os_user(), "release")


def test_a_snapshot_waits_for_a_person_where_policy_asks_for_one(house: House) -> None:
    from pipeline.flows.publish import approve_sealed

    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    policy = house.project / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: false", "needs_approval: true"), encoding="utf-8")
    activate(house, house.os_user(), "test")
    run_sources(house, house.os_user())
    with pytest.raises(EvidenceError, match="waits for a person") as waiting:
        publish(house, house.os_user(), "release")
    digest = str(waiting.value).split()[1]
    assert not (snapshots_folder(house) / digest).exists()
    approve_sealed(house, house.os_user(), "release", "account read")
    assert verify(snapshots_folder(house) / digest)["holds"]


def test_a_source_admitted_again_after_a_suspension_is_decided_again(house: House, rows: Ask) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    decided = "SELECT disposition, reason FROM current_decisions WHERE gate = 'source'"
    run_sources(house, house.os_user())
    assert rows(decided) == [("admit", None)]
    change_state(house, house.os_user(), "s", SourceState.SUSPENDED, "a complaint")
    gate(house, house.os_user(), "s")
    assert rows(decided) == [("quarantine", "source.suspended")]
    change_state(house, house.os_user(), "s", SourceState.ADMITTED, "the complaint was withdrawn")
    assert pending_count(house, "s") == 1
    run_sources(house, house.os_user())
    assert rows(decided) == [("admit", None)]
    assert pending_count(house, "s") == 0
