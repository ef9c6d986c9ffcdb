"""Encodings: decided by marks, strict decoding, the declaration and what Chinese is made of; never guessed beyond that."""

import codecs
import hashlib
import json

import pytest

from pipeline.adapters.readers.encodings import declared_encoding, is_chinese, web_encoding
from pipeline.errors import ConfigurationError

CHINESE = "公民的合法的私有财产不受侵犯。国家依照法律规定保护公民的私有财产权和继承权。"
CLASSICAL = "子曰：「學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？人不知而不慍，不亦君子乎？」"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며"
JAPANESE = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており"
RUSSIAN = "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью"
FRENCH = "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience, où là ça été"
TRADITIONAL = "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。"

OTHERS = {
    "Korean": KOREAN.encode("euc_kr"),
    "Japanese in EUC": JAPANESE.encode("euc_jp"),
    "Japanese in Shift JIS": JAPANESE.encode("shift_jis"),
    "Russian in KOI8": RUSSIAN.encode("koi8_r"),
    "Russian in windows-1251": RUSSIAN.encode("cp1251"),
    "French in Latin-1": FRENCH.encode("latin-1"),
    "Chinese in Big5": TRADITIONAL.encode("big5"),
    "any bytes": hashlib.sha512(b"any").digest() * 4,
}


@pytest.mark.parametrize("text", [CHINESE, CHINESE[:12], f"# heading\r\n{CHINESE}\r\nplain"])
def test_real_gb18030_reads_as_chinese(text):
    assert is_chinese(text.encode("gb18030"))


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
def test_other_bytes_do_not(raw):
    assert not is_chinese(raw)


@pytest.mark.parametrize(
    ("codec", "mark", "name", "declared"),
    [
        ("utf-8", b"", "utf-8", None),
        ("utf-8", codecs.BOM_UTF8, "utf-8", "gb18030"),
        ("utf-8", b"", "utf-8", "gb18030"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16", None),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16", None),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32", None),
        ("utf-16-le", b"", "utf-16le", "UTF-16LE"),
        ("gb18030", b"", "gb18030", None),
        ("gb18030", b"", "gbk", "gbk"),
        ("gb18030", b"", "gb18030", "GB18030"),
    ],
)
@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "text", "separated", "html"])
def test_every_format_reads_every_encoding(read, form, codec, mark, name, declared):
    written = {
        "jsonl": json.dumps({"text": CHINESE}, ensure_ascii=False) + "\n",
        "json": json.dumps([{"text": CHINESE}], ensure_ascii=False),
        "csv": f"id,text\r\n1,{CHINESE}\r\n",
        "text": CHINESE,
        "separated": f"{CHINESE}%",
        "html": f"<p>{CHINESE}</p>",
    }[form]
    separator = "%" if form == "separated" else None
    found = read(mark + written.encode(codec), form="text" if separator else form, encoding=declared, separator=separator)
    assert (found.texts, [row["encoding"] for row in found.records]) == ([CHINESE], [name])


def test_the_digest_is_over_the_bytes_of_the_file_in_every_encoding(read):
    for codec, mark in (("gb18030", b""), ("utf-16-le", codecs.BOM_UTF16_LE)):
        pieces = [CHINESE[:20], "的一是", CHINESE[20:]]
        found = read(mark + "%".join(pieces).encode(codec), form="text", separator="%")
        assert [row["raw_sha256"] for row in found.records] == [hashlib.sha256(piece.encode(codec)).hexdigest() for piece in pieces]


def test_one_broken_character_costs_one_record(read):
    lines = [json.dumps({"text": CHINESE}, ensure_ascii=False).encode("utf-16-le") for _ in range(3)]
    lines[1] = lines[1][:20] + b"\x00\xdc" + lines[1][20:]  # half of a surrogate pair
    found = read(codecs.BOM_UTF16_LE + "\n".encode("utf-16-le").join(lines))
    assert (found.texts, found.reasons) == ([CHINESE, CHINESE], ["invalid_bytes"])


def test_ascii_decides_nothing_for_what_comes_after(read):
    ascii_lines, chinese_line = b'{"text":"a"}\n' * 200_000, json.dumps({"text": CHINESE}, ensure_ascii=False).encode("gb18030")
    found = read(ascii_lines + chinese_line)
    assert found.texts[-1] == CHINESE
    assert (found.records[0]["encoding"], found.records[-1]["encoding"]) == ("utf-8", "gb18030")


def test_a_file_of_utf8_with_broken_lines_stays_utf8(read):
    good, bad = json.dumps({"text": CHINESE}, ensure_ascii=False).encode(), b'{"text":"\xe4\xb8"}'
    found = read(b"\n".join([good, bad, good]))
    assert (len(found.texts), found.reasons) == (2, ["invalid_bytes"])


@pytest.mark.parametrize(
    ("label", "name"),
    [("latin1", "iso-8859-1"), ("cp1252", "windows-1252"), ("EUC-JP", "euc-jp"), ("Shift_JIS", "shift_jis"), ("ascii", "us-ascii")],
)
def test_names_are_ianas(label, name):
    assert declared_encoding(label).name == name


@pytest.mark.parametrize("label", ["base64", "rot13", "nothing", "idna", "unicode_escape", "", "a\0b"])
def test_names_that_are_no_text_encoding(label):
    with pytest.raises(ConfigurationError, match="encoding"):
        declared_encoding(label)


def test_pages_mean_the_superset():
    assert web_encoding("gb2312").codec == "gb18030"
    assert web_encoding("ISO-8859-1").name == "windows-1252"
    assert web_encoding("x-unknown") is None
