"""Damaged, hostile and enormous files: what stands before the damage is kept, nothing is doubled, memory stays bounded."""

import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.readers import read_records, unreadable_file
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.sources import Delivery, Fields, Format
from pipeline.errors import ServiceError

LINES = [json.dumps({"text": f"记录 {number} {hashlib.sha256(b'%d' % number).hexdigest()}", "id": number}) for number in range(120)]
PLAIN = "\n".join([*LINES, ""]).encode()
TEXTS = [json.loads(line)["text"] for line in LINES]
MEMBERS = b"".join(gzip.compress(PLAIN[at : at + 3000]) for at in range(0, len(PLAIN), 3000))
PACKED = {
    "a.jsonl": PLAIN,
    "one member.jsonl.gz": gzip.compress(PLAIN),
    "many members.jsonl.gz": MEMBERS,
    "stored.jsonl.gz": gzip.compress(PLAIN, compresslevel=0),
    "one frame.jsonl.zst": zstandard.ZstdCompressor(write_checksum=True).compress(PLAIN),
    "many frames.jsonl.zst": b"".join(zstandard.compress(PLAIN[at : at + 3000]) for at in range(0, len(PLAIN), 3000)),
}


def rows_of(raw, path="a", form="jsonl", max_record_bytes=1 << 20, **declared):
    """Return records, rejects and parts of a file, having checked that ordinals are dense."""
    delivery = Delivery("anywhere", "**", Format(form), **declared)
    opened = io.BytesIO(raw) if isinstance(raw, bytes) else raw
    parts = list(read_records(opened, path, delivery, AcquirePolicy("1", max_record_bytes, 0.1)))
    records = [row for part in parts for row in part.records.to_pylist()]
    rejected = [row for part in parts for row in part.rejected.to_pylist()]
    assert sorted(row["ordinal"] for row in records + rejected) == list(range(len(records) + len(rejected)))
    for row in rejected:
        RejectReason(row["reason"])
    return records, rejected, parts


@pytest.mark.parametrize("path", PACKED)
def test_whole_files_give_every_record(path):
    records, rejected, _ = rows_of(PACKED[path], path)
    assert ([row["text"] for row in records], rejected) == (TEXTS, [])


@pytest.mark.parametrize("path", list(PACKED)[1:])
def test_truncated_files_lose_and_double_nothing(path):
    raw = PACKED[path]
    for end in range(1, len(raw), 61):
        records, rejected, _ = rows_of(raw[:end], path)
        assert [row["text"] for row in records] == TEXTS[: len(records)]
        if not rejected:  # cut exactly between two members, which only their count could tell
            assert path.startswith("many")
            continue
        (tail,) = rejected
        assert tail["reason"] in ("record.truncated_stream", "record.broken_json")
        start, count = tail["byte_start"], tail["byte_count"]
        assert start == sum(len(line) + 1 for line in LINES[: len(records)])
        assert tail["raw_sha256"] == hashlib.sha256(PLAIN[start : start + count]).hexdigest()


