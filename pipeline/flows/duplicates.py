"""Clusters seen by a person: their members and combined rights, two texts side by side, and "do you have this text?".

Texts are shown as they would be published, and only of documents whose personal information was looked at and may be
released. A text that somebody asks about is compared and kept nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from pipeline.adapters.lineage import ask
from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.detection import detector_of
from pipeline.flows.duplicates_clusters import last_run
from pipeline.flows.duplicates_index import Index, read_index
from pipeline.flows.duplicates_standing import license_class
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.stages.band_index import Segment, nearest, taken, text_starts
from pipeline.stages.compare import verified
from pipeline.stages.detect_pi import detect_pi
from pipeline.stages.elect import cluster_rights
from pipeline.stages.nodes import TEXT_COLUMNS, group, group_texts
from pipeline.stages.redact_text import redact_until_clean
from pipeline.stages.shingle_kernel import Places
from pipeline.stages.sign import sign

ASKED = "the text asked about"
_MOST_COMPARED = 64
"""Texts that share the most bands with the one asked about; each is read and compared."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One cluster as shown: its members, the kept one first, and the rights of all of them together."""

    members: list[dict[str, Any]]
    rights: dict[str, Any]


def show_cluster(house: House, start: str) -> Seen:
    """Return a cluster by the start of its id or of a member's id. Raises ConfigurationError when it names none or several."""
    policies = active_policies(house)
    with house.connect() as rows:
        members = ask(rows, _MEMBERS, {"cluster": _cluster_id(rows, start)}).to_pylist()
        snapshots = _snapshots(rows, [row["document_id"] for row in members])
    for row in members:
        row["license_class"] = license_class(row["license"], policies.duplicate, policies.license)
        row["snapshots"] = snapshots.get(row["document_id"], [])
    elected = pa.Table.from_pylist([{name: row[name] for name in ("document_id", "source_id", "cluster_id", "kept_id")} for row in members])
    standings = pa.Table.from_pylist([{name: row[name] for name in ("document_id", "license_class")} for row in members], schema=_CLASSES)
    combined = cluster_rights(elected, standings, policies.duplicate).to_pylist()[0]
    return Seen(members, {**combined, "licenses": sorted({row["license"] or "none" for row in members})})


_CLASSES = pa.schema([("document_id", pa.string()), ("license_class", pa.string())])
_MEMBERS = """
WITH bases AS (
    SELECT source_id, string_agg(DISTINCT basis, ' ' ORDER BY basis) AS legal_basis FROM current_legal_bases GROUP BY source_id
)
SELECT current_clusters.document_id, current_clusters.source_id, current_clusters.is_kept, current_clusters.similarity,
       current_clusters.rule, current_conclusions.expression AS license, bases.legal_basis,
       coalesce(documents.published_at, documents.captured_at) AS published_at, documents.chars,
       document_standing.disposition, document_standing.reason, current_clusters.cluster_id, current_clusters.kept_id
FROM current_clusters JOIN documents USING (document_id) LEFT JOIN document_standing USING (document_id)
LEFT JOIN current_conclusions ON current_conclusions.source_id = current_clusters.source_id
LEFT JOIN bases ON bases.source_id = current_clusters.source_id
WHERE current_clusters.cluster_id = $cluster
ORDER BY current_clusters.is_kept DESC, current_clusters.similarity DESC, current_clusters.document_id
"""


def _cluster_id(rows: DuckDBPyConnection, start: str) -> str:
    is_named = "starts_with(cluster_id, $start) OR starts_with(document_id, $start)"
    asked = f"SELECT DISTINCT cluster_id FROM current_clusters WHERE {is_named} LIMIT 2"  # noqa: S608
    found = ask(rows, asked, {"start": start})["cluster_id"].to_pylist()
    if len(found) != 1:
        raise ConfigurationError(
            f"duplicates {start}: expected one cluster of the last run that it or a member's id begins with, found "
            f"{'several; give more of it' if found else 'none'}"
        )
    return str(found[0])


