"""Airflow, as our DAGs need it: which errors it retries, who acts, what its assets are called, which settings it must have.

Nothing of Airflow is imported before a function needs it, because Airflow reads its settings when it is imported and
``environment`` must come first. What leaves a task by an exception, a log line or a notification carries ids, never text.
"""

import getpass
import json
import logging
import os
import secrets
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, PipelineError, ServiceError
from pipeline.settings import read_settings

if TYPE_CHECKING:
    from airflow.sdk import Asset

    from pipeline.adapters.keys import Key
    from pipeline.domain.ledger import Actor

NOTIFIER_VARIABLE = "laiyuan_on_failure"
"""Airflow Variable that names whom to tell: ``{"notifier": "package.module.Class", "kwargs": {...}}``; unset, the log is told."""
RETRY_DELAY = timedelta(seconds=5)
_DAG_TEST = "dag_test"
_PACKAGE = Path(__file__).resolve().parent.parent


@contextmanager
def retry_only_service_errors(label: str | None = None) -> Iterator[None]:
    """Let Airflow retry a ServiceError and fail at once on everything else, with a message free of text.

    Our own errors carry ids only, so that their message is kept. Of a foreign error or a plain bug only the class and
    the line are told: its message, and those of its causes, may quote a document. ``label`` is what Airflow's pages call
    this one of several mapped tasks.
    """
    from airflow.sdk import get_current_context
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    if label is not None:
        get_current_context()["label"] = label

    try:
        yield
    except AirflowException:
        raise
    except ServiceError as error:
        raise ServiceError(str(error)) from None
    except PipelineError as error:
        raise AirflowFailException(f"{type(error).__name__}: {error}") from None
    except Exception as error:  # noqa: BLE001 (a plain bug must not be retried either)
        raise AirflowFailException(f"{type(error).__name__} at {_where(error)}") from None


def _where(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _PACKAGE in Path(frame.filename).parents]
    ours = [frame for frame in frames if frame.filename != __file__]
    return f"{Path(ours[-1].filename).relative_to(_PACKAGE.parent)}:{ours[-1].lineno}" if ours else "a place outside pipeline"


def defaults() -> dict[str, Any]:
    """Return the default arguments of every task: two more tries, soon, for what ``retry_only_service_errors`` lets through."""
    return {
        "retries": 2,
        "retry_delay": RETRY_DELAY,
        "on_failure_callback": tell_failure,
        "map_index_template": "{{ label | default('') }}",
    }


def label_of(shard: Mapping[str, str]) -> str:
    """Return what Airflow's pages call the task of one shard; a file's id is cut short."""
    return f"{shard['source_id']} {shard['part'][:8]}"


def tell_failure(context: Mapping[str, Any]) -> None:
    """Tell the notifier that the Airflow Variable ``laiyuan_on_failure`` names, or the log, that a task failed."""
    from airflow.sdk import Variable

    task = context["ti"]
    logging.getLogger(__name__).error("task failed: %s.%s run %s map index %s", task.dag_id, task.task_id, task.run_id, task.map_index)
    wanted = Variable.get(NOTIFIER_VARIABLE, default=None, deserialize_json=True)
    if wanted:
        module, _, name = str(wanted["notifier"]).rpartition(".")
        getattr(import_module(module), name)(**wanted.get("kwargs", {}))(context)


def actor_of_run(key: "Key") -> "Actor":
    """Return who started the current DAG run: a login, the OS user under ``dag.test()``, else the system itself."""
    from airflow.sdk import get_current_context

    from pipeline.domain.ledger import Actor

    login = get_current_context()["dag_run"].triggering_user_name
    if login == _DAG_TEST:
        return Actor(key.pseudonym(getpass.getuser()), "os_user")
    return _actor_of_login(login, key)


def actor_of_answer(answer: Mapping[str, Any], key: "Key") -> "Actor":
    """Return who answered a human-in-the-loop task.

    The name is used, not the id, because a DAG run holds only the name of who triggered it and one person must be one
    actor in both.
    """
    return _actor_of_login((answer.get("responded_by_user") or {}).get("name"), key)


def _actor_of_login(login: str | None, key: "Key") -> "Actor":
    from airflow.sdk.configuration import conf

    from pipeline.domain.ledger import SYSTEM, Actor

    if login is None:
        return SYSTEM
    if conf.getboolean("core", "simple_auth_manager_all_admins", fallback=False):
        return Actor("anonymous", "system")  # nobody logged in: no person may be claimed
    return Actor(key.pseudonym(login), "airflow_login")


def asset(place: str) -> "Asset":
    """Return the asset of a folder of the warehouse (``tables/documents``, ``snapshots``), by its address, so that OpenLineage shows it.

    A DAG file must also parse where no project is named; the asset then has a name of its own.
    """
    from airflow.sdk import Asset

    name = place.rpartition("/")[2]
    try:
        settings = read_settings()
    except ConfigurationError:
        return Asset(name=name, uri=f"laiyuan://{name}")
    scheme = "file://" if settings.has_local_warehouse else ""
    return Asset(name=name, uri=f"{scheme}{settings.warehouse}/{place}")


def environment(home: Path, dags: Path, project: Path, *, port: int = 18081, all_admins: bool = False) -> dict[str, str]:
    """Return the settings under which Airflow runs our DAGs on one host, on loopback and without a word to anybody outside.

    ``home`` holds Airflow's own database and logs, ``dags`` the DAG files. ``all_admins`` lets everybody on this host in
    without a login. A changed port needs the execution API's address too, else every task dies unconnected.
    """
    url = f"http://127.0.0.1:{port}"
    lineage = {"type": "file", "log_file_path": str(project / "warehouse" / "openlineage.jsonl"), "append": True}
    return {
        "AIRFLOW_HOME": str(home),
        "LAIYUAN_PROJECT": str(project),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        # Beside the DAGs; a folder that is not there is no plugins.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(dags.parent / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(max(2, min(4, os.cpu_count() or 2))),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": str(all_admins),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(48),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(port + 1),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(port + 2),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(lineage),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "laiyuan",
        # Else every task forks this process, with all that it has loaded, once per event.
        "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD": "True",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "NO_PROXY": "127.0.0.1,localhost",
    }
