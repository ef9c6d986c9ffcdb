"""Publish a snapshot: what every required gate admits, redacted once, with everything needed to check it.

Steps: (1) open a run for the ledger's head and the active policies, (2) materialize by shard into a staging folder,
rescanning what is written, (3) seal: sort the leaves, compute the snapshot digest, write manifest, account,
attribution and verifier, sign, (4) a person approves where policy asks for it, (5) rename into place and commit.
All of it sees the past up to the ledger entry of step 1, so that ``rebuild`` later sees the same.
"""

import gzip
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.adapters.evidence_store import read as read_evidence
from pipeline.adapters.lineage import ask, first_row
from pipeline.adapters.presidio import second_opinion
from pipeline.adapters.shipped import shipped
from pipeline.domain.digests import canonical_json, merkle_leaf, sha256_hex
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.snapshots import Leaf, snapshot_id
from pipeline.domain.tables import table_of
from pipeline.errors import ConfigurationError, DataError, EvidenceError, LawError
from pipeline.flows.acquire import Shard, Tell
from pipeline.flows.attribution import attribution_page
from pipeline.flows.code import code_facts
from pipeline.flows.deduplicate import is_deduplicated
from pipeline.flows.detection import detector_of
from pipeline.flows.gate import gated_sources, pending_count, shard_count, shard_range
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.proofs import ATTESTATION, PUBLIC_KEY, attest
from pipeline.flows.runs import OPENED, Run, abandoned_runs, code_sha256, commit_run, find_run, open_run, plan_of
from pipeline.flows.signatures import signing_key
from pipeline.stages.detect_pi import detect_pi
from pipeline.stages.redact_text import redact_until_clean

