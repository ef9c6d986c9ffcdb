"""Who is let in by ``laiyuan serve``: the bearer of the token, under this host's own names, and nobody else."""

import socket
from collections.abc import Mapping
from urllib.parse import quote_from_bytes

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from pipeline.adapters.loopback import Guarded, serve
from pipeline.errors import ConfigurationError

TOKEN = "right-token"
BEHIND = PlainTextResponse("behind")


def asking(base: str = "http://127.0.0.1:18083") -> TestClient:
    return TestClient(Guarded(BEHIND, TOKEN), base_url=base, follow_redirects=False)


@pytest.mark.parametrize("base", ["http://127.0.0.1:18083", "http://localhost:18083", "http://localhost", "http://[::1]:18083"])
def test_the_token_lets_in_once_and_is_then_a_cookie(base: str) -> None:
    client = asking(base)
    assert client.get("/sources").status_code == 401
    let_in = client.get("/sources", params={"page": "2", "token": TOKEN})
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/sources?page=2")
    assert all(word in let_in.headers["set-cookie"] for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert client.get("/sources").text == "behind"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "右", "\udcff"])
def test_another_token_is_refused(token: str) -> None:
    client = asking()
    answer = client.get(f"/?token={quote_from_bytes(token.encode('utf-8', 'surrogateescape'))}")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert client.get("/").status_code == 401


def test_another_cookie_is_refused() -> None:
    name = asking().get("/", params={"token": TOKEN}).headers["set-cookie"].partition("=")[0]
    for value in ("wrong", "", '"', f"{TOKEN}x"):
        assert asking().get("/", headers={"cookie": f"{name}={value}"}).status_code == 401
    assert asking().get("/", headers={"cookie": f"other={TOKEN}"}).status_code == 401
    assert asking().get("/", headers={"cookie": f"other=1; {name}={TOKEN}"}).text == "behind"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:18083", "", "127.0.0.2", "[::2]:80"])
def test_another_name_is_not_answered_even_with_the_token(host: str) -> None:
    answer = asking().get("/", params={"token": TOKEN}, headers={"host": host})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["//evil.example/", "/%5Cevil.example/", "/%2F%5C/evil.example/"])
def test_the_way_back_stays_on_this_host(path: str) -> None:
    answer = asking().get(f"http://127.0.0.1:18083{path}", params={"token": TOKEN})
    assert answer.headers["location"] == "/evil.example/"


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        async def nothing(scope: Mapping[str, object], receive: object, send: object) -> None: ...

        with pytest.raises(ConfigurationError, match="--port"):
            serve(nothing, taken.getsockname()[1], print)
