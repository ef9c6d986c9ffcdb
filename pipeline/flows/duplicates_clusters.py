"""Draw the clusters of a run: over everything at first, through the index of bands afterwards, and once only if killed.

What the run compared is kept with its index before its edges are written, so that a run taken up again reads its edges back
and compares nothing.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from pipeline.adapters.lineage import ask
from pipeline.domain.duplicates import Clustering, DuplicatePolicy, Known
from pipeline.flows.acquire import Shard
from pipeline.flows.duplicates_index import MOST_SEGMENTS, Index, read_index, write_index
from pipeline.flows.gate import append_shard
from pipeline.flows.house import House
from pipeline.flows.policies import PolicySet
from pipeline.flows.runs import COMMITTED
from pipeline.stages.band_index import index_segment
from pipeline.stages.cluster import TellBands, cluster
from pipeline.stages.cluster_tables import EDGES, clusters_of
from pipeline.stages.extend import extend

FLOW = "deduplicate"
_FRESH_SHARE = 0.25
"""From this share of new documents on, one pass over everything is cheaper than asking the index."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Texts and signatures of documents, read as the stages ask for them; a connection has the run's own signatures."""

    rows: DuckDBPyConnection
    policy: DuplicatePolicy

    def texts(self, ids: list[str]) -> pa.RecordBatch:
        """Return (document_id, text)."""
        return self._asked(ids, "SELECT document_id, text FROM documents JOIN asked USING (document_id)").combine_chunks().to_batches()[0]

    def signatures(self, ids: list[str]) -> pa.Table:
        """Return the rows of ``signatures`` made with the policy's parameters."""
        return self._asked(ids, f"SELECT signed.* FROM ({_SIGNED}) AS signed JOIN asked USING (document_id) ORDER BY document_id")  # noqa: S608

    def signed(self, pairs: pa.Table) -> pa.Table:
        """Return the signatures of both ends of some pairs."""
        ends = pa.chunked_array([chunk for name in ("left_id", "right_id") for chunk in pairs[name].chunks], pa.string())
        return self.signatures(pc.unique(ends).to_pylist())

    def _asked(self, ids: list[str], sql: str) -> pa.Table:
        self.rows.register("asked", pa.table({"document_id": pa.array(ids, pa.string())}))
        found = ask(self.rows, sql, {"params": self.policy.params_sha256} if "$params" in sql else None)
        self.rows.unregister("asked")
        return found


_SIGNED = """
SELECT * EXCLUDE (run_id, segment) FROM (SELECT * FROM signatures UNION ALL BY NAME SELECT * FROM own_signatures)
WHERE params_sha256 = $params
"""


def cluster_all(
    house: House, rows: DuckDBPyConnection, shard: Shard, asked_for: pa.ChunkedArray, policies: PolicySet, tell: TellBands | None
) -> Clustering:
    """Return the clusters of the documents asked for, and write their edges and the run's index."""
    policy, policy_sha256 = policies.duplicate, policies.digests["duplicate"]
    done = _drawn_before(house, shard.run_id, policy_sha256)
    if done is not None:
        return done
    fetch = Fetch(rows, policy)
    run_id = last_run(house)
    index = read_index(house, run_id, policy_sha256) if run_id else None
    rows.register("asked_for", pa.table({"document_id": asked_for}))
    indexed = [chunk for segment in (index.segments if index else ()) for chunk in segment.documents["document_id"].chunks]
    rows.register("indexed", pa.table({"document_id": pa.chunked_array(indexed, pa.string())}))
    gone = ask(rows, "SELECT count(*) AS gone FROM indexed ANTI JOIN asked_for USING (document_id)")["gone"][0].as_py()
    fresh = ask(rows, f"SELECT * FROM ({_FRESH}) ORDER BY document_id", {"params": policy.params_sha256})  # noqa: S608
    known = Known(_documents(index), _edges(rows, run_id), index.report.not_compared) if index and run_id else None
    kept: tuple[str, ...] = ()
    if index and known and not gone and fresh.num_rows <= _FRESH_SHARE * len(asked_for):
        clustering = extend(fresh, index.segments, known, fetch.texts, fetch.signatures, policy)
        kept = index.names if len(index.names) < MOST_SEGMENTS else ()
        signatures = fresh if kept else _every(rows, policy)
    else:
        signatures = _every(rows, policy)
        clustering = cluster(signatures, fetch.texts, policy, known, tell)
    for name in ("asked_for", "indexed"):
        rows.unregister(name)
    write_index(house, shard.run_id, policy_sha256, kept, index_segment(signatures, policy), clustering)
    append_shard(house, "duplicate_edges", [clustering.edges], shard, "cluster")
    return clustering


_FRESH = f"""
SELECT signed.* FROM ({_SIGNED}) AS signed JOIN asked_for USING (document_id) ANTI JOIN indexed USING (document_id)
"""  # noqa: S608


def _every(rows: DuckDBPyConnection, policy: DuplicatePolicy) -> pa.Table:
    """Return the signatures of all documents asked for."""
    sql = f"SELECT signed.* FROM ({_SIGNED}) AS signed JOIN asked_for USING (document_id) ORDER BY document_id"  # noqa: S608
    return ask(rows, sql, {"params": policy.params_sha256})


def _documents(index: Index) -> pa.Table:
    """Return (document_id, normalized_sha256) of everything indexed: what the last run compared, and nothing withdrawn before it."""
    parts = [
        pa.table([each.documents["document_id"], each.texts["normalized_sha256"].take(each.documents["text"])], names=_KNOWN)
        for each in index.segments
    ]
    return pa.concat_tables(parts) if parts else pa.table({name: pa.array([], pa.string()) for name in _KNOWN})


_KNOWN = ["document_id", "normalized_sha256"]


def _edges(rows: DuckDBPyConnection, run_id: str) -> pa.Table:
    columns = ", ".join(EDGES.names)
    found = ask(rows, f"SELECT {columns} FROM duplicate_edges WHERE run_id = $run ORDER BY left_id, right_id", {"run": run_id})  # noqa: S608
    return found.cast(EDGES)


def last_run(house: House) -> str | None:
    """Return the last committed deduplicate run."""
    committed = [facts for entry, facts in house.facts() if facts.get("flow") == FLOW and entry.event == COMMITTED]
    return str(committed[-1]["run_id"]) if committed else None


def _drawn_before(house: House, run_id: str, policy_sha256: str) -> Clustering | None:
    """Return what an interrupted start of this run compared and wrote, None where it did not come so far."""
    index = read_index(house, run_id, policy_sha256)
    if index is None:
        return None
    written = house.warehouse.rows("duplicate_edges", {f"run-{run_id}"}, EDGES.names)
    edges = written.sort_by([("left_id", "ascending"), ("right_id", "ascending")])
    if edges.num_rows != index.edges:
        return None
    return Clustering(edges.cast(EDGES), clusters_of(edges), index.report)


def clustering_report(house: House, run_id: str) -> dict[str, object]:
    """Return what a run compared, empty where its index is not on this host."""
    index = read_index(house, run_id)
    return dict(index.report.as_json()) if index else {}
