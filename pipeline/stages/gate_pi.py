"""The gate for personal information: one decision per document, none lost, none twice.

A document that was not scanned, or could not be analysed, is quarantined: "nothing found" and "not looked at" are
different facts. One more finding never moves a document towards admission.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipeline.domain.digests import json_digest
from pipeline.domain.dispositions import SEVERITY, Disposition, Gate, Reason
from pipeline.domain.pi import MINOR, Action, PiPolicy
from pipeline.domain.rights import Consented
from pipeline.domain.tables import TABLE
from pipeline.stages import STAGE

DECISIONS = pa.schema([column for column in TABLE["decisions"].schema if column.name != "run_id"])

Ruling = tuple[Disposition, Reason | None]

NOBODY = Consented()

ADMITTED: Ruling = (Disposition.ADMIT, None)
_UNKNOWN: Ruling = (Disposition.QUARANTINE, Reason.PI_NOT_ANALYSED)
_DISPOSITION = {
    Action.REDACT: Disposition.REDACT,
    Action.REQUIRE_CONSENT: Disposition.QUARANTINE,
    Action.QUARANTINE: Disposition.QUARANTINE,
    Action.REJECT: Disposition.REJECT,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the gate needs of one finding; no offsets into anything it could read."""

    kind: str
    score: float
    value_hmac: str
    is_sensitive_35273: bool
    is_sensitive_45574: bool
    is_in_text: bool = True


def gate_pi(  # noqa: PLR0913  (what it decides on, and what it is recorded under)
    documents: pa.RecordBatch,
    scans: pa.RecordBatch | pa.Table,
    findings: pa.RecordBatch | pa.Table,
    policy: PiPolicy,
    *,
    policy_sha256: str | None = None,
    stage_version: int = STAGE["gate_pi"].version,
    consents: Callable[[str, str], Consented] | None = None,
) -> pa.RecordBatch:
    """Return one decision for every document, in the same order.

    Args:
        documents: Columns document_id, source_id, chars.
        scans: Rows of the table ``scans`` of one rule pack; a document without a row was not looked at.
        findings: Rows of the table ``findings`` of the same pack, of these and possibly other documents.
        policy: What is done about each kind.
        policy_sha256: The active policy's digest, where it is not that of the values applied.
        stage_version: Version of this stage, as recorded.
        consents: Tells by source_id and document_id which kinds are agreed to; None says that nobody consented.

    """
    scanned = _scans(scans)
    found = _found(findings)
    stated = policy_sha256 or policy.sha256
    rows = []
    asked = (documents[name].to_pylist() for name in ("document_id", "source_id", "chars"))
    for document_id, source_id, chars in zip(*asked, strict=True):
        scan = scanned.get(document_id)
        consented = NOBODY if consents is None else consents(source_id, document_id)
        facts = found.get(document_id, [])
        is_known = scan is not None and scan[1]
        disposition, reason = decide([one for one, _ in facts], chars, policy, consented) if is_known else _UNKNOWN
        lines = sorted(line for _, line in facts)
        inputs = json_digest({"scan": list(scan) if scan else None, "consent": _agreed(consented), "findings": lines})
        rows.append(
            (document_id, source_id, Gate.PI.value, disposition.value, reason.value if reason else None, stated, stage_version, inputs)
        )
    columns = list(zip(*rows, strict=True)) or [()] * len(DECISIONS)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, kind.type) for column, kind in zip(columns, DECISIONS, strict=True)], schema=DECISIONS
    )


def decide(found: Iterable[Found], chars: int, policy: PiPolicy, consented: Consented = NOBODY) -> Ruling:
    """Apply the policy to what was found in one document: the strictest rule wins, the first named among equals."""
    counted = [one for one in found if one.score >= policy.threshold]
    rulings: list[Ruling] = [ADMITTED]
    rulings.extend(_by_kind(one, policy, consented) for one in counted)
    rulings.extend(_by_document(counted, chars, policy))
    return max(rulings, key=lambda ruling: SEVERITY[ruling[0]])


