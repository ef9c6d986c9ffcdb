"""What evidence states, format by format, as a table of bytes in and terms out."""

import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.shipped import shipped
from pipeline.adapters.statements import read_statements
from pipeline.domain.digests import sha256_hex
from pipeline.domain.sources import Evidence, EvidenceKind

TABLE = pq.read_table(shipped("reference", "spdx_licenses.parquet"), columns=["license_id", "text"])
TEXT = dict(zip(TABLE["license_id"].to_pylist(), TABLE["text"].to_pylist(), strict=True))


def evidence(file, kind, about="data", states=None):
    return Evidence(file, kind, about, "where it was read", "2026-11-22", states)


def stated(content, file="README", kind="readme", *, about="data", states=None, media_type=""):
    content = content if isinstance(content, bytes) else content.encode()
    return read_statements(evidence(file, kind, about, states), media_type, content)


def terms(*args, **options):
    return [statement.expression or statement.raw for statement in stated(*args, **options)]


HUB_CARD = "---\nlicense: {license}\nlanguage:\n- zh\n---\n# Dataset Card\n\n## Licensing Information\n\n[More Information Needed]\n"
CROISSANT = {"@context": {"cr": "http://mlcommons.org/croissant/"}, "@type": "sc:Dataset", "name": "d"}
DEP_5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 Somebody
License: GPL-2+

