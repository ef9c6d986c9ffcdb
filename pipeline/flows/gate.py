"""Gate one source's documents: source, licence, personal information and quality, each answering for every document.

A run covers the documents that lack a decision under the active policies, stage versions and inputs; ``keys`` in
its plan say which those are, so that a changed policy decides again and an unchanged one does nothing. Steps:
open > gate_source, gate_license, detect_pi, gate_pi, measure by shard > gate_quality > commit.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.language import identify
from pipeline.adapters.lineage import ask, first_row
from pipeline.adapters.spdx import normalize_expression
from pipeline.domain.digests import canonical_json, json_digest
from pipeline.domain.dispositions import Gate
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.quality import Checked
from pipeline.domain.tables import TABLE, table_of
from pipeline.errors import DataError, LawError
from pipeline.flows.acquire import Shard, Tell
from pipeline.flows.consents import consents_at
from pipeline.flows.detection import pack_of, pack_rows, scan_documents, source_kind
from pipeline.flows.house import House
from pipeline.flows.policies import SUITE, PolicySet, active_policies
from pipeline.flows.runs import Run, commit_run, find_run, open_run, plan_of
from pipeline.flows.standing import conclusion_of, declared_languages, met_digest, standing_of, with_reservations
from pipeline.stages import STAGE, gate_license, gate_pi, gate_quality, gate_source, measure

FLOW = "gate"
GATES = (Gate.SOURCE, Gate.LICENSE, Gate.PI, Gate.QUALITY)
_SHARD_BYTES = 64 * 2**20
_BATCH_ROWS = 4_096


def gate_keys(house: House, source_id: str, policies: PolicySet) -> dict[str, str]:
    """Return, per gate, the digest of everything beyond a document that its decision rests on."""
    digests = policies.digests
    inputs: dict[Gate, dict[str, object]] = {
        Gate.SOURCE: {
            "policy": digests["source"],
            "stage": STAGE["gate_source"].version,
            "standing": str(standing_of(house, source_id)),
            "documents": met_digest(house, source_id, standing_of(house, source_id)),
        },
        Gate.LICENSE: {
            "policy": digests["license"],
            "stage": STAGE["gate_license"].version,
            "conclusion": str(conclusion_of(house, source_id)),
        },
        Gate.PI: {
            "policy": digests["pi"],
            "stages": [STAGE["detect_pi"].version, STAGE["gate_pi"].version],
            "rules": pack_of(policies),
            "consents": consents_at(house, datetime.now(UTC)).digest_for(source_id),
        },
        Gate.QUALITY: {
            "policy": digests["quality"],
            "suite": digests[SUITE],
            "stages": [STAGE["measure"].version, STAGE["gate_quality"].version],
            "languages": sorted(declared_languages(house, source_id)),
        },
    }
    return {gate.value: json_digest(inputs[gate]) for gate in GATES}


def open_gates(house: House, actor: Actor, source_id: str) -> list[Shard]:
    """Open a run for the documents of a source that lack a decision; return its shards, none when nothing is pending."""
    policies = active_policies(house)
    keys = gate_keys(house, source_id, policies)
    with house.connect() as rows:
        _pending(house, rows, source_id, keys)
        # A document is pending once for each gate; here it counts once.
        waiting = "SELECT count(*), coalesce(sum(bytes), 0) FROM documents WHERE document_id IN (SELECT document_id FROM pending)"
        found = first_row(rows, waiting)
    documents, size = found or (0, 0)
    if not documents:
        return []
    shards = shard_count(size, _SHARD_BYTES)
    plan = {"keys": keys, "policy_set_sha256": policies.policy_set_sha256, "documents": documents, "shards": shards}
    run = open_run(house, actor, FLOW, source_id, plan)
    return [Shard(run.run_id, source_id, f"{number}/{shards}") for number in range(shards)]


def decide_source(house: House, shard: Shard) -> int:
    """Decide whether the documents' source is declared, evidenced and admitted (Measures Art. 7(1))."""
    return _decide(house, shard, Gate.SOURCE)


