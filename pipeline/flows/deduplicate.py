"""Find duplicates across all sources and decide who is kept, after the other gates have spoken.

Steps: open > sign by shard > cluster and elect over everything > commit. Signatures of unchanged texts are kept
from earlier runs; the clusters are those that one pass over everything would give.
"""

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from pipeline.adapters.lineage import ask, first_row
from pipeline.domain.digests import json_digest
from pipeline.domain.duplicates import STANDINGS, DuplicatePolicy, Ground, Known
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.licensing import LicensePolicy, UnreadableExpressionError, license_ids
from pipeline.domain.sources import SourceKind
from pipeline.errors import LawError
from pipeline.flows.acquire import FLOW as ACQUIRED
from pipeline.flows.acquire import Shard, Tell
from pipeline.flows.gate import FLOW as GATED
from pipeline.flows.gate import append_shard, batches_of, shard_count, shard_range, write_account
from pipeline.flows.house import ALWAYS_SEEN, House
from pipeline.flows.policies import active_policies
from pipeline.flows.runs import COMMITTED, OPENED, commit_run, find_run, open_run, plan_of
from pipeline.stages import STAGE
from pipeline.stages.cluster import cluster, jaccard
from pipeline.stages.elect import elect
from pipeline.stages.sign import sign

FLOW, SCOPE = "deduplicate", "all sources"
_SHARD_BYTES = 64 * 2**20
_AUTHORITY = {SourceKind.PUBLIC_SECTOR: 3, SourceKind.COMMERCIAL: 2, SourceKind.OPEN: 1}
"""The body that made a text law or sold it stands above whoever passed it on."""


def open_deduplication(house: House, actor: Actor) -> list[Shard]:
    """Open a run when documents, decisions or the policy changed since the last one; return its shards."""
    plan = _plan(house)
    if plan is None or _is_done(house, plan):
        return []
    run = open_run(house, actor, FLOW, SCOPE, plan)
    return [Shard(run.run_id, SCOPE, f"{number}/{plan['shards']}") for number in range(int(str(plan["shards"])))]


def is_deduplicated(house: House) -> bool:
    """Tell whether the last committed run saw every decision of the other gates under the active policy."""
    plan = _plan(house)
    return plan is None or _is_done(house, plan)


def _plan(house: House) -> dict[str, object] | None:
    """Return what a run would rest on; None while nothing was gated."""
    policies = active_policies(house)
    runs = sorted(run_id for run_id, entry in house.committed_runs().items() if json.loads(entry.body).get("flow") in (GATED, ACQUIRED))
    if not runs:
        return None
    with house.connect() as rows:
        size = first_row(rows, "SELECT coalesce(sum(bytes), 0) FROM documents")
    return {
        "policy_sha256": policies.digests["duplicate"],
        "policy_set_sha256": policies.policy_set_sha256,
        "stages": [STAGE[name].version for name in ("sign", "cluster", "elect")],
        "runs": json_digest(runs),
        "shards": shard_count(size[0] if size else 0, _SHARD_BYTES),
    }


def _is_done(house: House, plan: dict[str, object]) -> bool:
    last = [facts for entry, facts in house.facts() if facts.get("flow") == FLOW and entry.event == OPENED]
    return bool(last) and last[-1]["plan_sha256"] == json_digest(plan) and last[-1]["run_id"] in house.committed_runs()


def sign_shard(house: House, shard: Shard) -> int:
    """Sign the documents of a shard that no run has signed with these parameters; return how many."""
    if house.warehouse.is_written("signatures", run_id=shard.run_id, task="sign", shard=shard.part):
        return 0
    policy = active_policies(house).duplicate
    low, high = shard_range(shard.part)
    with house.connect() as rows:
        documents = ask(
            rows,
            """
            SELECT document_id, source_id, text FROM documents
            WHERE document_id >= $low AND document_id < $high
              AND document_id NOT IN (SELECT document_id FROM signatures WHERE params_sha256 = $params)
            ORDER BY document_id
            """,
            {"low": low, "high": high, "params": policy.params_sha256},
        )
    append_shard(
        house, "signatures", [sign(batch, policy, threads=house.settings.workers) for batch in batches_of(documents)], shard, "sign"
    )
    return int(documents.num_rows)


