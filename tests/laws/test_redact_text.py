"""Redaction leaves nothing that policy forbids, cuts no character, and done twice is done once."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.pi import Action, KindPolicy, Operator, PiPolicy
from pipeline.stages.detect_pi import detect_pi
from pipeline.stages.redact_text import forbidden_findings, redact_text, redact_until_clean

RULES = load_rules([Path("pipeline/pi_rules")])
DETECTOR = build_detector(RULES)
SHIPPED = as_policy(PiPolicy, read_yaml(Path("pipeline/policies/pi.yaml")), "pi")
POLICIES = {
    "shipped": SHIPPED,
    **{operator.value: replace(SHIPPED, kinds={}, default=KindPolicy(Action.REDACT, operator)) for operator in Operator},
}
PIECES = [example for rule in RULES for example in (*rule.match, *rule.no_match)]
GLUE = ["", " ", "，", "。", "\n", "\u200b", "电话", "的", "😀", "：", "A", "1", "-", "é", "<", ">"]
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(GLUE) | st.text(max_size=8), max_size=12).map("".join)
FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEY = b"1" * 32


def batch(texts):
    count = len(texts)
    return pa.RecordBatch.from_pydict(
        {
            "document_id": [f"d{number:04d}" for number in range(count)],
            "source_id": ["s"] * count,
            "text": pa.array(texts, pa.string()),
            "locator": pa.array([text[:40] or "x" for text in texts], pa.string()),
            "title": pa.array([text[-30:] for text in texts], pa.string()),
            "metadata": pa.array([json.dumps({"note": text}, ensure_ascii=False) for text in texts], pa.string()),
        },
    )


def detect(records):
    return detect_pi(records, DETECTOR, key=KEY, key_id="k-1")


@pytest.mark.parametrize("name", POLICIES)
@FEW
@given(texts=st.lists(TEXTS, max_size=4))
def test_a_second_look_finds_nothing_forbidden_and_changes_nothing(name, texts):
    policy, records = POLICIES[name], batch(texts)
    once = redact_until_clean(records, detect(records).findings, lambda seen: detect(seen).findings, policy, key=KEY)
    again = detect(once)
    left = forbidden_findings(again.findings, policy)
    assert [(row["field"], row["kind"], row["rule_id"]) for row in left.to_pylist()] == []
    assert redact_text(once, again.findings, policy, key=KEY).equals(once)
    assert all(again.scans["is_analysed"].to_pylist())


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_equal_values_get_equal_surrogates_under_one_key_only(texts):
    records = batch(texts)
    found = detect(records).findings
    policy = POLICIES["surrogate"]
    assert redact_text(records, found, policy, key=KEY).equals(redact_text(records, found, policy, key=KEY))


@FEW
@given(st.lists(TEXTS, max_size=4))
def test_what_has_no_finding_stays_byte_for_byte(texts):
    records = batch(texts)
    found = detect(records).findings
    with_findings = set(found["document_id"].to_pylist())
    redacted = redact_text(records, found, SHIPPED, key=None)
    for before, after in zip(records.to_pylist(), redacted.to_pylist(), strict=True):
        if before["document_id"] not in with_findings:
            assert before == after
