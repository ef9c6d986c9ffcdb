"""Declarations: what a data engineer gets told, all at once, and that nothing is filled in for them."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.declarations import evidence_bytes, moment, read_declaration
from pipeline.domain.sources import Basis, Generator, SourceKind
from pipeline.errors import ConfigurationError, EvidenceError

COMPLETE = {
    "source": "poems",
    "kind": "open",
    "title": {"en": "Poems", "zh": "诗"},
    "publisher": {"name": "Somebody"},
    "origin": {"country": "CN"},
    "obtained": {"method": "upload", "at": "2026-11-22"},
    "languages": ["zh-Hans"],
    "modality": "text",
    "license": {"declared": "cc by 4.0", "concluded": "CC-BY-4.0"},
    "legal_basis": {"regime": "copyright", "basis": "license", "clause": "CC BY 4.0 section 2(a)(1)"},
    "evidence": [
        {
            "file": "evidence/LICENSE",
            "kind": "license_text",
            "about": "data",
            "read_at": "LICENSE",
            "retrieved_at": "2026-11-22T08:00:00+08:00",
        }
    ],
    "delivery": {"address": "data", "files": "*.jsonl", "format": "jsonl", "fields": {"text": "body"}},
    "propose": "admit",
}


def written(folder: Path, value) -> Path:
    path = folder / "source.yaml"
    path.write_text(value if isinstance(value, str) else yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def changed(change) -> dict:
    value = deepcopy(COMPLETE)
    change(value)
    return value


def problems(folder, value) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read_declaration(written(folder, value))
    return str(caught.value).splitlines()


def test_a_complete_declaration(tmp_path):
    source = read_declaration(written(tmp_path, COMPLETE))
    assert (source.source, source.kind, source.license.declared_expression) == ("poems", SourceKind.OPEN, "CC-BY-4.0")
    assert source.license.why is None
    assert source.legal_basis.basis == Basis.LICENSE
    assert source.delivery.fields.text == "body"
    assert source.delivery.fields.id is None
    assert source.generator is None


def test_the_digest_is_of_the_meaning_and_not_of_the_bytes(tmp_path):
    first = read_declaration(written(tmp_path, COMPLETE)).declaration_sha256
    assert read_declaration(written(tmp_path, "# said again\n" + json.dumps(COMPLETE))).declaration_sha256 == first
    assert read_declaration(written(tmp_path, changed(lambda value: value["evidence"].clear()))).declaration_sha256 != first


def test_a_source_to_refuse_needs_no_delivery_but_a_reason(tmp_path):
    value = changed(lambda value: (value.pop("delivery"), value.update(propose="refuse")))
    assert "refuse_because: expected this key, found none" in problems(tmp_path, value)[0]
    assert read_declaration(written(tmp_path, {**value, "refuse_because": "Not theirs."})).delivery is None


def test_a_generator_is_read(tmp_path):
    value = changed(lambda value: value.update(kind="synthetic", generator={"name": "g", "version": "1", "at": "2026-11-22", "seed": 7}))
    assert read_declaration(written(tmp_path, value)).generator == Generator("g", "1", "2026-11-22", 7)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda value: value.pop("license"), "license: expected this key, found none"),
        (lambda value: value.update(licence="MIT"), "licence: expected one of"),
        (lambda value: value.update(kind="free"), "kind: expected one of open, self_collected"),
        (lambda value: value["origin"].update(country="China"), "origin.country: expected two capital letters"),
        (lambda value: value.update(languages=[]), "languages: expected at least 1 entry"),
        (lambda value: value.update(languages="zh"), "languages: expected a list, found 'zh'"),
        (lambda value: value["license"].update(concluded=""), "license.concluded: expected some text"),
        (lambda value: value["license"].update(concluded="cc by 4.0"), "license.concluded: expected an SPDX expression"),
        (lambda value: value["license"].update(concluded="cc by 4.0"), "write CC-BY-4.0"),
        (
            lambda value: value["license"].update(concluded="free"),
            "expected an SPDX expression (or a LicenseRef) or NOASSERTION, found 'free'",
        ),
        (lambda value: value["evidence"][0].update(states="free"), "evidence.0.states: expected an SPDX expression"),
        (lambda value: value["evidence"][0].update(retrieved_at="2026-02-30"), "evidence.0.retrieved_at: expected a date"),
        (lambda value: value["evidence"][0].update(retrieved_at="22/11/2026"), "evidence.0.retrieved_at: expected a date"),
        (
            lambda value: value["evidence"][0].update(retrieved_at="2026-11-22T08:00:00"),
            "evidence.0.retrieved_at: expected a date, or a date and time with its offset",
        ),
        (lambda value: value["evidence"].append(deepcopy(value["evidence"][0])), "evidence.1.file: expected each file once"),
        (lambda value: value["legal_basis"].update(basis="legitimate_interests"), "legal_basis.basis: expected one of license"),
        (lambda value: value["legal_basis"].update(regime="data_protection"), "legal_basis.basis: expected a ground of data_protection"),
        (
            lambda value: value["legal_basis"].update(valid_from="2026-01-02", valid_to="2026-01-01"),
            "legal_basis.valid_to: expected an end after",
        ),
        (lambda value: value["obtained"].update(method="package"), "obtained.package: expected this key, found none"),
        (
            lambda value: value["obtained"].update(at=20261122),
            "obtained.at: expected text (in quotes if it looks like a number), found 20261122",
        ),
        (lambda value: value["delivery"].update(format="xlsx"), "delivery.format: expected one of jsonl"),
    ],
)
def test_each_fault_names_its_key_and_what_was_expected(tmp_path, change, expected):
    assert any(expected in line for line in problems(tmp_path, changed(change)))


def test_all_faults_are_listed_at_once_with_their_lines(tmp_path):
    lines = problems(tmp_path, "source: P\nkind: free\nmood: good\n")
    assert any(line.startswith(f"{tmp_path}/source.yaml:2: kind: ") for line in lines)
    assert any(line.startswith(f"{tmp_path}/source.yaml:3: mood: ") for line in lines)
    assert any(": title: expected this key" in line for line in lines)
    assert len(lines) >= 12


@pytest.mark.parametrize("value", ["", "- a\n", "text\n", "source: a\nsource: b\n"])
def test_what_is_no_declaration(tmp_path, value):
    assert problems(tmp_path, value)


def test_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match="expected a source declaration"):
        read_declaration(tmp_path / "source.yaml")


def test_the_evidence_is_brought_by_its_declared_name(tmp_path):
    path = written(tmp_path, COMPLETE)
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "LICENSE").write_bytes(b"terms")
    assert evidence_bytes(path, read_declaration(path)) == {"evidence/LICENSE": b"terms"}


def test_all_missing_evidence_is_listed_once(tmp_path):
    value = changed(lambda value: value["evidence"].append({**value["evidence"][0], "file": "evidence/NOTICE"}))
    path = written(tmp_path, value)
    with pytest.raises(EvidenceError, match=r"missing: evidence/LICENSE, evidence/NOTICE"):
        evidence_bytes(path, read_declaration(path))


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "evidence/../../outside", "link"])
def test_evidence_never_leads_out_of_its_folder(tmp_path, name):
    (tmp_path / "outside").write_bytes(b"secret")
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    path = written(folder, changed(lambda value: value["evidence"][0].update(file=name)))
    with pytest.raises(ConfigurationError, match="lead out of it"):
        evidence_bytes(path, read_declaration(path))


def test_a_date_alone_is_its_midnight_in_utc():
    assert moment("2026-11-22").isoformat() == "2026-11-22T00:00:00+00:00"
    assert moment("2026-11-22T08:00:00+08:00").isoformat() == "2026-11-22T00:00:00+00:00"
