"""What a record says of its own rights: headers, meta elements, front matter, labels; read once, judged never."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.readers.signals import front_matter, label_of, license_of_headers, of_headers, of_meta
from pipeline.domain.rights import Answer, Signal

LABEL = {"Label": "1", "ContentProducer": "m-7", "ProduceID": "x", "ReservedCode1": "r"}


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("tdm-reservation", "1", [(Signal.TDM_HEADER, Answer.DENIED, "*")]),
        ("TDM-Reservation", "0", [(Signal.TDM_HEADER, Answer.ALLOWED, "*")]),
        ("tdm-reservation", "yes", [(Signal.TDM_HEADER, Answer.UNREADABLE, "*")]),
        ("X-Robots-Tag", "noindex, NoAI", [(Signal.NOAI, Answer.DENIED, "*")]),
        ("x-robots-tag", "noai, noimageai", [(Signal.NOAI, Answer.DENIED, "*"), (Signal.NOIMAGEAI, Answer.DENIED, "*")]),
        ("x-robots-tag", "GPTBot: noai", [(Signal.NOAI, Answer.DENIED, "GPTBot")]),
        ("x-robots-tag", "unavailable_after: 25 Jun 2026 15:00:00 PST, noai", [(Signal.NOAI, Answer.DENIED, "*")]),
        ("x-robots-tag", "noindex, nofollow", []),
        ("x-other", "noai", []),
    ],
)
def test_headers(name, value, found):
    assert [(each.signal, each.answer, each.agent) for each in of_headers([(name, value)], "d" * 64)] == found


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("robots", "noai", [(Signal.NOAI, "*")]),
        ("Robots", "index, noimageai", [(Signal.NOIMAGEAI, "*")]),
        ("googlebot", "noai", [(Signal.NOAI, "googlebot")]),
        ("tdm-reservation", "1", [(Signal.TDM_META, "*")]),
        ("robots", "all", []),
        ("description", "noai", []),
    ],
)
def test_meta_elements(name, content, found):
    assert [(each.signal, each.agent) for each in of_meta(name, content)] == found


def test_links_that_name_a_licence():
    headers = [
        ("Link", '<https://a/next>; rel=next, <https://cc/by/4.0/>; rel="license"'),
        ("link", "<x>; rel=license"),
        ("Via", "<y>; rel=license"),
    ]
    assert license_of_headers(headers) == ["https://cc/by/4.0/", "x"]


@pytest.mark.parametrize(
    ("text", "terms", "label"),
    [
        ("---\nlicense: cc-by-4.0\n---\nx", "cc-by-4.0", None),
        ("\ufeff---\r\nlicense: [mit, cc0-1.0]\r\n---\r\nx", "mit ; cc0-1.0", None),
        ('---\nAIGC: {Label: "1"}\n...\nx', None, "1"),
        ('---\nAIGC: \'{"Label": "2"}\'\n---\n', None, "2"),
        ("---\nAIGC:\n  ContentProducer: m\n---\n", None, "unreadable"),
        ("---\nAIGC: [broken\n---\n", None, "unreadable"),
        ("---\nAIGC: &a {Label: 1}\nx: *a\n---\n", None, "unreadable"),
        ("---\nAIGC: yes\n---\n", None, "unreadable"),
    ],
)
def test_front_matter(text, terms, label):
    found = front_matter(text)
    assert (found.license, found.generated and found.generated.label) == (terms, label)


@pytest.mark.parametrize(
    "text", ["---\ntitle: t\n---\nx", "---\nno end", "--- license: x", "text\n---\nlicense: x\n---", "---\n- list\n---\n"]
)
def test_what_says_nothing_of_rights(text):
    assert front_matter(text) is None


def test_a_label_as_it_stands():
    found = label_of(LABEL, "metadata")
    assert (found.label, found.content_producer, found.produce_id, found.reserved_code1) == ("1", "m-7", "x", "r")
    assert label_of(json.dumps({"AIGC": LABEL}), "metadata") == found
    assert label_of({"other": 1}, "metadata").label == "unreadable"


@given(st.text(max_size=200))
def test_any_front_matter_is_read(text):
    found = front_matter(f"---\nAIGC: {text}\n---\n")
    assert found is None or found.generated is not None or found.license is not None
    assert label_of(text, "metadata").label is not None


def packed(rows):
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


LINES = json.dumps({"text": "x", "AIGC": LABEL}).encode()
QUOTED = json.dumps(LABEL).replace('"', '""')
HTML = f"<html><head><meta name='AIGC' content='{json.dumps(LABEL)}'><meta name=robots content=noai></head><body>x"


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (LINES, "jsonl"),
        (b"[" + LINES + b"]", "json"),
        (f'text,AIGC\nx,"{QUOTED}"\n'.encode(), "csv"),
        (packed([{"text": "x", "AIGC": LABEL}]), "parquet"),
        (HTML.encode(), "html"),
        (b"---\nAIGC: {Label: 1, ContentProducer: m-7, ProduceID: x, ReservedCode1: r}\n---\nx", "text"),
    ],
)
def test_every_format_carries_the_label(read, raw, form):
    [row] = read(raw, form=form).records
    found = json.loads(row["generated"])
    assert (found["label"], found["content_producer"], found["reserved_code1"]) == ("1", "m-7", "r")
    if form == "html":
        assert [[*said[:2], said[-1]] for said in json.loads(row["reservations"])] == [["noai", "*", row["raw_sha256"]]]
    else:
        assert row["reservations"] is None
