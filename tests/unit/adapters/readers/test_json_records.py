"""JSON lines and arrays: every record one row, with its place and its digest."""

import hashlib
import json

import pytest

from pipeline.domain.digests import canonical_json
from pipeline.domain.sources import Fields

CASES = {
    "a record": (b'{"text":"x"}', None),
    "a record after white space": (b'  {"text":"x"}\r', None),
    "a control character that JSON escapes": (b'{"text":"a\\u0000b"}', None),
    "no end": (b'{"text":"x"', "broken_json"),
    "two values on a line": (b'{"text":"x"} {}', "broken_json"),
    "NaN is not JSON": (b'{"text":"x","n":NaN}', "broken_json"),
    "a number too long for Python": (b'{"text":"x","n":' + b"9" * 5000 + b"}", "broken_json"),
    "nested too deep": (b'{"text":' + b"[" * 200_000, "broken_json"),
    "a list": (b'["text"]', "not_an_object"),
    "a string": (b'"text"', "not_an_object"),
    "no text field": (b"{}", "missing_field"),
    "null text": (b'{"text":null}', "missing_field"),
    "a number for a text": (b'{"text":3}', "not_text"),
    "a list for a text": (b'{"text":["x"]}', "not_text"),
    "empty text": (b'{"text":""}', "empty_text"),
    "ideographic spaces only": ('{"text":"\u3000 \\n"}'.encode(), "empty_text"),
    "a lone surrogate in the text": (b'{"text":"\\ud800"}', "invalid_bytes"),
    "not UTF-8": (b'{"text":"\xff\xfe"}', "invalid_bytes"),
    "longer than the limit": (b'{"text":"' + b"x" * 300_000 + b'"}', "over_long"),
}


@pytest.mark.parametrize(("line", "reason"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_one_record_is_one_row(read, form, line, reason):
    found = read(line, form=form, max_record_bytes=250_000)
    assert found.reasons == ([reason] if reason else [])
    assert len(found.records) == (reason is None)


@pytest.mark.parametrize("name", ["key", "title", "metadata"])
def test_a_lone_surrogate_beside_the_text_is_refused_too(read, name):
    fields = Fields(id="key", title="title")
    found = read(b'{"text":"x","%s":"\\udfff"}' % name.encode(), fields=fields, metadata=("metadata",))
    assert found.reasons == ["invalid_bytes"]


def test_every_row_says_where_its_bytes_are(read):
    raw = b'\xef\xbb\xbf{"text":"a"}\r\n\n{"text"}\n  {"text":"b"}\n' + b"x" * 50 + b"\n[1]"
    found = read(raw, max_record_bytes=40)
    assert found.texts == ["a", "b"]
    assert found.reasons == ["broken_json", "over_long", "not_an_object"]
    for row in found.records + found.rejected:
        cut = raw[row["byte_start"] : row["byte_start"] + row["byte_count"]]
        assert hashlib.sha256(cut).hexdigest() == row.get("raw_sha256")
        assert cut.strip(b"\r\n") == cut


def test_details_hold_no_text(read):
    found = read('{"text":"秘密"\n{"秘密":1}\n{"text":["秘密"]}\n'.encode())
    assert len(found.rejected) == 3
    assert "秘密" not in repr(found.rejected)


def test_declared_fields_are_read_by_name_then_by_dots(read):
    record = {"id": 7, "body": {"text": "x"}, "meta.url": "direct", "meta": {"url": "nested", "by": None}, "when": "2020-01-01", "l": True}
    fields = Fields(text="body.text", id="id", title="meta.by", license="l", captured_at="when", published_at="meta.gone")
    found = read(json.dumps(record).encode(), fields=fields, metadata=("meta.url", "meta", "body.none"))
    row = found.records[0]
    assert (row["text"], row["key"], row["title"], row["record_license"]) == ("x", "7", None, "true")
    assert (row["captured_at"], row["published_at"]) == ("2020-01-01", None)
    assert row["metadata"] == canonical_json({"meta.url": "direct", "meta": record["meta"], "body.none": None})
    assert found.absent == {"meta.gone": 1, "body.none": 1}


def test_an_array_is_cut_at_its_own_commas_only(read):
    values = [{"text": 'a,[]{}"\\'}, {"text": "b", "c": [1, {"d": "]"}]}, [1], 2]
    raw = b"\n" + json.dumps(values, indent=2).encode() + b"\n"
    found = read(raw, form="json")
    assert found.texts == ['a,[]{}"\\', "b"]
    assert found.reasons == ["not_an_object", "not_an_object"]
    assert [json.loads(raw[row["byte_start"] :][: row["byte_count"]]) for row in found.records] == values[:2]


@pytest.mark.parametrize(
    ("raw", "texts", "reasons"),
    [
        (b"[]", [], []),
        (b" [ ] ", [], []),
        (b"", [], ["broken_json"]),
        (b'[{"text":"a"},]', ["a"], ["broken_json"]),
        (b'[,{"text":"a"}]', ["a"], ["broken_json"]),
        (b'[{"text":"a"},{"te', ["a"], ["broken_json"]),
        (b'[{"text":"a"}', [], ["broken_json"]),
        (b'[{"text":"a"}] {"text":"b"}', ["a"], ["broken_json"]),
        (b'[{"text":"a"},{"text" 1},{"text":"b"}]', ["a", "b"], ["broken_json"]),
        (b'[{"text":"a"},{"text":"' + b"," * 100 + b'"},{"text":"b"}]', ["a", "b"], ["over_long"]),
    ],
)
def test_arrays_that_are_not_whole(read, raw, texts, reasons):
    found = read(raw, form="json", max_record_bytes=50)
    assert (found.texts, found.reasons) == (texts, reasons)


def test_an_array_over_many_chunks_is_the_same_array(read):
    texts = ["\\" * 7 + '"' * 5 + "，" * 999 + str(number) for number in range(2500)]
    found = read(json.dumps([{"text": text} for text in texts], ensure_ascii=False).encode(), form="json")
    assert found.texts == texts


def test_parts_are_cut_by_rows_and_by_bytes(read):
    many = read(b'{"text":"x"}\n' * 45_000 + b"{}\n" * 5)
    assert [part.records.num_rows + part.rejected.num_rows for part in many.parts] == [20_000, 20_000, 5005]
    long = read((b'{"text":"' + b"x" * (1 << 19) + b'"}\n') * 70)
    assert [part.records.num_rows for part in long.parts] == [64, 6]
