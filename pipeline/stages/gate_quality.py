"""The quality gate: one decision for every measured document, by what its suite found (Measures Art. 7(4)).

A document with an unmet critical expectation is never admitted. A number that is missing, and a critical expectation that
was not checked, are no evidence of quality: they hold the document back as not measured.
"""

from collections.abc import Collection, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.digests import fields_digest
from pipeline.domain.dispositions import Disposition, Gate, Reason
from pipeline.domain.quality import QualityPolicy, Suite
from pipeline.domain.tables import TABLE
from pipeline.errors import LawError

DECISIONS = pa.schema([field for field in TABLE["decisions"].schema if field.name != "run_id"])

Ids: TypeAlias = Collection[str] | pa.Array | pa.ChunkedArray


def gate_quality(
    metrics: pa.RecordBatch,
    failed: Mapping[str, Ids],
    suite: Suite,
    policy: QualityPolicy,
    *,
    policy_sha256: str,
    stage_version: int,
) -> pa.RecordBatch:
    """Return the columns of ``decisions`` except ``run_id``, one row for each metrics row in order.

    ``failed`` names the documents that do not meet each critical expectation, by expectation id; documents that are not in
    ``metrics`` are ignored, and an expectation of the suite that has no entry was not checked. Of several faults the one
    with the strictest disposition is stated, of equals the first in the suite. Raises LawError for an entry that the suite
    does not know.
    """
    if strange := sorted(failed.keys() - {each.id for each in suite.expectations}):
        raise LawError(f"gate_quality: expected results of suite {suite.suite}, found {', '.join(strange)}; check the metrics again")
    fault_of, faults = _faults(metrics, failed, suite, policy)
    reasons = pa.array([None, *faults], pa.string())
    dispositions = pa.array([Disposition.ADMIT.value, *(policy.disposition(fault).value for fault in faults)], pa.string())
    taken = pa.array(fault_of)
    rows = metrics.num_rows
    columns = {
        "document_id": metrics.column("document_id"),
        "source_id": metrics.column("source_id"),
        "gate": _repeated(Gate.QUALITY.value, rows),
        "disposition": dispositions.take(taken),
        "reason": reasons.take(taken),
        "policy_sha256": _repeated(policy_sha256, rows),
        "stage_version": pa.array(np.full(rows, stage_version, np.int64)),
        "inputs_sha256": _inputs(metrics, suite),
    }
    return pa.record_batch([columns[field.name] for field in DECISIONS], schema=DECISIONS)


def _faults(
    metrics: pa.RecordBatch, failed: Mapping[str, Ids], suite: Suite, policy: QualityPolicy
) -> tuple[npt.NDArray[np.int64], list[Reason]]:
    """Return for each row which fault decides it (0 for none, else a position from 1), and the faults."""
    unchecked = any(each.id not in failed for each in suite.critical)
    candidates: list[tuple[Reason, npt.NDArray[np.bool_]]] = [(Reason.QUALITY_NOT_MEASURED, _are_missing(metrics) | unchecked)]
    document_ids = metrics.column("document_id")
    candidates.extend(
        (each.reason, _are_among(document_ids, failed[each.id])) for each in suite.critical if each.reason and each.id in failed
    )
    # Assigned from the mildest and last to the strictest and first, so that the latter stands.
    fault_of = np.zeros(metrics.num_rows, np.int64)
    for position in sorted(range(len(candidates)), key=lambda place: (policy.rank(candidates[place][0]), -place)):
        fault_of[candidates[position][1]] = position + 1
    return fault_of, [reason for reason, _ in candidates]


def _are_missing(metrics: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """Tell for each row whether a number that a suite could have judged is absent."""
    missing = np.zeros(metrics.num_rows, np.bool_)
    for name in TABLE["metrics"].schema.names:
        if name != "run_id":
            missing |= np.asarray(pc.is_null(metrics.column(name), nan_is_null=True))
    return missing


def _are_among(document_ids: pa.Array, ids: Ids) -> npt.NDArray[np.bool_]:
    listed = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(sorted(ids), pa.string())
    return np.asarray(pc.is_in(document_ids, value_set=listed.cast(document_ids.type)))


def _inputs(metrics: pa.RecordBatch, suite: Suite) -> pa.Array:
    """Return the digest of what was decided upon beyond the text.

    That is the suite, the measures' version, and the one number that also depends on the source's declaration.
    """
    versions = metrics.column("measure_version")
    declared = metrics.column("is_language_declared")
    digests = {}
    for version in pc.unique(versions).to_pylist():
        for is_declared in (True, False, None):
            digests[version, is_declared] = fields_digest(suite.sha256, str(version), str(is_declared))
    return pa.array([digests[key] for key in zip(versions.to_pylist(), declared.to_pylist(), strict=True)], pa.string())


def _repeated(value: str, rows: int) -> pa.Array:
    return pa.array([value], pa.string()).take(pa.array(np.zeros(rows, np.int64)))
