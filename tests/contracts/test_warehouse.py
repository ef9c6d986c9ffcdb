"""What the storage promises, asked of real Delta tables and real processes."""

import multiprocessing
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.adapters import lineage
from pipeline.adapters.delta import Warehouse
from pipeline.domain.ledger import SYSTEM
from pipeline.domain.tables import TABLE
from pipeline.errors import ConfigurationError, LawError
from pipeline.flows.audit import check_ledger
from pipeline.flows.house import House, open_house
from pipeline.flows.maintain import maintain
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.questions import explain
from pipeline.flows.run import run_sources
from pipeline.flows.runs import Run, commit_run, open_run, register
from pipeline.settings import read_settings
from tests.conftest import add_source, declaration

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return init_project(tmp_path / "corpus", alone=True)


def decisions(run: Run, ids: list[str], gate: str = "source") -> pa.Table:
    rows = [
        {
            "document_id": each,
            "source_id": "s",
            "gate": gate,
            "disposition": "admit",
            "reason": None,
            "policy_sha256": "p",
            "stage_version": 1,
            "inputs_sha256": "i",
            "run_id": run.run_id,
        }
        for each in ids
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in TABLE["decisions"].schema]))


def hex_ids(count: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [f"{draw.getrandbits(256):064x}" for _ in range(count)]


def count(house: House, table: str, *runs: str) -> int:
    if runs:
        return house.warehouse.dataset(table, {f"run-{run_id}" for run_id in runs}).count_rows()
    return house.connect().execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_retried_shard_adds_nothing(house: House) -> None:
    run = open_run(house, SYSTEM, "gate", "s", {"n": 1})
    rows = decisions(run, hex_ids(100))
    assert house.warehouse.append("decisions", rows, run_id=run.run_id, task="gate_source", shard="0/1")
    assert not house.warehouse.append("decisions", rows, run_id=run.run_id, task="gate_source", shard="0/1")
    again = Warehouse(house.settings.warehouse)
    assert not again.append("decisions", rows, run_id=run.run_id, task="gate_source", shard="0/1")
    assert count(house, "decisions", run.run_id) == 100


def test_rows_mean_nothing_until_their_run_is_committed(house: House) -> None:
    run = open_run(house, SYSTEM, "gate", "s", {"n": 1})
    house.warehouse.append("decisions", decisions(run, hex_ids(10)), run_id=run.run_id, task="t", shard="0")
    assert count(house, "decisions") == 0
    commit_run(house, SYSTEM, run, {})
    assert count(house, "decisions") == 10


def test_a_run_is_resumed_under_the_same_plan_and_abandoned_under_another(house: House) -> None:
    first = open_run(house, SYSTEM, "gate", "s", {"n": 1})
    assert open_run(house, SYSTEM, "gate", "s", {"n": 1}) == first
    second = open_run(house, SYSTEM, "gate", "s", {"n": 2})
    assert second.run_id != first.run_id
    assert [entry.event for entry in house.entries()][-2:] == ["run.abandoned", "run.opened"]


def _write_ledger(project: str, name: str) -> None:
    house = open_house(read_settings(project))
    house.entries()
    for number in range(5):
        house.record(SYSTEM, "test.raced", {"by": name, "number": number})


def test_racing_ledger_writers_never_fork_the_chain(house: House) -> None:
    project = str(house.project)
    before = len(house.entries())
    _together(_write_ledger, [(project, str(number)) for number in range(4)])
    entries = open_house(read_settings(project)).entries()
    assert [entry.seq for entry in entries] == list(range(before + 20))
    assert check_ledger(house)["holds"]


def _append_shards(project: str, run_id: str, task: int) -> None:
    house = open_house(read_settings(project))
    run = Run(run_id, "gate", "s", "", NOW)
    for number in range(3):
        rows = decisions(run, hex_ids(50, seed=task * 100 + number))
        for _ in range(2):
            house.warehouse.append("decisions", rows, run_id=run_id, task=f"t{task}", shard=str(number))


def test_eight_tasks_append_at_once_and_lose_nothing(house: House) -> None:
    run = open_run(house, SYSTEM, "gate", "s", {"n": 1})
    _together(_append_shards, [(str(house.project), run.run_id, task) for task in range(8)])
    assert count(house, "decisions", run.run_id) == 8 * 3 * 50
    entry = commit_run(house, SYSTEM, run, {})
    assert '"rows":1200' in entry.body


def _together(work: object, calls: list[tuple[object, ...]]) -> None:
    processes = [SPAWN.Process(target=work, args=each) for each in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=240)
    assert [process.exitcode for process in processes] == [0] * len(calls)


def test_maintenance_changes_no_digest_and_no_answer(house: House) -> None:
    runs = []
    for number in range(20):
        run = open_run(house, SYSTEM, "gate", f"s{number}", {"n": number})
        house.warehouse.append("decisions", decisions(run, hex_ids(200, seed=number)), run_id=run.run_id, task="t", shard="0")
        commit_run(house, SYSTEM, run, {})
        runs.append(run)
    waiting = open_run(house, SYSTEM, "gate", "waiting", {})
    house.warehouse.append("decisions", decisions(waiting, hex_ids(5, seed=99)), run_id=waiting.run_id, task="t", shard="0")
    before = house.connect().execute("SELECT * EXCLUDE segment FROM decisions ORDER BY ALL").to_arrow_table()
    maintain(house, SYSTEM, grace_hours=0)
    after = house.connect().execute("SELECT * EXCLUDE segment FROM decisions ORDER BY ALL").to_arrow_table()
    assert after.equals(before)
    assert check_ledger(house)["holds"]
    assert house.warehouse.files("decisions").num_rows == 17  # sixteen buckets and the run that is not committed
    commit_run(house, SYSTEM, waiting, {})
    assert count(house, "decisions") == 20 * 200 + 5


def test_hundreds_of_small_runs_stay_explainable_and_maintenance_joins_them(house: House) -> None:
    activate(house, SYSTEM, "test")
    text = "本法所称个人信息处理者，是指在个人信息处理活动中自主决定处理目的、处理方式的组织、个人。"
    add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": text}]})
    assert run_sources(house, house.os_user()) == {}
    (document,) = (row[0] for row in house.connect().execute("SELECT document_id FROM documents").fetchall())
    before = explain(house, "explain_document", document)
    for number, each in enumerate(hex_ids(300)):
        fact = {"source_id": f"s{number % 7}", "declaration_sha256": each, "state": "proposed", "why": "declared", "recorded_at": NOW}
        register(house, SYSTEM, "source.proposed", f"s{number % 7}", {"source_states": [fact]}, {"declaration_sha256": each})
    assert count(house, "source_states") == 303
    assert explain(house, "explain_document", document) == before
    maintain(house, SYSTEM, grace_hours=0)
    assert house.warehouse.files("source_states").num_rows == 1
    assert house.warehouse.files("ledger").num_rows <= 2
    assert explain(house, "explain_document", document) == before
    assert {"source", "evidence", "license", "gate"} <= {step["step"] for step in before}
    assert check_ledger(house)["holds"]


def test_a_changed_row_or_entry_is_found_by_the_check(house: House) -> None:
    run = open_run(house, SYSTEM, "gate", "s", {})
    house.warehouse.append("decisions", decisions(run, hex_ids(10)), run_id=run.run_id, task="t", shard="0")
    commit_run(house, SYSTEM, run, {})
    assert check_ledger(house)["holds"]
    house.warehouse.delete("decisions", f"document_id = '{hex_ids(10)[3]}'")
    report = check_ledger(house)
    assert not report["holds"]
    assert run.run_id in report["faults"][0]


def test_rows_outside_the_closed_sets_are_refused_without_naming_them(house: House) -> None:
    run = open_run(house, SYSTEM, "gate", "s", {})
    rows = decisions(run, hex_ids(1))
    at = rows.schema.get_field_index("disposition")
    with pytest.raises(LawError, match=r"decisions.disposition: 1 rows"):
        house.warehouse.append("decisions", rows.set_column(at, "disposition", pa.array(["13800138000"])), run_id="r", task="t", shard="0")
    with pytest.raises(LawError, match="a reason must be given exactly when"):
        house.warehouse.append("decisions", rows.set_column(at, "disposition", pa.array(["reject"])), run_id="r", task="t", shard="0")


def test_the_published_lineage_opens_read_only_elsewhere_and_never_goes_back(house: House, tmp_path: Path) -> None:
    run = open_run(house, SYSTEM, "gate", "s", {})
    house.warehouse.append("decisions", decisions(run, hex_ids(10)), run_id=run.run_id, task="t", shard="0")
    commit_run(house, SYSTEM, run, {})
    target = house.publish_lineage()
    assert target is not None
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        with duckdb.connect(str(target), read_only=True) as reader:
            assert reader.execute("SELECT count(*) FROM decisions").fetchone() == (10,)
            assert reader.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'lineage'").fetchone() is not None
            # An open reader blocks no writer.
            house.record(SYSTEM, "test.happened", {})
            house.publish_lineage()
            assert reader.execute("SELECT count(*) FROM decisions").fetchone() == (10,)
    finally:
        os.chdir(here)
    seq = len(house.entries()) - 1
    lineage.publish(house.warehouse, set(), seq - 1, Path(house.settings.warehouse))
    with lineage.open_published(Path(house.settings.warehouse)) as reader:
        assert reader.execute("SELECT seq FROM lineage_position").fetchone() == (seq,)
        assert reader.execute("SELECT count(*) FROM decisions").fetchone() == (10,)


def test_a_folder_without_a_warehouse_ends_in_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="laiyuan init"):
        Warehouse(str(tmp_path / "nothing")).files("documents")
