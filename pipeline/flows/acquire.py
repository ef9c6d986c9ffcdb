"""Acquire one source: read what changed, and make every record a document, a meeting with one, or a reject row.

Steps: (1) list the delivery and see which files changed, (2) open a run for exactly those bytes, (3) read file by
file in parts, each part written once, (4) settle what only the whole delivery shows: repeated keys, superseded
texts, absent documents, drifted columns, (5) check the account and commit.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.declarations import evidence_bytes
from pipeline.adapters.files import ListedFile, file_digest, list_files, open_file
from pipeline.adapters.lineage import ask, first_row
from pipeline.adapters.readers import read_records
from pipeline.domain.digests import fields_digest
from pipeline.domain.dispositions import Meeting, RejectReason
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.records import RECORDS, REJECTED, Part
from pipeline.domain.sources import Delivery, Source, SourceState
from pipeline.domain.tables import table_of
from pipeline.errors import ConfigurationError, DataError, EvidenceError, LawError
from pipeline.flows.detection import detector_of
from pipeline.flows.house import House
from pipeline.flows.policies import PolicySet, active_policies
from pipeline.flows.reservations import keep_site_files, rows_of_records, settle_site_files
from pipeline.flows.runs import Run, commit_run, find_run, open_run, plan_of
from pipeline.flows.sources import read_source, state_of
from pipeline.stages.detect_pi import publishable
from pipeline.stages.normalize_text import normalize_text

FLOW = "acquire"
_SHARD_BYTES = 16 * 2**20
_SHARD_FILES = 64
Tell = Callable[[str, int, int], None]
"""How progress is told: step, done, total."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One unit of work of a run, plain enough to travel through XCom."""

    run_id: str
    source_id: str
    part: str


def plan_acquisition(house: House, source_id: str, only: str | None = None) -> dict[str, object]:
    """Return what acquiring a source would read: files new or changed, unchanged, and gone, with sizes.

    ``only`` is a glob over paths that restricts the delivery, to backfill a part of it; nothing outside it is
    called absent. Raises EvidenceError unless the source is admitted with the declaration that stands here.
    """
    source = _admitted(house, source_id)
    delivery = delivery_of(source)
    address = address_of(house.project, source_id, delivery)
    listed = [each for each in list_files(address, delivery.files) if only is None or fnmatchcase(each.path, only)]
    known = _known_files(house, source_id)
    fresh, unchanged = [], []
    for each in listed:
        file_id = fields_digest(source_id, each.path)
        before = known.pop(file_id, None)
        if before is not None and before["etag"] == each.etag:
            unchanged.append({"file_id": file_id, **before})
            continue
        digest = _digest(address, each)
        if before is not None and digest is not None and before["file_sha256"] == digest:
            unchanged.append({"file_id": file_id, **before, "etag": each.etag})
        else:
            fresh.append({"file_id": file_id, "path": each.path, "bytes": each.bytes, "etag": each.etag, "file_sha256": digest})
    is_partial = only is not None or delivery.deliveries == "folders"
    removed = [] if is_partial else [{"file_id": file_id, **before} for file_id, before in sorted(known.items())]
    held = sorted((str(each["file_id"]), str(each["file_sha256"])) for each in (*fresh, *unchanged))
    return {
        "source_id": source_id,
        "declaration_sha256": source.declaration_sha256,
        "policy_sha256": active_policies(house).digests["acquire"],
        "delivery_id": fields_digest(source_id, *(part for pair in held for part in pair)),
        "read": fresh,
        "unchanged": unchanged,
        "removed": removed,
        "is_partial": is_partial,
    }


def open_acquisition(house: House, actor: Actor, source_id: str, only: str | None = None) -> list[Shard]:
    """Open a run for what changed in a source and return its shards; none when nothing changed."""
    plan = plan_acquisition(house, source_id, only)
    if not plan["read"] and not plan["removed"]:
        return []
    run = open_run(house, actor, FLOW, source_id, _without_paths(plan))
    return [Shard(run.run_id, source_id, part) for part in _shards(_rows(plan["read"]))] or [Shard(run.run_id, source_id, "")]