def test_everything_that_can_be_unpacked_is_kept():
    raw = PACKED["stored.jsonl.gz"]
    records, _, _ = rows_of(raw[: len(raw) // 2], "a.gz")
    assert len(records) >= len(LINES) // 2 - 2


@pytest.mark.parametrize("path", list(PACKED)[1:])
def test_a_flipped_bit_is_one_reject_or_a_rejected_line(path):
    raw = PACKED[path]
    for at in range(0, len(raw), 97):
        records, rejected, _ = rows_of(raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :], path)
        assert len(records) + len(rejected) <= len(TEXTS) + 1
        if [row["text"] for row in records] != TEXTS and "zst" not in path:
            assert rejected or "gz" not in path


def test_rows_before_the_damage_are_kept_from_the_same_chunk():
    raw = bytearray(gzip.compress(PLAIN, compresslevel=0))
    raw[-8] ^= 1  # the checksum behind the data
    records, rejected, _ = rows_of(bytes(raw), "a.gz")
    assert [row["text"] for row in records] == TEXTS
    assert [(row["reason"], row["byte_start"], row["byte_count"]) for row in rejected] == [("record.damaged_stream", len(PLAIN), 0)]


@pytest.mark.parametrize(
    ("raw", "path", "reasons"),
    [
        (b"", "a.gz", []),
        (b"", "a.zst", []),
        (gzip.compress(PLAIN) + bytes(512), "padded.gz", []),
        (gzip.compress(PLAIN) + b"garbage", "garbage.gz", ["record.damaged_stream"]),
        (PLAIN, "not packed.gz", ["record.damaged_stream"]),
        (PLAIN, "not packed.zst", ["record.damaged_stream"]),
        (b"\x1f\x8b", "a.gz", ["record.truncated_stream"]),
    ],
)
def test_what_is_around_packed_data(raw, path, reasons):
    assert [row["reason"] for row in rows_of(raw, path)[1]] == reasons


class Failing(io.BytesIO):
    """A disk with a bad sector, or a store that stops answering."""

    def __init__(self, raw, after, error):
        super().__init__(raw)
        self.after, self.error = after, error

    def read(self, size=-1):
        if self.tell() >= self.after:
            raise self.error
        return super().read(min(size, self.after - self.tell()))


def test_a_failing_disk_is_one_reject_behind_what_was_read():
    records, rejected, _ = rows_of(Failing(PLAIN, 1000, OSError(5, "Input/output error")))
    assert [row["text"] for row in records] == TEXTS[: len(records)]
    assert len(records) > 5
    assert [(row["reason"], row["detail"]) for row in rejected] == [("record.unreadable_file", "Input/output error")]


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "text", "html", "warc"])
def test_a_store_that_does_not_answer_raises(form):
    with pytest.raises(ServiceError):
        rows_of(Failing(PLAIN, 1000, ServiceError("no answer")), form=form)


def test_a_file_that_cannot_be_opened_is_one_reject():
    part = unreadable_file("Permission denied")
    assert (part.records.num_rows, part.rejected.to_pylist()[0]["reason"]) == (0, "record.unreadable_file")


WARC_RECORD = (
    b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: u%d\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
)
BODIES = [hashlib.sha256(b"%d" % number).hexdigest().encode() * 30 for number in range(20)]
ARCHIVE = [WARC_RECORD % (number, len(body), body) for number, body in enumerate(BODIES)]


def test_a_truncated_archive_keeps_what_came_before():
    raw, packed = b"".join(ARCHIVE), b"".join(map(gzip.compress, ARCHIVE))
    for whole, path in ((raw, "a.warc"), (packed, "a.warc.gz")):
        for end in range(1, len(whole), 173):
            records, rejected, _ = rows_of(whole[:end], path, "warc")
            assert [row["key"] for row in records] == [f"u{number}" for number in range(len(records))]
            assert len(rejected) <= 1
            assert len(records) >= len(ARCHIVE) * end // len(whole) - 2


def test_a_damaged_member_of_an_archive_costs_only_itself():
    members = [bytearray(gzip.compress(record)) for record in ARCHIVE]
    members[7][len(members[7]) // 2] ^= 0xFF
    records, rejected, _ = rows_of(b"".join(members), "a.warc.gz", "warc")
    assert [row["key"] for row in records] == [f"u{number}" for number in range(20) if number != 7]
    assert [row["reason"] for row in rejected] == ["record.damaged_stream"]


@settings(max_examples=150, deadline=None)
@given(
    raw=st.binary(max_size=300),
    form=st.sampled_from(["jsonl", "json", "csv", "text", "html", "warc", "parquet"]),
    suffix=st.sampled_from(["", ".gz", ".zst"]),
)
def test_any_bytes_are_rows(raw, form, suffix):
    rows_of(raw, f"a{suffix}", form, max_record_bytes=40)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([line.encode() for line in LINES[:9]])), max_size=20))
def test_every_line_is_one_row(lines):
    raw = b"\n".join(lines)
    records, rejected, _ = rows_of(raw, max_record_bytes=100)
    if not raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        assert len(records) + len(rejected) == sum(1 for line in raw.split(b"\n") if line and not line.isspace())


