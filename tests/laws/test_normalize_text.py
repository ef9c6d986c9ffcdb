"""Laws of normalize_text: one row per row in order, batches change nothing, twice is once, byte-identical again."""

import unicodedata

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.digests import document_id, sha256_hex
from pipeline.domain.records import RECORDS
from pipeline.stages.normalize_text import normalize_text

TEXTS = st.one_of(st.text(max_size=30), st.text(alphabet="aeoé가\u1100\u1161\u0301\u0323\u0338豈\uf900<=", max_size=12))
ROWS = st.lists(st.tuples(TEXTS, st.none() | TEXTS, st.none() | TEXTS), max_size=12)


def batch_of(rows):
    columns = {name: [None] * len(rows) for name in RECORDS.names} | {
        "ordinal": list(range(len(rows))),
        "raw_sha256": ["0" * 64] * len(rows),
        "encoding": ["utf-8"] * len(rows),
        "metadata": ["{}"] * len(rows),
        "text": [text for text, _, _ in rows],
        "key": [key for _, key, _ in rows],
        "title": [title for _, _, title in rows],
    }
    return pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in RECORDS], schema=RECORDS)


def normalized(batch):
    return normalize_text(batch, source_id="source", file_path="path")


@given(ROWS)
def test_one_document_for_every_record_in_order(rows):
    documents = normalized(batch_of(rows))
    documents.validate(full=True)
    assert documents["ordinal"].to_pylist() == list(range(len(rows)))
    for (text, key, title), row in zip(rows, documents.to_pylist(), strict=True):
        expected = unicodedata.normalize("NFC", text)
        locator = f"path#{row['ordinal']}" if key is None else key
        assert (row["text"], row["locator"]) == (expected, locator)
        assert row["title"] == (None if title is None else unicodedata.normalize("NFC", title))
        assert row["content_sha256"] == sha256_hex(expected.encode())
        assert row["document_id"] == document_id("source", locator, row["content_sha256"])
        assert (row["chars"], row["bytes"]) == (len(expected), len(expected.encode()))


@given(ROWS, st.integers(0, 12))
def test_batches_change_nothing(rows, cut):
    batch = batch_of(rows)
    whole = pa.Table.from_batches([normalized(batch)])
    split = pa.Table.from_batches([normalized(batch.slice(0, cut)), normalized(batch.slice(min(cut, len(rows))))])
    assert whole.equals(split)


@given(ROWS)
def test_twice_is_once(rows):
    once = normalized(batch_of(rows))
    again = normalized(batch_of(list(zip(once["text"].to_pylist(), once["locator"].to_pylist(), once["title"].to_pylist(), strict=True))))
    assert again.select(["document_id", "text", "title", "content_sha256"]) == once.select(
        ["document_id", "text", "title", "content_sha256"]
    )


@given(ROWS)
def test_the_same_rows_give_the_same_bytes(rows):
    def written(batch):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        return sink.getvalue().to_pybytes()

    assert written(normalized(batch_of(rows))) == written(normalized(batch_of(rows)))