FLOW = "publish"
APPROVED = "snapshot.approved"
LEAVES, MANIFEST, ACCOUNT, ATTRIBUTION, VERIFIER, CODE = (
    "leaves.jsonl.gz",
    "manifest.json",
    "account.json",
    "ATTRIBUTION.md",
    "verify_snapshot.py",
    "code.json",
)
_SHARD_BYTES = 64 * 2**20
_BATCH_ROWS = 2_048
PUBLISHED = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("language", pa.string()),
        pa.field("license", pa.string(), nullable=False),
        pa.field("text_sha256", pa.string(), nullable=False),
    ],
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A snapshot that is complete in its staging folder."""

    run_id: str
    snapshot_id: str
    documents: int
    folder: Path


def snapshots_folder(house: House) -> Path:
    """Return where snapshots lie: beside a local warehouse, in the project when the warehouse is remote."""
    base = Path(house.settings.warehouse) if house.settings.has_local_warehouse else house.project
    return base / "snapshots"


def open_snapshot(house: House, actor: Actor, name: str) -> list[Shard]:
    """Open a publishing run over what is admitted now; return its shards."""
    _refuse_pending(house)
    # The state published is that of the last committed run; entries of this flow itself do not change it.
    head = max(entry.seq for entry in house.committed_runs().values())
    entry = house.entries()[head]
    policies = active_policies(house.as_of(head))
    with house.as_of(head).connect() as rows:
        found = first_row(rows, "SELECT count(*), coalesce(sum(bytes), 0) FROM admitted_documents JOIN documents USING (document_id)")
    documents, size = found or (0, 0)
    if not documents:
        raise EvidenceError("no document is admitted by every required gate; 'laiyuan account' says where they stopped")
    shards = shard_count(size, _SHARD_BYTES)
    plan = {
        "name": name,
        "policy_set_sha256": policies.policy_set_sha256,
        "ledger_seq": entry.seq,
        "ledger_hash": entry.hash,
        "documents": documents,
        "shards": shards,
    }
    run = open_run(house, actor, FLOW, name, plan)
    return [Shard(run.run_id, name, f"{number}/{shards}") for number in range(shards)]


def materialize(house: House, shard: Shard) -> int:
    """Write one shard's text as published and its leaves into the staging folder; return how many documents.

    Raises LawError when the published text still holds what policy forbids.
    """
    folder = staging_folder(house, shard.run_id)
    number, of = (int(each) for each in shard.part.split("/"))
    parquet = folder / "data" / f"part-{number:05d}-of-{of:05d}.parquet"
    leaves = folder / "leaves" / f"{number:05d}.jsonl"
    if leaves.is_file():
        return sum(1 for _ in leaves.open(encoding="utf-8"))
    for path in (parquet, leaves):
        path.parent.mkdir(parents=True, exist_ok=True)
    low, high = shard_range(shard.part)
    past = published_past(house, shard.run_id)
    count, opinion = 0, Opinion()
    with (
        past.connect() as rows,
        _replacing(leaves) as fresh_leaves,
        _replacing(parquet) as fresh,
        pq.ParquetWriter(fresh, PUBLISHED, compression="zstd") as writer,
        fresh_leaves.open("w", encoding="utf-8") as lines,
    ):
        ratio = float(active_policies(past).publish.second_opinion_ratio)
        for batch, made in derived(past, rows, low, high):
            writer.write_batch(batch)
            lines.writelines(leaf.line() + "\n" for leaf in made)
            count += batch.num_rows
            opinion = opinion.after(batch, ratio)
        with _replacing(leaves.with_suffix(".opinion.json")) as said:
            said.write_text(canonical_json(asdict(opinion)), encoding="utf-8")
    return count


@dataclass(frozen=True, slots=True)
class Opinion:
    """What stock Presidio said of a sampled share of the published texts: how many were read, and findings by its kinds.

    Its findings are counted and stop nothing: it takes many ordinary numbers for identifiers, and the policy's own second
    look, which every text passes, is the one that must find nothing.
    """

    documents: int = 0
    findings: Mapping[str, int] = field(default_factory=dict)

    def after(self, published: pa.RecordBatch, ratio: float) -> "Opinion":
        """Return the opinion with the sampled texts of one more batch read."""
        ids = published["document_id"].to_pylist()
        drawn = [text for each, text in zip(ids, published["text"].to_pylist(), strict=True) if int(each[:8], 16) < ratio * 2**32]
        return self.with_counts(len(drawn), second_opinion(drawn) if drawn else {})

    def with_counts(self, documents: int, findings: Mapping[str, int]) -> "Opinion":
        """Return the sum of two opinions."""
        return Opinion(self.documents + documents, dict(sorted((Counter(self.findings) + Counter(findings)).items())))


def published_past(house: House, run_id: str) -> House:
    """Return the house as it was at the ledger entry that a publishing run was opened for."""
    return house.as_of(int(str(plan_of(house, run_id)["ledger_seq"])))


def seal(house: House, run_id: str) -> Sealed:
    """Join the leaves that the shards made, write the reports and seal."""
    plan = plan_of(house, run_id)
    folder = staging_folder(house, run_id)
    parts = sorted((folder / "leaves").glob("*.jsonl"))
    if len(parts) != plan["shards"]:
        raise DataError(f"run {run_id}: expected {plan['shards']} shards in the staging folder, found {len(parts)}; run it again")
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    with published_past(house, run_id).connect() as rows:
        for report, text in reports(rows, house.settings.warehouse).items():
            (folder / report).write_text(text, encoding="utf-8")
    opinion = Opinion()
    for part in parts:
        said = json.loads(part.with_suffix(".opinion.json").read_text(encoding="utf-8"))
        opinion = opinion.with_counts(said["documents"], said["findings"])
    # Every text was looked at again by the policy's own rules, or materialize would have stopped.
    looked_at = {"looked_at_again": len(lines), "forbidden_findings": 0, "second_opinion": asdict(opinion)}
    return seal_folder(house, find_run(house, run_id), lines, {"kind": "documents", "personal_information": looked_at})


def seal_folder(house: House, run: Run, lines: Sequence[str], facts: Mapping[str, object]) -> Sealed:
    """Seal what lies in a run's staging folder under the root over its leaves: write leaves, code, verifier, manifest, and sign.

    ``lines`` are the leaves as canonical JSON, sorted by document; ``facts`` go into the manifest, ``kind`` among them. The
    run's plan must name the ledger position it was derived at (``ledger_seq``, ``ledger_hash``).
    """
    folder = staging_folder(house, run.run_id)
    plan = plan_of(house, run.run_id)
    digest = snapshot_id(lines)
    # Time and name in a gzip header would make equal leaves differ.
    with (folder / LEAVES).open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
    (folder / CODE).write_text(report_text(code_facts()), encoding="utf-8")
    shutil.copyfile(shipped("standalone", VERIFIER), folder / VERIFIER)
    key = signing_key(house)
    (folder / PUBLIC_KEY).write_text(key.public_pem, encoding="ascii")
    policies = active_policies(published_past(house, run.run_id))
    manifest = {
        "snapshot_id": digest,
        "name": run.scope,
        "documents": len(lines),
        **_totals(folder),
        "policy_set_sha256": policies.policy_set_sha256,
        "policies": policies.digests,
        "code_sha256": code_sha256(),
        "signed_by": key.key_id,
        "ledger": {"seq": plan["ledger_seq"], "hash": plan["ledger_hash"]},
        "table_versions": {name: house.warehouse.version(name) for name in ("documents", "decisions", "findings", "duplicate_members")},
        "files": _files(folder),
        **facts,
    }
    (folder / MANIFEST).write_text(report_text(manifest), encoding="utf-8")
    attest(house, folder)
    return Sealed(run.run_id, digest, len(lines), folder)


def _files(folder: Path) -> list[dict[str, object]]:
    """Return path, digest and size of everything in a staging folder that the manifest answers for."""
    left_out = (MANIFEST, ATTESTATION)
    named = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in left_out and path.parent.name != "leaves"]
    return [
        {"path": path.relative_to(folder).as_posix(), "sha256": sha256_hex(path.read_bytes()), "bytes": path.stat().st_size}
        for path in named
    ]


def approve(house: House, actor: Actor, digest: str, why: str) -> LedgerEntry:
    """Record that a person approved a sealed snapshot.

    Raises EvidenceError when governance wants another person than the one who opened its run.
    """
    openers = {entry.actor for entry, facts in house.facts() if facts.get("flow") == FLOW and entry.event == OPENED}
    if active_policies(house).governance.approver_must_differ and openers == {actor.actor}:
        raise EvidenceError(f"snapshot {digest}: whoever published it cannot approve it (policies/governance.yaml: approver_must_differ)")
    return house.record(actor, APPROVED, {"snapshot_id": digest, "why": why})


def commit_snapshot(house: House, actor: Actor, run_id: str) -> LedgerEntry:
    """Put a sealed and, where policy asks for it, approved snapshot in its place and commit the run."""
    run = find_run(house, run_id)
    done = house.committed_runs().get(run_id)
    if done is not None:
        return done
    manifest = _manifest_of(house, run_id)
    digest = str(manifest["snapshot_id"])
    approved = any(entry.event == APPROVED and facts["snapshot_id"] == digest for entry, facts in house.facts())
    if active_policies(house).publish.needs_approval and not approved:
        raise EvidenceError(
            f"snapshot {digest} is sealed and waits for a person: read {staging_folder(house, run_id) / ACCOUNT}, then run "
            f"'laiyuan snapshot approve {run.scope} --why ...'",
        )
    target = snapshots_folder(house) / digest
    _write_rows(house, run_id, run.opened_at, manifest)
    staging = staging_folder(house, run_id)
    if staging.is_dir():
        shutil.rmtree(staging / "leaves", ignore_errors=True)
        if target.is_dir():
            shutil.rmtree(staging)  # the same set was published before, under an earlier ledger position
        else:
            staging.rename(target)
    attestation = sha256_hex((target / ATTESTATION).read_bytes()) if (target / ATTESTATION).is_file() else None
    entry = commit_run(house, actor, run, {"snapshot_id": digest, "documents": manifest["documents"], "attestation_sha256": attestation})
    house.publish_lineage()
    return entry


def find_sealed(house: House, name: str) -> tuple[str, str]:
    """Return (run id, snapshot digest) of the snapshot that waits for approval under a digest, the start of it, or a name."""
    waiting = []
    for staging in sorted(snapshots_folder(house).glob(".staging-*")):
        if (staging / MANIFEST).is_file():
            sealed = json.loads((staging / MANIFEST).read_text(encoding="utf-8"))
            run_id = staging.name.removeprefix(".staging-")
            is_open = run_id not in house.committed_runs() and find_run(house, run_id).run_id not in abandoned_runs(house)
            if is_open and (sealed["name"] == name or sealed["snapshot_id"].startswith(name)):
                waiting.append((run_id, str(sealed["snapshot_id"])))
    if len(waiting) != 1:
        raise ConfigurationError(f"snapshot {name}: expected one sealed snapshot that waits for approval, found {len(waiting)}")
    return waiting[0]


def approve_sealed(house: House, actor: Actor, name: str, why: str) -> LedgerEntry:
    """Approve the snapshot that waits under a digest or name, put it in its place and commit its run."""
    run_id, digest = find_sealed(house, name)
    approve(house, actor, digest, why)
    return commit_snapshot(house, actor, run_id)


def publish(house: House, actor: Actor, name: str, tell: Tell | None = None) -> LedgerEntry:
    """Publish a snapshot in this process."""
    shards = open_snapshot(house, actor, name)
    for number, shard in enumerate(shards):
        if tell:
            tell("publish", number, len(shards))
        materialize(house, shard)
    seal(house, shards[0].run_id)
    if tell:
        tell("publish", len(shards), len(shards))
    return commit_snapshot(house, actor, shards[0].run_id)


def reports(rows: duckdb.DuckDBPyConnection, warehouse: str) -> dict[str, str]:
    """Return the text of each report that lies beside a snapshot, by file name; notices are quoted from the warehouse's evidence."""
    return {ACCOUNT: report_text(publication_account(rows)), ATTRIBUTION: attribution_page(rows, partial(read_evidence, warehouse))}


