"""The source gate: a document enters only from a source that is declared, evidenced, grounded and admitted.

All documents of a source share one ruling, so the work is done once per source and taken along the batch.
"""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.domain.digests import json_digest
from pipeline.domain.dispositions import Disposition, Gate, Reason
from pipeline.domain.licensing import SourcePolicy, SourceStanding
from pipeline.domain.sources import SourceState
from pipeline.stages.rule_by_value import Ruling, decide_by_value

STATE_FAULTS: Mapping[SourceState, Reason | None] = {
    SourceState.PROPOSED: Reason.SOURCE_NOT_ASSESSED,
    SourceState.ASSESSED: Reason.SOURCE_NOT_ADMITTED,
    SourceState.REFUSED: Reason.SOURCE_REFUSED,
    SourceState.SUSPENDED: Reason.SOURCE_SUSPENDED,
    SourceState.ADMITTED: None,
}


def gate_source(
    documents: pa.RecordBatch,
    standing: Mapping[str, SourceStanding],
    policy: SourcePolicy,
    *,
    policy_sha256: str,
    stage_version: int,
) -> pa.RecordBatch:
    """Return one decision per document (``document_id, source_id``), in order; a source without standing is not assessed."""

    def rule(source_id: str | None) -> Ruling:
        known = standing.get(source_id or "")
        reason = source_fault(known)
        disposition = Disposition.ADMIT if reason is None else policy.dispositions[reason]
        return Ruling(disposition, reason, _inputs_sha256(known))

    return decide_by_value(documents, ("source_id",), rule, Gate.SOURCE, policy_sha256, stage_version)


def source_fault(standing: SourceStanding | None) -> Reason | None:
    """Return the first fault of a source, a person's refusal before what is merely lacking; None when it may be used."""
    if standing is None:
        return Reason.SOURCE_NOT_ASSESSED
    if standing.state in {SourceState.REFUSED, SourceState.SUSPENDED}:
        return STATE_FAULTS[standing.state]
    if standing.is_reserved:
        return Reason.SOURCE_RESERVED
    if not standing.has_legal_basis:
        return Reason.SOURCE_NO_LEGAL_BASIS
    if standing.lacking:
        return Reason.SOURCE_NO_EVIDENCE
    return STATE_FAULTS[standing.state]


def _inputs_sha256(standing: SourceStanding | None) -> str:
    if standing is None:
        return json_digest(None)
    return json_digest(
        {
            "state": standing.state,
            "declaration_sha256": standing.declaration_sha256,
            "lacking": list(standing.lacking),
            "has_legal_basis": standing.has_legal_basis,
            "is_reserved": standing.is_reserved,
        },
    )
