"""What a pull saw of one project becomes revisions and alarms; nothing a server says is believed without its check.

Every member of a community server can do everything, so that attribution rests on what was seen first: the account that
wrote the first revision must be the one it is signed with, and belong to the person the project was made for. Pulling the
same state twice adds nothing. What cannot be attributed stays on record and counts for nobody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipeline.domain.digests import canonical_json, fields_digest, sha256_hex
from pipeline.domain.labeling import Alarm, LabelingRule, RevisionStatus
from pipeline.domain.labeling_tables import LABELING_TABLES
from pipeline.domain.studio import TOKEN_FIELD, StudioCounts, payload_digest, server_moment
from pipeline.stages.check_result import canon, check_result

_TABLES = {table.name: table.schema for table in LABELING_TABLES}
REVISIONS, ALARMS = (
    pa.schema([each for each in _TABLES[name] if each.name != "run_id"]) for name in ("annotation_revisions", "labeling_alarms")
)

Row = dict[str, Any]
TaskKey = tuple[int, datetime]
AnnotationKey = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Placement:
    """A task as we put it before a person."""

    token: str
    task: int
    task_created_at: datetime
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's project as it was made, and what is needed to judge what comes out of it.

    ``accounts`` are all accounts of that server and whose they are; ``fit`` are the spans of time (from, to) in which the
    person may do this work; ``frozen`` is the digest of the frozen result by token; ``is_ours`` says that we imported the
    annotations ourselves, so that nobody wrote them there.
    """

    instance: str
    project: int
    person: str
    batch_id: str | None
    config_sha256: str
    placements: tuple[Placement, ...]
    accounts: Mapping[int, str]
    fit: tuple[tuple[datetime, datetime | None], ...]
    fastest_seconds: Decimal
    frozen: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What one pull saw: tasks as the server gives them, its config and counts; ``is_full`` when every task was listed.

    ``counts`` is none when the project is not there any more.
    """

    tasks: Iterable[Mapping[str, Any]]
    config_sha256: str | None
    counts: StudioCounts | None
    is_full: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """New rows of ``annotation_revisions`` and ``labeling_alarms`` without their run, and the newest change seen."""

    revisions: pa.Table
    alarms: pa.Table
    cursor: datetime | None
    is_listing_needed: bool
    """The server counts other tasks or annotations than are known: every task must be listed."""


def read_annotations(desk: Desk, rule: LabelingRule, seen: Seen, known: pa.Table, raised: Collection[str]) -> Reading:
    """Return what is new in a pull, given the project's known revisions and the ids of alarms raised before.

    ``known`` has the columns of ``annotation_revisions``, in any order. Raises DataError for an answer that
    is none of Label Studio 1.23's.
    """
    reader = _Reader(desk, rule, seen, set(raised), _History(known))
    return reader.read()


class _History:
    """The first and the last known revision of every annotation, and the annotations of every task."""

    def __init__(self, known: pa.Table) -> None:
        self.first: dict[AnnotationKey, Row] = {}
        self.last: dict[AnnotationKey, Row] = {}
        self.by_task: dict[TaskKey, set[AnnotationKey]] = {}
        for row in sorted(known.to_pylist(), key=_written):
            self.add(row)

    def add(self, row: Row) -> None:
        key = (row["annotation"], row["annotation_created_at"])
        self.first.setdefault(key, row)
        self.last[key] = row
        self.by_task.setdefault((row["task"], row["task_created_at"]), set()).add(key)

    def standing(self, task: TaskKey) -> list[AnnotationKey]:
        """Return the annotations of a task that are not known to be deleted."""
        return sorted(key for key in self.by_task.get(task, ()) if self.last[key]["status"] != RevisionStatus.DELETED)


class _Reader:
    """The working state of one reading."""

    def __init__(self, desk: Desk, rule: LabelingRule, seen: Seen, raised: set[str], history: _History) -> None:
        self.desk, self.rule, self.seen, self.raised, self.history = desk, rule, seen, raised, history
        self.revisions: list[Row] = []
        self.alarms: list[Row] = []
        self.placed = {(each.task, each.task_created_at): each for each in desk.placements}

    def read(self) -> Reading:
        if self.seen.counts is None:
            self.alarm(Alarm.PROJECT_MISSING, None, "the project is not there any more")
            return self.reading(None)
        if self.seen.config_sha256 != self.desk.config_sha256:
            self.alarm(Alarm.CONFIG_DRIFT, None, f"label config {self.seen.config_sha256}, made with {self.desk.config_sha256}")
        tasks = _newest(self.seen.tasks)
        for key, task in tasks.items():
            self.read_task(key, task)
        if self.seen.is_full:
            for key in sorted(self.placed.keys() - tasks.keys()):
                self.miss_task(key)
        return self.reading(max((server_moment(task["updated_at"]) for task in tasks.values()), default=None))

    def reading(self, cursor: datetime | None) -> Reading:
        revisions = pa.Table.from_pylist(self.revisions, schema=REVISIONS)
        alarms = pa.Table.from_pylist(self.alarms, schema=ALARMS)
        return Reading(revisions, alarms, cursor, not self.seen.is_full and self.differs())

    def differs(self) -> bool:
        if self.seen.counts is None:
            return False
        standing = sum(len(self.history.standing(key)) for key in self.placed)
        return (self.seen.counts.tasks, self.seen.counts.annotations) != (len(self.placed), standing)

    def read_task(self, key: TaskKey, task: Mapping[str, Any]) -> None:
        placement = self.placed.get(key)
        if placement is None:
            self.alarm(Alarm.TASK_UNKNOWN, None, f"task {key[0]} of {key[1].isoformat()} was not placed by us")
            return
        data = task["data"] if isinstance(task.get("data"), dict) else {}
        is_intact = data.get(TOKEN_FIELD) == placement.token and _digest(data) == placement.payload_sha256
        if not is_intact:
            self.alarm(Alarm.TASK_EDITED, placement.token, f"task {key[0]} does not show what was placed")
        text = str(data.get(self.rule.text_field, ""))
        listed = set()
        for annotation in task.get("annotations") or ():
            listed.add(self.read_annotation(placement, text, annotation, is_intact=is_intact))
        for gone in self.history.standing(key):
            if gone not in listed:
                self.delete(placement, gone, max(server_moment(task["updated_at"]), self.history.last[gone]["updated_at"]))

    def read_annotation(self, placement: Placement, text: str, annotation: Mapping[str, Any], *, is_intact: bool) -> AnnotationKey:
        key = (int(annotation["id"]), server_moment(annotation["created_at"]))
        result = annotation.get("result")
        body = canonical_json(canon(result))
        content = sha256_hex(body.encode())
        status = RevisionStatus.SKIPPED if annotation.get("was_cancelled") else RevisionStatus.SUBMITTED
        author, writer = _account(annotation.get("completed_by")), _account(annotation.get("updated_by"))
        last = self.history.last.get(key)
        if last is not None and (last["content_sha256"], last["status"], last["completed_by"]) == (content, status, author):
            if writer not in (last["updated_by"], author):
                self.alarm(Alarm.FOREIGN_AUTHOR, placement.token, f"annotation {key[0]} was written again, unchanged, by account {writer}")
            return key
        updated_at = server_moment(annotation["updated_at"])
        person = self.attribute(placement, key, author, writer, updated_at) if is_intact else None
        fault = check_result(result, self.rule, text) if status is RevisionStatus.SUBMITTED else None
        lead = _seconds(annotation.get("lead_time"))
        if fault is not None:
            self.alarm(Alarm.INVALID_RESULT, placement.token, f"annotation {key[0]}: {fault}", content)
        if status is RevisionStatus.SUBMITTED and lead is not None and lead < self.desk.fastest_seconds:
            self.alarm(Alarm.TOO_FAST, placement.token, f"annotation {key[0]} took {lead} s", content)
        if placement.token in self.desk.frozen and self.desk.frozen[placement.token] != content:
            self.alarm(Alarm.EDITED_AFTER_FREEZE, placement.token, f"annotation {key[0]} differs from what was frozen", content)
        self.record(
            {
                "instance": self.desk.instance,
                "project": self.desk.project,
                "task": placement.task,
                "task_created_at": placement.task_created_at,
                "annotation": key[0],
                "annotation_created_at": key[1],
                "token": placement.token,
                "content_sha256": content,
                "status": status.value,
                "completed_by": author,
                "updated_by": writer,
                "person": person,
                "updated_at": updated_at,
                "lead_seconds": None if lead is None else str(lead),
                "fault": None if fault is None else fault.value,
                "body": body,
                "recorded_at": self.seen.at,
            }
        )
        return key

    def attribute(self, placement: Placement, key: AnnotationKey, author: int | None, writer: int | None, at: datetime) -> str | None:
        """Return whose work a revision counts as; when it is nobody's, raise the alarm that says why."""
        first = self.history.first.get(key)
        signed, wrote = (first["completed_by"], first["updated_by"]) if first else (author, writer)
        if self.desk.is_ours and wrote is None and writer is None:
            wrote = writer = author
        refused: tuple[Alarm, str] | None = None
        if author is None or wrote is None or writer is None:
            refused = Alarm.UNATTRIBUTED, "it came by an import that is not ours"
        elif author != signed or signed != wrote:
            refused = Alarm.SPOOFED_AUTHOR, f"first signed by {signed}, written by {wrote}"
        elif writer != author or self.desk.accounts.get(author) != self.desk.person:
            refused = Alarm.FOREIGN_AUTHOR, "the project is another person's"
        elif not any(start <= at and (end is None or at < end) for start, end in self.desk.fit):
            refused = Alarm.UNQUALIFIED, f"not qualified for this work at {at.isoformat()}"
        if refused is None:
            return self.desk.person
        self.alarm(refused[0], placement.token, f"annotation {key[0]}, signed by account {author}, written by {writer}: {refused[1]}")
        return None

    def delete(self, placement: Placement, key: AnnotationKey, at: datetime) -> None:
        last = self.history.last[key]
        if placement.token in self.desk.frozen:
            self.alarm(Alarm.DELETED_AFTER_FREEZE, placement.token, f"annotation {key[0]} is not there any more")
        gone = {"status": RevisionStatus.DELETED.value, "updated_by": None, "updated_at": at, "recorded_at": self.seen.at}
        self.record({name: value for name, value in last.items() if name in REVISIONS.names} | gone)

    def miss_task(self, key: TaskKey) -> None:
        placement = self.placed[key]
        self.alarm(Alarm.TASK_MISSING, placement.token, f"task {key[0]} is not there any more")
        for gone in self.history.standing(key):
            self.delete(placement, gone, self.history.last[gone]["updated_at"])

    def record(self, row: Row) -> None:
        self.revisions.append(row)
        self.history.add(row)

    def alarm(self, kind: Alarm, token: str | None, detail: str, about: str = "") -> None:
        alarm_id = fields_digest(kind, self.desk.instance, str(self.desk.project), token or "", detail, about)
        if alarm_id not in self.raised:
            self.raised.add(alarm_id)
            self.alarms.append(
                {
                    "alarm_id": alarm_id,
                    "kind": kind.value,
                    "batch_id": self.desk.batch_id,
                    "instance": self.desk.instance,
                    "project": self.desk.project,
                    "token": token,
                    "person": self.desk.person,
                    "detail": detail,
                    "recorded_at": self.seen.at,
                }
            )


def _written(row: Row) -> tuple[Any, ...]:
    # A deletion carries at least the time of the revision it ends.
    return (row["updated_at"], row["status"] == RevisionStatus.DELETED, row["recorded_at"])


def _newest(tasks: Iterable[Mapping[str, Any]]) -> dict[TaskKey, Mapping[str, Any]]:
    """Return each task as it was last met: pages overlap, and may come in any order."""
    found: dict[TaskKey, Mapping[str, Any]] = {}
    for task in tasks:
        key = (int(task["id"]), server_moment(task["created_at"]))
        if key not in found or server_moment(found[key]["updated_at"]) < server_moment(task["updated_at"]):
            found[key] = task
    return dict(sorted(found.items()))


def _digest(data: Mapping[str, Any]) -> str:
    try:
        return payload_digest(data)
    except (ValueError, UnicodeEncodeError):
        return ""


def _account(value: object) -> int | None:
    """Return an account's id: a number in lists of tasks, an object with one elsewhere."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _seconds(value: object) -> Decimal | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)).quantize(Decimal("0.001")) if is_number and 0 <= float(str(value)) < 1e9 else None