def elect_duplicates(house: House, run_id: str) -> dict[str, object]:
    """Cluster everything, elect the kept copies and write edges, members and the decisions that changed; return the report."""
    run = find_run(house, run_id)
    shard = Shard(run_id, run.scope, "all")
    if run.is_committed or house.warehouse.is_written("decisions", run_id=run_id, task="elect", shard="all"):
        return {}
    policies = active_policies(house)
    policy = policies.duplicate
    with house.connect() as rows:
        house.add_own(rows, run_id, "signatures")
        standings = _standings(rows, policy, policies.license)
        rows.register("asked_for", standings.select(["document_id"]))
        signatures = ask(
            rows,
            """
            SELECT * EXCLUDE (run_id, segment) FROM (SELECT * FROM signatures UNION ALL BY NAME SELECT * FROM own_signatures)
            WHERE params_sha256 = $params AND document_id IN (SELECT document_id FROM asked_for) ORDER BY document_id
            """,
            {"params": policy.params_sha256},
        )

        def fetch_texts(ids: list[str]) -> pa.RecordBatch:
            rows.register("asked", pa.table({"document_id": ids}))
            found = ask(rows, "SELECT document_id, text FROM documents JOIN asked USING (document_id)")
            rows.unregister("asked")
            return found.combine_chunks().to_batches()[0]

        clustering = cluster(signatures, fetch_texts, policy, _known(house, rows, policies.digests["duplicate"], policy))
        election = elect(
            clustering.members, clustering.edges, standings, policy, lambda pairs: jaccard(pairs, signatures, fetch_texts, policy)
        )
        decisions = election.decisions.set_column(
            election.decisions.schema.get_field_index("policy_sha256"),
            "policy_sha256",
            pa.repeat(policies.digests["duplicate"], election.decisions.num_rows),
        )
        rows.register("elected", decisions)
        changed = ask(
            rows,
            """
            SELECT elected.* FROM elected LEFT JOIN current_decisions AS stood
              ON stood.document_id = elected.document_id AND stood.gate = 'duplicate' AND stood.policy_sha256 = elected.policy_sha256
             AND stood.stage_version = elected.stage_version AND stood.inputs_sha256 = elected.inputs_sha256
             AND stood.disposition = elected.disposition AND stood.reason IS NOT DISTINCT FROM elected.reason
            WHERE stood.document_id IS NULL ORDER BY elected.document_id
            """,
        )
    if decisions.num_rows != standings.num_rows:
        raise LawError(f"elect, run {run_id}: expected one decision for each of {standings.num_rows} documents, found {decisions.num_rows}")
    append_shard(house, "duplicate_edges", [clustering.edges], shard, "cluster")
    append_shard(house, "duplicate_members", [election.members], shard, "elect")
    append_shard(house, "decisions", [changed], shard, "elect")
    return dict(clustering.report.as_json())


def commit_deduplication(house: House, actor: Actor, run_id: str, report: Mapping[str, object] | None = None) -> LedgerEntry:
    """Write the account of the changed decisions and commit, with what was compared."""
    run = find_run(house, run_id)
    done = house.committed_runs().get(run_id)
    if done is not None:
        return done
    decisions = house.warehouse.rows("decisions", {f"run-{run_id}"}, ["document_id", "gate", "disposition", "reason"])
    entry = commit_run(house, actor, run, {**write_account(house, run, decisions), **(report or {})})
    house.publish_lineage()
    return entry


def deduplicate(house: House, actor: Actor, tell: Tell | None = None) -> LedgerEntry | None:
    """Deduplicate in this process; return the entry that committed it, None when nothing changed."""
    shards = open_deduplication(house, actor)
    for number, shard in enumerate(shards):
        if tell:
            tell("deduplicate: sign", number, len(shards) + 1)
        sign_shard(house, shard)
    if not shards:
        return None
    if tell:
        tell("deduplicate: cluster and elect", len(shards), len(shards) + 1)
    report = elect_duplicates(house, shards[0].run_id)
    if tell:
        tell("deduplicate", len(shards) + 1, len(shards) + 1)
    return commit_deduplication(house, actor, shards[0].run_id, report)


