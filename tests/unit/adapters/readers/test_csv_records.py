"""CSV by RFC 4180: quoted line ends, broken rows that cost only themselves."""

import hashlib

import pytest

from pipeline.domain.sources import Fields
from pipeline.errors import ConfigurationError

ROWS = {
    "plain": (b"1,x\n", ["x"], []),
    "quoted line end and comma": (b'1,"a\r\nb,c"\n2,x\n', ["a\r\nb,c", "x"], []),
    "doubled quotation marks": (b'1,"a ""b"""\n', ['a "b"'], []),
    "a mark inside an unquoted field": (b'1,5" disk\n2,x\n', ['5" disk', "x"], []),
    "a blank line is no record": (b"1,x\n\r\n2,y", ["x", "y"], []),
    "NUL stays": (b"1,a\x00b\n", ["a\x00b"], []),
    "no field": (b"1,\n", [], ["empty_text"]),
    "too many fields": (b"1,x,y\n2,z\n", ["z"], ["broken_row"]),
    "too few fields": (b"1\n2,z\n", ["z"], ["broken_row"]),
    "text behind a closing mark": (b'1,"a"b\n2,z\n', ["z"], ["broken_row"]),
    "an open mark at the end": (b'1,z\n2,"a\nb', ["z"], ["broken_row"]),
    "a bare carriage return": (b"1,a\rb\n2,z\n", ["z"], ["broken_row"]),
    "bytes that do not decode": (b"1,\xff\n2,z\n", ["z"], ["invalid_bytes"]),
    "bytes that do not decode within marks": (b'1,"\xff\n,"\n2,z\n', ["z"], ["invalid_bytes"]),
    "an over-long line": (b"1," + b"x" * 90 + b"\n2,z\n", ["z"], ["over_long"]),
    "an over-long row of many lines": (b'1,"' + b"x,y\n" * 30 + b'"\n2,z\n', ["z"], ["over_long"]),
    "an over-long line within marks": (b'1,"a\n' + b"x" * 90 + b'\nb"\n2,z\n', ["z"], ["over_long"]),
}


@pytest.mark.parametrize(("body", "texts", "reasons"), ROWS.values(), ids=ROWS)
def test_rows(read, body, texts, reasons):
    found = read(b"id,text\n" + body, form="csv", fields=Fields(id="id"), max_record_bytes=50)
    assert (found.texts, found.reasons) == (texts, reasons)


def test_every_row_says_where_its_bytes_are(read):
    raw = b'\xef\xbb\xbfid,text\r\n1,"a\r\nb"\r\n2\r\n3,"c"d\r\n4,"' + b"x\n" * 40 + b'"\r\n5,y'
    found = read(raw, form="csv", max_record_bytes=50)
    assert (found.texts, found.reasons) == (["a\r\nb", "y"], ["broken_row", "broken_row", "over_long"])
    for row in found.records + found.rejected:
        cut = raw[row["byte_start"] : row["byte_start"] + row["byte_count"]]
        assert hashlib.sha256(cut).hexdigest() == row["raw_sha256"]


def test_columns_are_declared_and_missing_ones_counted(read):
    found = read(b"id;text;a\n1;x;\n;y;b\n", form="csv", separator=";", fields=Fields(id="id", title="gone"), metadata=("a", "b"))
    assert [row["key"] for row in found.records] == ["1", None]
    assert [row["metadata"] for row in found.records] == ['{"a":"","b":null}', '{"a":"b","b":null}']
    assert found.absent == {"gone": 2, "b": 2}


def test_a_text_column_that_is_not_there_rejects_every_row(read):
    assert read(b"a,b\n1,2\n3,4\n", form="csv").reasons == ["missing_field", "missing_field"]


@pytest.mark.parametrize("raw", [b'id,"te\n', b"id,\xff\xfft\n1,x\n", b"x" * 99 + b"\n1\n"])
def test_a_header_that_cannot_be_read_is_one_reject(read, raw):
    assert read(raw, form="csv", max_record_bytes=50).reasons == ["unreadable_file"]


def test_no_rows(read):
    assert read(b"", form="csv").ordinals == []
    assert read(b"id,text\n", form="csv").ordinals == []


def test_a_field_longer_than_the_csv_modules_own_limit(read):
    assert read(b"text\n" + b"x" * 200_000, form="csv").texts == ["x" * 200_000]


@pytest.mark.parametrize("separator", ["ab", '"', "\n"])
def test_a_separator_that_csv_cannot_have(read, separator):
    with pytest.raises(ConfigurationError, match="separator"):
        read(b"text\nx\n", form="csv", separator=separator)
