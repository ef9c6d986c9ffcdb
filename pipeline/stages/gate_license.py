"""The licence gate: the source's conclusion and the record's own terms, the stricter of which decides.

Terms are ruled upon once per distinct pair of source and record licence, then taken along the batch. Words of a record
that cannot be read are not ignored: they differ from what the source states.
"""

from collections.abc import Callable, Mapping

import pyarrow as pa

from pipeline.domain.digests import json_digest
from pipeline.domain.dispositions import SEVERITY, Disposition, Gate, Reason
from pipeline.domain.licensing import (
    NOASSERTION,
    LicenseConclusion,
    LicensePolicy,
    RecordDiffers,
    UnreadableExpressionError,
    agrees,
    canonical_expression,
    conjuncts,
    permitted,
)
from pipeline.stages.rule_by_value import Ruling, decide_by_value

Normalize = Callable[[str], str | None]
"""Reads a record's own words as an SPDX expression; None where it cannot."""


def spdx_only(written: str) -> str | None:
    """Return the canonical spelling of an SPDX expression, None for other words."""
    try:
        return canonical_expression(written)
    except UnreadableExpressionError:
        return None


def gate_license(
    documents: pa.RecordBatch,
    conclusions: Mapping[str, LicenseConclusion],
    policy: LicensePolicy,
    *,
    policy_sha256: str,
    stage_version: int,
    normalize: Normalize = spdx_only,
) -> pa.RecordBatch:
    """Return one decision per document (``document_id, source_id, record_license``), in order.

    A source without a conclusion has no evidence for its licence. ``normalize`` is called once per distinct value of
    ``record_license``; unless another is given, only SPDX expressions are read.
    """

    def rule(source_id: str | None, record_license: str | None) -> Ruling:
        conclusion = conclusions.get(source_id or "")
        own = None if record_license is None or not record_license.strip() else record_license
        stated = normalize(own) if own is not None else None
        reason = license_fault(conclusion, policy, own, stated)
        disposition = Disposition.ADMIT if reason is None else policy.dispositions[reason]
        return Ruling(disposition, reason, _inputs_sha256(conclusion, own, stated))

    return decide_by_value(documents, ("source_id", "record_license"), rule, Gate.LICENSE, policy_sha256, stage_version)


def license_fault(conclusion: LicenseConclusion | None, policy: LicensePolicy, own: str | None, stated: str | None) -> Reason | None:
    """Return the strictest fault of a document's terms; ``own`` is what the record says, ``stated`` its SPDX reading."""
    faults = [_source_fault(conclusion, policy)]
    if own is not None and not _is_same(conclusion, stated):
        faults.append(_record_fault(policy, stated))
    found = [fault for fault in faults if fault is not None]
    # Ties go to the first: the source's fault, which a person settles once for all its documents.
    return max(found, key=lambda fault: SEVERITY[policy.dispositions[fault]]) if found else None


def _source_fault(conclusion: LicenseConclusion | None, policy: LicensePolicy) -> Reason | None:
    if conclusion is None:
        return Reason.LICENSE_NO_EVIDENCE
    return conclusion.reason or permitted(conclusion.expression, policy).reason


def _record_fault(policy: LicensePolicy, stated: str | None) -> Reason | None:
    own_fault = permitted(stated, policy).reason if stated is not None else None
    if own_fault is not None and policy.dispositions[own_fault] is Disposition.REJECT:
        return own_fault
    if stated is None or policy.record_differs is RecordDiffers.QUARANTINE:
        return Reason.LICENSE_RECORD_DIFFERS
    return own_fault


def _is_same(conclusion: LicenseConclusion | None, stated: str | None) -> bool:
    """Tell whether a record says what its source does: the same terms, or one part of terms that all hold."""
    if conclusion is None or stated is None or conclusion.expression == NOASSERTION:
        return False
    return agrees(stated, conclusion.expression) or any(agrees(stated, part) for part in conjuncts(conclusion.expression))


def _inputs_sha256(conclusion: LicenseConclusion | None, own: str | None, stated: str | None) -> str:
    known = None
    if conclusion is not None:
        known = {"expression": conclusion.expression, "reason": conclusion.reason, "evidence": list(conclusion.evidence)}
    return json_digest({"conclusion": known, "record_license": own, "record_expression": stated})
