"""Which annotation counts for an item: the last one that the person it was given to submitted, as pulls saw it.

A revision counts only with trusted attribution and a result that follows the rule. Whatever else was submitted stays
in the table of revisions and is told apart here; nothing is dropped silently.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.labeling import RevisionStatus


@dataclass(frozen=True, slots=True)
class Settled:
    """What counts for one item: the person, the digest and body of the result, and whether it was skipped."""

    record_id: str
    person: str
    content_sha256: str
    body: str
    status: RevisionStatus
    token: str


def settle_annotations(placements: Iterable[Mapping[str, Any]], revisions: Sequence[Mapping[str, Any]]) -> dict[str, Settled]:
    """Return what counts, by record id.

    ``placements`` have ``record_id``, ``token`` and ``person``; ``revisions`` have ``token``, ``annotation``,
    ``annotation_created_at``, ``person``, ``status``, ``fault``, ``updated_at``, ``content_sha256`` and ``body``. An
    annotation that was deleted counts no more; of several, the one written last counts, ties by its digest.
    """
    given = {row["token"]: (row["record_id"], row["person"]) for row in placements}
    current: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in sorted(revisions, key=_written):
        if row["token"] in given:
            current[(row["token"], row["annotation"], row["annotation_created_at"])] = row
    settled: dict[str, Settled] = {}
    for row in sorted(current.values(), key=_written):
        record_id, person = given[row["token"]]
        if row["status"] == RevisionStatus.DELETED or row["person"] != person or row["fault"] is not None:
            continue
        settled[record_id] = Settled(
            record_id, person, row["content_sha256"], row["body"], RevisionStatus(row["status"]), row["token"]
        )  # fmt: skip
    return settled


def _written(row: Mapping[str, Any]) -> tuple[Any, ...]:
    # A deletion is seen at a pull and carries the time of the revision it ends, so that it must come after it.
    return (row["updated_at"], row["status"] == RevisionStatus.DELETED, row["content_sha256"])