def decide_license(house: House, shard: Shard) -> int:
    """Decide whether the licence concluded permits the declared purpose (Measures Art. 7(2))."""
    return _decide(house, shard, Gate.LICENSE)


def scan_pi(house: House, shard: Shard) -> int:
    """Look for personal information in what the rule pack has not seen yet; return how many documents were scanned."""
    if house.warehouse.is_written("scans", run_id=shard.run_id, task="detect_pi", shard=shard.part):
        return 0
    policies = active_policies(house)
    columns = ["document_id", "source_id", "text", "locator", "title", "metadata"]
    with house.connect() as rows:
        documents = _documents(house, rows, shard, Gate.PI, columns)
        seen = ask(rows, "SELECT document_id FROM scans WHERE rule_pack_sha256 = $pack", {"pack": pack_of(policies)})
        documents = documents.filter(pc.invert(pc.is_in(documents["document_id"], seen["document_id"])))
        scanned = scan_documents(rows, documents, policies, house.key, source_kind(rows, shard.source_id))
    if shard.part.startswith("0/"):
        append_shard(house, "rule_packs", [pack_rows(policies)], shard, "detect_pi")
    # Findings first: a scan row says that its document's findings are all there.
    for name, batches in (("findings", [each.findings for each in scanned]), ("scans", [each.scans for each in scanned])):
        append_shard(house, name, batches, shard, "detect_pi")
    return int(documents.num_rows)


def decide_pi(house: House, shard: Shard) -> int:
    """Decide what is done about the personal information found (Measures Art. 7(3), PIPL)."""
    return _decide(house, shard, Gate.PI)


def measure_quality(house: House, shard: Shard) -> int:
    """Measure the documents that this version of the measures has not seen yet; return how many."""
    if house.warehouse.is_written("metrics", run_id=shard.run_id, task="measure", shard=shard.part):
        return 0
    languages = {shard.source_id: frozenset(declared_languages(house, shard.source_id))}
    with house.connect() as rows:
        documents = _documents(house, rows, shard, Gate.QUALITY, ["document_id", "source_id", "text"])
    batches = [measure.measure(batch, declared_languages=languages, identify=identify) for batch in batches_of(documents)]
    append_shard(house, "metrics", batches, shard, "measure")
    return int(documents.num_rows)


def decide_quality(house: House, run_id: str) -> int:
    """Judge a run's metrics by the expectation suite and decide for every document (Measures Art. 7(4))."""
    from pipeline.adapters.great_expectations import check_suite  # seconds to import

    run = find_run(house, run_id)
    if run.is_committed or house.warehouse.is_written("decisions", run_id=run_id, task="gate_quality", shard="all"):
        return 0
    policies = active_policies(house)
    metrics = house.warehouse.rows("metrics", {f"run-{run_id}"}).sort_by("document_id")
    with house.connect() as rows:
        keys = {name: str(key) for name, key in _mapping(plan_of(house, run_id)["keys"]).items()}
        waiting = _pending_ids(house, rows, run.scope, keys, Gate.QUALITY)
    if metrics.num_rows != len(waiting):
        raise DataError(
            f"run {run_id}: expected {len(waiting)} documents measured, found {metrics.num_rows}; measure its other shards first"
        )
    checked = check_suite(metrics, policies.suite)
    failed = {each.expectation_id: each.unexpected_ids for each in checked}
    decided = [
        gate_quality.gate_quality(
            batch,
            failed,
            policies.suite,
            policies.quality,
            policy_sha256=policies.digests["quality"],
            stage_version=STAGE["gate_quality"].version,
        )
        for batch in batches_of(metrics)
    ]
    shard = Shard(run_id, run.scope, "all")
    append_shard(house, "expectation_results", [_results(checked, run, policies)], shard, "gate_quality")
    append_shard(house, "decisions", decided, shard, "gate_quality")
    return int(metrics.num_rows)


