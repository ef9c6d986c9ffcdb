"""From statements to a conclusion, as a table: what evidence states, what a person concludes, what follows."""

from dataclasses import replace

import pytest

from pipeline.domain.dispositions import Reason
from pipeline.domain.licensing import NOASSERTION, Statement
from pipeline.domain.sources import Evidence, LegalBasis, LicenseStatement, Source, SourceKind
from pipeline.stages.conclude_license import conclude_license

NO_EVIDENCE, NO_CONCLUSION, CONFLICT = Reason.LICENSE_NO_EVIDENCE, Reason.LICENSE_NO_CONCLUSION, Reason.LICENSE_CONFLICT
LICENSED = LegalBasis("copyright", "license", "the licence")
FREE_BY_LAW = LegalBasis("copyright", "public_domain_by_law", "Copyright Law Art. 5")
OWN = LegalBasis("copyright", "own_work", "made here")
CONTRACT = LegalBasis("contract", "contract", "clause 3")


def source(pieces, concluded, *, declared="as concluded", why=None, basis=LICENSED):
    evidence = tuple(Evidence(f"e{index}", piece.evidence_kind, piece.about, "here", "2026-11-22") for index, piece in enumerate(pieces))
    declared_expression = concluded if declared == "as concluded" else declared
    return Source(
        source="s",
        kind=SourceKind.OPEN,
        title={"en": "t"},
        publisher={"name": "p"},
        origin={"country": "CN"},
        obtained={},
        languages=("zh",),
        modality="text",
        license=LicenseStatement(declared_expression, concluded, why, declared_expression),
        legal_basis=basis,
        evidence=evidence,
        delivery=None,
        declaration={},
        declaration_sha256="0" * 64,
    )


def placed(pieces):
    return [replace(piece, file=f"e{index}", evidence_sha256=f"{index:064x}") for index, piece in enumerate(pieces)]


def data(expression, kind="license_text", **more):
    return Statement(expression, expression or "words nobody can read", "data", "license_text", evidence_kind=kind, **more)


def package(expression):
    return Statement(expression, expression, "package", "package_metadata", evidence_kind="package_metadata")


def silent(kind, about="data"):
    return Statement(None, "", about, "silent", evidence_kind=kind)


BY, NC, ANY_BY = "CC-BY-4.0", "CC-BY-NC-4.0", "LicenseRef-CC-BY-unversioned"
BY_LAW, SAID_FREE = "LicenseRef-public-domain-by-law", "LicenseRef-scancode-public-domain"


