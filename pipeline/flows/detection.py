"""What looks for personal information under a policy set, and which documents it must look at again.

One place builds the detector (rules, the project's own recognizers, the model for names), so that scanning and naming
the pack never differ. A changed rule is scanned for alone wherever the earlier findings can stand.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.keys import Key
from pipeline.adapters.lineage import ask, first_row
from pipeline.adapters.pi_detector import build_detector
from pipeline.domain.digests import canonical_json
from pipeline.domain.pi import DETECTION, Detector, NameLane, NameTagger, Recognizer, Scan, rule_pack_sha256, rule_versions
from pipeline.domain.tables import table_of
from pipeline.flows.policies import RECOGNIZERS, PolicySet
from pipeline.stages.detect_pi import FINDINGS, detect_pi
from pipeline.stages.rescan_pi import ORDER, rescan_pi

_BATCH_ROWS = 4_096


def detector_of(policies: PolicySet, source_kind: str | None = None) -> Detector:
    """Return the detector of a policy set; a source's kind decides whether the model for names reads all of it."""
    return build_detector(policies.rules, recognizers=recognizers_of(policies), names=name_lane_of(policies, source_kind))


def pack_of(policies: PolicySet) -> str:
    """Return the digest of the pack that a policy set scans with."""
    return rule_pack_sha256(policies.rules, recognizers_of(policies), name_lane_of(policies))


def recognizers_of(policies: PolicySet) -> tuple[Recognizer, ...]:
    """Return the project's own Presidio recognizers, as recorded when the set was activated."""
    stated = policies.bodies.get(RECOGNIZERS)
    return _recognizers(canonical_json(stated)) if stated else ()


@lru_cache(maxsize=4)
def _recognizers(stated: str) -> tuple[Recognizer, ...]:
    from pipeline.adapters.presidio import recorded_recognizers  # seconds to import

    return recorded_recognizers("policies/pi.yaml, recognizers", json.loads(stated))


def name_lane_of(policies: PolicySet, source_kind: str | None = None) -> NameLane | None:
    """Return the model for names and when it reads, None where policy names none. Raises ConfigurationError."""
    stated = policies.pi.ner
    return NameLane(_tagger(stated.model), stated, source_kind in stated.source_kinds) if stated.model else None


@lru_cache(maxsize=2)
def _tagger(model: str) -> NameTagger:
    from pipeline.adapters.lac import MODEL, LacTagger

    if model == MODEL:
        return LacTagger()
    from pipeline.adapters.presidio import tagger_of  # seconds to import

    return tagger_of(model)


@dataclass(frozen=True, slots=True)
class Earlier:
    """How documents were scanned before: under one pack, which differs in some rules from the one in force."""

    documents: pa.Array
    changed: frozenset[str]


def scan_documents(
    rows: duckdb.DuckDBPyConnection, documents: pa.Table, policies: PolicySet, key: Key, source_kind: str | None
) -> list[Scan]:
    """Look for personal information in documents that the pack in force has not seen, for changed rules alone where that is enough."""
    detector = detector_of(policies, source_kind)
    scanned: list[Scan] = []
    for earlier in earlier_scans(rows, documents["document_id"].combine_chunks(), policies):
        is_in = pc.is_in(documents["document_id"], earlier.documents)
        fresh = [rule for rule in policies.rules if rule.id in earlier.changed]
        theirs = [one for one in recognizers_of(policies) if one.id in earlier.changed]
        few = build_detector(fresh, recognizers=theirs)
        left = []
        for batch in _batches(documents.filter(is_in)):
            partial = detect_pi(batch, few, key=key.secret, key_id=key.key_id)
            before = _findings_before(rows, batch["document_id"])
            scan, still = rescan_pi(
                batch, partial, before, changed=earlier.changed, key_id=key.key_id, rule_pack_sha256=detector.rule_pack_sha256
            )
            scanned.append(scan)
            left.append(still)
        documents = pa.concat_tables([documents.filter(pc.invert(is_in)), pa.Table.from_batches(left, schema=documents.schema)])
    whole = documents.sort_by("document_id")
    joined = bool(scanned)
    scanned += [detect_pi(batch, detector, key=key.secret, key_id=key.key_id) for batch in _batches(whole)]
    return [_joined(scanned)] if joined else scanned


