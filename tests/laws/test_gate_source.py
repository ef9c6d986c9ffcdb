"""Laws of the source gate: one decision per document in order, whatever the batches; nothing lacking is admitted."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.dispositions import SEVERITY, Disposition, Reason
from pipeline.domain.licensing import SourcePolicy, SourceStanding
from pipeline.domain.sources import SourceState
from pipeline.stages.gate_source import gate_source, source_fault

KEEPS_OUT = st.sampled_from([Disposition.QUARANTINE, Disposition.REJECT])
POLICIES = st.fixed_dictionaries({reason: KEEPS_OUT for reason in Reason if reason.value.startswith("source.")}).map(
    lambda dispositions: SourcePolicy("1", dispositions)
)
STANDINGS = st.builds(
    SourceStanding,
    state=st.sampled_from(SourceState),
    declaration_sha256=st.just("d" * 64),
    lacking=st.sampled_from([(), ("a contract",)]),
    has_legal_basis=st.booleans(),
    is_reserved=st.booleans(),
)
REGISTERS = st.dictionaries(st.sampled_from("abc"), STANDINGS)
SOURCES = st.lists(st.sampled_from([*"abcd", None]), max_size=30)


def decide(source_ids, standing, policy, start=0):
    documents = pa.record_batch(
        {"document_id": [f"{start + index:04}" for index in range(len(source_ids))], "source_id": pa.array(source_ids, pa.string())}
    )
    return gate_source(documents, standing, policy, policy_sha256="p" * 64, stage_version=1)


@given(SOURCES, REGISTERS, POLICIES)
def test_one_decision_per_document_in_order(source_ids, standing, policy):
    decisions = decide(source_ids, standing, policy)
    assert decisions["document_id"].to_pylist() == [f"{index:04}" for index in range(len(source_ids))]
    assert decisions["source_id"].to_pylist() == source_ids


@given(SOURCES, REGISTERS, POLICIES, st.integers(0, 30))
def test_batch_size_changes_nothing(source_ids, standing, policy, cut):
    whole = pa.Table.from_batches([decide(source_ids, standing, policy)])
    cut = min(cut, len(source_ids))
    parts = pa.Table.from_batches([decide(source_ids[:cut], standing, policy), decide(source_ids[cut:], standing, policy, cut)])
    assert whole.equals(parts.combine_chunks())


@given(SOURCES, REGISTERS, POLICIES)
def test_only_what_is_admitted_complete_grounded_and_unreserved_enters(source_ids, standing, policy):
    for decision in decide(source_ids, standing, policy).to_pylist():
        known = standing.get(decision["source_id"])
        enters = (
            known is not None
            and known.state is SourceState.ADMITTED
            and not known.lacking
            and known.has_legal_basis
            and not known.is_reserved
        )
        assert (decision["disposition"] == Disposition.ADMIT) is enters
        assert (decision["reason"] is None) is enters


@given(STANDINGS, POLICIES)
def test_one_more_thing_lacking_never_admits(standing, policy):
    def severity(known):
        fault = source_fault(known)
        return 0 if fault is None else SEVERITY[policy.dispositions[fault]]

    more = SourceStanding(
        standing.state, standing.declaration_sha256, (*standing.lacking, "a text"), standing.has_legal_basis, standing.is_reserved
    )
    assert min(severity(more), 1) >= min(severity(standing), 1)
