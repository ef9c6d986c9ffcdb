"""Laws of the quality gate: nobody lost, nothing unmeasured admitted, and no fault ever helps."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.dispositions import SEVERITY, Disposition, Reason
from pipeline.domain.quality import Expectation, Importance, QualityPolicy, Suite
from pipeline.domain.tables import TABLE
from pipeline.stages.gate_quality import gate_quality

REASONS = [reason for reason in Reason if reason.value.startswith("quality.") and reason is not Reason.QUALITY_NOT_MEASURED]
BETWEEN = "expect_column_values_to_be_between"
IDS = [f"d{i}" for i in range(6)]
METRICS = pa.schema([field.with_nullable(True) for field in TABLE["metrics"].schema if field.name != "run_id"])
ZERO = {pa.string(): "x", pa.int64(): 1, pa.float64(): 0.5, pa.bool_(): True}

suites = st.lists(st.sampled_from(REASONS), min_size=1, max_size=5).map(
    lambda reasons: Suite(
        "s",
        "1",
        tuple(
            Expectation(f"e{i}", BETWEEN, {"column": "chars"}, Importance.CRITICAL, "c", {"en": "e", "zh": "z"}, reason)
            for i, reason in enumerate(reasons)
        ),
    )
)  # fmt: skip
policies = st.dictionaries(st.sampled_from(REASONS), st.sampled_from([Disposition.QUARANTINE, Disposition.REJECT])).map(
    lambda listed: QualityPolicy("1", "s", dispositions=listed)
)
failures = st.lists(st.sets(st.sampled_from([*IDS, "elsewhere"])), min_size=5, max_size=5)


def metrics(ids: list[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{f.name: ZERO[f.type] for f in METRICS} | {"document_id": each} for each in ids], schema=METRICS)


def failed(suite: Suite, sets: list[set[str]]) -> dict[str, set[str]]:
    return {each.id: ids for each, ids in zip(suite.critical, sets, strict=False)}


def decide(records: pa.RecordBatch, found: dict[str, set[str]], suite: Suite, policy: QualityPolicy) -> pa.RecordBatch:
    return gate_quality(records, found, suite, policy, policy_sha256="p", stage_version=1)


@settings(deadline=None)
@given(suites, policies, failures, st.integers(0, 6))
def test_one_decision_per_document_in_order_and_batches_change_nothing(suite, policy, sets, cut) -> None:
    records, found = metrics(IDS), failed(suite, sets)
    decided = decide(records, found, suite, policy)
    assert decided.column("document_id").equals(records.column("document_id"))
    assert decided.schema.names == [name for name in TABLE["decisions"].schema.names if name != "run_id"]
    parts = [decide(records.slice(0, cut), found, suite, policy), decide(records.slice(cut), found, suite, policy)]
    assert pa.Table.from_batches(parts).combine_chunks().equals(pa.Table.from_batches([decided]).combine_chunks())
    for row in decided.to_pylist():
        assert (row["disposition"] == "admit") == (row["reason"] is None)
        assert (row["disposition"] == "admit") == all(row["document_id"] not in ids for ids in found.values())


@settings(deadline=None)
@given(suites, policies, failures, st.integers(0, 4), st.sampled_from(IDS))
def test_one_more_fault_never_moves_a_document_towards_admission(suite, policy, sets, which, document_id) -> None:
    found = failed(suite, sets)
    key = f"e{which % len(suite.critical)}"
    before = decide(metrics(IDS), found, suite, policy).column("disposition").to_pylist()
    after = decide(metrics(IDS), found | {key: found[key] | {document_id}}, suite, policy).column("disposition").to_pylist()
    assert all(SEVERITY[Disposition(b)] >= SEVERITY[Disposition(a)] for a, b in zip(before, after, strict=True))


@settings(deadline=None)
@given(suites, policies, failures, st.integers(0, 4))
def test_an_expectation_that_was_not_checked_admits_nobody(suite, policy, sets, which) -> None:
    found = failed(suite, sets)
    del found[f"e{which % len(suite.critical)}"]
    assert "admit" not in decide(metrics(IDS), found, suite, policy).column("disposition").to_pylist()


@settings(deadline=None)
@given(suites, policies, failures)
def test_the_strictest_fault_is_stated_and_of_equals_the_first_of_the_suite(suite, policy, sets) -> None:
    found = failed(suite, sets)
    for row in decide(metrics(IDS), found, suite, policy).to_pylist():
        faults = [each.reason for each in suite.critical if row["document_id"] in found[each.id]]
        if faults:
            strictest = max(SEVERITY[policy.disposition(fault)] for fault in faults)
            assert row["reason"] == next(fault for fault in faults if SEVERITY[policy.disposition(fault)] == strictest)
            assert row["disposition"] == policy.disposition(Reason(row["reason"]))
