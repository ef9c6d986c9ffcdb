"""The shipped policy and reference against the SPDX list that license-expression knows, and the schema against its enums."""

import json

import jsonschema
from license_expression import get_spdx_licensing

from pipeline.adapters.license_texts import license_names
from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.adapters.spdx import read_expression
from pipeline.domain.licensing import LicensePolicy, SourcePolicy
from pipeline.domain.sources import About, Basis, EvidenceKind, Format, Regime, SourceKind

POLICY = as_policy(LicensePolicy, read_yaml(shipped("policies", "license.yaml")), "license")
SCHEMA = json.loads(shipped("schemas", "source.schema.json").read_bytes())


def test_every_classed_id_is_spelled_as_the_list_does():
    assert [name for ids in POLICY.licenses.values() for name in ids if read_expression(name) != name] == []
    assert [name for name in POLICY.exceptions if read_expression(f"MIT WITH {name}") != f"MIT WITH {name}"] == []


def test_every_class_holds_a_licence():
    assert POLICY.licenses.keys() == POLICY.classes.keys()


def test_no_licence_that_denies_commerce_or_changes_is_in_a_class_that_allows_them():
    for name, ids in POLICY.licenses.items():
        for license_id in ids:
            assert POLICY.classes[name].commercial_use is False or "-NC" not in license_id
            assert POLICY.classes[name].derivatives is False or "-ND" not in license_id
            assert POLICY.classes[name].share_alike is True or "-SA" not in license_id


def test_the_source_policy_is_read():
    assert as_policy(SourcePolicy, read_yaml(shipped("policies", "source.yaml")), "source").version == "1"


def test_ids_of_the_reference_are_on_the_list_and_read_without_case():
    known = get_spdx_licensing().known_symbols
    assert sum(name in known for name in license_names()) > 650
    assert [name for name in license_names() if read_expression(name.lower()) is None] == []


def test_the_schema_is_one_and_has_the_enums_of_the_domain():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["properties"]
    assert properties["kind"]["enum"] == [kind.value for kind in SourceKind]
    ground = SCHEMA["$defs"]["basis"]["properties"]
    assert ground["regime"]["enum"] == [regime.value for regime in Regime]
    assert ground["basis"]["enum"] == [basis.value for basis in Basis]
    assert properties["evidence"]["items"]["properties"]["kind"]["enum"] == [kind.value for kind in EvidenceKind]
    assert properties["evidence"]["items"]["properties"]["about"]["enum"] == [about.value for about in About]
    assert properties["delivery"]["properties"]["format"]["enum"] == [known.value for known in Format]