def _shards(files: list[dict[str, object]]) -> list[str]:
    """Put files together until a shard is worth a task; a shard is named by its files' ids, in the plan's order."""
    shards: list[list[str]] = []
    size = 0
    for each in files:
        if not shards or size + int(str(each["bytes"])) > _SHARD_BYTES or len(shards[-1]) == _SHARD_FILES:
            shards.append([])
            size = 0
        shards[-1].append(str(each["file_id"]))
        size += int(str(each["bytes"]))
    return [" ".join(shard) for shard in shards]


def read_shard(house: House, shard: Shard) -> dict[str, int]:
    """Read a shard's files into documents, acquisitions and rejects; return how many of each.

    A file is cut into the same parts at every try, and a part that was written is not written again.
    """
    run = find_run(house, shard.run_id)
    counts = {"documents": 0, "again": 0, "rejects": 0}
    for file_id in () if run.is_committed else shard.part.split():
        for name, count in _read_file(house, run, shard.source_id, file_id).items():
            counts[name] += count
    return counts


def _read_file(house: House, run: Run, source_id: str, file_id: str) -> dict[str, int]:
    counts = {"documents": 0, "again": 0, "rejects": 0}
    plan = plan_of(house, run.run_id)
    policies = active_policies(house)
    source = _admitted(house, source_id)
    delivery = delivery_of(source)
    listed = _listed(house, source, delivery, file_id)
    with house.connect() as known:
        _known_documents(known, source_id)
        parts = parts_of(house, source, delivery, listed, policies)
        reading = _Reading(run, file_id, listed.path, str(plan["delivery_id"]))
        for number, part in enumerate(parts):
            written = _write_part(house, known, reading, number, part)
            for name, count in written.items():
                counts[name] += count
    before = next(each for each in _rows(plan["read"]) if each["file_id"] == file_id)
    status = "unreadable" if before["file_sha256"] is None else "read"
    path = publishable(listed.path, detector_of(policies))
    _file_rows(house, run, plan, [{**before, "path": path, "status": status, "records": sum(counts.values())}], file_id)
    return counts


def commit_acquisition(house: House, actor: Actor, run_id: str) -> LedgerEntry:
    """Settle and commit a run whose shards were all read. Raises DataError when it must not be committed."""
    run = find_run(house, run_id)
    done = house.committed_runs().get(run_id)
    if done is not None:
        return done
    plan = plan_of(house, run_id)
    policies = active_policies(house)
    source = _admitted(house, run.scope)
    with house.connect() as rows:
        house.add_own(rows, run_id, "files", "documents")
        _write_unread_files(house, rows, run, plan)
        _settle_keys(house, rows, run, plan)
    with house.connect() as rows:
        house.add_own(rows, run_id, "documents", "acquisitions", "site_files")
        path, _ = read_source(house.project, run.scope)
        settle_site_files(house, rows, run, source, evidence_bytes(path, source), policies.governance.agent)
        _refuse_drift(rows, source)
        _mark_absent(house, rows, run, plan)
    with house.connect() as rows:
        house.add_own(rows, run_id, "documents", "acquisitions", "rejects")
        account = _account(house, rows, run)
        met = sum(account.values())
        rejected = sum(count for name, count in account.items() if name.startswith("record."))
        limit = delivery_of(source).max_reject_ratio
        limit = policies.acquire.max_reject_ratio if limit is None else limit
        if met and rejected / met > limit:
            raise DataError(
                f"source {run.scope}: {rejected} of {met} records are rejects, more than the {limit:.0%} allowed "
                f"({', '.join(f'{name} {count}' for name, count in account.items() if name.startswith('record.'))}); "
                "mend the delivery, or say in its declaration that so many are expected (delivery.max_reject_ratio)",
            )
    entry = commit_run(house, actor, run, {"source_id": run.scope, "delivery_id": plan["delivery_id"], "records": met, **account})
    house.publish_lineage()
    return entry


