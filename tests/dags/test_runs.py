"""The DAGs run end to end on a small project, and what happened is in the ledger."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ServiceError

from .conftest import DRIFTED, Ran, add_drifted_source, answering

Run = Callable[..., Ran]
Ledger = Callable[[], list[tuple[str, str, dict]]]


def committed(entries: list[tuple[str, str, dict]], flow: str) -> list[str]:
    return sorted(facts["scope"] for event, _, facts in entries if event == "run.committed" and facts["flow"] == flow)


def test_a_corpus_goes_through_and_a_person_approves(project: Path, run_dag: Run, ledger: Ledger) -> None:
    assert run_dag("ingest_corpus").state == "success"
    assert committed(ledger(), "acquire") == ["service-dialogues", "sotu-json"]
    assert run_dag("gate_documents").state == "success"
    assert committed(ledger(), "gate") == ["service-dialogues", "sotu-json"]
    assert len(committed(ledger(), "deduplicate")) == 1

    with answering("Reject", "look again"):
        rejected = run_dag("publish_snapshot")
    assert rejected.state == "success"
    assert rejected.states("commit_snapshot") == ["skipped"]
    assert committed(ledger(), "publish") == []

    with answering("Approve", "read the account"):
        approved = run_dag("publish_snapshot")
    assert approved.state == "success"
    assert approved.states("no_approval_needed") == ["skipped"]
    entries = ledger()
    assert committed(entries, "publish") == ["corpus"]
    (approval,) = [(proof, facts) for event, proof, facts in entries if event == "snapshot.approved"]
    assert approval[0] == "airflow_login"
    assert approval[1]["why"] == "read the account"
    assert (project / "warehouse" / "snapshots" / approval[1]["snapshot_id"] / "manifest.json").is_file()
    assert (project / "warehouse" / "openlineage.jsonl").stat().st_size > 0

    before = len(entries)
    assert run_dag("ingest_corpus").states("commit_source") == ["skipped"]
    assert run_dag("gate_documents").states("commit_duplicates") == ["skipped"]
    assert len(ledger()) == before


def test_a_policy_may_waive_the_approval(project: Path, run_dag: Run, ledger: Ledger) -> None:
    policy = project / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: true ", "needs_approval: false"), encoding="utf-8")
    from pipeline.flows.house import open_house
    from pipeline.flows.policies import activate
    from pipeline.settings import read_settings

    house = open_house(read_settings(str(project)))
    activate(house, house.os_user(), "nobody is asked")
    for name in ("ingest_corpus", "gate_documents"):
        assert run_dag(name).state == "success"
    published = run_dag("publish_snapshot", name="unattended")
    assert published.states("approval") == ["skipped"]
    assert committed(ledger(), "publish") == ["unattended"]


def test_a_failed_source_leaves_the_others_committed(project: Path, run_dag: Run, ledger: Ledger) -> None:
    add_drifted_source(project)
    ran = run_dag("ingest_corpus")
    assert ran.state == "failed"
    assert ran.states("commit_source") == ["failed", "success", "success"]
    assert ran.states("announce_documents") == ["success"]
    assert DRIFTED not in committed(ledger(), "acquire")
    assert len(committed(ledger(), "acquire")) == 2


def test_a_source_that_cannot_be_gated_leaves_the_others_committed(
    project: Path, run_dag: Run, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.flows import gate

    assert run_dag("ingest_corpus").state == "success"
    scan = gate.scan_pi
    tries = []

    def failing(house: object, shard: object) -> int:
        if shard.source_id == "sotu-json":
            tries.append(shard.part)
            raise TypeError("a plain bug")
        return scan(house, shard)

    monkeypatch.setattr(gate, "scan_pi", failing)
    ran = run_dag("gate_documents")
    assert len(tries) == 1
    assert ran.state == "failed"
    assert ran.states("gate_shard.gate_pi") == ["success", "upstream_failed"]
    assert committed(ledger(), "gate") == ["service-dialogues"]


def test_only_a_service_error_is_tried_again(run_dag: Run, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.flows import acquire

    read = acquire.read_shard
    tries: Counter[tuple[str, str]] = Counter()

    def flaky(house: object, shard: object) -> dict[str, int]:
        tries[shard.source_id, shard.part] += 1
        if shard.source_id == "sotu-json" and tries[shard.source_id, shard.part] <= 2:
            raise ServiceError("the store did not answer")
        if shard.source_id == "service-dialogues":
            raise KeyError("a plain bug")
        return read(house, shard)

    monkeypatch.setattr(acquire, "read_shard", flaky)
    ran = run_dag("ingest_corpus")
    assert {(source, count) for (source, _), count in tries.items()} == {("sotu-json", 3), ("service-dialogues", 1)}
    assert set(ran.tries("acquire")) == {1, 3}
    assert ran.states("acquire").count("success") == 1
    assert committed(ledger(), "acquire") == ["sotu-json"]