def _known(house: House, rows: DuckDBPyConnection, policy_sha256: str, policy: DuplicatePolicy) -> Known | None:
    """Return what the last committed run under the same policy verified, so that only what is new is compared."""
    for entry, facts in reversed(house.facts()):
        if facts.get("flow") != FLOW or entry.event != COMMITTED:
            continue
        run_id = str(facts["run_id"])
        if plan_of(house, run_id)["policy_sha256"] != policy_sha256:
            return None
        seen = [f"run-{each}" for each in house.committed_runs()]
        signed = house.warehouse.rows("signatures", {*ALWAYS_SEEN, *seen}, ["document_id", "normalized_sha256", "params_sha256"])
        edges = ask(
            rows,
            "SELECT left_id, right_id, similarity, method, params_sha256 FROM duplicate_edges WHERE run_id = $run ORDER BY ALL",
            {"run": run_id},
        )
        documents = signed.filter(pc.equal(signed["params_sha256"], policy.params_sha256)).select(["document_id", "normalized_sha256"])
        account = facts.get("account")
        left_out = account.get("not_compared", 0) if isinstance(account, dict) else 0
        return Known(documents, edges, int(left_out))
    return None


def _standings(rows: DuckDBPyConnection, policy: DuplicatePolicy, licenses: LicensePolicy) -> pa.Table:
    """Return what the election knows of every document that the other gates answered for."""
    of_source = ask(
        rows,
        """
        WITH bases AS (SELECT source_id, min(basis) AS basis FROM current_legal_bases GROUP BY source_id)
        SELECT sources.source_id, sources.kind, current_conclusions.expression, bases.basis,
               json_extract_string(sources.declaration, '$.obtained.at') AS obtained_at
        FROM current_sources JOIN sources USING (source_id, declaration_sha256, run_id) LEFT JOIN current_conclusions USING (source_id)
        LEFT JOIN bases USING (source_id)
        """,
    )
    known = [
        {
            "source_id": row["source_id"],
            "legal_basis": row["basis"],
            "license_class": _license_class(row["expression"], policy, licenses),
            "terms_ground": (Ground.LAW if row["basis"] == "public_domain_by_law" else Ground.STATEMENT).value,
            "authority": _AUTHORITY.get(SourceKind(row["kind"]), 0),
            "obtained_at": row["obtained_at"],
        }
        for row in of_source.to_pylist()
    ]
    schema = pa.schema(
        [(name, pa.int64() if name == "authority" else pa.string()) for name in known[0]] if known else [("source_id", pa.string())]
    )
    rows.register("of_source", pa.Table.from_pylist(known, schema=schema))
    found = ask(
        rows,
        """
        WITH spoken AS (
            SELECT document_id, arg_max(disposition, list_position(['admit', 'redact', 'quarantine', 'reject'], disposition)) AS disposition
            FROM current_decisions WHERE gate <> 'duplicate' GROUP BY document_id
        ),
        -- What cannot be published any more must not be kept in the place of a copy that can.
        gone AS (
            SELECT document_id FROM current_documents CROSS JOIN publish_policy
            WHERE is_superseded OR (is_absent AND NOT publish_absent)
        ),
        measured AS (SELECT document_id, 1 - max(repeated_ngram_ratio) AS quality FROM metrics GROUP BY document_id)
        SELECT documents.document_id, documents.source_id, of_source.legal_basis, of_source.license_class,
               CASE WHEN gone.document_id IS NULL THEN spoken.disposition ELSE 'reject' END AS disposition,
               of_source.terms_ground, false AS has_consent, coalesce(of_source.authority, 0) AS authority,
               coalesce(try_cast(documents.published_at AS TIMESTAMPTZ), try_cast(documents.captured_at AS TIMESTAMPTZ)) AS published_at,
               try_cast(of_source.obtained_at AS TIMESTAMPTZ) AS acquired_at, measured.quality, documents.chars
        FROM document_standing JOIN documents USING (document_id) JOIN spoken USING (document_id) LEFT JOIN gone USING (document_id)
        LEFT JOIN of_source ON of_source.source_id = documents.source_id
        LEFT JOIN measured ON measured.document_id = documents.document_id
        ORDER BY documents.document_id
        """,
    )
    return found.select(STANDINGS.names).cast(STANDINGS)


def _license_class(expression: str | None, policy: DuplicatePolicy, licenses: LicensePolicy) -> str | None:
    """Return the class of an expression: the least favourable of its licences' classes, as the duplicate policy ranks them."""
    try:
        ids = license_ids(expression or "")
    except UnreadableExpressionError:
        return None
    names = [name for each in ids for name, listed in licenses.licenses.items() if each in listed]
    if len(names) < len(ids) or not names:
        return None
    rank = {name: place for place, name in enumerate(policy.license_classes)}
    return max(names, key=lambda name: (rank.get(name, len(rank)), name))