def _snapshots(rows: DuckDBPyConnection, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of the snapshots that hold each document."""
    found = ask(
        rows,
        """
        SELECT document_id, list(DISTINCT name ORDER BY name) AS names FROM snapshot_contents
        WHERE document_id IN (SELECT unnest($ids)) GROUP BY document_id
        """,
        {"ids": list(ids)},
    )
    return {row["document_id"]: row["names"] for row in found.to_pylist()}


def difference_of(house: House, members: Sequence[dict[str, Any]], first: str | None = None, other: str | None = None) -> list[str]:
    """Return the unified difference of two members' texts as they would be published; the kept one and the next without names.

    Raises ConfigurationError for a name that is no member's, EvidenceError where a text may not be shown.
    """
    ids = [str(row["document_id"]) for row in members]
    pair = (_member(ids, first) if first else ids[0], _member(ids, other) if other else ids[1])
    texts = published_texts(house, pair)
    before, after = (_sentences(texts[document_id]) for document_id in pair)
    return list(unified_diff(before, after, *pair, lineterm=""))


def _member(ids: Sequence[str], start: str) -> str:
    found = [each for each in ids if each.startswith(start)]
    if len(found) != 1:
        raise ConfigurationError(f"{start}: expected the start of one member's id, found {len(found)} that begin so")
    return found[0]


def _sentences(text: str) -> list[str]:
    """Return a text cut after the marks that end a sentence or a line, so that a difference is as long as a sentence."""
    lines = []
    for line in text.splitlines():
        piece = ""
        for char in line:
            piece += char
            if char in "。！？；.!?;":
                lines.append(piece)
                piece = ""
        lines.append(piece)
    return [line.strip() for line in lines if line.strip()]


def published_texts(house: House, ids: Sequence[str]) -> dict[str, str]:
    """Return the texts of documents as they would be published.

    Raises EvidenceError for a document whose personal information nobody looked for, or that is held back because of it.
    """
    policies = active_policies(house)
    named = {"ids": list(ids)}
    with house.connect() as rows:
        documents = ask(
            rows,
            """
            SELECT document_id, source_id, text, locator, title, metadata FROM documents
            WHERE document_id IN (SELECT unnest($ids)) ORDER BY document_id
            """,
            named,
        )
        released = ask(
            rows,
            """
            SELECT document_id FROM current_decisions
            WHERE gate = 'pi' AND disposition IN ('admit', 'redact') AND document_id IN (SELECT unnest($ids))
            """,
            named,
        )["document_id"].to_pylist()
        findings = ask(rows, "SELECT * FROM current_findings WHERE document_id IN (SELECT unnest($ids))", named)
    for document_id in ids:
        if document_id not in released:
            raise EvidenceError(
                f"document {document_id}: its text is not shown, because the gate for personal information did not release it; "
                f"'laiyuan why-not {document_id}' says why"
            )
    detector = detector_of(policies)

    def look_again(redacted: pa.RecordBatch) -> pa.RecordBatch:
        scan = detect_pi(redacted, detector, key=house.key.secret, key_id=house.key.key_id)
        if not pc.all(scan.scans["is_analysed"]).as_py():
            raise EvidenceError("a redacted text could not be looked at again; it is not shown")
        return scan.findings

    batch = documents.combine_chunks().to_batches()[0]
    clean = redact_until_clean(batch, findings, look_again, policies.pi, key=house.key.secret)
    return dict(zip(clean["document_id"].to_pylist(), clean["text"].to_pylist(), strict=True))


def find_text(house: House, text: str, *, least: float) -> list[dict[str, Any]]:
    """Return the documents whose text is this one or like it, the most similar first, with source, licence and snapshots.

    Raises ConfigurationError where no deduplicate run left its index here, or under another policy than the active one.
    """
    policies = active_policies(house)
    policy = policies.duplicate
    run_id = last_run(house)
    index = read_index(house, run_id, policies.digests["duplicate"]) if run_id else None
    if index is None:
        raise ConfigurationError(
            "duplicates: expected the index of a deduplicate run under the active policy, found none; run 'laiyuan run'"
        )
    asked = pa.record_batch({"document_id": [ASKED], "source_id": [ASKED], "text": pa.array([text], pa.string())})
    signed = pa.Table.from_batches([sign(asked, policy)])
    similarity = {int(number): 1.0 for number in _equal_texts(index, signed)}
    candidates = np.setdiff1d(nearest(group(signed, policy), index.segments, policy, _MOST_COMPARED), np.array(list(similarity), np.int64))
    with house.connect() as rows:
        similarity |= _measured(rows, index.segments, signed, text, candidates, policy)
        wanted = {number: value for number, value in similarity.items() if value >= least}
        found = _documents_of(index.segments, wanted)
        ids = [document_id for document_id, _ in found]
        facts = {row["document_id"]: row for row in ask(rows, _FACTS, {"ids": ids}).to_pylist()}
        snapshots = _snapshots(rows, ids)
        gates = {document_id: _disposition(rows, document_id) for document_id in ids[:_MOST_COMPARED]}
    lines = [
        {**facts[document_id], "similarity": value, "disposition": gates.get(document_id), "snapshots": snapshots.get(document_id, [])}
        for document_id, value in found
        if document_id in facts
    ]
    return sorted(lines, key=lambda line: (-line["similarity"], line["document_id"]))


_FACTS = """
SELECT documents.document_id, documents.source_id, current_conclusions.expression AS license
FROM documents LEFT JOIN current_conclusions USING (source_id) WHERE documents.document_id IN (SELECT unnest($ids))
"""


def _equal_texts(index: Index, signed: pa.Table) -> Places:
    """Return the numbers of the indexed texts whose normalized text is the one asked about."""
    digest = signed["normalized_sha256"][0]
    starts = text_starts(index.segments)
    parts = [
        np.flatnonzero(pc.equal(segment.texts["normalized_sha256"], digest).to_numpy(zero_copy_only=False)) + start
        for segment, start in zip(index.segments, starts, strict=False)
    ]
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)


def _measured(
    rows: DuckDBPyConnection, segments: Sequence[Segment], signed: pa.Table, text: str, numbers: Places, policy: DuplicatePolicy
) -> dict[int, float]:
    """Return the true similarity of the text asked about with each of some indexed texts."""
    if not len(numbers):
        return {}
    ids = taken(segments, "document_id", numbers).to_pylist()
    known = pa.table([taken(segments, name, numbers) for name in TEXT_COLUMNS.names], schema=TEXT_COLUMNS)
    nodes = group_texts(pa.concat_tables([signed.select(TEXT_COLUMNS.names).cast(TEXT_COLUMNS), known]))
    # One by one: equality uses the files' bloom filters, a list does not.
    texts = {ASKED: text} | {each: ask(rows, _TEXT, {"id": each})["text"][0].as_py() for each in ids}
    node_of = {document_id: int(nodes.node_of[place]) for place, document_id in enumerate(nodes.document_ids.to_pylist())}
    row_of = {int(node): row for row, node in enumerate(nodes.signed)}
    pairs = np.array([[row_of[node_of[ASKED]], row_of[node_of[each]]] for each in ids], np.int32)

    def fetch(wanted: list[str]) -> pa.RecordBatch:
        return pa.record_batch({"document_id": wanted, "text": pa.array([texts[each] for each in wanted], pa.string())})

    values = verified(nodes, pairs, fetch, policy, is_bounded=False)
    return dict(zip(numbers.tolist(), values.tolist(), strict=True))


_TEXT = "SELECT text FROM documents WHERE document_id = $id"


def _documents_of(segments: Sequence[Segment], similarity: dict[int, float]) -> list[tuple[str, float]]:
    """Return every document that has one of some indexed texts, with the similarity of its text."""
    found: list[tuple[str, float]] = []
    for segment, start in zip(segments, text_starts(segments), strict=False):
        wanted = pa.array([number - start for number in similarity if 0 <= number - start < segment.texts.num_rows], pa.int32())
        mine = segment.documents.filter(pc.is_in(segment.documents["text"], value_set=wanted))
        found += [(row["document_id"], similarity[row["text"] + start]) for row in mine.to_pylist()]
    return found


def _disposition(rows: DuckDBPyConnection, document_id: str) -> str | None:
    """Return the strictest of what the gates say of one document today."""
    found = ask(rows, "SELECT disposition FROM document_decisions($id) WHERE is_current", {"id": document_id})["disposition"].to_pylist()
    return next((each for each in ("reject", "quarantine", "redact", "admit") if each in found), None)
