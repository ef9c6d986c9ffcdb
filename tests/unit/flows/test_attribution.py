"""The attribution page has the fields of CC BY 4.0 3(a)(1) for every source, quoted from evidence or said to be missing."""

import re

import pytest

from pipeline.adapters.evidence_store import keep
from pipeline.errors import DataError
from pipeline.flows.attribution import attribution_page
from pipeline.flows.house import House
from pipeline.flows.snapshots import find_snapshot

FIELDS = ("Creator", "Copyright notice", "Licence notice", "Disclaimer notice", "Address", "Changes", "Ground", "Evidence")
MIT = b'MIT License\n\nCopyright (c) 2020 Example Authors\n\nTHE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND\n'


@pytest.fixture(scope="module")
def page(released: House) -> str:
    """The page that lies in the released snapshot."""
    return (find_snapshot(released, "first") / "ATTRIBUTION.md").read_text(encoding="utf-8")


def test_every_source_has_every_field(page: str) -> None:
    parts = page.split("\n## ")[1:]
    assert [re.search(r"`([a-z]+)`", part)[1] for part in parts] == ["laws", "made", "speeches"]  # type: ignore[index]
    assert all(f"- {field} / " in part for part in parts for field in FIELDS)


def test_terms_lead_to_the_spdx_list_and_what_is_missing_is_said(page: str) -> None:
    assert "CC0-1.0 <https://spdx.org/licenses/CC0-1.0>" in page
    assert "Copyright notice / 版权声明: none supplied" in page


def test_notices_are_quoted_from_the_evidence(released: House) -> None:
    with released.connect() as rows:
        quoted = attribution_page(rows, lambda _: MIT)
    assert "Copyright notice / 版权声明: Copyright (c) 2020 Example Authors\n" in quoted
    assert "Disclaimer notice / 免责声明: in the licence text" in quoted


def test_evidence_that_is_gone_leaves_its_digest(released: House) -> None:
    def gone(digest: str) -> bytes:
        raise DataError(digest)

    digest = keep(released.settings.warehouse, b"SPDX-License-Identifier: CC0-1.0\n")
    with released.connect() as rows:
        quoted = attribution_page(rows, gone)
    assert f"`{digest}`" in quoted
    assert "none supplied" in quoted
