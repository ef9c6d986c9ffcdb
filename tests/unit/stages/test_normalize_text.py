"""normalize_text: NFC and nothing else, locators, digests."""

import pyarrow as pa
import pytest

from pipeline.domain.digests import document_id, sha256_hex
from pipeline.domain.records import RECORDS
from pipeline.domain.tables import TABLE
from pipeline.stages.normalize_text import normalize_text

RECORD = {"ordinal": 3, "key": None, "raw_sha256": "0" * 64, "text": "x", "encoding": "utf-8", "metadata": "{}"}


def normalized(*records):
    batch = pa.RecordBatch.from_pylist([RECORD | record for record in records], RECORDS)
    return normalize_text(batch, source_id="laws", file_path="a/b.jsonl").to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("e\u0301", "é"),
        ("\u1100\u1161", "가"),
        ("\u2126", "Ω"),
        ("\uf900", "豈"),
        ("\ufb01 ① １", "\ufb01 ① １"),
        ("a\r\n\tb \x00\ufeff\u200b ", "a\r\n\tb \x00\ufeff\u200b "),
    ],
)
def test_text_is_nfc_and_otherwise_as_it_was(text, expected):
    (row,) = normalized({"text": text})
    assert row["text"] == expected
    assert (row["content_sha256"], row["chars"], row["bytes"]) == (sha256_hex(expected.encode()), len(expected), len(expected.encode()))


def test_title_and_metadata_are_nfc_and_the_key_stays():
    (row,) = normalized({"title": "e\u0301", "metadata": '{"a":"e\u0301","b":"\u0338"}', "key": "e\u0301"})
    assert (row["title"], row["metadata"], row["locator"]) == ("é", '{"a":"é","b":"\u0338"}', "e\u0301")


def test_the_locator_is_the_key_else_the_place():
    keyed, placed = normalized({"key": "http://a/"}, {"ordinal": 12})
    assert (keyed["locator"], placed["locator"]) == ("http://a/", "a/b.jsonl#12")
    for row in (keyed, placed):
        assert row["document_id"] == document_id("laws", row["locator"], row["content_sha256"])


def test_everything_else_is_carried():
    given = {"record_license": "CC0", "record_language": "zh", "captured_at": "2020", "published_at": "2019", "encoding": "gb18030"}
    (row,) = normalized(given)
    assert given.items() <= row.items()
    assert (row["ordinal"], row["raw_sha256"], row["source_id"]) == (3, "0" * 64, "laws")


def test_the_columns_are_those_of_the_documents_table():
    batch = pa.RecordBatch.from_pylist([], RECORDS)
    schema = normalize_text(batch, source_id="laws", file_path="a").schema
    whole = TABLE["documents"].schema
    assert [field for field in whole if field.name not in ("file_id", "supersedes", "run_id")] == list(schema)
