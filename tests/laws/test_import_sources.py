"""Whatever a catalogue holds: no crash, no record lost, nothing ready that the checks of a source would not let through."""

import json
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.catalog_files import read_catalog
from pipeline.adapters.strict_yaml import read_yaml
from pipeline.domain.imports import CatalogRecord, ImportState
from pipeline.flows.import_sources import safe_id
from pipeline.flows.imported_records import Judge, Judged, rendered

DAY = "2026-01-05"
SPELLINGS = ["mit", "MIT", "cc-by-4.0", "CC BY", "other", "unknown", "Unspecified", "gpl", "apache-2.0", ""]
LICENSES = st.sampled_from(SPELLINGS) | st.text(max_size=12)
WORDS = st.text(max_size=40)
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "Dataset Name": WORDS,
        "Unique Dataset Identifier": WORDS,
        "Licenses": st.lists(st.fixed_dictionaries({"License": LICENSES, "License URL": st.sampled_from(["", CC_BY]) | WORDS}), max_size=3),
        "Creators": st.lists(WORDS, max_size=2),
        "Languages": st.lists(st.sampled_from(["English", "zh", "Klingon"]), max_size=2),
        "Derived from Datasets": st.lists(WORDS, max_size=2),
        "License Notes": WORDS,
    },
)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp())


def judged(name: str, content: bytes) -> list[Judged]:
    path = _folder() / name
    path.write_bytes(content)
    records: list[CatalogRecord] = list(read_catalog(path, name))
    judge = Judge(records, [safe_id(record.name) for record in records], DAY)
    return [judge.of(place) for place in range(len(records))]


def holds(each: Judged) -> None:
    """Nothing is ready with a reason against it, and what is written reads back as what was judged."""
    assert (each.state is ImportState.READY) == (not each.reasons)
    if each.state is ImportState.LACKING:
        assert each.source is None
    if each.source is not None:
        assert read_yaml(rendered(each.source.declaration), "source.yaml").value == each.source.declaration


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD | st.integers() | WORDS, max_size=4))
def test_every_item_of_a_list_is_a_record(items: list[object]) -> None:
    ended = judged("list.json", json.dumps(items).encode())
    assert len(ended) == max(1, len(items))
    for each in ended:
        holds(each)


@settings(max_examples=60, deadline=None)
@given(LICENSES, WORDS, st.text(max_size=200), st.sampled_from(["en", "zh", "code", "no", ""]))
def test_any_card(license_word: str, title: str, body: str, language: str) -> None:
    front = f"license: {json.dumps(license_word)}\npretty_name: {json.dumps(title)}\nlanguage: {language}\n"
    [each] = judged("org__name.md", f"---\n{front}---\n{body}".encode("utf-8", "replace"))
    holds(each)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["any.md", "any.json", "any.jsonl", "any.csv"]))
def test_any_bytes(content: bytes, name: str) -> None:
    for each in judged(name, content):
        holds(each)


@given(WORDS)
def test_any_name_is_a_folder(name: str) -> None:
    made = safe_id(name)
    assert 0 < len(made) <= 60
    assert made == Path(made).name
    assert made[0].isalnum()
