"""The page inside Airflow: loaded by Airflow's plugin manager, and open to whoever Airflow has logged in, to nobody else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

HEAVY = ("fastapi", "pyarrow", "duckdb", "pipeline.flows", "pipeline.page")
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


@pytest.fixture
def client(project: Path) -> TestClient:
    """Airflow's API server with its plugins, over a project without any run."""
    from airflow import plugins_manager
    from airflow.api_fastapi.app import create_app

    assert Path(os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"]) == PLUGINS
    plugins_manager.ensure_plugins_loaded()
    assert plugins_manager.get_import_errors() == {}
    return TestClient(create_app(apps="core"), base_url="http://testserver", follow_redirects=False)


def token(role: str) -> str:
    """Return the token of a person whom Airflow's own login would give this role."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return str(get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="inspector", role=role)))


@pytest.mark.usefixtures("project")
def test_only_who_is_logged_in_sees_the_page(client: TestClient) -> None:
    for path in ("/laiyuan/", "/laiyuan/sources", "/laiyuan/style.css", "/laiyuan/no-such-page"):
        assert client.get(path).status_code == 401
        assert "service-dialogues" not in client.get(path).text
    wrong = client.get("/laiyuan/sources", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code in (401, 403)
    client.cookies.set("_token", token("viewer"))
    page = client.get("/laiyuan/sources", params={"lang": "en"})
    assert page.status_code == 200
    assert 'href="/laiyuan/sources/service-dialogues"' in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    client.cookies.clear()
    by_token = client.get("/laiyuan/ledger", headers={"Authorization": f"Bearer {token('viewer')}"})
    assert by_token.status_code == 200
    assert client.get("/laiyuan/sources", headers={"Authorization": f"Bearer {token('')}"}).status_code in (401, 403)


def test_airflow_shows_the_page_in_its_navigation(client: TestClient) -> None:
    plugins = client.get("/api/v2/plugins", headers={"Authorization": f"Bearer {token('admin')}"}).json()["plugins"]
    (ours,) = [each for each in plugins if each["name"] == "laiyuan"]
    assert [(each["href"], each["destination"]) for each in ours["external_views"]] == [("/laiyuan/", "nav")]
    assert [each["url_prefix"] for each in ours["fastapi_apps"]] == ["/laiyuan"]


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import airflow.plugins_manager; before = set(sys.modules); import laiyuan_page; "
        "print(*(name for name in sys.argv[2].split(',') if name in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(PLUGINS), ",".join(HEAVY)], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
