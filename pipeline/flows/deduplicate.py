"""Find duplicates across all sources and decide who is kept, after the other gates have spoken.

Steps: open > sign by shard > cluster and elect over everything > commit. Signatures of unchanged texts are kept
from earlier runs; the clusters are those that one pass over everything would give.
"""

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.lineage import ask, first_row
from pipeline.domain.digests import json_digest
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import LawError
from pipeline.flows.acquire import FLOW as ACQUIRED
from pipeline.flows.acquire import Shard, Tell
from pipeline.flows.duplicates_clusters import FLOW, Fetch, cluster_all, clustering_report
from pipeline.flows.duplicates_index import drop_other_indexes
from pipeline.flows.duplicates_standing import standings_of
from pipeline.flows.gate import FLOW as GATED
from pipeline.flows.gate import append_shard, batches_of, shard_count, shard_range, write_account
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.runs import OPENED, commit_run, find_run, open_run
from pipeline.stages import STAGE
from pipeline.stages.cluster import TellBands, jaccard
from pipeline.stages.elect import elect
from pipeline.stages.sign import sign

SCOPE = "all sources"
_SHARD_BYTES = 64 * 2**20


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
    runs = sorted(run_id for run_id, entry in house.committed_runs().items() if _is_read(json.loads(entry.body)))
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


def _is_read(facts: Mapping[str, object]) -> bool:
    """Tell whether an election looks at what an entry committed: documents, decisions, consents."""
    tables = facts.get("tables")
    return facts.get("flow") in (GATED, ACQUIRED) or (isinstance(tables, dict) and "consents" in tables)


def _is_done(house: House, plan: dict[str, object]) -> bool:
    last = [facts for entry, facts in house.facts() if facts.get("flow") == FLOW and entry.event == OPENED]
    return bool(last) and last[-1]["plan_sha256"] == json_digest(plan) and last[-1]["run_id"] in house.committed_runs()


def sign_shard(house: House, shard: Shard) -> int:
    """Sign the documents of a shard that no run has signed with these parameters; return how many."""
    if house.warehouse.is_written("signatures", run_id=shard.run_id, task="sign", shard=shard.part):
        return 0
    policy = active_policies(house).duplicate
    low, high = shard_range(shard.part)
    span = {"low": low, "high": high}
    with house.connect() as rows:
        unsigned = ask(
            rows,
            """
            SELECT document_id, run_id FROM documents
            WHERE document_id >= $low AND document_id < $high AND document_id NOT IN (
                SELECT document_id FROM signatures WHERE params_sha256 = $params AND document_id >= $low AND document_id < $high
            )
            """,
            {**span, "params": policy.params_sha256},
        )
        if not unsigned.num_rows:
            return 0
        rows.register("unsigned", unsigned)
        # Files hold one run each until maintenance joins them: naming the runs leaves the others unread.
        runs = pc.unique(unsigned["run_id"]).to_pylist()
        documents = ask(
            rows,
            """
            SELECT document_id, source_id, text FROM documents
            WHERE document_id >= $low AND document_id < $high AND run_id IN (SELECT unnest($runs))
              AND document_id IN (SELECT document_id FROM unsigned)
            ORDER BY document_id
            """,
            {**span, "runs": runs},
        )
        rows.unregister("unsigned")
    append_shard(
        house, "signatures", [sign(batch, policy, threads=house.settings.workers) for batch in batches_of(documents)], shard, "sign"
    )
    return int(documents.num_rows)


def elect_duplicates(house: House, run_id: str, tell: TellBands | None = None) -> dict[str, object]:
    """Cluster everything, elect the kept copies and write edges, members and the decisions that changed; return the report."""
    run = find_run(house, run_id)
    shard = Shard(run_id, run.scope, "all")
    if run.is_committed or house.warehouse.is_written("decisions", run_id=run_id, task="elect", shard="all"):
        return clustering_report(house, run_id)
    policies = active_policies(house)
    policy = policies.duplicate
    with house.connect() as rows:
        house.add_own(rows, run_id, "signatures")
        standings = standings_of(rows, policy, policies.license, run.opened_at)
        clustering = cluster_all(house, rows, shard, standings["document_id"], policies, tell)
        fetch = Fetch(rows, policy)
        election = elect(
            clustering.members, clustering.edges, standings, policy, lambda pairs: jaccard(pairs, fetch.signed(pairs), fetch.texts, policy)
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
    entry = commit_run(house, actor, run, {**write_account(house, run, decisions), **(report or clustering_report(house, run_id))})
    drop_other_indexes(house, run_id)
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
    report = elect_duplicates(house, shards[0].run_id, (lambda band, of: tell("cluster: bands", band, of)) if tell else None)
    if tell:
        tell("deduplicate", len(shards) + 1, len(shards) + 1)
    return commit_deduplication(house, actor, shards[0].run_id, report)
