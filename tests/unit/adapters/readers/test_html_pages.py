"""HTML: what a reader sees, and what a page states of itself."""

import pytest

from pipeline.domain.sources import Fields

TEXTS = {
    "blocks are lines": ("<h1>A</h1><p>b<div>c</div>d", "A\nb\nc\nd"),
    "inline markup joins": ("<p>a<b>b</b> <i> c</i></p>", "ab c"),
    "white space collapses, no-break space does not": ("<p> a \n\t b\u00a0 c </p>", "a b\u00a0 c"),
    "line breaks": ("a<br>b<br/>c", "a\nb\nc"),
    "entities": ("<p>&lt;a&gt; &amp; &#x4e00;</p>", "<a> & 一"),
    "cells stand apart": ("<table><tr><td>a</td><th>b</th></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
    "lists": ("<ul><li>a<li>b<ul><li>c</ul></ul>", "a\nb\nc"),
    "preformatted": ("<pre>  a\n\tb  c\n</pre>", "  a\n\tb  c"),
    "what is not shown": ("<script>x</script><style>x</style><nav><script>x</script>x</nav><p hidden>x<i hidden>x</i></p>a<!-- x -->", "a"),
    "a script that is hidden too": ("<script hidden>x</script>a", "a"),
    "a whole page hidden until its script runs": ("<body hidden>a</body>", "a"),
    "half a page": ("<p>a<div><b>c", "a\nc"),
    "a fragment of nothing but text": ("a & b", "a & b"),
    "deeply nested": ("<div>" * 5000 + "a", "a"),
}


@pytest.mark.parametrize(("markup", "text"), TEXTS.values(), ids=TEXTS)
def test_visible_text(read, markup, text):
    assert read(markup.encode(), form="html").texts == [text]


@pytest.mark.parametrize("markup", [b"", b"<script>x</script>", b"<title>only a title</title>", b"<frameset><frame></frameset>"])
def test_a_page_that_shows_nothing(read, markup):
    assert read(markup, form="html").reasons == ["empty_text"]


def row_of(read, head, **declared):
    return read(
        f"<html lang='zh-Hans'><head><title> A\n title </title>{head}</head><body>x</body></html>".encode(), form="html", **declared
    ).records[0]


def test_title_and_language(read):
    row = row_of(read, "")
    assert (row["title"], row["record_language"], row["record_license"], row["published_at"]) == ("A title", "zh-Hans", None, None)
    assert read(b"<html lang='not a tag'>x", form="html").records[0]["record_language"] is None


BY = "https://creativecommons.org/licenses/by/4.0/"
LICENSES = {
    "rel": (f"<link rel='alternate license' href='{BY}'>", BY),
    "rel before a link": (f"<a href='https://creativecommons.org/publicdomain/zero/1.0/'></a><a rel=license href={BY}>x</a>", BY),
    "linked data": (f'<script type=\'application/ld+json\'>{{"@graph":[{{"license":{{"@id":"{BY}"}}}}]}}</script>', BY),
    "broken linked data": ("<script type='application/ld+json'>{</script>", None),
    "meta": ("<meta name='DCTERMS.license' content='CC0'>", "CC0"),
    "a Creative Commons link": (f"<a href='{BY}'>x</a>", BY),
    "two statements": ("<a rel=license href=u>x</a><a rel=license href=v>y</a><a rel=license href=u>x</a>", "u ; v"),
}


@pytest.mark.parametrize(("head", "stated"), LICENSES.values(), ids=LICENSES)
def test_license(read, head, stated):
    assert row_of(read, head)["record_license"] == stated


@pytest.mark.parametrize(
    ("head", "stated"),
    [
        ("<meta property='article:published_time' content='2020-01-02T03:04:05+08:00'>", "2020-01-02T03:04:05+08:00"),
        ("<meta name=date content='yesterday'>", None),
        ('<script type="application/ld+json">[{"datePublished":"2020-01"}]</script>', "2020-01"),
        ("<time itemprop=datePublished datetime=2020>x</time>", "2020"),
    ],
)
def test_published_at(read, head, stated):
    assert row_of(read, head)["published_at"] == stated


def test_declared_names_are_meta_names(read):
    head = "<meta name=Author content=' A  B '><link rel=canonical href=http://a/>"
    row = row_of(read, head, fields=Fields(id="canonical"), metadata=("author", "gone"))
    assert (row["key"], row["metadata"]) == ("http://a/", '{"author":"A B","gone":null}')


def test_the_page_names_its_encoding(read):
    page = "<meta charset='big5'><p>人人生而自由，在尊嚴和權利上一律平等。"
    found = read(page.encode("big5"), form="html")
    assert found.texts == ["人人生而自由，在尊嚴和權利上一律平等。"]
    assert found.records[0]["encoding"] == "big5"
    assert read("<p>é".encode("latin-1"), form="html").reasons == ["invalid_bytes"]