@pytest.mark.parametrize(
    ("pieces", "declared", "expected"),
    [
        # evidence about the data agrees with what a person concludes
        ([data(BY)], {"concluded": BY}, BY),
        ([data(BY), data(BY, "readme")], {"concluded": BY}, BY),
        ([data(BY), silent("readme")], {"concluded": BY}, BY),
        ([data(ANY_BY, "readme"), data(BY)], {"concluded": BY}, BY),
        ([data("GPL-3.0-only", alternatives=("GPL-3.0-or-later",))], {"concluded": "GPL-3.0-or-later"}, "GPL-3.0-or-later"),
        ([data("MIT OR ISC")], {"concluded": "MIT", "why": "the choice offered"}, "MIT"),
        ([data("MIT AND CC-BY-4.0")], {"concluded": "CC-BY-4.0 AND MIT"}, "CC-BY-4.0 AND MIT"),
        # nothing, or nothing about the data
        ([], {"concluded": "MIT"}, NO_EVIDENCE),
        ([silent("readme")], {"concluded": "MIT"}, NO_EVIDENCE),
        ([silent("readme")], {"concluded": "MIT", "why": "I think so"}, NO_EVIDENCE),
        ([data(ANY_BY)], {"concluded": BY, "why": "surely the newest"}, NO_EVIDENCE),
        # a licence on a package is not a licence on its data, unless a person says so with why
        ([package("MIT")], {"concluded": "MIT"}, NO_CONCLUSION),
        ([package("MIT")], {"concluded": "MIT", "why": "the author wrote the data too"}, "MIT"),
        ([package("MIT")], {"concluded": "Apache-2.0", "why": "the author said so"}, NO_EVIDENCE),
        ([package("MIT"), data(BY)], {"concluded": BY}, CONFLICT),
        ([package("MIT"), data(BY)], {"concluded": BY, "why": "MIT is for the code"}, BY),
        ([package("MIT"), data(BY)], {"concluded": "CC-BY-4.0 AND MIT"}, "CC-BY-4.0 AND MIT"),
        # nobody concludes
        ([data(BY)], {"concluded": NOASSERTION}, NO_CONCLUSION),
        ([package("MIT"), silent("readme")], {"concluded": NOASSERTION, "why": "not theirs"}, NO_CONCLUSION),
        # statements about the data that disagree, whatever a person says
        ([data(BY), data(NC, "readme")], {"concluded": BY}, CONFLICT),
        ([data(BY), data(NC, "readme")], {"concluded": BY, "why": "the better one"}, CONFLICT),
        ([data(BY), data(NC, "readme")], {"concluded": NOASSERTION}, CONFLICT),
        ([data("CC-BY-3.0"), data(BY), data(ANY_BY)], {"concluded": BY}, CONFLICT),
        ([data(BY), data(None, "notice")], {"concluded": BY, "why": "never mind"}, CONFLICT),
        ([data(None, "notice")], {"concluded": "MIT", "why": "never mind"}, CONFLICT),
        ([package("MIT"), data(None, "notice")], {"concluded": NOASSERTION}, CONFLICT),
        ([data(None, "notice")], {"concluded": NOASSERTION}, NO_CONCLUSION),
        # the conclusion is not what the evidence states
        ([data(NC)], {"concluded": BY, "why": "we asked"}, CONFLICT),
        ([data("MIT AND CC-BY-4.0")], {"concluded": "MIT", "why": "shorter"}, CONFLICT),
        ([data("MIT")], {"concluded": "MIT OR ISC"}, CONFLICT),
        ([data(BY)], {"concluded": "CC-BY-4.0 AND MIT"}, NO_EVIDENCE),
        # a written review decides, as evidence of its own
        ([data(BY), data(NC, "readme"), data(BY, "review")], {"concluded": BY, "why": "see the review"}, BY),
        ([data(BY), data(NC, "readme"), data(NC, "review")], {"concluded": BY, "why": "see the review"}, CONFLICT),
        ([data(BY), data(NC, "readme"), silent("review")], {"concluded": BY, "why": "see the review"}, CONFLICT),
        # declared and concluded differ
        ([data(BY)], {"concluded": BY, "declared": "MIT"}, CONFLICT),
        ([data(BY)], {"concluded": BY, "declared": "MIT", "why": "MIT is for the code"}, BY),
        ([data(BY)], {"concluded": BY, "declared": None}, BY),
        # the law leaves the work unprotected: a ground of its own, with the licence of what was added
        ([silent("statute")], {"concluded": NOASSERTION, "basis": FREE_BY_LAW}, BY_LAW),
        ([silent("statute")], {"concluded": SAID_FREE, "basis": FREE_BY_LAW}, BY_LAW),
        ([data(SAID_FREE, "notice")], {"concluded": NOASSERTION, "basis": FREE_BY_LAW}, BY_LAW),
        ([silent("statute"), package("MIT")], {"concluded": "MIT", "basis": FREE_BY_LAW, "why": "for the columns"}, f"{BY_LAW} AND MIT"),
        ([silent("statute"), package("MIT")], {"concluded": "MIT", "basis": FREE_BY_LAW}, NO_CONCLUSION),
        ([silent("statute")], {"concluded": "MIT", "basis": FREE_BY_LAW, "why": "said so"}, NO_EVIDENCE),
        ([silent("statute"), data(NC)], {"concluded": NOASSERTION, "basis": FREE_BY_LAW}, CONFLICT),
        ([], {"concluded": NOASSERTION, "basis": FREE_BY_LAW}, NO_EVIDENCE),
        # terms given to us, proved by what the ground needs
        ([silent("generator_record")], {"concluded": "CC0-1.0", "basis": OWN}, "CC0-1.0"),
        ([silent("contract")], {"concluded": "LicenseRef-contract-7", "basis": CONTRACT}, "LicenseRef-contract-7"),
        ([silent("readme")], {"concluded": "LicenseRef-contract-7", "basis": CONTRACT}, NO_EVIDENCE),
        ([silent("contract"), data(NC)], {"concluded": "LicenseRef-contract-7", "basis": CONTRACT}, CONFLICT),
    ],
)
def test_conclusions(pieces, declared, expected):
    conclusion = conclude_license(source(pieces, **declared), placed(pieces))
    if isinstance(expected, Reason):
        assert (conclusion.expression, conclusion.reason) == (NOASSERTION, expected)
    else:
        assert (conclusion.expression, conclusion.reason) == (expected, None)
    assert conclusion.explanation
    assert conclusion.evidence == tuple(f"{index:064x}" for index in range(len(pieces)))


def test_a_conflict_quotes_both_by_reference():
    pieces = [data(BY), data(NC, "readme")]
    explanation = conclude_license(source(pieces, BY), placed(pieces)).explanation
    assert explanation == f"e0 (sha256 {'0' * 12}) states CC-BY-4.0, but e1 (sha256 {'0' * 12}) states CC-BY-NC-4.0"


def test_evidence_that_was_not_read_leaves_nothing_to_conclude():
    pieces = [data(BY), silent("readme")]
    conclusion = conclude_license(source(pieces, BY), placed(pieces)[:1])
    assert (conclusion.expression, conclusion.reason) == (NOASSERTION, NO_EVIDENCE)
    assert "e1" in conclusion.explanation


def test_what_a_collection_record_says_is_no_licence():
    pieces = [data(BY), Statement(None, "robots: allowed", "collection", "robots", evidence_kind="collection_record")]
    assert conclude_license(source(pieces, BY), placed(pieces)).expression == BY
