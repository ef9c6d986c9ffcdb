"""The source gate, fault by fault."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipeline.domain.dispositions import Disposition, Reason
from pipeline.domain.licensing import SourcePolicy, SourceStanding
from pipeline.domain.rights import Answer, LegalGround, Reservation, Signal
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
MET = datetime(2026, 3, 1, tzinfo=UTC)
GROUND = LegalGround("copyright", "license")
GOOD = SourceStanding(SourceState.ADMITTED, "d" * 64, (), (GROUND,))
LAPSED = LegalGround("copyright", "license", valid_to=MET)
LATER = LegalGround("copyright", "license", valid_from=MET)
OF_PEOPLE = LegalGround("data_protection", "consent")


def robots(answer, signal=Signal.ROBOTS):
    return Reservation(signal, answer, "laiyuan", "robots.txt", None, "b" * 64)


def decide(source_ids, standing, reservations=None, policy=POLICY, met=MET):
    count = len(source_ids)
    documents = pa.record_batch(
        {
            "document_id": [f"{index:03}" for index in range(count)],
            "source_id": pa.array(source_ids, pa.string()),
            "acquired_at": pa.array([met] * count, pa.timestamp("us", "UTC")),
            "reservations": pa.array(reservations or [None] * count, pa.string()),
        }
    )
    return gate_source(documents, standing, policy, policy_sha256="p" * 64, stage_version=1)


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
        ({"grounds": ()}, Reason.SOURCE_NO_LEGAL_BASIS),
        ({"grounds": (LAPSED,)}, Reason.SOURCE_NO_LEGAL_BASIS),
        ({"grounds": (LATER,)}, None),
        ({"grounds": (LAPSED, LATER)}, None),
        # one ground never answers for another regime
        ({"grounds": (LAPSED, OF_PEOPLE)}, Reason.SOURCE_NO_LEGAL_BASIS),
        ({"grounds": (GROUND, OF_PEOPLE)}, None),
        ({"reservations": (robots(Answer.DENIED),)}, Reason.SOURCE_RESERVED),
        ({"reservations": (robots(Answer.UNREADABLE),)}, Reason.SOURCE_RESERVED),
        ({"reservations": (robots(Answer.ALLOWED),)}, None),
        ({"reservations": (robots(Answer.DENIED, Signal.PAYWALL), robots(Answer.ALLOWED))}, Reason.SOURCE_RESERVED),
        # a person's word before what is merely lacking
        ({"state": SourceState.REFUSED, "is_reserved": True}, Reason.SOURCE_REFUSED),
        ({"state": SourceState.PROPOSED, "is_reserved": True, "lacking": ("x",)}, Reason.SOURCE_RESERVED),
        ({"grounds": (), "lacking": ("x",)}, Reason.SOURCE_NO_LEGAL_BASIS),
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


def test_a_reserved_document_and_one_that_policy_does_not_heed():
    said = ['[["noai","denied","b"]]', '[["robots","allowed","b"]]', '[["tdm_header","unreadable","b"]]', None]
    decided = decide(["s"] * 4, {"s": GOOD}, said)
    assert decided["reason"].to_pylist() == ["source.reserved", None, "source.reserved", None]
    assert len(set(decided["inputs_sha256"].to_pylist())) == 4
    lenient = replace(POLICY, heeds=frozenset({Signal.ROBOTS}), unreadable=Answer.ALLOWED)
    assert decide(["s"] * 4, {"s": GOOD}, said, lenient)["reason"].to_pylist() == [None] * 4


def test_a_document_never_met_has_no_ground():
    assert decide(["s"], {"s": GOOD}, met=None)["reason"].to_pylist() == ["source.no_legal_basis"]


def test_no_documents():
    assert decide([], {}).num_rows == 0
