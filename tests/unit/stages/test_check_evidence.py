"""Each kind of source demands its own evidence."""

from dataclasses import replace

import pytest

from pipeline.domain.licensing import Statement
from pipeline.domain.sources import Evidence, Generator, LegalBasis, LicenseStatement, Source, SourceKind
from pipeline.stages.check_evidence import check_evidence, is_reserved

BY_LAW = LegalBasis("copyright", "public_domain_by_law", "Copyright Law Art. 5")
GENERATOR = Generator("g", "1", "2026-11-22")


def source(kind, evidence_kinds, **more):
    evidence = tuple(Evidence(name, name, "data", "here", "2026-11-22") for name in evidence_kinds)
    return replace(
        Source(
            source="s",
            kind=SourceKind(kind),
            title={"en": "t"},
            publisher={"name": "p"},
            origin={"country": "CN"},
            obtained={},
            languages=("zh",),
            modality="text",
            license=LicenseStatement(None, "MIT"),
            legal_basis=LegalBasis("copyright", "license", "terms"),
            evidence=evidence,
            delivery=None,
            declaration={},
            declaration_sha256="0" * 64,
        ),
        **more,
    )


def read(evidence_kinds, expression=None):
    return [Statement(expression, expression or "", "data", "x", file=name, evidence_kind=name) for name in evidence_kinds]


ROBOTS = Statement(None, "robots: allowed", "collection", "robots", file="collection_record", evidence_kind="collection_record")
COMMITMENTS = ("commitment_source", "commitment_quality", "commitment_safety")


@pytest.mark.parametrize(
    ("kind", "evidence_kinds", "more", "extra", "lacking"),
    [
        ("open", (), {}, (), ["licence or authorization"]),
        ("open", ("license_text",), {}, (), []),
        ("open", ("authorization",), {}, (), []),
        ("open", ("package_metadata",), {}, (), ["licence or authorization"]),
        ("open", ("readme",), {}, (), ["licence or authorization"]),
        ("open", ("notice",), {"legal_basis": BY_LAW}, (), []),
        ("open", ("statute",), {"legal_basis": BY_LAW}, (), []),
        ("open", (), {"legal_basis": BY_LAW}, (), ["licence or authorization"]),
        ("self_collected", (), {}, (), ["collection record", "robots.txt"]),
        ("self_collected", ("collection_record",), {}, (), ["robots.txt"]),
        ("self_collected", ("collection_record",), {}, (ROBOTS,), []),
        ("self_collected", ("collection_record", "robots"), {}, (), []),
        ("commercial", (), {}, (), ["the contract", "on the source", "on quality", "on safety"]),
        ("commercial", ("contract", "commitment_source"), {}, (), ["on quality", "on safety"]),
        ("commercial", ("contract", *COMMITMENTS), {}, (), []),
        ("user_input", (), {}, (), ["authorization records"]),
        ("user_input", ("authorization_record",), {}, (), []),
        ("synthetic", (), {}, (), ["generator's name", "record of the generation"]),
        ("synthetic", ("generator_record",), {}, (), ["generator's name"]),
        ("synthetic", ("generator_record",), {"generator": GENERATOR}, (), []),
        ("public_sector", (), {}, (), ["statute or clause"]),
        ("public_sector", (), {"legal_basis": BY_LAW}, (), ["statute or clause"]),
        ("public_sector", ("statute",), {}, (), []),
        ("public_sector", ("readme",), {"legal_basis": BY_LAW}, (), []),
        ("public_sector", ("license_text",), {}, (), []),
    ],
)
def test_demands(kind, evidence_kinds, more, extra, lacking):
    found = check_evidence(source(kind, evidence_kinds, **more), [*read(evidence_kinds), *extra])
    assert len(found) == len(lacking)
    assert all(expected in wanted for expected, wanted in zip(lacking, found, strict=True))


def test_a_readme_that_names_a_licence_is_enough():
    assert check_evidence(source("open", ("readme",)), read(("readme",), "CC-BY-4.0")) == ()


def test_declared_evidence_that_was_not_read_is_missing():
    found = check_evidence(source("open", ("license_text", "readme")), read(("readme",)))
    assert found[0] == "the bytes of license_text"
    assert len(found) == 2


def test_a_collector_told_to_stay_out_is_a_reservation():
    assert not is_reserved([ROBOTS])
    assert is_reserved([ROBOTS, replace(ROBOTS, raw="robots: denied")])
