"""What crosses the border to Label Studio: the names in a task's data, and projects, tasks and counts as a server states them.

A server's ids are no keys by themselves (on SQLite a bulk import gives ids again after a delete): they count only
together with the server's own creation time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.domain.digests import json_digest, sha256_hex
from pipeline.errors import DataError

TOKEN_FIELD = "record_id"  # noqa: S105
"""Key in a task's data that holds the opaque token of its placement; everything else in the data is the payload."""


@dataclass(frozen=True, slots=True)
class StudioProject:
    """A project as its server states it."""

    id: int
    created_at: datetime
    title: str
    config_sha256: str


@dataclass(frozen=True, slots=True)
class StudioTask:
    """A task as its server states it; the pair is its key within the project."""

    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StudioCounts:
    """How many tasks and annotations (skipped ones among them) a server counts in a project: a cheap alarm for deletions."""

    tasks: int
    annotations: int


@dataclass(frozen=True, slots=True)
class StudioExport:
    """A server's own stored export of a project: its MD5 as stated and checked, and its bytes."""

    md5: str
    body: bytes


def config_digest(label_config: str) -> str:
    """Return the SHA-256 of a label config, line ends and outer white space aside."""
    return sha256_hex("\n".join(label_config.split("\r\n")).strip().encode())


def payload_digest(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of a task's data without its token."""
    return json_digest({key: value for key, value in data.items() if key != TOKEN_FIELD})


def server_moment(value: object) -> datetime:
    """Return a server's time in UTC. Raises DataError for anything but ISO 8601 with a zone."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901
    if moment.tzinfo is None:
        raise DataError("Label Studio: expected a time with a zone, found something else; is this version 1.23?")
    return moment.astimezone(UTC)
