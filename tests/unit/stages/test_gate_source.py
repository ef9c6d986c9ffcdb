"""The source gate, fault by fault."""

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.domain.dispositions import Disposition, Reason
from pipeline.domain.licensing import SourcePolicy, SourceStanding
from pipeline.domain.sources import SourceState
from pipeline.domain.tables import TABLE
from pipeline.stages.gate_source import gate_source

POLICY = SourcePolicy(
    "1",
    {
        reason: Disposition.REJECT if reason in {Reason.SOURCE_REFUSED, Reason.SOURCE_RESERVED} else Disposition.QUARANTINE
        for reason in Reason
        if reason.value.startswith("source.")
    },
)
GOOD = SourceStanding(SourceState.ADMITTED, "d" * 64, (), has_legal_basis=True)


def decide(source_ids, standing):
    documents = pa.record_batch(
        {"document_id": [f"{index:03}" for index in range(len(source_ids))], "source_id": pa.array(source_ids, pa.string())}
    )
    return gate_source(documents, standing, POLICY, policy_sha256="p" * 64, stage_version=1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"state": SourceState.PROPOSED}, Reason.SOURCE_NOT_ASSESSED),
        ({"state": SourceState.ASSESSED}, Reason.SOURCE_NOT_ADMITTED),
        ({"state": SourceState.REFUSED}, Reason.SOURCE_REFUSED),
        ({"state": SourceState.SUSPENDED}, Reason.SOURCE_SUSPENDED),
        ({"lacking": ("a contract",)}, Reason.SOURCE_NO_EVIDENCE),
        ({"is_reserved": True}, Reason.SOURCE_RESERVED),
        ({"has_legal_basis": False}, Reason.SOURCE_NO_LEGAL_BASIS),
        # a person's word before what is merely lacking
        ({"state": SourceState.REFUSED, "is_reserved": True}, Reason.SOURCE_REFUSED),
        ({"state": SourceState.PROPOSED, "is_reserved": True, "lacking": ("x",)}, Reason.SOURCE_RESERVED),
        ({"has_legal_basis": False, "lacking": ("x",)}, Reason.SOURCE_NO_LEGAL_BASIS),
    ],
)
def test_faults(change, reason):
    [decision] = decide(["s"], {"s": replace(GOOD, **change)}).to_pylist()
    assert decision["reason"] == reason
    assert decision["disposition"] == (Disposition.ADMIT if reason is None else POLICY.dispositions[reason])


def test_each_document_has_its_sources_decision_in_order():
    decisions = decide(["a", "b", "a", "c", None], {"a": GOOD, "b": replace(GOOD, state=SourceState.SUSPENDED)})
    assert decisions["document_id"].to_pylist() == ["000", "001", "002", "003", "004"]
    assert decisions["reason"].to_pylist() == [None, "source.suspended", None, "source.not_assessed", "source.not_assessed"]


def test_the_columns_are_those_of_the_table():
    decisions = decide(["s"], {"s": GOOD})
    assert decisions.schema == pa.schema([field for field in TABLE["decisions"].schema if field.name != "run_id"])
    assert decisions.to_pylist()[0]["gate"] == "source"
    assert decisions.to_pylist()[0]["policy_sha256"] == "p" * 64


def test_what_was_known_is_in_the_digest():
    changes = [{}, {"state": SourceState.SUSPENDED}, {"lacking": ("x",)}, {"declaration_sha256": "e" * 64}, {"is_reserved": True}]
    digests = {decide(["s"], {"s": replace(GOOD, **change)})["inputs_sha256"][0].as_py() for change in changes}
    assert len(digests) == len(changes)


def test_no_documents():
    assert decide([], {}).num_rows == 0
