"""Parquet: declared columns, typed values as JSON has them, a damaged file kept up to the damage."""

import datetime as dt
import decimal
import hashlib
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.domain.sources import Fields
from pipeline.errors import ServiceError


def packed(table, **options):
    buffer = io.BytesIO()
    pq.write_table(table, buffer, write_page_checksum=True, **options)
    return buffer.getvalue()


def test_declared_columns_are_read(read):
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    table = pa.table(
        {
            "text": ["一", "two"],
            "id": [7, 8],
            "meta": [{"url": "u", "n": 1}, {"url": None, "n": 2}],
            "meta.dotted": ["d", "e"],
            "when": [moment, None],
            "price": [decimal.Decimal("1.10"), None],
            "ratio": [float("nan"), 0.5],
            "kind": pa.array(["k", "k"]).dictionary_encode(),
            "unread": [b"\xff", b"\xfe"],
        }
    )
    fields = Fields(id="id", title="meta.url", captured_at="when")
    found = read(packed(table), form="parquet", fields=fields, metadata=("price", "ratio", "kind", "meta.dotted", "meta.n", "gone"))
    first, second = found.records
    assert (first["text"], first["key"], first["title"], first["captured_at"]) == ("一", "7", "u", "2020-01-02T03:04:05+00:00")
    assert first["metadata"] == '{"gone":null,"kind":"k","meta.dotted":"d","meta.n":1,"price":"1.10","ratio":null}'
    assert (second["title"], second["captured_at"], found.absent) == (None, None, {"gone": 2})
    assert first["raw_sha256"] == hashlib.sha256("一".encode()).hexdigest()
    assert first["byte_start"] is None


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        (pa.array([None, "", " ", "x" * 60], pa.string()), ["missing_field", "empty_text", "empty_text", "over_long"]),
        (pa.array([1, None]), ["not_text", "missing_field"]),
        (pa.array([["x"]]), ["not_text"]),
        (pa.array([b"\xff\xff"], pa.binary()), ["invalid_bytes"]),
        (pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff\xff"], pa.binary()).buffers()), ["invalid_bytes"]),
    ],
)
def test_what_is_no_text(read, values, reasons):
    table = pa.table({"text": pa.chunked_array([values]), "n": list(range(len(values)))})
    assert read(packed(table), form="parquet", max_record_bytes=50).reasons == reasons


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()])
def test_every_kind_of_string(read, kind):
    table = pa.table({"text": pa.array(["一", "x"]).cast(kind)})
    assert read(packed(table), form="parquet").texts == ["一", "x"]


def test_a_text_column_that_is_not_there_rejects_every_row(read):
    found = read(packed(pa.table({"a": [1, 2, 3]})), form="parquet")
    assert found.reasons == ["missing_field"] * 3
    assert found.absent == {"text": 3}


def test_row_groups_and_batches_change_nothing(read):
    table = pa.table({"text": [f"text {number}" for number in range(9000)]})
    one, many = (read(packed(table, row_group_size=size), form="parquet") for size in (9000, 100))
    assert (one.records, len(one.parts)) == (many.records, len(many.parts))


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"not Parquet at all", packed(pa.table({"text": ["x"]}))[:-5]])
def test_a_file_that_is_not_parquet_is_one_reject(read, raw):
    assert read(raw, form="parquet").reasons == ["unreadable_file"]


def test_damage_within_keeps_what_came_before(read):
    table = pa.table({"text": [f"text {number}" for number in range(100)]})
    raw = bytearray(packed(table, row_group_size=10, compression="none", use_dictionary=False))
    raw[raw.index(b"text 55")] ^= 1
    found = read(bytes(raw), form="parquet")
    assert (found.texts, found.reasons) == ([f"text {number}" for number in range(50)], ["unreadable_file"])
    assert found.rejected[0]["detail"].endswith("after 50 of 100 rows")


class Silent(io.BytesIO):
    """A store that stops answering after the footer."""

    reads = 0

    def read(self, *size):
        self.reads += 1
        if self.reads > 3:
            raise ServiceError("the store did not answer")
        return super().read(*size)


def test_a_store_that_does_not_answer_is_no_reject(read):
    raw = packed(pa.table({"text": [f"{number}" * 5000 for number in range(2000)]}), row_group_size=100)
    with pytest.raises(ServiceError):
        read(Silent(raw), form="parquet")