def _agreed(consented: Consented) -> list[object] | None:
    if consented == NOBODY:
        return None
    return [sorted(consented.kinds), sorted(consented.separate_kinds), consented.has_guardian]


def _by_kind(one: Found, policy: PiPolicy, consented: Consented) -> Ruling:
    if one.kind == MINOR:
        is_agreed = consented.has_guardian and policy.minor is not Action.REJECT
        return ADMITTED if is_agreed else _ruling(policy.minor, Reason.PI_MINOR)
    stated = policy.of(one.kind)
    if stated.action is not Action.REQUIRE_CONSENT:
        return _ruling(stated.action, Reason.PI_FORBIDDEN_KIND)
    is_sensitive = policy.is_sensitive(under_35273=one.is_sensitive_35273, under_45574=one.is_sensitive_45574)
    return ADMITTED if consented.covers(one.kind, is_sensitive=is_sensitive) else _ruling(stated.without_consent, Reason.PI_CONSENT_MISSING)


def _by_document(counted: list[Found], chars: int, policy: PiPolicy) -> Iterable[Ruling]:
    """Yield what the findings say together; kinds that pass on their own are no part of it."""
    relevant = [one for one in counted if one.kind != MINOR and policy.of(one.kind).action is not Action.PASS]
    kinds = {one.kind for one in relevant}
    for combination in policy.combinations:
        if kinds.issuperset(combination.kinds):
            yield _ruling(combination.action, Reason.PI_SENSITIVE_COMBINATION)
    sensitive = {
        (one.kind, one.value_hmac)
        for one in relevant
        if policy.is_sensitive(under_35273=one.is_sensitive_35273, under_45574=one.is_sensitive_45574)
    }
    if len(sensitive) > policy.max_sensitive_findings:
        yield Disposition.QUARANTINE, Reason.PI_SENSITIVE_COMBINATION
    in_text = sum(one.is_in_text for one in relevant)
    if in_text >= policy.min_findings_for_density and in_text * 1000 > policy.max_findings_per_1k_chars * chars:
        yield Disposition.QUARANTINE, Reason.PI_TOO_DENSE


def _ruling(action: Action, reason: Reason) -> Ruling:
    if action is Action.PASS:
        return ADMITTED
    disposition = _DISPOSITION[action]
    return disposition, Reason.PI_REDACTED if disposition is Disposition.REDACT else reason


def _scans(scans: pa.RecordBatch | pa.Table) -> Mapping[str, tuple[str, bool]]:
    """Return rule pack and outcome by document; where a document has several rows, one failure makes it failed."""
    known: dict[str, tuple[str, bool]] = {}
    for document_id, pack, is_analysed in zip(
        *(scans[name].to_pylist() for name in ("document_id", "rule_pack_sha256", "is_analysed")), strict=True
    ):
        before = known.get(document_id)
        known[document_id] = (pack, bool(is_analysed)) if before is None else (max(before[0], pack), before[1] and bool(is_analysed))
    return known


def _found(findings: pa.RecordBatch | pa.Table) -> Mapping[str, list[tuple[Found, str]]]:
    """Return by document what was found, each with the line of it that the inputs' digest covers.

    The line leaves out the keyed digest, so that a new key changes no decision's inputs; equal values still count once by it.
    """
    names = (
        "document_id", "kind", "score", "value_hmac", "is_sensitive_35273", "is_sensitive_45574",
        "field", "char_start", "char_end", "rule_id", "rule_version",
    )  # fmt: skip
    known: dict[str, list[tuple[Found, str]]] = {}
    for row in zip(*(findings[name].to_pylist() for name in names), strict=True):
        document_id, kind, score, digest, sensitive_35273, sensitive_45574, *place = row
        found = Found(kind, score, digest, sensitive_35273, sensitive_45574, place[0] == "text")
        line = json_digest([kind, repr(score), sensitive_35273, sensitive_45574, *place])
        known.setdefault(document_id, []).append((found, line))
    return known