def report_text(content: object) -> str:
    """Return the one text under which a report of a snapshot is written."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def publication_account(rows: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Return in = admitted + redacted + quarantined + rejected by source, gate and reason.

    Superseded and absent documents are counted apart. Raises LawError when a document is not answered for.
    """
    lines = ask(rows, "SELECT source_id, disposition, reason, documents FROM account WHERE gate = 'all' ORDER BY ALL").to_pylist()
    totals = dict.fromkeys(("admit", "redact", "quarantine", "reject", "superseded", "absent"), 0)
    for line in lines:
        if line["disposition"] not in totals:
            raise LawError(f"source {line['source_id']}: {line['documents']} documents are {line['disposition']}; run the gates first")
        totals[line["disposition"]] += line["documents"]
    given = ask(rows, "SELECT count(*) AS documents FROM documents")["documents"][0].as_py()
    if given != sum(totals.values()):
        raise LawError(f"account: {given} documents in, {sum(totals.values())} answered for; nothing is published")
    return {"in": given, **totals, "lines": lines}


def _refuse_pending(house: House) -> None:
    """Refuse to publish while any document waits for a decision under what is active and known now."""
    waiting = {source_id: pending_count(house, source_id) for source_id in gated_sources(house)}
    waiting = {source_id: count for source_id, count in waiting.items() if count}
    if waiting or not is_deduplicated(house):
        named = ", ".join(f"{source_id} ({count})" for source_id, count in waiting.items()) or "the duplicate gate"
        raise EvidenceError(f"documents wait for a decision under the active policies: {named}; run 'laiyuan run' first")


