"""One Airflow home for all DAG tests: migrated once, and every ``dag.test()`` in this process, because its first takes ten seconds."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.adapters import airflow as ours

ROOT = Path(__file__).resolve().parents[2]
DRIFTED = "sotu-drifted"


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A migrated Airflow home, in the environment until the session ends."""
    home = tmp_path_factory.mktemp("airflow")
    before = dict(os.environ)
    os.environ.update(ours.environment(home, ROOT / "dags", home / "no-project"))
    os.environ.pop("LAIYUAN_PROJECT", None)
    subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], check=True, capture_output=True)
    yield home
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture
def project(airflow_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two small admitted sources, which asks a person before publishing."""
    folder = tmp_path / "project"
    quickstart = ROOT / "examples" / "quickstart" / "sources"
    shutil.copytree(quickstart / "sotu-json", folder / "sources" / "sotu-json")
    shutil.copytree(quickstart / "service-dialogues", folder / "sources" / "service-dialogues")
    data = next((folder / "sources" / "service-dialogues" / "data").glob("*.jsonl"))
    data.write_text("".join(data.read_text(encoding="utf-8").splitlines(keepends=True)[:12]), encoding="utf-8")
    # Airflow knows an asset by one address only, so that every test's warehouse is reached by the same one.
    (folder / "warehouse").mkdir()
    always = airflow_home / "warehouse"
    always.unlink(missing_ok=True)
    always.symlink_to(folder / "warehouse")
    monkeypatch.setenv("LAIYUAN_WAREHOUSE", str(always))
    settings = ours.environment(airflow_home, ROOT / "dags", folder)
    for name in ("LAIYUAN_PROJECT", "AIRFLOW__OPENLINEAGE__TRANSPORT"):
        monkeypatch.setenv(name, settings[name])
    make_ready(folder)
    monkeypatch.setattr(ours, "RETRY_DELAY", timedelta(0))
    return folder


def make_ready(folder: Path) -> None:
    """Initialise a project, activate its policies and admit its sources."""
    from pipeline.domain.sources import SourceState
    from pipeline.flows.policies import activate
    from pipeline.flows.project import init_project
    from pipeline.flows.sources import change_state, declare, declared_paths

    house = init_project(folder, alone=True)
    activate(house, house.os_user(), "test")
    for path in declared_paths(folder):
        declare(house, house.os_user(), path)
        change_state(house, house.os_user(), path.parent.name, SourceState.ASSESSED, "test")
        change_state(house, house.os_user(), path.parent.name, SourceState.ADMITTED, "test")


def add_drifted_source(folder: Path) -> None:
    """Add an admitted source that no record of holds the declared column, so that committing it must fail."""
    target = folder / "sources" / DRIFTED
    shutil.copytree(folder / "sources" / "sotu-json", target)
    text = (target / "source.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("metadata:")]
    at = next(number for number, line in enumerate(lines) if line.startswith("delivery:"))
    lines.insert(at + 1, "  metadata: [a_column_that_no_record_has]")
    text = "\n".join(lines).replace("source: sotu-json", f"source: {DRIFTED}", 1) + "\n"
    (target / "source.yaml").write_text(text, encoding="utf-8")
    make_ready_source(folder)


def make_ready_source(folder: Path) -> None:
    from pipeline.domain.sources import SourceState
    from pipeline.flows.house import open_house
    from pipeline.flows.sources import change_state, declare
    from pipeline.settings import read_settings

    house = open_house(read_settings(str(folder)))
    declare(house, house.os_user(), folder / "sources" / DRIFTED / "source.yaml")
    change_state(house, house.os_user(), DRIFTED, SourceState.ASSESSED, "test")
    change_state(house, house.os_user(), DRIFTED, SourceState.ADMITTED, "test")


class Ran:
    """A finished DAG run."""

    def __init__(self, dag_run: object) -> None:
        self.state = str(dag_run.state)
        self.tasks = [(each.task_id, each.map_index, str(each.state), each.try_number) for each in dag_run.get_task_instances()]

    def states(self, task_id: str) -> list[str]:
        return sorted(state for name, _, state, _ in self.tasks if name == task_id)

    def tries(self, task_id: str) -> list[int]:
        return sorted(tries for name, _, _, tries in self.tasks if name == task_id)


@pytest.fixture
def run_dag(project: Path) -> Callable[..., Ran]:
    """Run one DAG file by name in this process."""

    def run(name: str, /, **conf: object) -> Ran:
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(ROOT / "dags" / f"{name}.py"))
        assert not bag.import_errors
        return Ran(bag.dags[name].test(run_conf=conf or None))

    return run


@pytest.fixture
def ledger(project: Path) -> Callable[[], list[tuple[str, str, dict]]]:
    """Return the ledger's entries as (event, actor proof, facts)."""

    def entries() -> list[tuple[str, str, dict]]:
        from pipeline.flows.house import open_house
        from pipeline.settings import read_settings

        house = open_house(read_settings(str(project)))
        return [(entry.event, entry.actor_proof, json.loads(entry.body)) for entry in house.entries()]

    return entries


@contextmanager
def answering(option: str, why: str) -> Iterator[None]:
    """Answer the next human-in-the-loop task over Airflow's REST interface, as the login ``reviewer1``."""
    done = threading.Event()
    thread = threading.Thread(target=_answer, args=(option, why, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=60)


def _answer(option: str, why: str, done: threading.Event) -> None:
    from airflow.api_fastapi.app import create_app, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    client = TestClient(create_app(apps="core"), base_url="http://testserver")
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="reviewer1", role="admin"))
    client.headers["Authorization"] = f"Bearer {token}"
    while not done.wait(1):
        found = client.get("/api/v2/dags/~/dagRuns/~/hitlDetails", params={"state": "awaiting_input"}).json()
        waiting = [each for each in found.get("hitl_details", []) if not each.get("response_received")]
        for each in waiting:
            # Airflow 3.3.2 loses an answer that comes within a second of the question; nothing can be waited for instead.
            time.sleep(2)
            task = each["task_instance"]
            address = f"/api/v2/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/-1/hitlDetails"
            client.patch(address, json={"chosen_options": [option], "params_input": {"why": why}}).raise_for_status()
            return