@settings(max_examples=100, deadline=None)
@given(
    pieces=st.lists(
        st.text(min_size=1, max_size=30).filter(lambda text: "%" not in text and not text.isspace() and not text.startswith("\ufeff"))
    )
)
def test_every_piece_is_one_record(pieces):
    records, rejected, _ = rows_of("%".join(pieces).encode(), form="text", separator="%")
    assert ([row["text"] for row in records], rejected) == (pieces, [])


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20).filter(lambda text: text and not text.isspace())), max_size=20))
def test_every_row_that_python_writes_is_read_back(rows):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *rows])
    records, rejected, _ = rows_of(written.getvalue().encode(), form="csv", fields=Fields(id="id"))
    assert ([(row["key"] or "", row["text"]) for row in records], rejected) == (rows, [])


def test_reading_again_gives_the_same_parts():
    raw = gzip.compress(b"\n".join(b'{"text":"%d"}' % number for number in range(30_000)))
    first, again = rows_of(raw, "a.gz")[2], rows_of(Trickling(raw), "a.gz")[2]
    assert [part.records for part in first] == [part.records for part in again]
    assert [part.records.num_rows for part in first] == [20_000, 10_000]


class Trickling(io.BytesIO):
    """A store that gives a few bytes at a time."""

    def read(self, size=-1):
        return super().read(min(size, 777))


BOUNDED = """
import resource, sys
from pipeline.adapters.readers import read_records
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.sources import Delivery, Format
path, form, separator = sys.argv[1:4]
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
delivery = Delivery("anywhere", "**", Format(form), separator=separator or None)
before = peak()
with open(path, "rb") as opened:
    parts = list(read_records(opened, path, delivery, AcquirePolicy("1", 1 << 20, 0.1)))
records = sum(part.records.num_rows for part in parts)
rejected = [row["reason"] for part in parts for row in part.rejected.to_pylist()]
print(records, rejected, peak() - before)
"""
LONG = b"x" * (64 << 20)


OVER_LONG = {
    "a line": ("a.jsonl", "jsonl", "", b'{"text":"a"}\n{"text":"' + LONG + b'"}\n{"text":"b"}', 2),
    "a line in gzip": ("a.jsonl.gz", "jsonl", "", gzip.compress(b'{"text":"a"}\n' + LONG + b'\n{"text":"b"}', 1), 2),
    "a line in Zstandard": ("a.jsonl.zst", "jsonl", "", zstandard.compress(b'{"text":"a"}\n' + LONG + b'\n{"text":"b"}'), 2),
    "an element": ("a.json", "json", "", b'[{"text":"a"},{"text":"' + LONG + b'"},{"text":"b"}]', 2),
    "a quoted field": ("a.csv", "csv", "", b'text\na\n"' + LONG.replace(b"x" * 999, b"x" * 998 + b"\n") + b'"\nb', 2),
    "a piece": ("a.txt", "text", "%", b"a%" + LONG + b"%b", 2),
    "a file": ("a.txt", "text", "", LONG, 0),
    "an archived page": ("a.warc", "warc", "", ARCHIVE[0] + WARC_RECORD % (1, len(LONG), LONG) + ARCHIVE[2], 2),
}


@pytest.mark.parametrize(("name", "form", "separator", "raw", "records"), OVER_LONG.values(), ids=OVER_LONG)
def test_an_over_long_record_is_never_held(tmp_path, name, form, separator, raw, records):
    (tmp_path / name).write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(tmp_path / name), form, separator], capture_output=True, text=True, check=True
    )
    counted, _, rest = done.stdout.partition(" ")
    reasons, _, mebibytes = rest.rpartition(" ")
    assert (int(counted), reasons) == (records, "['record.over_long']")
    # The Zstandard decoder has no output limit and one letter packs best: up to 128 MiB for 4 KiB fed.
    assert int(mebibytes) < (250 if name.endswith(".zst") else 32)


def test_deflate_that_stops_in_the_middle_of_a_block_keeps_its_lines():
    packer = zlib.compressobj(9, wbits=31)
    raw = packer.compress(PLAIN) + packer.flush(zlib.Z_SYNC_FLUSH)
    records, rejected, _ = rows_of(raw, "a.gz")
    assert [row["text"] for row in records] == TEXTS
    assert [row["reason"] for row in rejected] == ["record.truncated_stream"]
