"""The gate's decisions under the shipped policy, and what each part of a policy does."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.dispositions import Disposition, Reason
from pipeline.domain.pi import Action, KindPolicy, PiPolicy, Standard
from pipeline.domain.rights import Consented
from pipeline.stages.detect_pi import FINDINGS, SCANS
from pipeline.stages.gate_pi import DECISIONS, Found, decide, gate_pi

POLICY = as_policy(PiPolicy, read_yaml(Path("pipeline/policies/pi.yaml")), "pi")


def found(kind, *, value="v", score=0.9, sensitive=False, in_text=True):
    return Found(kind, score, value, sensitive, sensitive, in_text)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], (Disposition.ADMIT, None)),
        ([found("PHONE_NUMBER")], (Disposition.REDACT, Reason.PI_REDACTED)),
        ([found("PHONE_NUMBER", score=0.4)], (Disposition.ADMIT, None)),
        ([found("KIND_OF_SOMEBODY_ELSE")], (Disposition.REDACT, Reason.PI_REDACTED)),
        ([found("BANK_CARD")], (Disposition.REDACT, Reason.PI_REDACTED)),
        ([found("MEDICAL_RECORD")], (Disposition.QUARANTINE, Reason.PI_CONSENT_MISSING)),
        ([found("MINOR")], (Disposition.QUARANTINE, Reason.PI_MINOR)),
        ([found("PERSON"), found("CN_ID_CARD"), found("ADDRESS")], (Disposition.QUARANTINE, Reason.PI_SENSITIVE_COMBINATION)),
        ([found("PASSWORD", value=str(n), sensitive=True) for n in range(3)], (Disposition.QUARANTINE, Reason.PI_SENSITIVE_COMBINATION)),
        ([found("PASSWORD", sensitive=True) for _ in range(3)], (Disposition.REDACT, Reason.PI_REDACTED)),
        ([found("QQ") for _ in range(6)], (Disposition.QUARANTINE, Reason.PI_TOO_DENSE)),
        ([found("QQ", in_text=False) for _ in range(6)], (Disposition.REDACT, Reason.PI_REDACTED)),
    ],
)
def test_decide(findings, expected):
    assert decide(findings, 100, POLICY) == expected


ORDINARY, SEPARATE = Consented(kinds=frozenset({"*"})), Consented(separate_kinds=frozenset({"MEDICAL_RECORD"}))


def test_consent_admits_what_needs_it_and_nothing_else():
    assert decide([found("MEDICAL_RECORD")], 100, POLICY, ORDINARY) == (Disposition.ADMIT, None)
    assert decide([found("MEDICAL_RECORD"), found("QQ")], 100, POLICY, ORDINARY)[0] is Disposition.REDACT
    assert decide([found("MINOR")], 100, POLICY, ORDINARY)[1] is Reason.PI_MINOR


def test_sensitive_information_needs_a_separate_consent_and_a_minor_a_guardian():
    sensitive = [found("MEDICAL_RECORD", sensitive=True)]
    assert decide(sensitive, 100, POLICY, ORDINARY)[1] is Reason.PI_CONSENT_MISSING
    assert decide(sensitive, 100, POLICY, SEPARATE) == (Disposition.ADMIT, None)
    guardian = Consented(has_guardian=True)
    assert decide([found("MINOR")], 100, POLICY, guardian) == (Disposition.ADMIT, None)
    assert decide([found("MINOR")], 100, replace(POLICY, minor=Action.REJECT), guardian)[1] is Reason.PI_MINOR


def test_actions_and_standards():
    kinds = {"A": KindPolicy(Action.PASS), "B": KindPolicy(Action.REJECT), "C": KindPolicy(Action.QUARANTINE)}
    policy = replace(POLICY, kinds=kinds)
    assert decide([found("A")] * 50, 10, policy) == (Disposition.ADMIT, None)
    assert decide([found("C"), found("B")], 10, policy) == (Disposition.REJECT, Reason.PI_FORBIDDEN_KIND)
    only_old = [Found("X", 0.9, str(n), is_sensitive_35273=True, is_sensitive_45574=False) for n in range(3)]
    assert decide(only_old, 1000, replace(policy, standard=Standard.GBT_45574_2025))[0] is Disposition.REDACT
    assert decide(only_old, 1000, replace(policy, standard=Standard.GBT_35273_2020))[0] is Disposition.QUARANTINE


def documents(*ids):
    count = len(ids)
    return pa.RecordBatch.from_pydict({"document_id": list(ids), "source_id": ["s"] * count, "chars": pa.array([100] * count, pa.int64())})


def scans(**analysed):
    rows = [
        {"document_id": one, "source_id": "s", "rule_pack_sha256": "p", "is_analysed": yes, "detail": None, "findings": 0}
        for one, yes in analysed.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCANS)


def test_what_was_not_scanned_or_not_analysed_is_quarantined():
    decided = gate_pi(documents("a", "b", "c"), scans(a=True, b=False), FINDINGS.empty_table(), POLICY)
    assert decided.schema == DECISIONS
    assert decided["disposition"].to_pylist() == ["admit", "quarantine", "quarantine"]
    assert decided["reason"].to_pylist() == [None, "pi.not_analysed", "pi.not_analysed"]


def test_the_inputs_digest_knows_scans_and_consent_and_not_the_key():
    row = {
        "document_id": "a", "source_id": "s", "field": "text", "kind": "QQ", "char_start": 1, "char_end": 9, "byte_start": 1, "byte_end": 9,
        "score": 0.9, "rule_id": "qq", "rule_version": 1, "variant": "plain", "category_35273": "network_id", "is_sensitive_35273": False,
        "is_sensitive_45574": False, "value_hmac": "1", "key_id": "k", "rule_pack_sha256": "p",
    }  # fmt: skip

    def digest(analysed=True, consent=None, **changes):
        table = pa.Table.from_pylist([{**row, **changes}], schema=FINDINGS)
        return gate_pi(documents("a"), scans(a=analysed), table, POLICY, consents=consent)["inputs_sha256"][0].as_py()

    assert digest() == digest(value_hmac="2", key_id="k2")
    assert len({digest(), digest(score=0.8), digest(char_start=2), digest(analysed=False), digest(consent=lambda *_: ORDINARY)}) == 5


def test_the_policys_digest_changes_with_any_value():
    assert replace(POLICY, threshold=0.6).sha256 != POLICY.sha256
    assert as_policy(PiPolicy, read_yaml(Path("pipeline/policies/pi.yaml")), "pi").sha256 == POLICY.sha256