def commit_gates(house: House, actor: Actor, run_id: str) -> LedgerEntry:
    """Check that every gate answered once for every pending document, write the account and commit."""
    run = find_run(house, run_id)
    done = house.committed_runs().get(run_id)
    if done is not None:
        return done
    plan = plan_of(house, run_id)
    keys = {name: str(key) for name, key in _mapping(plan["keys"]).items()}
    with house.connect() as rows:
        wanted = {gate: _pending_ids(house, rows, run.scope, keys, gate) for gate in GATES}
    decisions = house.warehouse.rows("decisions", {f"run-{run_id}"}, ["document_id", "gate", "disposition", "reason"])
    for gate in GATES:
        answered = decisions.filter(pc.equal(decisions["gate"], gate.value))["document_id"].combine_chunks()
        if not answered.sort().equals(wanted[gate].sort()):
            raise LawError(
                f"gate {gate.value}, run {run_id}: expected one decision for each of {len(wanted[gate])} documents, "
                f"found {len(answered)}; nothing is committed, run it again",
            )
    account = write_account(house, run, decisions)
    entry = commit_run(house, actor, run, {"source_id": run.scope, **account})
    house.publish_lineage()
    return entry


def gate(house: House, actor: Actor, source_id: str, tell: Tell | None = None) -> LedgerEntry | None:
    """Gate a source in this process; return the entry that committed it, None when nothing was pending."""
    shards = open_gates(house, actor, source_id)
    if not shards:
        return None
    steps = (decide_source, decide_license, scan_pi, decide_pi, measure_quality)
    total = len(shards) * len(steps)
    for number, shard in enumerate(shards):
        for place, step in enumerate(steps):
            if tell:
                tell(f"gate {source_id}: {step.__name__}", number * len(steps) + place, total)
            step(house, shard)
    decide_quality(house, shards[0].run_id)
    if tell:
        tell(f"gate {source_id}", total, total)
    return commit_gates(house, actor, shards[0].run_id)


def gated_sources(house: House) -> list[str]:
    """Return every source that has documents, admitted or not: a suspended one's documents are decided again."""
    with house.connect() as rows:
        return [row[0] for row in rows.execute("SELECT DISTINCT source_id FROM documents ORDER BY source_id").fetchall()]


def pending_count(house: House, source_id: str) -> int:
    """Return how many documents of a source lack a decision under the active policies and what is known now."""
    return max(pending_for(house, source_id, gate_keys(house, source_id, active_policies(house))).values(), default=0)


def pending_for(house: House, source_id: str, keys: Mapping[str, str]) -> dict[str, int]:
    """Return, per gate, how many documents of a source lack a decision under the given keys."""
    with house.connect() as rows:
        _pending(house, rows, source_id, keys)
        return dict(rows.execute("SELECT gate, count(*) FROM pending GROUP BY gate").fetchall())


def write_account(house: House, run: Run, decisions: pa.Table) -> dict[str, object]:
    """Write counts by gate, disposition and reason of a run's decisions; return the counts by gate and disposition."""
    grouped = decisions.group_by(["gate", "disposition", "reason"]).aggregate([("document_id", "count")]).to_pylist()
    values = [
        {
            "source_id": run.scope,
            **{name: row[name] for name in ("gate", "disposition", "reason")},
            "documents": row["document_id_count"],
            "run_id": run.run_id,
        }
        for row in grouped
    ]
    table = table_of("accounts", values)
    house.warehouse.append("accounts", table, run_id=run.run_id, task="commit", shard="account")
    account: dict[str, dict[str, int]] = {}
    for row in grouped:
        by_disposition = account.setdefault(row["gate"], {})
        by_disposition[row["disposition"]] = by_disposition.get(row["disposition"], 0) + row["document_id_count"]
    return dict(account)


