"""The source gate: a document enters only from a source that is declared, evidenced, admitted, grounded when it was met and not reserved.

Documents that share source, moment of acquisition and reservations share one ruling, so the work is done once for them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.digests import json_digest
from pipeline.domain.dispositions import Disposition, Gate, Reason
from pipeline.domain.licensing import SourcePolicy, SourceStanding
from pipeline.domain.rights import Answer, Signal, grounds_hold
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
    """Return one decision per document, in order; a source without standing is not assessed.

    ``documents`` has ``document_id, source_id``, ``acquired_at`` (the last meeting, UTC) and ``reservations``: canonical JSON
    of a list of ``[signal, verdict, body_sha256]``, null where nothing speaks of the document.
    """
    named = documents.set_column(
        documents.schema.get_field_index("acquired_at"), "acquired_at", pc.cast(documents.column("acquired_at"), pa.int64())
    )

    def rule(source_id: str | None, acquired_us: int | None, reservations: str | None) -> Ruling:
        known = standing.get(source_id or "")
        moment = None if acquired_us is None else datetime.fromtimestamp(acquired_us / 1_000_000, UTC)
        reason = source_fault(known, policy, moment, reservations)
        disposition = Disposition.ADMIT if reason is None else policy.dispositions[reason]
        return Ruling(disposition, reason, _inputs_sha256(known, moment, reservations))

    return decide_by_value(named, ("source_id", "acquired_at", "reservations"), rule, Gate.SOURCE, policy_sha256, stage_version)


def source_fault(
    standing: SourceStanding | None, policy: SourcePolicy, acquired_at: datetime | None, reservations: str | None = None
) -> Reason | None:
    """Return the first fault of a document's source, a person's refusal before what is merely lacking; None when it may be used."""
    if standing is None:
        return Reason.SOURCE_NOT_ASSESSED
    if standing.state in {SourceState.REFUSED, SourceState.SUSPENDED}:
        return STATE_FAULTS[standing.state]
    if is_reserved(standing, policy, reservations):
        return Reason.SOURCE_RESERVED
    if acquired_at is None or not grounds_hold(standing.grounds, acquired_at):
        return Reason.SOURCE_NO_LEGAL_BASIS
    if standing.lacking:
        return Reason.SOURCE_NO_EVIDENCE
    return STATE_FAULTS[standing.state]


def is_reserved(standing: SourceStanding, policy: SourcePolicy, reservations: str | None) -> bool:
    """Tell whether the rights holder keeps a document from us, through its source or by its own signals."""
    of_source = any(policy.reserves(each.signal, each.answer) for each in standing.reservations)
    of_document = (policy.reserves(Signal(signal), Answer(answer)) for signal, answer, *_ in json.loads(reservations or "[]"))
    return standing.is_reserved or of_source or any(of_document)


def _inputs_sha256(standing: SourceStanding | None, acquired_at: datetime | None, reservations: str | None) -> str:
    if standing is None:
        return json_digest(None)
    # Of the moment only what the grounds make of it counts: the same documents met in two runs have the same inputs.
    return json_digest(
        {
            "state": standing.state,
            "declaration_sha256": standing.declaration_sha256,
            "lacking": list(standing.lacking),
            "grounds": [[each.regime, each.basis, acquired_at is not None and each.holds_at(acquired_at)] for each in standing.grounds],
            "is_reserved": standing.is_reserved,
            "source_reservations": [[each.signal, each.answer, each.body_sha256] for each in standing.reservations],
            "reservations": json.loads(reservations or "[]"),
        },
    )
