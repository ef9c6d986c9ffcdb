"""DAG files are wiring: they parse anywhere, import nothing heavy, and every task calls a flow."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))
HEAVY = ("great_expectations", "presidio_analyzer", "numba", "deltalake", "duckdb", "pyarrow", "pandas")
# Tasks of the wiring itself: they flatten what flows returned, or turn a run red.
WIRING = {"list_runs", "list_shards", "count_measured", "announce_documents", "answer_for_failures", "what_follows", "is_void"}
PROGRAM = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
heavy = [name for name in sys.argv[2].split(",") if name in sys.modules]
def told(schedule): return schedule if isinstance(schedule, str) else [asset.name for asset in schedule or []]
schedules = {name: told(dag.schedule) for name, dag in bag.dags.items()}
print(json.dumps({"errors": bag.import_errors, "heavy": heavy, "schedules": schedules}))
"""


@pytest.mark.usefixtures("airflow_home")
def test_dag_files_parse_without_a_project_and_import_nothing_heavy(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAIYUAN_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(DAGS), ",".join(HEAVY)],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == {}
    assert found["heavy"] == []
    assert found["schedules"] == {
        "admit_source": [],
        "ingest_corpus": [],
        "gate_documents": ["documents"],
        "publish_snapshot": ["decisions"],
        "open_batches": [],
        "sync_labels": "*/5 * * * *",
        "close_batches": [],
        "verify_batch": [],
        "judge_batch": [],
    }


def _is_task(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        ast.unparse(each).split("(")[0] in ("task", "task.branch") for each in node.decorator_list
    )


def _tasks() -> list[tuple[str, ast.FunctionDef]]:
    trees = [(path.stem, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES]
    return [(f"{stem}.{node.name}", node) for stem, tree in trees for node in ast.walk(tree) if _is_task(node)]


@pytest.mark.parametrize(("name", "task"), _tasks(), ids=[name for name, _ in _tasks()])
def test_every_task_is_a_few_lines_around_a_flow(name: str, task: ast.FunctionDef) -> None:
    source = ast.unparse(task)
    assert len(task.body) <= 8, name
    if task.name not in WIRING:
        assert "from pipeline.flows" in source
        assert "with retry_only_service_errors(" in source


def test_tasks_carry_the_stages_words() -> None:
    from pipeline.stages import STAGES

    tasks = {node.name for _, node in _tasks()}
    # normalize_text and cluster have no task of their own: acquiring reads and normalizes, electing clusters first.
    assert {stage.name for stage in STAGES} - {"normalize_text", "cluster"} <= tasks