def _decide(house: House, shard: Shard, which: Gate) -> int:
    task = f"gate_{which.value}"
    if house.warehouse.is_written("decisions", run_id=shard.run_id, task=task, shard=shard.part):
        return 0
    policies = active_policies(house)
    digest, version = policies.digests[which.value], STAGE[task].version
    columns = ["document_id", "source_id", "record_license", "chars"]
    with house.connect() as rows:
        documents = _documents(house, rows, shard, which, columns)
        documents = with_reservations(rows, documents) if which is Gate.SOURCE else documents
        if which is Gate.PI:
            scans, findings = _scanned(house, rows, shard.run_id, documents, pack_of(policies))
    decide: Callable[[pa.RecordBatch], pa.RecordBatch]
    named: dict[str, Any] = {"policy_sha256": digest, "stage_version": version}
    if which is Gate.SOURCE:
        standing = {shard.source_id: standing_of(house, shard.source_id)}
        decide = partial(gate_source.gate_source, standing=standing, policy=policies.source, **named)
    elif which is Gate.LICENSE:
        known = {shard.source_id: conclusion_of(house, shard.source_id)}
        decide = partial(gate_license.gate_license, conclusions=known, policy=policies.license, normalize=normalize_expression, **named)
    else:
        consents = consents_at(house, find_run(house, shard.run_id).opened_at).of
        decide = partial(gate_pi.gate_pi, scans=scans, findings=findings, policy=policies.pi, consents=consents, **named)
    decided = [decide(batch) for batch in batches_of(documents)]
    append_shard(house, "decisions", decided, shard, task)
    return int(documents.num_rows)


def _scanned(house: House, rows: duckdb.DuckDBPyConnection, run_id: str, documents: pa.Table, pack: str) -> tuple[pa.Table, pa.Table]:
    """Return the scans and findings of documents under one rule pack, from this run or whichever scanned them before."""
    house.add_own(rows, run_id, "scans", "findings")
    rows.register("wanted", documents.select(["document_id"]))
    scans, findings = (
        ask(
            rows,
            f"SELECT * EXCLUDE (run_id, segment) FROM (SELECT * FROM {name} UNION ALL BY NAME SELECT * FROM own_{name}) "  # noqa: S608
            "WHERE rule_pack_sha256 = $pack AND document_id IN (SELECT document_id FROM wanted) ORDER BY ALL",
            {"pack": pack},
        )
        for name in ("scans", "findings")
    )
    return scans, findings


def _pending(house: House, rows: duckdb.DuckDBPyConnection, source_id: str, keys: Mapping[str, str]) -> None:
    """Make the table ``pending`` (document_id, gate): documents of a source whose newest decision is not under the given keys."""
    committed = house.committed_runs()
    opened = [
        (str(facts["run_id"]), gate, keys.get(gate) == key)
        for entry, facts in house.facts()
        if entry.event == "run.opened" and facts.get("flow") == FLOW and facts.get("scope") == source_id and facts["run_id"] in committed
        for gate, key in _mapping(_mapping(facts["plan"])["keys"]).items()
    ]
    covered = [{"run_id": run_id, "gate": gate} for run_id, gate, is_covered in opened if is_covered]
    rows.register("covered", pa.Table.from_pylist(covered, schema=pa.schema([("run_id", pa.string()), ("gate", pa.string())])))
    rows.register("wanted_gates", pa.table({"gate": list(keys)}))
    # What was known may change back (a source suspended and admitted again): then an old decision has the key, and a newer one counts.
    since: dict[str, int] = {}
    for run_id, gate, is_covered in opened:
        if is_covered:
            since[gate] = max(committed[run_id].seq, since.get(gate, -1))
    is_overtaken = any(committed[run_id].seq > since.get(gate, -1) for run_id, gate, is_covered in opened if not is_covered)
    answered = _NEWEST_ANSWERS if is_overtaken else "SELECT document_id, gate FROM decisions JOIN covered USING (run_id, gate)"
    rows.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE pending AS
        SELECT documents.document_id, wanted_gates.gate
        FROM documents CROSS JOIN wanted_gates
        WHERE documents.source_id = $source_id
        EXCEPT
        ({answered})
        """,  # noqa: S608
        {"source_id": source_id},
    )


_NEWEST_ANSWERS = """
WITH own AS (SELECT DISTINCT gate, policy_sha256 FROM decisions JOIN covered USING (run_id, gate)),
newest AS (
    SELECT decisions.document_id, decisions.gate, arg_max(decisions.run_id, committed_runs.ledger_seq) AS run_id
    FROM decisions JOIN own USING (gate, policy_sha256) JOIN committed_runs USING (run_id)
    WHERE decisions.source_id = $source_id
    GROUP BY ALL
)
SELECT document_id, gate FROM newest JOIN covered USING (run_id, gate)
"""


def _pending_ids(house: House, rows: duckdb.DuckDBPyConnection, source_id: str, keys: Mapping[str, str], gate: Gate) -> pa.Array:
    _pending(house, rows, source_id, keys)
    found = ask(rows, "SELECT document_id FROM pending WHERE gate = $gate", {"gate": gate.value})
    return found["document_id"].combine_chunks()


def _documents(house: House, rows: duckdb.DuckDBPyConnection, shard: Shard, gate: Gate, columns: list[str]) -> pa.Table:
    """Return a shard's pending documents for one gate, sorted by id."""
    plan = plan_of(house, shard.run_id)
    # A resumed run must see as pending what it has itself decided: its own rows are not committed.
    _pending(house, rows, shard.source_id, {name: str(key) for name, key in _mapping(plan["keys"]).items()})
    low, high = shard_range(shard.part)
    listed = ", ".join(f"documents.{name}" for name in columns)
    return ask(
        rows,
        f"SELECT {listed} FROM documents JOIN pending USING (document_id) "  # noqa: S608
        "WHERE pending.gate = $gate AND documents.document_id >= $low AND documents.document_id < $high ORDER BY documents.document_id",
        {"gate": gate.value, "low": low, "high": high},
    )


