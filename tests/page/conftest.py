"""The page over one small published project: asked in this process, and served by ``laiyuan serve`` to a real Chromium."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from pipeline.adapters.chromium import NAMES
from pipeline.flows.house import House
from pipeline.page.app import create_page
from tests.page_kit import HELD_MARK, shown_project

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip


@dataclass(frozen=True)
class Known:
    """Names of things in the project, and the address of every kind of page."""

    document: str
    masked: str
    held: str
    twin: str
    cluster: str
    snapshot: str
    evidence: str

    def paths(self) -> list[str]:
        """Return one address of every kind."""
        return ["/", "/documents?start=", f"/documents/{self.document}", f"/documents/{self.held}", f"/documents/{self.twin}", "/sources",
                "/sources/laws", "/snapshots", f"/snapshots/{self.snapshot}", "/clusters", f"/clusters/{self.cluster}", "/batches",
                "/batches/b-1", "/alarms", "/ledger", "/ledger/1", "/no-such-page"]  # fmt: skip


PAGES = 17
"""How many addresses ``Known.paths`` has, for tests that take one each."""


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The published project."""
    return shown_project(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def known(shown: House) -> Known:
    """What the tests ask for by name, found by the product's own views."""
    with shown.connect() as rows:

        def one(sql: str) -> str:
            return str(rows.execute(sql).fetchall()[0][0])

        return Known(
            document=one("SELECT document_id FROM documents WHERE contains(text, 'window.hacked=2')"),
            masked=one("SELECT document_id FROM documents WHERE contains(text, '手机号')"),
            held=one(f"SELECT document_id FROM documents WHERE contains(text, '{HELD_MARK}')"),
            twin=one("SELECT document_id FROM current_clusters WHERE NOT is_kept"),
            cluster=one("SELECT cluster_id FROM current_clusters"),
            snapshot=one("SELECT snapshot_id FROM snapshots"),
            evidence=one("SELECT evidence_sha256 FROM current_evidence LIMIT 1"),
        )


@pytest.fixture
def client(shown: House) -> TestClient:
    """The page asked without a server."""
    return TestClient(create_page(lambda: shown, "en"), follow_redirects=False)


@pytest.fixture(scope="session")
def served(shown: House) -> Iterator[str]:
    """The address with its token that ``laiyuan serve`` prints."""
    command = [
        sys.executable,
        "-c",
        "from pipeline.cli import run_main; run_main()",
        "--project",
        str(shown.project),
        "serve",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_PROXY": "127.0.0.1"}) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium of this host, gone with its file.

    A process forked while it lives would hold its pipe, and its end would be waited for without end.
    """
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.fail(f"expected a Chromium on the path ({', '.join(NAMES)}), found none; install one, for instance the package 'chromium'")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A page of the browser, who it asked, and what it complained of."""

    page: Page
    base: str
    hosts: set[str]
    said: list[str]

    def go(self, path: str) -> None:
        """Open an address of the page."""
        self.page.goto(self.base + path, wait_until="load")


@pytest.fixture
def visit(browser: Browser, served: str) -> Iterator[Callable[..., Visit]]:
    """Open a browser page that is let in; keyword arguments are the context's."""
    opened: list[BrowserContext] = []

    def start(**options: object) -> Visit:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        made = Visit(page, served.partition("/?")[0], set(), [])
        page.on("request", lambda request: made.hosts.add(request.url.split("/")[2] if "//" in request.url else request.url[:5]))
        page.on("console", lambda message: made.said.append(message.text))
        page.on("dialog", lambda dialog: made.said.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: made.said.append(str(error)))
        page.goto(served)
        return made

    yield start
    for context in opened:
        context.close()
