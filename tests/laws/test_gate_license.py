"""Laws of the licence gate: order and batches change nothing; a record's word never makes its source more lawful."""

from dataclasses import replace

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.adapters.spdx import normalize_expression
from pipeline.domain.dispositions import SEVERITY, Disposition, Reason
from pipeline.domain.licensing import (
    NOASSERTION,
    LicenseConclusion,
    LicensePolicy,
    Operator,
    RecordDiffers,
    combine,
    parse_expression,
    permitted,
)
from pipeline.stages.gate_license import gate_license

SHIPPED = as_policy(LicensePolicy, read_yaml(shipped("policies", "license.yaml")), "license")
POLICIES = st.sampled_from([SHIPPED, replace(SHIPPED, record_differs=RecordDiffers.STRICTER)])
IDS = st.sampled_from(
    ["MIT", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0", "LicenseRef-unknown", "GPL-2.0-only WITH Classpath-exception-2.0"]
)
EXPRESSIONS = st.recursive(
    IDS.map(parse_expression),
    lambda parts: st.builds(combine, st.sampled_from(Operator), st.lists(parts, min_size=1, max_size=3).map(tuple)),
).map(str)
CONCLUSIONS = st.one_of(
    EXPRESSIONS.map(lambda expression: LicenseConclusion(expression, None, "", ("e" * 64,))),
    st.sampled_from([Reason.LICENSE_CONFLICT, Reason.LICENSE_NO_EVIDENCE, Reason.LICENSE_NO_CONCLUSION]).map(
        lambda reason: LicenseConclusion(NOASSERTION, reason, "", ())
    ),
)
REGISTERS = st.dictionaries(st.sampled_from("ab"), CONCLUSIONS)
OWN = st.one_of(st.none(), EXPRESSIONS, st.sampled_from(["", " ", "other", "cc by 4.0", "no idea"]))
ROWS = st.lists(st.tuples(st.sampled_from("abc"), OWN), max_size=25)


def decide(rows, conclusions, policy):
    documents = pa.record_batch(
        {
            "document_id": [f"{source}/{own}" for source, own in rows],
            "source_id": pa.array([source for source, _ in rows], pa.string()),
            "record_license": pa.array([own for _, own in rows], pa.string()),
        },
    )
    return gate_license(documents, conclusions, policy, policy_sha256="p" * 64, stage_version=1, normalize=normalize_expression)


@given(ROWS, REGISTERS, POLICIES)
def test_one_decision_per_document_in_order(rows, conclusions, policy):
    decisions = decide(rows, conclusions, policy)
    assert decisions["document_id"].to_pylist() == [f"{source}/{own}" for source, own in rows]
    assert all((row["disposition"] == "admit") == (row["reason"] is None) for row in decisions.to_pylist())


@given(ROWS, REGISTERS, POLICIES, st.integers(0, 25))
def test_batch_size_changes_nothing(rows, conclusions, policy, cut):
    parts = [decide(rows[:cut], conclusions, policy), decide(rows[cut:], conclusions, policy)]
    assert pa.Table.from_batches(parts).combine_chunks().equals(pa.Table.from_batches([decide(rows, conclusions, policy)]))


@given(ROWS, REGISTERS, POLICIES)
def test_order_changes_nothing(rows, conclusions, policy):
    assert decide(rows[::-1], conclusions, policy).to_pylist()[::-1] == decide(rows, conclusions, policy).to_pylist()


@given(st.sampled_from("abc"), OWN, REGISTERS, POLICIES)
def test_a_records_word_never_makes_it_more_lawful(source, own, conclusions, policy):
    alone, beside = decide([(source, None), (source, own)], conclusions, policy)["disposition"].to_pylist()
    assert SEVERITY[Disposition(beside)] >= SEVERITY[Disposition(alone)]


@given(EXPRESSIONS, EXPRESSIONS, POLICIES)
def test_the_algebra(left, right, policy):
    one, other = permitted(left, policy).permitted, permitted(right, policy).permitted
    assert permitted(f"({left}) AND ({right})", policy).permitted is (one and other)
    assert permitted(f"({left}) OR ({right})", policy).permitted is (one or other)
    assert permitted(f"({left}) AND ({right})", policy) == permitted(f"({right}) AND ({left})", policy)
    assert permitted(f"({left}) OR ({right})", policy) == permitted(f"({right}) OR ({left})", policy)


@given(EXPRESSIONS)
def test_a_spelling_reads_as_itself(expression):
    assert str(parse_expression(expression)) == expression
    assert normalize_expression(expression) == expression
