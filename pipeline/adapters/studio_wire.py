"""One HTTP connection to a Label Studio server: what is repeated, what never is, and errors that say who must act.

A GET is repeated with waits that end. Anything that changes something is sent once: whether a lost answer was a yes is for
the caller to look up. Neither tokens nor what was sent appear in an error.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from pipeline.errors import ConfigurationError, ServiceError

_WAITS = (0.5, 2.0, 5.0)
_LONG = httpx.Timeout(20, read=600)
_USUAL = httpx.Timeout(20, read=120)
_ACCESS_LIFE = 240.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_SPOKEN = ("title", "label_config")
_PAGE = 100


class Wire:
    """Requests to one server under one account's token."""

    def __init__(
        self,
        name: str,
        url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self.wait = wait
        self._name = f"Label Studio {name} at {self.url}"
        self._token = token
        self._access: tuple[float, str] | None = None
        is_own_host = httpx.URL(self.url).host in ("127.0.0.1", "localhost", "::1")
        self._http = httpx.Client(base_url=self.url, transport=transport, timeout=_USUAL, trust_env=not is_own_host)

    def __repr__(self) -> str:
        return self._name

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, may_miss: bool = False) -> Any:
        """Return what a path answers; none where the server says in JSON that nothing is there and ``may_miss``."""
        return self._read(self.answer("GET", path, params=params), may_miss=may_miss)

    def post(self, path: str, body: Any, *, is_done_at: int = 0) -> Any:
        """Send something to be made, once; none where ``is_done_at`` says that it was made before."""
        answer = self.answer("POST", path, body=body)
        return None if answer.status_code == is_done_at else self._read(answer)

    def delete(self, path: str) -> None:
        """Have something deleted that may be gone already."""
        self._read(self.answer("DELETE", path), may_miss=True)

    def listed(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list that comes in pages."""
        number, seen = 1, 0
        while True:
            found = self.get(path, {**(params or {}), "page": number, "page_size": _PAGE}, may_miss=number > 1)
            rows: list[dict[str, Any]] = found["results"] if found else []
            yield from rows
            seen += len(rows)
            if not rows or seen >= int(found["count"]):
                return
            number += 1

    def answer(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> httpx.Response:
        """Send one request and return the answer, whatever it is; only what changes nothing is sent again."""
        waits = iter(_WAITS if method == "GET" else ())
        timeout = _LONG if method == "POST" or path.endswith("/download") else _USUAL
        while True:
            pause = next(waits, None)
            try:
                headers = {"Authorization": self._authorization()}
                answer = self._http.request(method, path, params=params, json=body, headers=headers, timeout=timeout)
            except httpx.TransportError as error:
                if pause is None:
                    raise self._lost(method, path, error) from None
            else:
                if answer.status_code not in _BUSY or pause is None:
                    return answer
            self.wait(pause)

    def _read(self, answer: httpx.Response, *, may_miss: bool = False) -> Any:
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        if answer.status_code == 404 and is_json and may_miss:
            return None
        if answer.is_success and not answer.content:
            return None
        if answer.is_success and is_json:
            return _parsed(answer)
        raise self._fault(answer)

    def _authorization(self) -> str:
        """Return the header's value: a personal access token (a JWT) is exchanged for one that lives five minutes."""
        if self._token.count(".") != 2:
            return f"Token {self._token}"
        if self._access is None or time.monotonic() - self._access[0] > _ACCESS_LIFE:
            answer = self._http.post("/api/token/refresh/", json={"refresh": self._token})
            self._access = (time.monotonic(), str(self._read(answer)["access"]))
        return f"Bearer {self._access[1]}"

    def _lost(self, method: str, path: str, error: httpx.TransportError) -> ServiceError:
        if isinstance(error, httpx.ConnectError):
            return ServiceError(f"{self}: nobody answers there ({method} {path}); start the server or correct LAIYUAN_STUDIO_URL")
        kind = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "broke the connection"
        return ServiceError(
            f"{self}: {kind} ({method} {path}); what was asked may have been done: run the same command again, it looks first"
        )

    def _fault(self, answer: httpx.Response) -> ConfigurationError | ServiceError:
        """Return the error that says who must act; what the server says is repeated only where it cannot hold text."""
        code, where = answer.status_code, f"{self}: {answer.request.method} {answer.request.url.path}: {answer.status_code}"
        if code in _BUSY:
            return ServiceError(f"{where}; the server, or a proxy before it, is not ready: try again, then look into its log")
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return ConfigurationError(
                f"{where} with a web page where JSON was expected; LAIYUAN_STUDIO_URL must be the address of a Label Studio 1.23 server, "
                "nothing behind it"
            )
        return ConfigurationError(f"{where}; {_advice(code, _parsed(answer))}")


def _advice(code: int, said: Any) -> str:
    told: dict[str, Any] = said if isinstance(said, dict) else {}
    if code == 401:
        return _token_advice(str(told.get("detail", "")))
    if code == 403:
        return "the account may not do this on that server"
    if code == 404:
        return "it is not there, or the account is no member any more"
    faults = told.get("validation_errors")
    named = {key: str(value) if key in _SPOKEN else "refused" for key, value in faults.items()} if isinstance(faults, dict) else {}
    return "; ".join(f"{key}: {value}" for key, value in sorted(named.items())) or "the server refused what was sent"


def _token_advice(detail: str) -> str:
    known = {
        "blacklist": "the token was revoked; make a new one on the server's account page",
        "legacy": "this server takes no legacy tokens; make a personal access token on the server's account page",
        "invalid": "the token is wrong; put the right one into LAIYUAN_STUDIO_TOKEN or the keys folder",
    }
    lowered = detail.lower()
    return next((advice for word, advice in known.items() if word in lowered), "the server knows no such token; check LAIYUAN_STUDIO_TOKEN")


def _parsed(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content, parse_constant=str)
    except ValueError:
        raise ServiceError(f"{answer.request.url.path}: expected JSON, found a broken answer; try again") from None