def acquire(house: House, actor: Actor, source_id: str, only: str | None = None, tell: Tell | None = None) -> LedgerEntry | None:
    """Acquire a source in this process; return the entry that committed it, None when nothing changed."""
    shards = open_acquisition(house, actor, source_id, only)
    for done, shard in enumerate(shards):
        if tell:
            tell(f"acquire {source_id}", done, len(shards))
        read_shard(house, shard)
    if tell and shards:
        tell(f"acquire {source_id}", len(shards), len(shards))
    return commit_acquisition(house, actor, shards[0].run_id) if shards else None


def _admitted(house: House, source_id: str) -> Source:
    _, source = read_source(house.project, source_id)
    state, facts = state_of(house, source_id)
    if state is not SourceState.ADMITTED:
        raise EvidenceError(f"source {source_id} is {state or 'not declared'}: only an admitted source is acquired from")
    if facts["declaration_sha256"] != source.declaration_sha256:
        raise EvidenceError(f"source {source_id}: its declaration changed after it was admitted; add, assess and admit it again")
    return source


def delivery_of(source: Source) -> Delivery:
    """Return how a source delivers. Raises ConfigurationError where it declares no delivery."""
    if source.delivery is None:
        raise ConfigurationError(f"source {source.source} declares no delivery: there is nothing to acquire")
    return source.delivery


def address_of(project: Path, source_id: str, delivery: Delivery) -> str:
    """Return where a source's files are."""
    if "://" in delivery.address or delivery.address.startswith("/"):
        return delivery.address
    return str(project / "sources" / source_id / delivery.address)


def _digest(address: str, listed: ListedFile) -> str | None:
    try:
        return file_digest(address, listed.path)
    except DataError:  # unreadable: the reader says so with a reject row
        return None


