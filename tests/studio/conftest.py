"""The real server, started once from its template, and the fake: the same cases run on both."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from pipeline.adapters.label_studio import LabelStudio
from tests.studio.fake import MEMBERS, FakeStudio

ROOT = Path(__file__).resolve().parents[2]


def starter() -> ModuleType:
    """Return examples/studio.py, by which people start the server too."""
    if "studio_starter" not in sys.modules:
        spec = importlib.util.spec_from_file_location("studio_starter", ROOT / "examples" / "studio.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["studio_starter"] = module
        spec.loader.exec_module(module)
    return sys.modules["studio_starter"]


@dataclass
class Bench:
    """A server under test: clients and raw requests by role, account ids, and how to make a title no test had before."""

    client: Callable[..., LabelStudio]
    users: dict[str, int]
    raw: Callable[..., httpx.Response]
    name: str
    given: list[str] = field(default_factory=list)

    def title(self) -> str:
        """Return a title of its own."""
        self.given.append("")
        return f"{self.name} case {len(self.given)}"


def no_wait(_: float) -> None:
    """Wait for nothing: the fake answers at once."""


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Label Studio from its template on a free port of this host."""
    with starter().running(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture(scope="session")
def real(studio: Any) -> Bench:
    """The real server, as every test of this session shares it."""

    # Somebody who will leave: the demo accounts stay whole for other tests.
    accounts = {**studio.accounts, "leaver": starter().sign_up(studio.url, studio.accounts["manager"].token, "leaver")}

    def raw(role: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Token {accounts[role].token}"}
        return httpx.request(method, studio.url + path, headers=headers, timeout=60, trust_env=False, **more)

    users = {role: account.user_id for role, account in accounts.items()}
    return Bench(lambda role, **more: LabelStudio(studio.url, accounts[role].token, **more), users, raw, "real")


def fake_bench(fake: FakeStudio) -> Bench:
    """Return the fake as a bench."""

    def raw(role: str, method: str, path: str, **more: Any) -> httpx.Response:
        with httpx.Client(transport=fake, base_url="http://fake") as client:
            return client.request(method, path, headers={"Authorization": f"Token {fake.token(role)}"}, **more)

    def client(role: str, **more: Any) -> LabelStudio:
        return LabelStudio("http://fake", fake.token(role), transport=fake, wait=no_wait, **more)

    return Bench(client, dict(MEMBERS), raw, "fake")


@pytest.fixture
def fake() -> FakeStudio:
    """An empty fake."""
    return FakeStudio()


@pytest.fixture(params=["fake", "real"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each of both in turn."""
    return request.getfixturevalue("real") if request.param == "real" else fake_bench(request.getfixturevalue("fake"))
