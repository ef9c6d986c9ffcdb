"""Licence texts are found whole, marked up, with holders' names, several in one file; changed terms are not them."""

import pyarrow.parquet as pq
import pytest

from pipeline.adapters.license_texts import find_license_texts, license_names
from pipeline.adapters.shipped import shipped

TABLE = pq.read_table(shipped("reference", "spdx_licenses.parquet"), columns=["license_id", "text"])
TEXT = dict(zip(TABLE["license_id"].to_pylist(), TABLE["text"].to_pylist(), strict=True))

COMMON = [
    "MIT",
    "MIT-0",
    "ISC",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "LGPL-2.1-only",
    "LGPL-3.0-only",
    "AGPL-3.0-only",
    "MPL-2.0",
    "EPL-2.0",
    "CC0-1.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
    "Unlicense",
    "OGL-UK-3.0",
    "MulanPSL-2.0",
]


@pytest.mark.parametrize("license_id", COMMON)
def test_each_common_text_is_found_as_itself(license_id):
    [match] = find_license_texts(TEXT[license_id])
    assert (match.license_id, match.similarity) == (license_id, 1.0)


@pytest.mark.parametrize("license_id", COMMON)
def test_typography_and_holders_change_nothing(license_id):
    text = "Copyright (c) 2019-2024 Example Holder <holder@example.org>\n" + TEXT[license_id].upper().replace('"', "''").replace(
        "\n", "\n * "
    )
    [match] = find_license_texts(text)
    assert match.license_id == license_id


def test_several_texts_in_one_file():
    found = find_license_texts("\n\n".join(TEXT[license_id] for license_id in ("MIT", "CC-BY-4.0", "BSD-3-Clause", "Apache-2.0")))
    assert {match.license_id for match in found} == {"MIT", "CC-BY-4.0", "BSD-3-Clause", "Apache-2.0"}


def test_a_text_that_leaves_later_versions_open_says_so():
    [match] = find_license_texts(TEXT["GPL-3.0-or-later"])
    assert match.license_id == "GPL-3.0-only"
    assert match.alternatives == ("GPL-3.0-or-later",)


def test_half_a_text_resembles_and_does_not_hold():
    words = TEXT["MIT"].split()
    [match] = find_license_texts(" ".join(words[: int(len(words) * 0.75)]))
    assert not match.is_held


@pytest.mark.parametrize("text", ["", "MIT", "a b c", "This is a README. It says nothing of terms.", "\0" * 100])
def test_other_texts_hold_none(text):
    assert find_license_texts(text) == []


def test_the_reference_has_a_name_for_every_text():
    assert license_names().keys() == TEXT.keys()
    assert all(license_names().values())
