"""A thin client of Label Studio's community edition: the dozen calls that labeling needs, each safe to be made again.

The calls go through httpx and not through label-studio-sdk, because the SDK repeats a POST whose answer was lost
(measured on 1.23.2 with SDK 2.1.2: one call, two tasks). Here what a lost POST made is looked for by title or token, and
only what is not there is sent again. The SDK checks label configs, offline.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.adapters.studio_wire import Wire
from pipeline.domain.studio import TOKEN_FIELD, StudioCounts, StudioExport, StudioProject, StudioTask, config_digest, server_moment
from pipeline.errors import ConfigurationError, DataError, ServiceError

if TYPE_CHECKING:
    import httpx

TITLE_CHARS = 50
CHUNK = 500
PAGE = 500
OVERLAP = timedelta(seconds=120)
"""How far before its cursor a pull starts: pages shift and commits come late; what is met again is known by its key."""

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""The only form a filter takes; any other is answered with 500."""

_EXPORT_WAITS = (0.5, 2.0, *([5.0] * 60))


class LabelStudio:
    """One server under its configured name, spoken to with one account's token."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        instance: str = "labeling",
        page: int = PAGE,
        transport: "httpx.BaseTransport | None" = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.instance = instance
        self.page = page
        self.wire = Wire(instance, url, token, transport=transport, wait=wait)
        self._user_id: int | None = None

    def __repr__(self) -> str:
        return repr(self.wire)

    def close(self) -> None:
        """Close the connections."""
        self.wire.close()

    def user_id(self) -> int:
        """Return the id of the account behind the token. Raises ConfigurationError for an account that was removed.

        A removed account still logs in and still makes projects, which then belong to nobody: it must be told by itself.
        """
        if self._user_id is None:
            found = self.wire.get("/api/current-user/whoami")
            if found.get("active_organization") is None:
                raise ConfigurationError(
                    f"{self}: account {found.get('id')} is no member any more; use a member's token, or invite the account again"
                )
            self._user_id = int(found["id"])
        return self._user_id

    def members(self) -> dict[int, str]:
        """Return the login of every member by account id."""
        found: dict[int, str] = {}
        for organization in self.wire.get("/api/organizations/"):
            rows = self.wire.listed(f"/api/organizations/{organization['id']}/memberships")
            found |= {int(each["user"]["id"]): str(each["user"]["email"]) for each in rows}
        return found

    def invite_link(self) -> str:
        """Return the address under which a person makes an account; whoever has it can join until it is reset."""
        self.user_id()
        return self.wire.url + str(self.wire.get("/api/invite")["invite_url"])

    def remove_member(self, user_id: int) -> None:
        """Remove a member for good: from the next call on the account sees no project. Removing twice changes nothing."""
        organization = self.wire.get("/api/current-user/whoami").get("active_organization")
        self.wire.delete(f"/api/organizations/{organization}/memberships/{user_id}/")

    def ensure_project(self, title: str, label_config: str, instructions: str) -> StudioProject:
        """Return this account's project of that title, made now unless it was made before.

        Raises ConfigurationError for a title over 50 characters or a config that the server refuses, DataError where the
        project that stands has another config.
        """
        if not 3 <= len(title) <= TITLE_CHARS:
            raise ConfigurationError(f"{self}: expected a project title of 3 to {TITLE_CHARS} characters, found {len(title)}")
        found = self._own_project(title)
        if found is None:
            asked = {
                "title": title,
                "label_config": label_config,
                "expert_instruction": instructions,
                "show_instruction": True,
                "maximum_annotations": 1,
                "show_collab_predictions": False,
                "enable_empty_annotation": False,
                "sampling": "Sequential sampling",
            }
            try:
                found = _project(self.wire.post("/api/projects/", asked))
            except ServiceError:
                found = self._own_project(title)
                if found is None:
                    raise
        if found.config_sha256 != config_digest(label_config):
            raise DataError(f"{self}: project {found.id} of that title has another label config; delete it there, then try again")
        return found

    def _own_project(self, title: str) -> StudioProject | None:
        """Return the oldest project of a title that this account made: anybody may give a project any title."""
        me = self.user_id()
        rows = self.wire.listed("/api/projects/", {"title": title})
        own = [_project(each) for each in rows if each["title"] == title and (each.get("created_by") or {}).get("id") == me]
        return min(own, key=lambda project: project.created_at, default=None)

    def find_project(self, project: int) -> StudioProject | None:
        """Return a project as it stands; none when it is not there any more."""
        found = self.wire.get(f"/api/projects/{project}/", may_miss=True)
        if found is None:
            self._still_member()
            return None
        return _project(found)

    def _still_member(self) -> None:
        # A member removed meanwhile sees no project at all: that is no deletion.
        self._user_id = None
        self.user_id()

    def counts(self, project: int) -> StudioCounts | None:
        """Return how many tasks and annotations a project has; none when the project is not there."""
        found = self.wire.get("/api/projects/counts/", {"ids": project})["results"]
        each = next((row for row in found if row["id"] == project), None)
        if each is None:
            self._still_member()
            return None
        return StudioCounts(int(each["task_number"]), int(each["total_annotations_number"]) + int(each["skipped_annotations_number"]))

    def delete_project(self, project: int) -> None:
        """Delete a project with all it holds; deleting twice changes nothing."""
        self.wire.delete(f"/api/projects/{project}/")

    def ensure_tasks(self, project: int, data: Sequence[Mapping[str, Any]], *, chunk: int = CHUNK) -> dict[str, StudioTask]:
        """Put tasks into a project unless they are there, and return where each stands, by the token in its data.

        A chunk is sent once; whether a lost answer was a yes is read from the server. Copies that an earlier attempt left are
        removed while nobody has labeled them. Raises ServiceError when tasks are still missing: calling again goes on.
        """
        wanted = {str(each[TOKEN_FIELD]): each for each in data}
        placed = self.placed(project)
        absent = [token for token in wanted if token not in placed]
        for start in range(0, len(absent), chunk):
            body = [{"data": dict(wanted[token])} for token in absent[start : start + chunk]]
            try:
                self.wire.post(f"/api/projects/{project}/import", body)
            except ServiceError:
                break
        if absent:
            placed = self.placed(project)
        there = sum(token in placed for token in wanted)
        if there < len(wanted):
            raise ServiceError(f"{self}: project {project}: {there} of {len(wanted)} tasks are there; try again, it goes on from those")
        return {token: placed[token] for token in wanted}

    def placed(self, project: int) -> dict[str, StudioTask]:
        """Return every task of a project that has a token, by its token.

        Of tasks with one token the oldest stands; the others go where they have no annotation. Raises DataError where they have.
        """
        found: dict[str, StudioTask] = {}
        listed = [task for page in self._changed(project, None, "task_only") for task in page]
        for task in sorted(listed, key=lambda task: (server_moment(task["created_at"]), task["id"])):
            token = (task.get("data") or {}).get(TOKEN_FIELD)
            here = StudioTask(int(task["id"]), server_moment(task["created_at"]))
            if not isinstance(token, str) or found.setdefault(token, here) == here:
                continue
            if task.get("total_annotations") or task.get("cancelled_annotations"):
                raise DataError(
                    f"{self}: project {project}: tasks {found[token].id} and {here.id} have one token, and the second is labeled"
                )
            self.wire.delete(f"/api/tasks/{here.id}/")
        return found

    def pull(self, project: int, since: datetime | None) -> Iterator[list[dict[str, Any]]]:
        """Yield a project's tasks with their annotations that changed since two minutes before ``since`` (or all), in pages.

        Oldest change first. Each page asks for what changed at or after the last change seen, not for a page number: a task
        that changes meanwhile moves to the end and would push another one over the edge of a page.
        """
        return self._changed(project, since - OVERLAP if since else None, "all")

    def _changed(self, project: int, since: datetime | None, fields: str) -> Iterator[list[dict[str, Any]]]:
        known: dict[tuple[int, str], str] = {}
        number = 1
        while True:
            query: dict[str, Any] = {"ordering": ["tasks:updated_at"]}
            if since is not None:
                test = {
                    "filter": "filter:tasks:updated_at",
                    "operator": "greater_or_equal",
                    "type": "Datetime",
                    "value": since.strftime(_MOMENT),
                }
                query["filters"] = {"conjunction": "and", "items": [test]}
            asked = {"project": project, "page": number, "page_size": self.page, "fields": fields, "query": json.dumps(query)}
            found = self.wire.get("/api/tasks", asked, may_miss=number > 1)
            tasks: list[dict[str, Any]] = found["tasks"] if found else []
            fresh = [task for task in tasks if known.get((task["id"], task["created_at"])) != task["updated_at"]]
            known |= {(task["id"], task["created_at"]): task["updated_at"] for task in fresh}
            if fresh:
                yield fresh
            if len(tasks) < self.page:
                return
            newest = max(server_moment(task["updated_at"]) for task in tasks)
            # A page whose tasks all changed at one moment cannot be passed by time: the page number does it.
            number, since = (1, newest) if since is None or newest > since else (number + 1, since)

    def annotate(self, task: int, result: list[dict[str, Any]], unique_id: str, *, lead_seconds: float | None = None) -> None:
        """Submit an annotation as this account. ``unique_id`` is a UUID made by the caller: sent again it changes nothing."""
        body = {"result": result, "unique_id": unique_id, "lead_time": lead_seconds}
        self.wire.post(f"/api/tasks/{task}/annotations/", body, is_done_at=409)

    def export(self, project: int) -> StudioExport:
        """Return a new stored export of a project with its MD5. Raises DataError when the bytes do not have it."""
        made = self.wire.post(f"/api/projects/{project}/exports/", {"title": "freeze"})
        address = f"/api/projects/{project}/exports/{made['id']}"
        for pause in _EXPORT_WAITS:
            if made["status"] in ("completed", "failed"):
                break
            self.wire.wait(pause)
            made = self.wire.get(address)
        if made["status"] != "completed":
            raise ServiceError(f"{self}: export {made['id']} of project {project} is {made['status']} there; try again later")
        body = self.wire.answer("GET", f"{address}/download", params={"exportType": "JSON"}).content
        if hashlib.md5(body, usedforsecurity=False).hexdigest() != made["md5"]:
            raise DataError(f"{self}: export {made['id']} of project {project}: its bytes do not have the MD5 the server states")
        return StudioExport(str(made["md5"]), body)


def open_studio(instance: str, keys: Path) -> LabelStudio:
    """Return the client of a configured server.

    Its address is in ``LAIYUAN_STUDIO_URL``, its token in ``LAIYUAN_STUDIO_TOKEN`` or in ``studio-<instance>.token`` in the
    keys folder. A second server has its name behind them, such as ``LAIYUAN_STUDIO_URL_VERIFY`` for ``verify``: a token is
    never sent to another server than its own. Raises ConfigurationError when either is missing.
    """
    suffix = "" if instance == "labeling" else "_" + instance.upper().replace("-", "_")
    url_name, token_name = f"LAIYUAN_STUDIO_URL{suffix}", f"LAIYUAN_STUDIO_TOKEN{suffix}"
    url = os.environ.get(url_name, "")
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"server {instance}: expected its address in {url_name}, such as http://127.0.0.1:18082; 'make studio' starts one"
        )
    path = keys / f"studio-{instance}.token"
    token = os.environ.get(token_name) or (path.read_text(encoding="ascii").strip() if path.is_file() else "")
    if not token or not token.isascii() or any(char.isspace() for char in token):
        raise ConfigurationError(f"server {instance}: expected an account's token in {token_name} or in {path}, found none")
    return LabelStudio(url, token, instance=instance)


def check_config(label_config: str) -> None:
    """Check a label config offline, as the server would. Raises ConfigurationError."""
    # Read by the SDK when it is imported: it must report to nobody.
    os.environ.setdefault("COLLECT_ANALYTICS", "false")
    from label_studio_sdk.label_interface import LabelInterface

    try:
        LabelInterface(label_config).validate()
    except Exception as error:
        raise ConfigurationError(f"label config: expected one that Label Studio accepts, found {type(error).__name__}: {error}") from error


def _project(found: Mapping[str, Any]) -> StudioProject:
    digest = config_digest(str(found["label_config"]))
    return StudioProject(int(found["id"]), server_moment(found["created_at"]), str(found["title"]), digest)
