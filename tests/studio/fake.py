"""A Label Studio in this process: what the client needs of it, with the faults a real one only has on a bad day.

Contract tests run the same cases here and on the real server. ``faults`` are taken one by one by matching requests.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

MEMBERS = {"manager": 1, "annotator-1": 2, "annotator-2": 3, "verifier": 4, "leaver": 5}
PAGE = "<!doctype html><html><body>Page not found</body></html>"


@dataclass
class Fault:
    """What goes wrong at the next request of a method whose path matches.

    ``lost``: done, but the answer never arrives. ``refused``: nobody listens. ``half``: the connection breaks before anything
    is done. Any other word is the status code of a web page.
    """

    method: str
    path: str
    kind: str
    times: int = 1


@dataclass
class FakeStudio(httpx.BaseTransport):
    """The server's state, and its answers as an httpx transport."""

    reuses_ids: bool = True
    projects: dict[int, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    exports: dict[int, bytes] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    clock: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    next_id: dict[str, int] = field(default_factory=lambda: {"project": 1, "task": 1, "annotation": 1})
    unique: set[str] = field(default_factory=set)
    blacklist: set[str] = field(default_factory=set)

    def token(self, role: str) -> str:
        """Return a role's legacy token."""
        return f"{MEMBERS[role]:040x}"

    def pat(self, role: str) -> str:
        """Return a role's personal access token."""
        return f"refresh.{MEMBERS[role]}.token"

    def now(self) -> str:
        """Return the next moment: no two things happen at once."""
        self.clock += timedelta(milliseconds=7)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def give_id(self, kind: str, taken: Any) -> int:
        """Return a new id; a server on SQLite gives the highest again after it was deleted."""
        new = max(taken, default=0) + 1 if self.reuses_ids else self.next_id[kind]
        self.next_id[kind] = new + 1
        return new

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        method, path = request.method, request.url.path.rstrip("/")
        self.asked.append(f"{method} {path}")
        fault = next((each for each in self.faults if each.times and each.method == method and re.search(each.path, path)), None)
        if fault:
            fault.times -= 1
            if fault.kind == "refused":
                raise httpx.ConnectError("[Errno 111] Connection refused")
            if fault.kind == "half":
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            if fault.kind == "lost":
                self.answer(method, path, request)
                raise httpx.ReadTimeout("timed out")
            return httpx.Response(int(fault.kind), headers={"content-type": "text/html; charset=utf-8"}, text=PAGE)
        return self.answer(method, path, request)

    def answer(self, method: str, path: str, request: httpx.Request) -> httpx.Response:
        """Do what a request asks."""
        body = json.loads(request.content) if request.content else None
        if path == "/api/token/refresh":
            return self.refresh(body)
        me = self.caller(request.headers.get("authorization", ""))
        if isinstance(me, httpx.Response):
            return me
        for verb, pattern, act in ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                numbers = [int(each) for each in found.groups()]
                if path.startswith("/api/projects/") and numbers and (numbers[0] not in self.projects or me in self.removed):
                    return problem(404, "No Project matches the given query.")
                result: httpx.Response = act(self, me, body, request.url.params, *numbers)
                return result
        return httpx.Response(404, headers={"content-type": "text/html; charset=utf-8"}, text=PAGE)

    def refresh(self, body: Any) -> httpx.Response:
        token = body["refresh"]
        if token in self.blacklist:
            return problem(401, "Token is blacklisted")
        if not re.fullmatch(r"refresh\.\d\.token", token):
            return problem(401, "Token is invalid")
        return said({"access": f"access.{token.split('.')[1]}"})

    def caller(self, header: str) -> int | httpx.Response:
        kind, _, token = header.partition(" ")
        if kind == "Bearer" and token.startswith("access."):
            return int(token.split(".")[1])
        for role, number in MEMBERS.items():
            if token == self.token(role):
                return number
        return problem(401, "Invalid token.")

    def whoami(self, me: int, body: Any, params: Any) -> httpx.Response:
        return said({"id": me, "active_organization": None if me in self.removed else 1})

    def organizations(self, me: int, body: Any, params: Any) -> httpx.Response:
        return said([] if me in self.removed else [{"id": 1}])

    def memberships(self, me: int, body: Any, params: Any, _: int) -> httpx.Response:
        rows = [{"user": {"id": number, "email": f"{role}@example.com"}} for role, number in MEMBERS.items() if number not in self.removed]
        return paged(rows, params)

    def remove(self, me: int, body: Any, params: Any, _: int, user: int) -> httpx.Response:
        if user in self.removed:
            return problem(404, "Not found.")
        self.removed.add(user)
        return httpx.Response(204)

    def invite(self, me: int, body: Any, params: Any) -> httpx.Response:
        return said({"invite_url": "/user/signup/?token=abc"})

    def make_project(self, me: int, body: Any, params: Any) -> httpx.Response:
        if not 3 <= len(body["title"]) <= 50:
            return problem(400, "Validation error", {"title": ["Ensure this field has no more than 50 characters."]})
        if "zz" in body["label_config"]:
            return problem(400, "Validation error", {"label_config": ["toName=\"zz\" not found in names: ['a']"]})
        number = self.give_id("project", self.projects)
        self.projects[number] = {**body, "id": number, "created_at": self.now(), "created_by": {"id": me}}
        return said(self.projects[number], 201)

    def list_projects(self, me: int, body: Any, params: Any) -> httpx.Response:
        rows = [] if me in self.removed else sorted(self.projects.values(), key=lambda each: -each["id"])
        return paged([each for each in rows if params.get("title", "").lower() in each["title"].lower()], params)

    def show_project(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        return said(self.projects[number])

    def patch_project(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        self.projects[number] |= body
        return said(self.projects[number])

    def drop_project(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        del self.projects[number]
        self.tasks = {key: task for key, task in self.tasks.items() if task["project"] != number}
        return httpx.Response(204)

    def of(self, project: int) -> list[dict[str, Any]]:
        """Return a project's tasks."""
        return [task for task in self.tasks.values() if task["project"] == project]

    def counts(self, me: int, body: Any, params: Any) -> httpx.Response:
        wanted = [int(each) for each in params["ids"].split(",")]
        rows = []
        for number in [] if me in self.removed else wanted:
            if number in self.projects:
                made = [each for task in self.of(number) for each in task["annotations"]]
                skipped = sum(each["was_cancelled"] for each in made)
                total = len(made) - skipped
                numbers = {"task_number": len(self.of(number)), "total_annotations_number": total, "skipped_annotations_number": skipped}
                rows.append({"id": number, **numbers})
        return paged(rows, params)

    def import_tasks(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        if not body:
            return problem(400, "Validation error", {"non_field_errors": ["load_tasks: No tasks added"]})
        if any("text" not in each["data"] for each in body):
            return problem(400, "Validation error", {"non_field_errors": ['Error at item 0: "text" key is expected in task data']})
        for each in body:
            key = self.give_id("task", self.tasks)
            at = self.now()
            self.tasks[key] = {"id": key, "project": number, "data": each["data"], "annotations": [], "created_at": at, "updated_at": at}
            for written in each.get("annotations", ()):
                self.write(key, None, {"completed_by": me, **written, "was_cancelled": False})
        return said({"task_count": len(body)}, 201)

    def annotations(self) -> dict[int, dict[str, Any]]:
        """Return all annotations by id."""
        return {each["id"]: each for task in self.tasks.values() for each in task["annotations"]}

    def write(self, task: int, writer: int | None, body: Any) -> dict[str, Any]:
        at = self.now()
        made = {
            "id": self.give_id("annotation", self.annotations()),
            "result": body.get("result"),
            "completed_by": body.get("completed_by", writer),
            "updated_by": writer,
            "was_cancelled": body.get("was_cancelled", False),
            "lead_time": body.get("lead_time"),
            "created_at": at,
            "updated_at": at,
        }
        self.tasks[task]["annotations"].append(made)
        self.tasks[task]["updated_at"] = self.now()
        return made

    def annotate(self, me: int, body: Any, params: Any, task: int) -> httpx.Response:
        if task not in self.tasks:
            return problem(404, "No Task matches the given query.")
        if body.get("unique_id") in self.unique:
            return problem(409, "Annotation with this unique id already exists")
        if body.get("unique_id"):
            self.unique.add(body["unique_id"])
        return said(self.write(task, me, body), 201)

    def patch_annotation(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        task = next(each for each in self.tasks.values() if number in {made["id"] for made in each["annotations"]})
        made = self.annotations()[number]
        made |= {key: value for key, value in body.items() if key in ("result", "completed_by", "was_cancelled", "lead_time")}
        made |= {"updated_by": me, "updated_at": self.now()}
        task["updated_at"] = self.now()
        return said(made)

    def drop_annotation(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        for task in self.tasks.values():
            kept = [each for each in task["annotations"] if each["id"] != number]
            if len(kept) < len(task["annotations"]):
                task["annotations"], task["updated_at"] = kept, self.now()
                return httpx.Response(204)
        return problem(404, "No Annotation matches the given query.")

    def patch_task(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        self.tasks[number] |= {"data": body["data"], "updated_at": self.now()}
        return said(self.tasks[number])

    def drop_task(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        return httpx.Response(204) if self.tasks.pop(number, None) else problem(404, "No Task matches the given query.")

    def list_tasks(self, me: int, body: Any, params: Any) -> httpx.Response:
        rows = sorted(self.of(int(params["project"])), key=lambda task: task["updated_at"])
        for test in json.loads(params["query"]).get("filters", {"items": []})["items"]:
            # A filter's moment is read by one pattern only; any other is an error of the server.
            try:
                since = datetime.strptime(test["value"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            except ValueError:
                return problem(500, "time data does not match format '%Y-%m-%dT%H:%M:%S.%fZ'")
            rows = [task for task in rows if datetime.fromisoformat(task["updated_at"]) >= since]
        size, page = int(params["page_size"]), int(params["page"])
        part = rows[(page - 1) * size : page * size]
        if not part and page > 1:
            return problem(404, "Invalid page.")
        counted = [
            {
                **task,
                "total_annotations": sum(not each["was_cancelled"] for each in task["annotations"]),
                "cancelled_annotations": sum(each["was_cancelled"] for each in task["annotations"]),
            }
            for task in part
        ]
        return said({"total": len(rows), "tasks": counted})

    def make_export(self, me: int, body: Any, params: Any, number: int) -> httpx.Response:
        key = len(self.exports) + 1
        self.exports[key] = json.dumps(self.of(number)).encode()
        return said({"id": key, "status": "in_progress", "md5": ""}, 201)

    def show_export(self, me: int, body: Any, params: Any, _: int, key: int) -> httpx.Response:
        from hashlib import md5

        return said({"id": key, "status": "completed", "md5": md5(self.exports[key]).hexdigest()})

    def get_export(self, me: int, body: Any, params: Any, _: int, key: int) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, content=self.exports[key])


ROUTES = (
    ("GET", r"/api/current-user/whoami", FakeStudio.whoami),
    ("GET", r"/api/organizations", FakeStudio.organizations),
    ("GET", r"/api/organizations/(\d+)/memberships", FakeStudio.memberships),
    ("DELETE", r"/api/organizations/(\d+)/memberships/(\d+)", FakeStudio.remove),
    ("GET", r"/api/invite", FakeStudio.invite),
    ("POST", r"/api/projects", FakeStudio.make_project),
    ("GET", r"/api/projects", FakeStudio.list_projects),
    ("GET", r"/api/projects/counts", FakeStudio.counts),
    ("GET", r"/api/projects/(\d+)", FakeStudio.show_project),
    ("PATCH", r"/api/projects/(\d+)", FakeStudio.patch_project),
    ("DELETE", r"/api/projects/(\d+)", FakeStudio.drop_project),
    ("POST", r"/api/projects/(\d+)/import", FakeStudio.import_tasks),
    ("POST", r"/api/projects/(\d+)/exports", FakeStudio.make_export),
    ("GET", r"/api/projects/(\d+)/exports/(\d+)", FakeStudio.show_export),
    ("GET", r"/api/projects/(\d+)/exports/(\d+)/download", FakeStudio.get_export),
    ("GET", r"/api/tasks", FakeStudio.list_tasks),
    ("PATCH", r"/api/tasks/(\d+)", FakeStudio.patch_task),
    ("DELETE", r"/api/tasks/(\d+)", FakeStudio.drop_task),
    ("POST", r"/api/tasks/(\d+)/annotations", FakeStudio.annotate),
    ("PATCH", r"/api/annotations/(\d+)", FakeStudio.patch_annotation),
    ("DELETE", r"/api/annotations/(\d+)", FakeStudio.drop_annotation),
)


def said(value: object, status: int = 200) -> httpx.Response:
    """Return a JSON answer."""
    return httpx.Response(status, json=value)


def problem(status: int, detail: str, faults: object = None) -> httpx.Response:
    """Return an error in the server's form."""
    return httpx.Response(status, json={"status_code": status, "detail": detail, **({"validation_errors": faults} if faults else {})})


def paged(rows: list[Any], params: Any) -> httpx.Response:
    """Return one page of a list."""
    size, page = int(params.get("page_size", 100)), int(params.get("page", 1))
    part = rows[(page - 1) * size : page * size]
    return problem(404, "Invalid page.") if not part and page > 1 else said({"count": len(rows), "results": part})