Files: data/*
Copyright: 2020 Somebody Else
License: CC-BY-SA-3.0

Files: debian/*
Copyright: 2021 A Packager
License: Expat

License: GPL-2+
 The full text is in /usr/share/common-licenses/GPL-2.
"""


@pytest.mark.parametrize(
    ("file", "kind", "content", "expected"),
    [
        # package metadata, whatever the declarer says it is about
        ("package.json", "package_metadata", '{"name": "n", "version": "1", "license": "MIT"}', ["MIT"]),
        (
            "package.json",
            "package_metadata",
            '{"name": "n", "version": "1", "license": {"type": "BSD-3-Clause", "url": "x"}}',
            ["BSD-3-Clause"],
        ),
        (
            "package.json",
            "package_metadata",
            '{"name": "n", "version": "1", "licenses": [{"type": "MIT"}, {"type": "Apache 2"}]}',
            ["Apache-2.0 AND MIT"],
        ),
        (
            "package.json",
            "package_metadata",
            '{"name": "n", "version": "1", "license": "SEE LICENSE IN TERMS"}',
            ["SEE LICENSE IN TERMS"],
        ),
        ("package.json", "package_metadata", "{broken", ["JSON that cannot be read"]),
        ("PKG-INFO", "package_metadata", "Name: n\nLicense: MIT License\nClassifier: License :: OSI Approved :: MIT License\n", ["MIT"]),
        ("METADATA", "package_metadata", "Name: n\nLicense-Expression: MIT OR Apache-2.0\nLicense: whatever\n", ["Apache-2.0 OR MIT"]),
        ("METADATA", "package_metadata", "Name: n\nClassifier: License :: OSI Approved :: BSD License\n", ["LicenseRef-BSD-unversioned"]),
        ("METADATA", "package_metadata", "Name: n\nLicense: UNKNOWN\n", [""]),
        ("copyright", "license_text", DEP_5, ["CC-BY-SA-3.0 AND GPL-2.0-or-later"]),
        # dataset cards
        ("README.md", "dataset_card", HUB_CARD.format(license="cc-by-nc-4.0"), ["CC-BY-NC-4.0"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="[mit, cc-by-4.0]"), ["CC-BY-4.0 AND MIT"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="\n- odbl"), ["ODbL-1.0"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="other"), ["other"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="other\nlicense_name: llama2"), ["LicenseRef-Llama-2"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="other\nlicense_name: our-own"), ["other our-own"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="unknown"), ["unknown"]),
        ("README.md", "dataset_card", HUB_CARD.format(license="mit\nlicense: gpl"), ["front matter that cannot be read"]),
        (
            "README.md",
            "dataset_card",
            HUB_CARD.format(license="mit").replace("[More Information Needed]", "CC BY-NC 4.0."),
            ["MIT", "CC-BY-NC-4.0"],
        ),
        # Croissant and other JSON
        (
            "croissant.json",
            "dataset_card",
            json.dumps({**CROISSANT, "license": "https://creativecommons.org/licenses/by/4.0/"}),
            ["CC-BY-4.0"],
        ),
        ("croissant.json", "dataset_card", json.dumps({**CROISSANT, "license": {"@type": "CreativeWork", "name": "ODbL"}}), ["ODbL-1.0"]),
        ("croissant.json", "dataset_card", json.dumps({**CROISSANT, "license": ["cc-by-4.0", "cc0-1.0"]}), ["CC-BY-4.0 AND CC0-1.0"]),
        ("croissant.json", "dataset_card", json.dumps(CROISSANT), [""]),
        (
            "datapackage.json",
            "dataset_card",
            '{"name": "d", "resources": [], "licenses": [{"name": "ODC-PDDL-1.0", "path": "https://opendatacommons.org/licenses/pddl/"}]}',
            ["PDDL-1.0"],
        ),
        # pages
        ("p.html", "web_page", '<html><a rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">x</a>', ["CC-BY-SA-4.0"]),
        ("p.html", "web_page", '<html><link rel="license nofollow" href="/terms">', ["/terms"]),
        ("p.html", "web_page", '<html><span property="cc:license" resource="http://creativecommons.org/licenses/by/3.0/">', ["CC-BY-3.0"]),
        ("p.html", "web_page", '<html><meta name="dcterms.license" content="CC0 1.0">', ["CC0-1.0"]),
        (
            "p.html",
            "web_page",
            '<html><script type="application/ld+json">{"@context": "https://schema.org", "license": "CC BY 4.0"}</script>',
            ["CC-BY-4.0"],
        ),
        ("p.html", "web_page", '<html><p>by <a href="https://creativecommons.org/licenses/by-nd/4.0/">x</a>', ["CC-BY-ND-4.0"]),
        (
            "p.html",
            "web_page",
            (
                '<html><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">x</a>'
                '<script type="application/ld+json">{"license": "https://creativecommons.org/licenses/by-nc/4.0/"}</script>'
            ),
            ["CC-BY-4.0", "CC-BY-NC-4.0"],
        ),
        ("p.html", "web_page", '<html><script type="application/ld+json">{broken</script>', ["JSON-LD that cannot be read"]),
        # free text
        ("x.py", "readme", "# SPDX-License-Identifier: Apache-2.0 OR MIT\n", ["Apache-2.0 OR MIT"]),
        ("README", "readme", "- **License:** GPL-3.0 (see LICENSE.txt)\n", ["GPL-3.0-only"]),
        ("README", "readme", "Licence: Our own terms of 2019\n", ["Our own terms of 2019"]),
        ("README", "readme", "License: see LICENSE.txt\n", [""]),
        ("README", "readme", "The corpus is released under a CC BY license. A copy is here.\n", ["LicenseRef-CC-BY-unversioned"]),
        ("README", "readme", 'Licensed under the Apache License, Version 2.0 (the "License")\n', ["Apache-2.0"]),
        ("README", "readme", "Data: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).\n", ["CC-BY-4.0"]),
        ("README", "readme", "Released under CC BY 4.0 with further restrictions\n", ["CC BY 4.0 with further restrictions"]),
        ("README", "readme", "Released under CC BY 4.0 except the pictures\n", ["CC BY 4.0 except the pictures"]),
        ("README", "readme", "## License\n\nMIT License\n\nOther words.\n", ["MIT"]),
        (
            "NOTICE",
            "notice",
            "本集以知识共享署名 4.0 国际许可协议（CC BY 4.0）提供。https://creativecommons.org/licenses/by/4.0/\n",
            ["CC-BY-4.0"],
        ),
        (
            "NOTICE",
            "notice",
            "Copyright for the text in the messages remains with the original senders.\n",
            ["copyright stays with others"],
        ),
        ("NOTICE", "notice", "Please don't commercially republish them.\n", ["not to be republished"]),
        ("NOTICE", "notice", "For research purposes only.\n", ["for research only"]),
        ("NOTICE", "notice", "© 2020 某公司 版权所有\n", ["rights reserved"]),
        ("NOTICE", "notice", "Copyright 2020. All rights reserved. Licensed under the MIT license.\n", ["MIT"]),
        ("NOTICE", "notice", "Nothing is said about it.\n", [""]),
        # kinds whose words about licences are not the data's terms
        ("law.txt", "statute", "未经许可，不得转载。", [""]),
        ("contract.txt", "contract", "License: MIT\nAll rights reserved.", [""]),
    ],
)
def test_formats(file, kind, content, expected):
    assert terms(content, file, kind) == expected


def test_a_licence_text_is_found_with_its_similarity_and_its_equals():
    [statement] = stated(TEXT["GPL-3.0-only"], "LICENSE", "license_text")
    assert (statement.expression, statement.similarity, statement.kind) == ("GPL-3.0-only", 1.0, "license_text")
    assert statement.alternatives == ("GPL-3.0-or-later",)


def test_several_texts_in_one_file_all_hold():
    assert terms(TEXT["MIT"] + TEXT["CC-BY-4.0"], "LICENSE", "license_text") == ["CC-BY-4.0 AND MIT"]


def test_the_sentences_of_a_licence_are_no_statements():
    assert terms(TEXT["CC-BY-4.0"], "LICENSE", "license_text") == ["CC-BY-4.0"]


def test_each_statement_names_its_evidence():
    [statement] = stated("nothing", "evidence/README", about="package")
    assert (statement.file, statement.about, statement.evidence_kind) == ("evidence/README", "package", "readme")
    assert statement.evidence_sha256 == sha256_hex(b"nothing")
    assert statement.is_silent


@pytest.mark.parametrize("file", ["package.json", "METADATA"])
def test_metadata_of_a_package_speaks_of_the_package(file):
    content = '{"name": "n", "version": "1", "license": "MIT"}' if file == "package.json" else "License: MIT\n"
    assert [statement.about for statement in stated(content, file, "package_metadata", about="data")] == ["package"]


@pytest.mark.parametrize(
    ("content", "states", "expected"),
    [
        # a person's reading stands where nothing else was read, or where it is one of what is stated
        ("In the public domain.", "LicenseRef-scancode-public-domain", ["LicenseRef-scancode-public-domain"]),
        ("Software under the MIT license, data under CC BY 4.0.", "CC-BY-4.0", ["CC-BY-4.0"]),
        ("License: the usual one\n", "MIT", ["MIT"]),
        # and beside what contradicts it
        ("Data under CC BY-NC 4.0.", "CC-BY-4.0", ["CC-BY-4.0", "CC-BY-NC-4.0"]),
        ("For research purposes only.", "MIT", ["MIT", "for research only"]),
    ],
)
def test_a_persons_reading(content, states, expected):
    assert terms(content, states=states) == expected


def test_a_damaged_text_needs_a_person():
    words = TEXT["MIT"].split()
    damaged = " ".join(words[: int(len(words) * 0.8)])
    assert [statement.expression for statement in stated(damaged, "LICENSE", "license_text")] == [None]
    [statement] = stated(damaged, "LICENSE", "license_text", states="MIT")
    assert statement.expression == "MIT"
    assert 0.6 < statement.similarity < 0.9
    assert len(stated(damaged, "LICENSE", "license_text", states="ISC")) == 2


@pytest.mark.parametrize(
    ("record", "raw"),
    [
        ({"visits": [{"robots": "allowed"}, {"robots": "allowed"}]}, "robots: allowed"),
        ({"visits": [{"robots": "allowed"}, {"robots": "denied"}]}, "robots: denied"),
        ({"robots": {"verdict": "disallowed"}}, "robots: denied"),
        ({"robots": {"status": 200}}, ""),
    ],
)
def test_a_collection_record_gives_its_verdict(record, raw):
    [statement] = stated(json.dumps(record), "collection.json", "collection_record")
    assert (statement.raw, statement.expression) == (raw, None)


@given(
    content=st.binary(max_size=300),
    kind=st.sampled_from(list(EvidenceKind)),
    file=st.sampled_from(["a.json", "a.html", "README.md", "METADATA"]),
)
def test_any_bytes_give_at_least_one_statement(content, kind, file):
    found = read_statements(evidence(file, kind), "", content)
    assert found
    assert all(statement.file == file for statement in found)


@given(st.sampled_from(["---\n", "<html>", "{", "Format: x/copyright-format\n\n", "License: "]), st.text(max_size=200))
def test_any_text_behind_a_known_beginning_is_read(start, text):
    assert stated(start + text, "README.md", "dataset_card")
