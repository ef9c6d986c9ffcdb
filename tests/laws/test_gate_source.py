"""Laws of the source gate: one decision per document in order, whatever the batches; nothing lacking is admitted."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.dispositions import SEVERITY, Disposition, Reason
from pipeline.domain.licensing import SourcePolicy, SourceStanding
from pipeline.domain.rights import Answer, LegalGround, Reservation, Signal, grounds_hold
from pipeline.domain.sources import SourceState
from pipeline.stages.gate_source import gate_source, source_fault

KEEPS_OUT = st.sampled_from([Disposition.QUARANTINE, Disposition.REJECT])
POLICIES = st.fixed_dictionaries({reason: KEEPS_OUT for reason in Reason if reason.value.startswith("source.")}).map(
    lambda dispositions: SourcePolicy("1", dispositions)
)
MET = datetime(2026, 3, 1, tzinfo=UTC)
GROUNDS = st.lists(
    st.builds(LegalGround, st.sampled_from(["copyright", "data_protection"]), st.just("license"), valid_to=st.sampled_from([None, MET])),
    max_size=3,
).map(tuple)
SAID = st.lists(
    st.builds(Reservation, st.sampled_from(Signal), st.sampled_from(Answer), st.just("*"), st.just("robots.txt")), max_size=2
).map(tuple)
STANDINGS = st.builds(
    SourceStanding,
    state=st.sampled_from(SourceState),
    declaration_sha256=st.just("d" * 64),
    lacking=st.sampled_from([(), ("a contract",)]),
    grounds=GROUNDS,
    is_reserved=st.booleans(),
    reservations=SAID,
)
REGISTERS = st.dictionaries(st.sampled_from("abc"), STANDINGS)
SOURCES = st.lists(st.sampled_from([*"abcd", None]), max_size=30)


def decide(source_ids, standing, policy, start=0):
    documents = pa.record_batch(
        {
            "document_id": [f"{start + index:04}" for index in range(len(source_ids))],
            "source_id": pa.array(source_ids, pa.string()),
            "acquired_at": pa.array([MET] * len(source_ids), pa.timestamp("us", "UTC")),
            "reservations": pa.array([None] * len(source_ids), pa.string()),
        }
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
            and grounds_hold(known.grounds, MET)
            and not known.is_reserved
            and all(each.answer is Answer.ALLOWED for each in known.reservations)
        )
        assert (decision["disposition"] == Disposition.ADMIT) is enters
        assert (decision["reason"] is None) is enters


@given(STANDINGS, POLICIES)
def test_one_more_thing_lacking_never_admits(standing, policy):
    def severity(known):
        fault = source_fault(known, policy, MET)
        return 0 if fault is None else SEVERITY[policy.dispositions[fault]]

    more = replace(standing, lacking=(*standing.lacking, "a text"))
    assert min(severity(more), 1) >= min(severity(standing), 1)


@given(STANDINGS, POLICIES, st.sampled_from(Signal), st.sampled_from([Answer.DENIED, Answer.UNREADABLE]))
def test_one_more_reservation_never_admits(standing, policy, signal, answer):
    before = source_fault(standing, policy, MET)
    after = source_fault(standing, policy, MET, f'[["{signal}","{answer}","b"]]')
    assert after is not None
    assert before is None or after is before or after is Reason.SOURCE_RESERVED
