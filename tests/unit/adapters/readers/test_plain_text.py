"""Plain text: a file, or the pieces of a file."""

import hashlib

import pytest


def test_a_file_is_a_record_and_its_digest_the_files(read):
    raw = b"\xef\xbb\xbf one\r\n\r\ntwo \n"
    found = read(raw, form="text")
    assert found.texts == [" one\r\n\r\ntwo \n"]
    assert found.records[0]["raw_sha256"] == hashlib.sha256(raw).hexdigest()
    assert (found.records[0]["byte_start"], found.records[0]["byte_count"]) == (0, len(raw))


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"", "empty_text"), (b" \r\n\t", "empty_text"), (b"\xff\xff\x80", "invalid_bytes"), (b"x" * 51, "over_long")]
)
def test_a_file_that_is_no_document(read, raw, reason):
    found = read(raw, form="text", max_record_bytes=50)
    assert found.reasons == [reason]
    assert found.rejected[0]["raw_sha256"] == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("separator", ["%\n", "\n\n", "。", "\n"])
def test_pieces_are_given_untrimmed_and_blank_ones_are_none(read, separator):
    pieces = [" one ", "", "two", " \t", "三", "x" * 60, "four"]
    found = read(separator.join([*pieces, ""]).encode(), form="text", separator=separator, max_record_bytes=50)
    assert found.texts == [" one ", "two", "三", "four"]
    assert found.reasons == ["over_long"]


def test_a_piece_that_does_not_decode(read):
    found = read("一%".encode() + b"\xff%" + "三".encode(), form="text", separator="%")
    assert (found.texts, found.reasons) == (["一", "三"], ["invalid_bytes"])


def test_a_separator_across_two_chunks(read):
    first = "a" * ((1 << 20) - 1)
    found = read(f"{first}<>b".encode(), form="text", separator="<>")
    assert found.texts == [first, "b"]
    found = read(f"{first}<>b".encode(), form="text", separator="<>", max_record_bytes=9)
    assert (found.texts, found.reasons) == (["b"], ["over_long"])
    assert found.rejected[0]["raw_sha256"] == hashlib.sha256(first.encode()).hexdigest()