def shard_count(size: int, shard_bytes: int) -> int:
    """Return how many shards hold ``size`` bytes of text at about ``shard_bytes`` each: a power of two up to 256."""
    return min(256, 1 << max(0, ceil(size / shard_bytes) - 1).bit_length())


def shard_range(part: str) -> tuple[str, str]:
    """Return the half-open range of document ids of shard ``number/of``, with ``of`` a power of two up to 256."""
    number, of = (int(each) for each in part.split("/"))
    return f"{number * 256 // of:02x}", f"{(number + 1) * 256 // of:02x}" if number + 1 < of else "g"


def batches_of(table: pa.Table) -> list[pa.RecordBatch]:
    """Return a table as record batches small enough to work on."""
    batches: list[pa.RecordBatch] = table.combine_chunks().to_batches(max_chunksize=_BATCH_ROWS)
    return batches


def append_shard(house: House, name: str, batches: Iterable[pa.RecordBatch | pa.Table], shard: Shard, task: str) -> None:
    """Append what a stage gave for one shard, marked with the run that made it."""
    tables = [each if isinstance(each, pa.Table) else pa.Table.from_batches([each]) for each in batches]
    if not tables:
        return
    whole = pa.concat_tables(tables)
    whole = whole.append_column("run_id", pa.repeat(shard.run_id, whole.num_rows))
    house.warehouse.append(name, whole, run_id=shard.run_id, task=task, shard=shard.part)


def _results(checked: list[Checked], run: Run, policies: PolicySet) -> pa.Table:
    values = [
        {
            "source_id": run.scope,
            "suite": "documents",
            "suite_sha256": policies.digests[SUITE],
            **{
                name: getattr(each, name)
                for name in ("expectation_id", "expectation_type", "severity", "clause", "evaluated_count", "unexpected_count", "is_met")
            },
            "observed": each.observed if each.observed is None or isinstance(each.observed, str) else canonical_json(each.observed),
        }
        for each in checked
    ]
    names = [name for name in TABLE["expectation_results"].schema.names if name != "run_id"]
    return pa.Table.from_pylist(
        values, schema=pa.schema([TABLE["expectation_results"].schema.field(name).with_nullable(True) for name in names])
    )


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
