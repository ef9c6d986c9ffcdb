"""A web application on this host alone: loopback, a token that only the person who started it knows, uvicorn beneath.

Whoever else is logged in to this host can reach the port, so that every request needs the token. A page of another
site can make a browser ask us under its own name (DNS rebinding), so that only our own names are answered.
"""

import hashlib
import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import uvicorn
from uvicorn.importer import import_from_string

from pipeline.errors import ConfigurationError

HOST = "127.0.0.1"
_NAMES = frozenset({HOST, "localhost", "[::1]"})
Application = Callable[[Any, Any, Any], Awaitable[None]]


def named(address: str) -> Any:
    """Return what ``module:name`` names, as servers of web applications are told what to serve."""
    return import_from_string(address)


class Guarded:
    """An application behind a token, answering to this host's own names only.

    The token comes once in the address (``?token=``) and is then a cookie, so that it stands in no history; compared in
    constant time. Refusals say nothing of what lies behind.
    """

    def __init__(self, inner: Application, token: str) -> None:
        self._inner = inner
        self._token = token.encode()
        # Cookies of one host are shared by all its ports: each server's has a name of its own.
        self._cookie = "laiyuan_" + hashlib.sha256(self._token).hexdigest()[:12]

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._inner(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if _host_name(headers.get("host", "")) not in _NAMES:
            await _say(send, 421, "This page answers to 127.0.0.1 and localhost only.")
            return
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if given:
            await self._let_in(scope, send, given[0], [(name, value) for name, value in query if name != "token"])
        elif self._is_right(_cookie(headers.get("cookie", ""), self._cookie)):
            await self._inner(scope, receive, send)
        else:
            await _say(send, 401, "Open the address that 'laiyuan serve' printed: it holds the token.")

    def _is_right(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token)

    async def _let_in(self, scope: Mapping[str, Any], send: Any, token: str, rest: list[tuple[str, str]]) -> None:
        if not self._is_right(token):
            await _say(send, 401, "This is not the token of this server; open the address that 'laiyuan serve' printed.")
            return
        cookie = f"{self._cookie}={token}; Path=/; HttpOnly; SameSite=Lax"
        # One slash in front, and none backward: '//host' and '/\\host' would lead to another host.
        target = "/" + quote(str(scope["path"]).lstrip("/\\")) + (f"?{urlencode(rest)}" if rest else "")
        await _say(send, 303, "", [("location", target), ("set-cookie", cookie)])


def serve(page: Application, port: int, tell: Callable[[str], None], query: Mapping[str, str] | None = None) -> None:
    """Serve an application on loopback until it is told to stop; ``tell`` is given the address with the token.

    Port 0 takes a free one. Raises ConfigurationError where the port is taken.
    """
    token = secrets.token_urlsafe(32)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise ConfigurationError(f"port {port}: cannot be listened on ({error.strerror}); give another one with --port") from None
    # No access log: it would hold the token and what was asked for.
    server = uvicorn.Server(uvicorn.Config(Guarded(page, token), log_level="warning", access_log=False, server_header=False))
    listening.listen()
    tell(f"http://{HOST}:{listening.getsockname()[1]}/?{urlencode({'token': token, **(query or {})})}")
    with listening:
        server.run(sockets=[listening])


def _host_name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


async def _say(send: Any, status: int, text: str, headers: list[tuple[str, str]] | None = None) -> None:
    plain = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
    policy = [("content-security-policy", "default-src 'none'; frame-ancestors 'none'"), ("referrer-policy", "no-referrer")]
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in (*plain, *policy, *(headers or []))]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": text.encode()})
