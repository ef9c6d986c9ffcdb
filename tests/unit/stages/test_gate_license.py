"""The licence gate: the source's conclusion beside the record's own terms."""

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.adapters.spdx import normalize_expression
from pipeline.domain.dispositions import Reason
from pipeline.domain.licensing import NOASSERTION, LicenseConclusion, LicensePolicy, RecordDiffers
from pipeline.domain.tables import TABLE
from pipeline.stages.gate_license import gate_license, spdx_only

POLICY = as_policy(LicensePolicy, read_yaml(shipped("policies", "license.yaml")), "license")
STRICTER = replace(POLICY, record_differs=RecordDiffers.STRICTER)
EVIDENCE = ("e" * 64,)


def concluded(expression):
    return LicenseConclusion(expression, None, "", EVIDENCE)


def decide(own, conclusions, policy=POLICY, normalize=normalize_expression):
    documents = pa.record_batch(
        {
            "document_id": [f"{index:03}" for index in range(len(own))],
            "source_id": ["s"] * len(own),
            "record_license": pa.array(own, pa.string()),
        },
    )
    return gate_license(documents, conclusions, policy, policy_sha256="p" * 64, stage_version=1, normalize=normalize)


@pytest.mark.parametrize(
    ("conclusion", "own", "policy", "disposition", "reason"),
    [
        # the source alone
        ("CC-BY-4.0", None, POLICY, "admit", None),
        ("CC-BY-4.0", "", POLICY, "admit", None),
        ("CC-BY-4.0", "  ", POLICY, "admit", None),
        ("CC-BY-NC-4.0", None, POLICY, "reject", "license.not_permitted"),
        ("LicenseRef-our-own", None, POLICY, "quarantine", "license.not_classed"),
        (NOASSERTION, None, POLICY, "quarantine", "license.no_conclusion"),
        ("LicenseRef-public-domain-by-law AND MIT", None, POLICY, "admit", None),
        # the record says the same
        ("CC-BY-4.0", "cc by 4.0", POLICY, "admit", None),
        ("CC-BY-4.0", "CC BY", POLICY, "admit", None),
        ("CC-BY-4.0 AND MIT", "MIT", POLICY, "admit", None),
        # the record differs
        ("CC-BY-4.0", "CC0", POLICY, "quarantine", "license.record_differs"),
        ("CC-BY-4.0", "CC0", STRICTER, "admit", None),
        ("CC-BY-4.0", "cc by nc 4.0", POLICY, "reject", "license.not_permitted"),
        ("CC-BY-4.0", "cc by nc 4.0", STRICTER, "reject", "license.not_permitted"),
        ("CC-BY-4.0", "llama2", STRICTER, "reject", "license.not_permitted"),
        ("CC-BY-4.0", "LicenseRef-mine", STRICTER, "quarantine", "license.not_classed"),
        # words that cannot be read are not ignored, under any policy
        ("CC-BY-4.0", "other", POLICY, "quarantine", "license.record_differs"),
        ("CC-BY-4.0", "ask me first", STRICTER, "quarantine", "license.record_differs"),
        # free terms of a record never repair its source
        ("CC-BY-NC-4.0", "CC0", STRICTER, "reject", "license.not_permitted"),
        (NOASSERTION, "MIT", STRICTER, "quarantine", "license.no_conclusion"),
    ],
)
def test_rulings(conclusion, own, policy, disposition, reason):
    [decision] = decide([own], {"s": concluded(conclusion)}, policy).to_pylist()
    assert (decision["disposition"], decision["reason"]) == (disposition, reason)


def test_a_conflict_stays_one():
    conclusion = LicenseConclusion(NOASSERTION, Reason.LICENSE_CONFLICT, "two", EVIDENCE)
    assert decide([None], {"s": conclusion})["reason"].to_pylist() == ["license.conflict"]


def test_a_source_without_conclusion_has_no_evidence():
    assert decide([None], {})["reason"].to_pylist() == ["license.no_evidence"]


def test_without_a_reader_only_spdx_is_read():
    decisions = decide(["CC-BY-4.0", "cc by 4.0"], {"s": concluded("CC-BY-4.0")}, normalize=spdx_only)
    assert decisions["reason"].to_pylist() == [None, "license.record_differs"]


def test_words_are_read_once_per_distinct_value():
    asked = []

    def reader(written):
        asked.append(written)
        return normalize_expression(written)

    decide(["MIT", None, "CC0"] * 1000, {"s": concluded("MIT")}, normalize=reader)
    assert sorted(asked) == ["CC0", "MIT"]


def test_the_columns_are_those_of_the_table():
    decisions = decide([None, "MIT"], {"s": concluded("MIT")})
    assert decisions.schema == pa.schema([field for field in TABLE["decisions"].schema if field.name != "run_id"])
    assert decisions["gate"].to_pylist() == ["license", "license"]
    assert len(set(decisions["inputs_sha256"].to_pylist())) == 2
