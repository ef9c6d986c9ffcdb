"""An application behind Airflow's own login: mounted in Airflow, it answers whoever Airflow lets see its plugins.

A mounted application is outside Airflow's own checks, so that each request is checked here, with Airflow's words: its
session cookie or bearer token, and its auth manager's say on the view. Nothing is imported before the first request.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]


class BehindLogin:
    """An application that is made at its first request and answers logged-in users only."""

    def __init__(self, make: Callable[[], Application]) -> None:
        self._make = make
        self._made: Application | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one request, or refuse it with 401 (nobody logged in) or 403 (may not see this)."""
        if scope["type"] != "http":
            return
        status = await _refusal(scope)
        if status:
            await _say(send, status)
            return
        if self._made is None:
            self._made = self._make()
        await self._made(scope, receive, send)


async def _refusal(scope: Mapping[str, Any]) -> int:
    """Return the status to refuse a request with, 0 to let it in."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException, Request

    request = Request(dict(scope))
    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException as error:
        return int(error.status_code)
    return 0 if get_auth_manager().is_authorized_view(access_view=AccessView.PLUGINS, user=user) else 403


async def _say(send: Any, status: int) -> None:
    text = "Log in to Airflow first." if status == 401 else "Airflow does not let you see this view."
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
