"""WARC: responses, resources and conversions are records; what only describes a capture is not counted."""

import gzip
import hashlib
import io
import zlib

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PAGE = "<html lang=zh><title>题</title><p>一二三".encode()
DATE = "2020-01-02T03:04:05Z"


def chunked(payload):
    return b"".join(b"%x\r\n%s\r\n" % (len(payload[at : at + 7]), payload[at : at + 7]) for at in range(0, len(payload), 7)) + b"0\r\n\r\n"


class Archive:
    def __init__(self, *, is_packed=False):
        self.buffer = io.BytesIO()
        self.writer = WARCWriter(self.buffer, gzip=is_packed)

    def add(self, kind="response", payload=PAGE, uri="http://a/", content_type="text/html", status="200 OK", **http):
        headers = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in http.items()}}
        is_http = kind in ("response", "revisit")
        self.writer.write_record(
            self.writer.create_warc_record(
                uri,
                kind,
                payload=io.BytesIO(payload),
                length=len(payload),
                warc_content_type="" if is_http else content_type,
                warc_headers_dict={"WARC-Date": DATE},
                http_headers=StatusAndHeaders(status, list(headers.items()), protocol="HTTP/1.1") if is_http else None,
            )
        )
        return self

    @property
    def raw(self):
        return self.buffer.getvalue()


def test_a_page_is_a_record(read):
    found = read(Archive().add().raw, form="warc")
    row = found.records[0]
    assert (row["text"], row["title"], row["record_language"]) == ("一二三", "题", "zh")
    assert (row["key"], row["captured_at"], row["encoding"]) == ("http://a/", DATE, "utf-8")
    assert row["raw_sha256"] == hashlib.sha256(PAGE).hexdigest()


def test_conversions_and_resources_are_records(read):
    archive = Archive().add("conversion", "甲".encode(), content_type="text/plain; charset=utf-8").add("resource", PAGE)
    archive.add("resource", "乙".encode("big5"), content_type='text/plain; charset="big5"')
    assert read(archive.raw, form="warc").texts == ["甲", "一二三", "乙"]


@pytest.mark.parametrize("kind", ["request", "metadata", "warcinfo"])
def test_what_describes_a_capture_is_not_counted(read, kind):
    assert read(Archive().add(kind, b"GET / HTTP/1.1\r\n\r\n", content_type="application/warc-fields").raw, form="warc").ordinals == []


REFUSED = {
    "a revisit": ({"kind": "revisit"}, "warc_revisit", None),
    "an image": ({"content_type": "image/png"}, "warc_not_content", "media type image/png"),
    "no media type": ({"content_type": ""}, "warc_not_content", "media type not stated"),
    "a hostile media type": ({"content_type": "text/<b>"}, "warc_not_content", "media type not stated"),
    "a redirect": ({"status": "302 Found"}, "warc_not_content", "HTTP status 302"),
    "a page not found": ({"status": "404 Not Found"}, "warc_not_content", "HTTP status 404"),
    "a continuation": ({"kind": "continuation"}, "warc_not_content", "record type continuation"),
    "no payload": ({"payload": b""}, "empty_text", None),
    "bytes that do not decode": ({"payload": b"\xff\xff"}, "invalid_bytes", "no encoding fits"),
    "a bomb": ({"payload": gzip.compress(bytes(9 << 20)), "Content_Encoding": "gzip"}, "over_long", "longer than 1048576 bytes"),
    "too long as stored": ({"payload": bytes(2 << 20)}, "over_long", "longer than 1048576 bytes"),
    "damaged gzip": (
        {"payload": gzip.compress(PAGE)[:9] + b"x" * 99, "Content_Encoding": "gzip"},
        "damaged_warc",
        "the payload cannot be unpacked",
    ),
    "truncated gzip": ({"payload": gzip.compress(PAGE)[:-9], "Content_Encoding": "gzip"}, "damaged_warc", "the payload is truncated"),
    "truncated deflate": ({"payload": zlib.compress(PAGE)[:-1], "Content_Encoding": "deflate"}, "damaged_warc", "the payload is truncated"),
    "a chunk cut off": ({"payload": chunked(PAGE)[:-9], "Transfer_Encoding": "chunked"}, "damaged_warc", "the last chunk is missing"),
    "chunks without their end": (
        {"payload": chunked(PAGE)[:-5], "Transfer_Encoding": "chunked"},
        "damaged_warc",
        "the last chunk is missing",
    ),
}


