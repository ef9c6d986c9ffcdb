"""YAML as reviewed data is read: words stay words, keys stand once, nothing hides."""

import pytest

from pipeline.adapters.strict_yaml import read_yaml
from pipeline.errors import ConfigurationError


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("17", 17),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("'17'", "17"),
        ("'null'", "null"),
        ("中文", "中文"),
    ],
)
def test_scalars(written, value):
    assert read_yaml(f"key: {written}\n", "f").value == {"key": value}


def test_every_place_has_its_line():
    document = read_yaml(b"\xef\xbb\xbfa: 1\nb:\n  - x\n  - y: 2\n", "f")
    assert document.value == {"a": 1, "b": ["x", {"y": 2}]}
    assert document.line_of(("b", 1, "y")) == 4
    assert document.line_of(("b", 1, "not there")) == 4
    assert document.line_of(("not there",)) == 1


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3: expected each key once, found 'a' again"),
        ("a: {b: 1, b: 2}\n", "f:1: expected each key once"),
        ("a: &x 1\nb: *x\n", "f:2: expected plain values, found an alias"),
        ("a:\n  <<: {b: 1}\n", "f:2: expected a word as key"),
        ("? [a, b]\n: 1\n", "expected a word as key"),
        ("a: !!python/object:os.system x\n", "f:1: expected plain values, found a tag"),
        ("a: !mine 1\n", "found a tag"),
        ("a: [1\n", "f: expected YAML, found text that is none at line"),
        ("a: 1\n---\nb: 2\n", "expected YAML"),
        ("a: \x00\n", "expected YAML"),
        ("a: 123456789012345678901234567890\n", "expected a shorter number"),
        ("[" * 60 + "]" * 60, "levels of nesting"),
        ("a: {" * 5000, "levels of nesting"),
    ],
)
def test_what_is_refused(written, message):
    with pytest.raises(ConfigurationError) as caught:
        read_yaml(written, "f")
    assert message in str(caught.value)


def test_all_repeated_keys_are_listed_at_once():
    with pytest.raises(ConfigurationError) as caught:
        read_yaml("a: 1\na: 2\nb: 1\nb: 2\n", "f")
    assert len(str(caught.value).splitlines()) == 2


def test_errors_never_quote_the_file():
    with pytest.raises(ConfigurationError) as caught:
        read_yaml("name: [13800138000\n", "f")
    assert "13800138000" not in str(caught.value)


def test_other_encodings_are_refused():
    with pytest.raises(ConfigurationError, match="expected UTF-8"):
        read_yaml("a: 中文\n".encode("gb18030"), "f")