def derived(house: House, rows: duckdb.DuckDBPyConnection, low: str, high: str) -> Iterator[tuple[pa.RecordBatch, list[Leaf]]]:
    """Yield, by document id from ``low`` to below ``high``, the rows to publish (``PUBLISHED``) and the leaf of each.

    Raises LawError when a text still holds what policy forbids, or could not be looked at again.
    """
    policies = active_policies(house)
    detector = detector_of(policies)
    key = house.key
    span = {"low": low, "high": high}
    documents = ask(
        rows,
        """
        WITH spoken AS (SELECT document_id, any_value(language) AS language FROM metrics GROUP BY document_id)
        SELECT documents.document_id, documents.source_id, documents.locator, documents.title, documents.text, documents.metadata,
               coalesce(documents.record_language, spoken.language) AS language
        FROM admitted_documents JOIN documents USING (document_id) LEFT JOIN spoken USING (document_id)
        WHERE documents.document_id >= $low AND documents.document_id < $high
        ORDER BY documents.document_id
        """,
        span,
    )
    findings = ask(
        rows,
        """
        SELECT current_findings.* FROM current_findings JOIN admitted_documents USING (document_id)
        WHERE current_findings.document_id >= $low AND current_findings.document_id < $high ORDER BY ALL
        """,
        span,
    )
    lineage = _lineage(rows, span)

    def look_again(published: pa.RecordBatch) -> pa.RecordBatch:
        scan = detect_pi(published, detector, key=key.secret, key_id=key.key_id)
        unread = pc.sum(pc.invert(scan.scans["is_analysed"])).as_py() or 0
        if unread:
            raise LawError(f"{unread} texts could not be looked at again after redaction; nothing is published")
        return scan.findings

    for batch in documents.combine_chunks().to_batches(max_chunksize=_BATCH_ROWS):
        redacted = redact_until_clean(batch, findings, look_again, policies.pi, key=key.secret)
        texts = redacted["text"].to_pylist()
        digests = [sha256_hex(text.encode()) for text in texts]
        ids = redacted["document_id"].to_pylist()
        made = [lineage[document_id](text_sha256) for document_id, text_sha256 in zip(ids, digests, strict=True)]
        columns = {name: redacted[name] for name in ("document_id", "source_id", "locator", "title", "text", "metadata", "language")}
        columns["license"] = pa.array([leaf.license for leaf in made], pa.string())
        columns["text_sha256"] = pa.array(digests, pa.string())
        yield pa.RecordBatch.from_pydict(columns, schema=PUBLISHED), made


