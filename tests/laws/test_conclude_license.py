"""Laws of concluding: taking away a piece of evidence never makes a source more lawful, and order means nothing."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.domain.licensing import NOASSERTION, LicensePolicy, Statement, permitted
from pipeline.domain.sources import (
    Basis,
    Evidence,
    EvidenceKind,
    Generator,
    LegalBasis,
    LicenseStatement,
    Source,
    SourceKind,
)
from pipeline.stages.check_evidence import RESERVING, check_evidence, dropped_evidence, is_reserved
from pipeline.stages.conclude_license import conclude_license

POLICY = as_policy(LicensePolicy, read_yaml(shipped("policies", "license.yaml")), "license")
EXPRESSIONS = st.sampled_from(
    [
        "MIT",
        "CC-BY-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-4.0 AND MIT",
        "CC-BY-NC-4.0 OR MIT",
        "LicenseRef-CC-BY-unversioned",
        "LicenseRef-scancode-public-domain",
    ]
)
WHY = st.sampled_from([None, "a person says so"])
BASES = st.one_of(st.none(), st.sampled_from(Basis).map(lambda basis: LegalBasis("copyright", basis, "a clause")))


@st.composite
def cases(draw):
    """Draw a declaration with up to three pieces of evidence, each with up to two statements, one of which may be silence."""
    evidence, statements = [], []
    for index in range(draw(st.integers(0, 3))):
        piece = Evidence(f"e{index}", draw(st.sampled_from(EvidenceKind)), draw(st.sampled_from(["package", "data"])), "here", "2026-11-22")
        evidence.append(piece)
        for _ in range(draw(st.integers(1, 2))):
            expression = draw(st.one_of(st.none(), EXPRESSIONS))
            raw = draw(st.sampled_from(["", "", "", "words"])) if expression is None else expression
            kind = draw(st.sampled_from(["license_text", "robots"]))
            about = "collection" if kind == "robots" else piece.about
            statements.append(Statement(expression, raw, about, kind, piece.file, f"{index:064x}", piece.kind))
    # Most conclusions drawn are ones that some evidence states, so that a good share of the cases is lawful.
    stated = [statement.expression for statement in statements if statement.expression]
    concluded = draw(st.sampled_from([*stated, *stated, NOASSERTION, "MIT"]))
    source = Source(
        source="s",
        kind=draw(st.sampled_from(SourceKind)),
        title={"en": "t"},
        publisher={"name": "p"},
        origin={"country": "CN"},
        obtained={},
        languages=("zh",),
        modality="text",
        license=LicenseStatement("words", concluded, draw(WHY), draw(st.sampled_from([None, concluded]))),
        legal_basis=draw(BASES),
        evidence=tuple(evidence),
        delivery=None,
        declaration={},
        declaration_sha256="0" * 64,
        generator=draw(st.sampled_from([None, Generator("g", "1", "2026-11-22")])),
    )
    return source, statements


def is_lawful(source, statements):
    """Tell whether a source would pass: complete by its kind, concluded, and permitted."""
    conclusion = conclude_license(source, statements)
    return not check_evidence(source, statements) and conclusion.reason is None and permitted(conclusion.expression, POLICY).permitted


@settings(max_examples=400, deadline=None)
@given(cases(), st.data())
def test_removing_any_piece_of_evidence_never_makes_more_lawful(case, data):
    source, statements = case
    if not source.evidence:
        assert not is_lawful(source, statements)
        return
    removed = data.draw(st.sampled_from(source.evidence)).file
    rest = [statement for statement in statements if statement.file != removed]
    assert is_lawful(source, statements) or not is_lawful(source, rest)
    assert conclude_license(source, rest).reason is not None
    assert set(check_evidence(source, rest)) >= set(check_evidence(source, statements))


@settings(max_examples=400, deadline=None)
@given(cases(), st.data())
def test_leaving_a_piece_out_of_the_declaration_never_makes_more_lawful(case, data):
    source, statements = case
    if not source.evidence:
        return
    left_out = data.draw(st.sampled_from(source.evidence))
    rest = replace(source, evidence=tuple(piece for piece in source.evidence if piece != left_out))
    spoken = [statement for statement in statements if statement.file != left_out.file]
    dropped = dropped_evidence(rest, {left_out.file: left_out.kind})
    has_review = any(piece.kind == EvidenceKind.REVIEW for piece in rest.evidence)
    assert dropped or has_review, "only a written review may say why a piece is left out"
    # A review decides between terms; it never lifts a reservation.
    enters = is_lawful(rest, spoken) and not dropped and not is_reserved(spoken)
    assert not enters or (has_review and left_out.kind not in RESERVING)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_statements_means_nothing(case, random):
    source, statements = case
    shuffled = list(statements)
    random.shuffle(shuffled)
    assert conclude_license(source, shuffled) == conclude_license(source, statements)


@given(cases())
def test_a_conclusion_has_a_reason_exactly_when_it_asserts_nothing(case):
    conclusion = conclude_license(*case)
    assert (conclusion.expression == NOASSERTION) is (conclusion.reason is not None)
    assert conclusion.explanation


@given(cases())
def test_a_conclusion_never_says_less_than_the_data_s_evidence(case):
    source, statements = case
    conclusion = conclude_license(source, statements)
    denied = [statement for statement in statements if statement.about == "data" and statement.expression == "CC-BY-NC-4.0"]
    reviewed = any(statement.evidence_kind == EvidenceKind.REVIEW and statement.expression for statement in statements)
    if denied and not reviewed:
        assert not permitted(conclusion.expression, POLICY).permitted
