"""What activating the policy files on disk would decide anew, move and scan again, said before anything changes.

A changed policy for personal information is applied in memory to the findings at hand: nothing is written, and no text
is read. What would be scanned again is told in documents and bytes.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.adapters.lineage import ask, first_row
from pipeline.domain.dispositions import Gate
from pipeline.domain.pi import PiPolicy, rule_versions
from pipeline.flows.consents import consents_at
from pipeline.flows.detection import name_lane_of, pack_of, recognizers_of
from pipeline.flows.gate import GATES, gate_keys, gated_sources, pending_for
from pipeline.flows.house import House
from pipeline.flows.policies import RECOGNIZERS, RULES, PolicySet, active_digests, active_policies, read_policies
from pipeline.stages.gate_pi import gate_pi

_POLICY_OF = {"expectations": "quality", RULES: "pi", RECOGNIZERS: "pi"}
_BATCH_ROWS = 65_536
COLUMNS = ("policy", "gate", "documents", "scan_again", "scan_bytes", "scanned_for", "from", "to", "kinds")


def preview(house: House) -> list[dict[str, Any]]:
    """Return what would be decided again per edited policy, then one row for each way in which documents would move.

    ``scan_again`` and ``scan_bytes`` count what would be read once more, ``scanned_for`` the rules it is read for;
    ``from``, ``to`` and ``kinds`` say which dispositions change and which kinds of finding those documents hold.
    """
    fresh = read_policies(house.project)
    active = active_digests(house)
    edited = [name for name, digest in fresh.digests.items() if active.get(name) != digest]
    found = []
    for name in edited:
        gate = _POLICY_OF.get(name, name)
        counts = [pending_for(house, source_id, gate_keys(house, source_id, fresh)).get(gate, 0) for source_id in gated_sources(house)]
        is_gate = gate in [each.value for each in GATES]
        row = _row(name, gate if is_gate or gate == "duplicate" else "", sum(counts) if is_gate else None)
        found.append({**row, **_scanned(house, name, fresh)} if active else row)
    if active and "pi" in edited:
        found += _moves(house, fresh.pi)
    return found


def _row(name: str, gate: str, documents: int | None) -> dict[str, Any]:
    return {**dict.fromkeys(COLUMNS, ""), "policy": name, "gate": gate, "documents": documents, "scan_again": 0, "scan_bytes": 0}


def _scanned(house: House, name: str, fresh: PolicySet) -> dict[str, Any]:
    """Return what an edited policy would scan again, and for which rules."""
    now = active_policies(house)
    is_cause = name in {RULES, RECOGNIZERS} or (name == "pi" and fresh.pi.ner != now.pi.ner)
    if not is_cause or pack_of(fresh) == pack_of(now):
        return {}
    then, next_ = (rule_versions(each.rules, recognizers_of(each), name_lane_of(each)) for each in (now, fresh))
    changed = sorted(one for one in then.keys() | next_.keys() if then.get(one) != next_.get(one))
    is_whole = bool(name_lane_of(fresh) or name_lane_of(now)) or 2 * len(changed) > len(next_)
    with house.connect() as rows:
        size = first_row(rows, "SELECT count(*), coalesce(sum(bytes), 0) FROM documents")
    documents, size_bytes = size or (0, 0)
    return {"scan_again": documents, "scan_bytes": size_bytes, "scanned_for": "everything" if is_whole else ", ".join(changed)}


def _moves(house: House, policy: PiPolicy) -> list[dict[str, Any]]:
    """Return how many documents another policy would move, from and to which disposition, by the kinds that differ in them."""
    before = active_policies(house).pi
    differing = {kind for kind in {*before.kinds, *policy.kinds} if before.of(kind) != policy.of(kind)}
    consents = consents_at(house, datetime.now(UTC)).of
    moved: Counter[tuple[str, str, str]] = Counter()
    with house.connect() as rows:
        scans = ask(rows, "SELECT document_id, source_id, rule_pack_sha256, is_analysed, detail, findings FROM current_scans")
        documents = ask(
            rows,
            "SELECT document_id, documents.source_id, chars, disposition FROM documents JOIN current_decisions USING (document_id) "
            "WHERE gate = $gate ORDER BY document_id",
            {"gate": Gate.PI.value},
        )
        for batch in documents.to_batches(max_chunksize=_BATCH_ROWS):
            findings = _findings(rows, batch["document_id"])
            decided = gate_pi(batch, scans, findings, policy, consents=consents)
            kinds = _kinds(findings, differing)
            columns = (batch["document_id"], batch["disposition"], decided["disposition"])
            for document_id, was, will in zip(*(column.to_pylist() for column in columns), strict=True):
                if was != will:
                    moved[was, will, kinds.get(document_id, "")] += 1
    return [
        {**_row("pi", Gate.PI.value, count), "from": was, "to": will, "kinds": kinds} for (was, will, kinds), count in sorted(moved.items())
    ]


def _findings(rows: duckdb.DuckDBPyConnection, document_ids: pa.Array) -> pa.Table:
    rows.register("asked", pa.table({"document_id": document_ids}))
    return ask(rows, "SELECT * FROM current_findings WHERE document_id IN (SELECT document_id FROM asked)")


def _kinds(findings: pa.Table, differing: set[str]) -> Mapping[str, str]:
    """Return, by document, the kinds found in it whose treatment differs; all of its kinds where none does."""
    found: dict[str, set[str]] = {}
    for document_id, kind in zip(findings["document_id"].to_pylist(), findings["kind"].to_pylist(), strict=True):
        found.setdefault(document_id, set()).add(kind)
    return {document_id: ", ".join(sorted(kinds & differing or kinds)) for document_id, kinds in found.items()}