def _lineage(rows: duckdb.DuckDBPyConnection, span: dict[str, str]) -> dict[str, Callable[[str], Leaf]]:
    """Return, per document of a range, what makes its leaf once the published text's digest is known."""
    found = rows.execute(
        """
        WITH wanted AS (
            SELECT documents.document_id, documents.source_id FROM admitted_documents JOIN documents USING (document_id)
            WHERE documents.document_id >= $low AND documents.document_id < $high
        ),
        answered AS (
            SELECT document_id, list(struct_pack(gate, disposition, reason, policy_sha256) ORDER BY gate) AS decisions
            FROM current_decisions JOIN required_gates USING (gate) JOIN wanted USING (document_id) GROUP BY document_id
        ),
        stood AS (
            SELECT source_id, declaration_sha256, expression, list_sort(evidence) AS evidence FROM current_conclusions
        ),
        held AS (
            SELECT source_id, list_sort(list(DISTINCT evidence_sha256)) AS evidence
            FROM evidence JOIN current_sources USING (source_id, declaration_sha256) GROUP BY source_id
        )
        SELECT wanted.document_id, wanted.source_id, stood.declaration_sha256, stood.expression, held.evidence, answered.decisions,
               current_clusters.cluster_id, current_clusters.members
        FROM wanted JOIN answered USING (document_id) JOIN stood USING (source_id) LEFT JOIN held USING (source_id)
        LEFT JOIN current_clusters USING (document_id)
        """,
        span,
    ).fetchall()
    return {
        row[0]: lambda text_sha256, row=row: Leaf(  # type: ignore[misc]
            document_id=row[0],
            text_sha256=text_sha256,
            source_id=row[1],
            declaration_sha256=row[2],
            license=row[3],
            evidence=tuple(row[4] or ()),
            decisions=tuple(row[5]),
            cluster_id=row[6],
            members=row[7] or 1,
        )
        for row in found
    }