def _rows(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _without_paths(plan: dict[str, object]) -> dict[str, object]:
    # Paths may hold personal information, and a plan goes into the ledger; a file's id is enough to find it again.
    bare = {
        name: [{k: v for k, v in each.items() if k != "path"} for each in _rows(plan[name])] for name in ("read", "unchanged", "removed")
    }
    return {**plan, **bare}


def _listed(house: House, source: Source, delivery: Delivery, file_id: str) -> ListedFile:
    address = address_of(house.project, source.source, delivery)
    for each in list_files(address, delivery.files):
        if fields_digest(source.source, each.path) == file_id:
            return each
    raise DataError(f"source {source.source}: file {file_id[:12]} was there when the run was opened and is gone; run it again")


def _known_files(house: House, source_id: str) -> dict[str, dict[str, object]]:
    with house.connect() as rows:
        found = rows.execute(
            """
            SELECT file_id, arg_max(struct_pack(path, file_sha256, etag, bytes, status, records), ledger_seq) AS latest
            FROM files JOIN committed_runs USING (run_id)
            WHERE files.source_id = $source_id GROUP BY file_id
            """,
            {"source_id": source_id},
        ).fetchall()
    return {file_id: latest for file_id, latest in found if latest["status"] in ("read", "unchanged")}


def parts_of(house: House, source: Source, delivery: Delivery, listed: ListedFile, policies: PolicySet) -> Iterator[Part]:
    """Yield the records and rejects of one delivered file; one that cannot be opened is one reject."""
    try:
        opened = open_file(address_of(house.project, source.source, delivery), listed.path)
    except DataError:
        row = {"ordinal": 0, "reason": RejectReason.UNREADABLE_FILE.value, "detail": "the file could not be opened"}
        yield Part(pa.RecordBatch.from_pylist([], schema=RECORDS), pa.RecordBatch.from_pylist([row], schema=REJECTED))
        return
    with opened:
        yield from read_records(opened, listed.path, delivery, policies.acquire)


def _known_documents(known: duckdb.DuckDBPyConnection, source_id: str) -> None:
    """Hold the source's newest document per locator, for telling new from again and what is superseded."""
    known.execute(
        """
        CREATE TEMP TABLE known AS
        SELECT locator, document_id, is_superseded FROM current_documents WHERE source_id = $source_id
        """,
        {"source_id": source_id},
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the parts of one file have in common."""

    run: Run
    file_id: str
    path: str
    delivery_id: str


def _write_part(house: House, known: duckdb.DuckDBPyConnection, reading: _Reading, number: int, part: Part) -> dict[str, int]:
    """Write one part's new documents, its meetings and its rejects; return how many of each."""
    run, source_id = reading.run, reading.run.scope
    documents = pa.Table.from_batches([normalize_text(part.records, source_id=source_id, file_path=reading.path)])
    known.register("part", documents.select(["document_id", "locator"]))
    matched = ask(
        known,
        """
        SELECT part.document_id, bool_or(same.document_id IS NOT NULL) AS is_known, any_value(other.document_id) AS supersedes
        FROM part
        LEFT JOIN known AS same ON same.document_id = part.document_id
        LEFT JOIN known AS other ON other.locator = part.locator AND other.document_id <> part.document_id AND NOT other.is_superseded
        GROUP BY part.document_id
        """,
    )
    known.unregister("part")
    at = pc.index_in(documents["document_id"], matched["document_id"])
    is_known = pc.take(matched["is_known"], at)
    size = documents.num_rows
    common = {"file_id": reading.file_id, "run_id": run.run_id}
    columns = {name: documents[name] for name in documents.schema.names}
    everything = pa.table(
        {
            **columns,
            **{name: pa.repeat(value, size) for name, value in common.items()},
            "supersedes": pc.take(matched["supersedes"], at),
        },
    )
    meetings = pa.table(
        {
            "document_id": documents["document_id"],
            "source_id": documents["source_id"],
            "delivery_id": pa.repeat(reading.delivery_id, size),
            "ordinal": documents["ordinal"],
            "meeting": pc.if_else(is_known, Meeting.AGAIN.value, Meeting.NEW.value),
            "acquired_at": pa.repeat(pa.scalar(run.opened_at, pa.timestamp("us", "UTC")), size),
            **{name: pa.repeat(value, size) for name, value in common.items()},
        },
    )
    fresh = everything.filter(pc.invert(is_known))
    rejects = _reject_rows(part.rejected, reading)
    reserved, generated = rows_of_records(part, documents, run)
    name = f"{reading.file_id}-{number}"
    house.warehouse.append("documents", fresh, run_id=run.run_id, task="read", shard=name)
    house.warehouse.append("acquisitions", meetings, run_id=run.run_id, task="read", shard=name)
    house.warehouse.append("rejects", rejects, run_id=run.run_id, task="read", shard=name)
    house.warehouse.append("reservations", reserved, run_id=run.run_id, task="read", shard=name)
    house.warehouse.append("generated_labels", generated, run_id=run.run_id, task="read", shard=name)
    site_files = keep_site_files(house, part.site_files, run, reading.file_id)
    house.warehouse.append("site_files", site_files, run_id=run.run_id, task="read", shard=name)
    return {"documents": fresh.num_rows, "again": size - fresh.num_rows, "rejects": rejects.num_rows}


def _reject_rows(rejected: pa.RecordBatch, reading: _Reading) -> pa.Table:
    source_id, run_id = reading.run.scope, reading.run.run_id
    common = {"source_id": source_id, "delivery_id": reading.delivery_id, "file_id": reading.file_id, "run_id": run_id}
    rows = [
        {
            **row,
            **common,
            "reject_id": fields_digest(source_id, reading.delivery_id, reading.file_id, str(row["ordinal"]), str(row["reason"])),
        }
        for row in rejected.to_pylist()
    ]
    return table_of("rejects", rows)


_REPEATED = """
WITH mine AS (
    SELECT document_id, locator, source_id, file_id, ordinal, raw_sha256,
           row_number() OVER (PARTITION BY locator ORDER BY file_id, ordinal) AS place,
           first_value(document_id) OVER (PARTITION BY locator ORDER BY file_id, ordinal) AS first_id
    FROM own_documents
)
SELECT document_id, source_id, file_id, ordinal, raw_sha256, document_id = first_id AS is_same FROM mine WHERE place > 1
ORDER BY file_id, ordinal
"""


def _settle_keys(house: House, rows: duckdb.DuckDBPyConnection, run: Run, plan: dict[str, object]) -> None:
    """Keep the first record of a key met more than once in one delivery: the same text was met again, another is a reject.

    The rows that replace are written before the rows they replace are deleted, so that a kill in between loses nothing.
    """
    repeated = ask(rows, _REPEATED).to_pylist()
    if not repeated:
        return
    delivery_id = str(plan["delivery_id"])
    common = {"delivery_id": delivery_id, "run_id": run.run_id}
    rejects = [
        {
            **common,
            "reject_id": fields_digest(row["source_id"], delivery_id, row["file_id"], str(row["ordinal"]), RejectReason.KEY_CONFLICT.value),
            **{name: row[name] for name in ("source_id", "file_id", "ordinal", "raw_sha256")},
            "reason": RejectReason.KEY_CONFLICT.value,
            "detail": "another text under a key that stood earlier in the same delivery",
        }
        for row in repeated
        if not row["is_same"]
    ]
    again = [
        {
            **common,
            **{name: row[name] for name in ("document_id", "source_id", "file_id", "ordinal")},
            "meeting": Meeting.AGAIN.value,
            "acquired_at": run.opened_at,
        }
        for row in repeated
        if row["is_same"]
    ]
    for name, values in (("rejects", rejects), ("acquisitions", again)):
        table = table_of(name, values)
        house.warehouse.append(name, table, run_id=run.run_id, task="settle", shard="keys")
    for chunk in _chunks(repeated, 200):
        places = " OR ".join(f"(file_id = '{row['file_id']}' AND ordinal = {row['ordinal']})" for row in chunk)
        house.warehouse.delete("acquisitions", f"run_id = '{run.run_id}' AND meeting = 'new' AND ({places})")
        house.warehouse.delete("documents", f"run_id = '{run.run_id}' AND ({places})")
        # What such a record says of itself goes with it; the same text met again keeps all that was said of it.
        refused = ", ".join(f"'{row['document_id']}'" for row in chunk if not row["is_same"])
        for name in ("reservations", "generated_labels") if refused else ():
            house.warehouse.delete(name, f"run_id = '{run.run_id}' AND document_id IN ({refused})")


def _chunks(rows: Sequence[dict[str, object]], size: int) -> Iterator[list[dict[str, object]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _refuse_drift(rows: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Stop a source whose declared columns no record of this run holds."""
    delivery = delivery_of(source)
    if not delivery.metadata:
        return
    counted = ", ".join(f"count(json_extract_string(metadata, $column{place}))" for place in range(len(delivery.metadata)))
    paths = {f"column{place}": "$." + json.dumps(column, ensure_ascii=False) for place, column in enumerate(delivery.metadata)}
    found = first_row(rows, f"SELECT count(*), {counted} FROM own_documents", paths)  # noqa: S608
    met, *held = found or (0,)
    gone = [column for column, count in zip(delivery.metadata, held, strict=True) if not count]
    if met and gone:
        raise DataError(
            f"source {source.source}: none of {met} records holds the declared column(s) {', '.join(gone)}; "
            "its columns drifted: change the declaration or ask the publisher",
        )


def _mark_absent(house: House, rows: duckdb.DuckDBPyConnection, run: Run, plan: dict[str, object]) -> None:
    """Mark the documents whose file was read again or removed and which this run did not meet."""
    touched = [str(each["file_id"]) for each in (*_rows(plan["read"]), *_rows(plan["removed"]))]
    absent = ask(
        rows,
        """
        WITH latest AS (
            SELECT acquisitions.document_id, arg_max(meeting, ledger_seq) AS meeting,
                   arg_max(file_id, ledger_seq) AS file_id, arg_max(ordinal, ledger_seq) AS ordinal
            FROM acquisitions JOIN committed_runs USING (run_id)
            WHERE acquisitions.source_id = $source_id GROUP BY acquisitions.document_id
        )
        SELECT latest.document_id, latest.file_id, latest.ordinal FROM latest
        WHERE latest.meeting <> 'absent' AND list_contains($touched, latest.file_id)
          AND NOT EXISTS (SELECT 1 FROM own_acquisitions AS mine WHERE mine.document_id = latest.document_id)
        """,
        {"source_id": run.scope, "touched": touched},
    )
    size = absent.num_rows
    table = pa.table(
        {
            **{name: absent[name] for name in ("document_id", "file_id", "ordinal")},
            "source_id": pa.repeat(run.scope, size),
            "delivery_id": pa.repeat(str(plan["delivery_id"]), size),
            "meeting": pa.repeat(Meeting.ABSENT.value, size),
            "acquired_at": pa.repeat(pa.scalar(run.opened_at, pa.timestamp("us", "UTC")), size),
            "run_id": pa.repeat(run.run_id, size),
        },
    )
    house.warehouse.append("acquisitions", table, run_id=run.run_id, task="settle", shard="absent")


def _file_rows(house: House, run: Run, plan: dict[str, object], values: list[dict[str, object]], shard: str) -> None:
    common = {"source_id": run.scope, "delivery_id": plan["delivery_id"], "run_id": run.run_id}
    rows = [
        {**{name: each.get(name) for name in ("file_id", "file_sha256", "etag", "bytes", "path", "status", "records")}, **common}
        for each in values
    ]
    table = table_of("files", rows)
    house.warehouse.append("files", table, run_id=run.run_id, task="files", shard=shard)


def _write_unread_files(house: House, rows: duckdb.DuckDBPyConnection, run: Run, plan: dict[str, object]) -> None:
    """Record the unchanged and removed files, once every file of the plan is recorded as read."""
    read = {row[0] for row in rows.execute("SELECT file_id FROM own_files").fetchall()}
    waiting = [each for each in _rows(plan["read"]) if each["file_id"] not in read]
    if waiting:
        raise DataError(
            f"run {run.run_id}: {len(waiting)} of {len(_rows(plan['read']))} files were not read to their end; run the same command again"
        )
    paths = dict(
        rows.execute(
            "SELECT file_id, any_value(path) FROM files WHERE source_id = $source_id GROUP BY file_id", {"source_id": run.scope}
        ).fetchall(),
    )
    values = [
        {**each, "path": paths.get(str(each["file_id"]), "unknown"), "status": status, "records": 0}
        for status in ("unchanged", "removed")
        for each in _rows(plan[status])
    ]
    _file_rows(house, run, plan, values, "unread")


def _account(house: House, rows: duckdb.DuckDBPyConnection, run: Run) -> dict[str, int]:
    """Count this run's records by what became of them and write the account. Raises LawError when they do not add up."""
    counts: dict[str, int] = dict(
        rows.execute(
            """
            SELECT name, count(*) FROM (
                SELECT meeting AS name FROM own_acquisitions UNION ALL SELECT reason FROM own_rejects
            ) GROUP BY name ORDER BY name
            """,
        ).fetchall(),
    )
    documents = first_row(rows, "SELECT count(*), count(DISTINCT document_id) FROM own_documents")
    if documents is None or documents[0] != documents[1] or documents[0] != counts.get(Meeting.NEW.value, 0):
        raise LawError(f"run {run.run_id}: {counts.get('new', 0)} new meetings but {documents} documents; nothing is committed")
    values = [
        {
            "source_id": run.scope,
            "gate": "records",
            "disposition": "reject" if name.startswith("record.") else name,
            "reason": name if name.startswith("record.") else None,
            "documents": count,
            "run_id": run.run_id,
        }
        for name, count in sorted(counts.items())
    ]
    table = table_of("accounts", values)
    house.warehouse.append("accounts", table, run_id=run.run_id, task="settle", shard="account")
    return {name: count for name, count in counts.items() if name != Meeting.ABSENT.value}