def _joined(scanned: Sequence[Scan]) -> Scan:
    """Return several scans as one, in the order in which one scan has its rows."""
    scans = pa.Table.from_batches([each.scans for each in scanned]).sort_by("document_id")
    findings = pa.Table.from_batches([each.findings for each in scanned]).sort_by([(name, "ascending") for name in ORDER])
    return Scan(_batch(scans), _batch(findings))


def _batch(table: pa.Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=table.schema)


def earlier_scans(rows: duckdb.DuckDBPyConnection, document_ids: pa.Array, policies: PolicySet) -> list[Earlier]:
    """Return, by earlier pack, the documents that need be scanned for changed rules only.

    A model for names chooses its documents by what was found, so with one in either pack documents are scanned whole.
    """
    now = rule_versions(policies.rules, recognizers_of(policies))
    if name_lane_of(policies) or len(document_ids) == 0:
        return []
    rows.register("asked", pa.table({"document_id": document_ids}))
    found = ask(
        rows,
        "SELECT document_id, rule_pack_sha256 FROM current_scans WHERE is_analysed AND document_id IN (SELECT document_id FROM asked)",
    )
    packs: dict[str, dict[str, str]] = {}
    known = ask(
        rows,
        "SELECT DISTINCT rule_pack_sha256, rule_id, rule_version FROM rule_packs WHERE detection_version = $detection",
        {"detection": DETECTION},
    )
    for row in known.to_pylist():
        packs.setdefault(row["rule_pack_sha256"], {})[row["rule_id"]] = row["rule_version"]
    earlier = []
    for pack in sorted(set(found["rule_pack_sha256"].to_pylist())):
        then = packs.get(pack)
        if then is None or any(one.startswith("ner:") for one in then):
            continue
        changed = frozenset(one for one in now.keys() | then.keys() if now.get(one) != then.get(one))
        if 2 * len(changed) <= len(now):
            ids = found.filter(pc.equal(found["rule_pack_sha256"], pack))["document_id"].combine_chunks()
            earlier.append(Earlier(ids, changed))
    return earlier


def source_kind(rows: duckdb.DuckDBPyConnection, source_id: str) -> str | None:
    """Return the declared kind of a source."""
    found = first_row(rows, "SELECT kind FROM current_sources WHERE source_id = $source_id", {"source_id": source_id})
    return str(found[0]) if found else None


def pack_rows(policies: PolicySet) -> pa.Table:
    """Return what the pack in force is made of, as rows of ``rule_packs`` without their run."""
    pack, versions = pack_of(policies), rule_versions(policies.rules, recognizers_of(policies), name_lane_of(policies))
    rows = [
        {"rule_pack_sha256": pack, "rule_id": one, "rule_version": version, "detection_version": DETECTION}
        for one, version in sorted(versions.items())
    ]
    return table_of("rule_packs", rows).drop_columns(["run_id"])


def _findings_before(rows: duckdb.DuckDBPyConnection, document_ids: pa.Array) -> pa.Table:
    rows.register("asked", pa.table({"document_id": document_ids}))
    listed = ", ".join(f"findings.{name}" for name in FINDINGS.names)
    return ask(
        rows,
        f"SELECT {listed} FROM findings JOIN current_scans USING (document_id, rule_pack_sha256, run_id) "  # noqa: S608
        "WHERE findings.document_id IN (SELECT document_id FROM asked)",
    )


def _batches(table: pa.Table) -> Sequence[pa.RecordBatch]:
    whole: Iterable[pa.RecordBatch] = table.combine_chunks().to_batches(max_chunksize=_BATCH_ROWS)
    return list(whole)