def staging_folder(house: House, run_id: str) -> Path:
    """Return where a run gathers the files of a snapshot until it is committed."""
    return snapshots_folder(house) / f".staging-{run_id}"


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to that becomes ``path`` only when everything was written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield fresh
        fresh.replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be written ({error.strerror}); free space or mend its permissions and run it again"
        ) from None
    finally:
        fresh.unlink(missing_ok=True)


def _totals(folder: Path) -> dict[str, object]:
    """Return characters, bytes and documents by source of the published files."""
    chars = size = 0
    by_source: Counter[str] = Counter()
    for path in sorted((folder / "data").glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(columns=["source_id", "text"], batch_size=_BATCH_ROWS):
            chars += pc.sum(pc.utf8_length(batch["text"])).as_py() or 0
            size += pc.sum(pc.binary_length(batch["text"])).as_py() or 0
            by_source.update(batch["source_id"].to_pylist())
    return {"chars": chars, "bytes": size, "sources": dict(sorted(by_source.items()))}


def _manifest_of(house: House, run_id: str) -> dict[str, object]:
    for folder in (staging_folder(house, run_id), *sorted(snapshots_folder(house).glob("*/"))):
        path = folder / MANIFEST
        if path.is_file():
            manifest: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
            plan = plan_of(house, run_id)
            if manifest["ledger"] == {"seq": plan["ledger_seq"], "hash": plan["ledger_hash"]} and manifest["name"] == plan["name"]:
                return {**manifest, "folder": str(folder)}
    raise DataError(f"run {run_id}: expected a sealed snapshot in the staging folder, found none; publish again")


def _write_rows(house: House, run_id: str, opened_at: datetime, manifest: dict[str, object]) -> None:
    folder = Path(str(manifest["folder"]))
    # The same set published again under another name keeps the files, and so the manifest, of the first time.
    published = snapshots_folder(house) / str(manifest["snapshot_id"]) / MANIFEST
    with gzip.open(folder / LEAVES, "rt", encoding="utf-8") as packed:
        leaves = [line.rstrip("\n") for line in packed]
    facts = [json.loads(line) for line in leaves]
    size = len(leaves)
    documents = pa.table(
        {
            "document_id": [each["document_id"] for each in facts],
            "source_id": [each["source_id"] for each in facts],
            "snapshot_id": pa.repeat(str(manifest["snapshot_id"]), size),
            "leaf_sha256": [merkle_leaf(line.encode()).hex() for line in leaves],
            "published_sha256": [each["text_sha256"] for each in facts],
            "run_id": pa.repeat(run_id, size),
        },
    )
    ledger = dict(manifest["ledger"]) if isinstance(manifest["ledger"], dict) else {}
    row = {
        **{name: manifest[name] for name in ("snapshot_id", "kind", "name", "policy_set_sha256", "documents", "chars", "bytes")},
        "ledger_seq": ledger["seq"],
        "ledger_hash": ledger["hash"],
        "manifest_sha256": sha256_hex((published if published.is_file() else folder / MANIFEST).read_bytes()),
        "recorded_at": opened_at,
        "run_id": run_id,
    }
    snapshot = table_of("snapshots", [row])
    house.warehouse.append("snapshot_documents", documents, run_id=run_id, task="publish", shard="all")
    house.warehouse.append("snapshots", snapshot, run_id=run_id, task="publish", shard="all")