@pytest.mark.parametrize(("record", "reason", "detail"), REFUSED.values(), ids=REFUSED)
def test_refused(read, record, reason, detail):
    raw = Archive().add(**record).add().raw
    found = read(raw, form="warc")
    assert (found.reasons, found.rejected[0]["detail"], found.texts) == ([reason], detail, ["一二三"])
    row = found.rejected[0]
    assert hashlib.sha256(raw[row["byte_start"] :][: row["byte_count"]]).hexdigest() == row["raw_sha256"]


PACKED = {
    "chunked": (chunked(PAGE), {"Transfer_Encoding": "chunked"}),
    "gzip": (gzip.compress(PAGE), {"Content_Encoding": "gzip"}),
    "gzip in chunks": (chunked(gzip.compress(PAGE)), {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
    "deflate": (zlib.compress(PAGE), {"Content_Encoding": "deflate"}),
    "bare deflate": (zlib.compress(PAGE)[2:-4], {"Content_Encoding": "deflate"}),
    "br": (
        bytes.fromhex("8b15803c68746d6c206c616e673d7a683e3c7469746c653ee9a2983c2f7469746c653e3c703ee4b880e4ba8ce4b88903"),
        {"Content_Encoding": "br"},
    ),
    "unpacked when stored": (PAGE, {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
    "unchunked when stored": (gzip.compress(PAGE), {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
    "chunked over what was unpacked": (chunked(PAGE), {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
}


@pytest.mark.parametrize(("payload", "http"), PACKED.values(), ids=PACKED)
def test_https_own_packing_is_undone(read, payload, http):
    found = read(Archive().add(payload=payload, **http).raw, form="warc")
    assert (found.texts, found.reasons) == (["一二三"], [])
    assert found.records[0]["raw_sha256"] == hashlib.sha256(PAGE).hexdigest()


def test_charsets_are_taken_from_http_then_the_page(read):
    archive = Archive().add(payload="<p>乙".encode("big5"), content_type="text/html; charset=big5")
    archive.add(payload=b"<meta charset=big5>" + "<p>丙".encode("big5"))
    assert [(row["text"], row["encoding"]) for row in read(archive.raw, form="warc").records] == [("乙", "big5"), ("丙", "big5")]


def test_declared_metadata_are_named_fields_http_fields_or_meta_names(read):
    archive = Archive().add(payload=b"<meta name=author content=A>x", Server="s")
    row = read(archive.raw, form="warc", metadata=("WARC-Type", "server", "author", "gone")).records[0]
    assert row["metadata"] == '{"WARC-Type":"response","author":"A","gone":null,"server":"s"}'


def test_packed_archives_read_the_same(read):
    plain, packed = (Archive(is_packed=is_packed) for is_packed in (False, True))
    for archive in (plain, packed):
        for number in range(50):
            archive.add(uri=f"http://a/{number}").add("request", b"GET / HTTP/1.1\r\n\r\n", content_type="application/http")
    keys = [
        [row["key"] for row in read(raw, path, form="warc").records] for raw, path in ((plain.raw, "a.warc"), (packed.raw, "a.warc.gz"))
    ]
    assert keys[0] == keys[1] == [f"http://a/{number}" for number in range(50)]


DAMAGES = {
    "a length too short": lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: 5\r\nX: ", 1),
    "no length": lambda raw: raw.replace(b"Content-Length", b"Content-Langth", 1),
    "a length that is no number": lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: -", 1),
    "a length beyond the file": lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: 99", 1),
    "a length beyond any file": lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: " + b"9" * 30, 1),
    "a header without end": lambda raw: raw.replace(b"\r\n\r\n", b"\r\n", 1),
    "bytes before the record": lambda raw: b"garbage\r\n" + raw,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_record_costs_only_itself(read, damage):
    first, rest = Archive().add(uri="http://first/").raw, Archive().add(uri="http://b/").add(uri="http://c/").raw
    found = read(damage(first) + rest, form="warc")
    assert "damaged_warc" in found.reasons
    assert [row["key"] for row in found.records][-2:] == ["http://b/", "http://c/"]


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n"])
def test_nothing(read, raw):
    assert read(raw, form="warc").ordinals == []


@pytest.mark.parametrize("raw", [b"filedesc://old.arc 0.0.0.0 2000 text/plain 1\n1 0 x\n", b"WARC/", b"WARC/1.0\r\n", b"\x00" * 3_000_000])
def test_what_is_no_warc_is_one_reject(read, raw):
    found = read(raw, form="warc")
    assert (found.reasons, found.rejected[0]["byte_count"]) == (["damaged_warc"], len(raw))
