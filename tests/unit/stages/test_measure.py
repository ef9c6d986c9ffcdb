"""What the measures say of single texts."""

import pyarrow as pa
import pytest

from pipeline.errors import DataError, LawError
from pipeline.stages.measure import measure

SCHEMA = pa.schema([("document_id", pa.string()), ("source_id", pa.string()), ("text", pa.string())])


def one(text: str, *, declared=("en",), says=("en", 0.9)) -> dict:
    records = pa.record_batch([["d"], ["s"], [text]], schema=SCHEMA)

    def identify(starts: pa.Array) -> tuple[list[str], list[float]]:
        return [says[0]] * len(starts), [says[1]] * len(starts)

    return measure(records, declared_languages={"s": frozenset(declared)}, identify=identify).to_pylist()[0]


LATIN = "a text of more than thirty letters, as it is"


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        pytest.param("", "chars", 0, id="nothing"),
        pytest.param(" \n\t", "lines", 0, id="white space is no line"),
        pytest.param("𠮷a\u0301", "chars", 3, id="code points, not code units"),
        pytest.param("一，二。３４①", "digit_ratio", 3 / 7, id="full-width and enclosed numbers are numbers"),
        pytest.param("می\u200cخواهم", "symbol_ratio", 0.0, id="zero-width joiners belong to Persian words"),
        pytest.param("हिन्दी", "letter_ratio", 0.5, id="Devanagari marks are marks"),
        pytest.param("ab😀|", "symbol_ratio", 0.5, id="emoji and bars are symbols"),
        pytest.param("  甲乙 \n丙\r\n\r\n丁", "mean_line_chars", 4 / 3, id="lines are counted without white space around"),
        pytest.param("甲乙丙\u2028丁", "max_line_chars", 3, id="a line separator ends a line"),
        pytest.param("甲甲\n 甲甲\n甲", "repeated_line_ratio", 2 / 5, id="an indented repeat is a repeat"),
        pytest.param("abcdefgh  abcdefgh", "repeated_ngram_ratio", 1 / 10, id="a run of spaces is one space"),
        pytest.param("好" * 20, "repeated_ngram_ratio", 12 / 13, id="one character over and over"),
        pytest.param("短", "repeated_ngram_ratio", 0.0, id="too short for an 8-gram"),
        pytest.param("a\x00b\x85\x1b[0m\r\n\t", "control_count", 3, id="NUL, NEL and ESC"),
        pytest.param("\ufffd\ufffd", "replacement_count", 2, id="replacement characters"),
        pytest.param("cafÃ©, cafÃ©", "mojibake_count", 2, id="UTF-8 read as Latin-1"),
        pytest.param("锟斤拷锟斤拷", "mojibake_count", 5, id="U+FFFD read as GBK"),
        pytest.param("水烫烫的，不烫烫烫", "mojibake_count", 1, id="a doubled word is no damage, three in a row are"),
        pytest.param("« CAFÉ\u00a0», „Über”, Ñandú, naïve", "mojibake_count", 0, id="accents beside quotation marks"),
        pytest.param("<P class='a'>x</p><br/><!-- c --><!DOCTYPE html>&nbsp;&#160;&#xA0;", "markup_count", 8, id="markup"),
        pytest.param("a < b && c > d; <stdio.h> <me@x.org> AT&T; if (i<b>2)", "markup_count", 1, id="only a known element is a tag"),
        pytest.param("QUJD" * 20, "unbroken_ratio", 1.0, id="base64"),
        pytest.param("https://example.org/a-path/and-another-path/index.html", "unbroken_ratio", 0.0, id="an address"),
        pytest.param("床前明月光", "script", "Hani", id="Han script"),
        pytest.param("12, 34", "script", "Zyyy", id="no script without letters"),
        pytest.param("これは日本語の文です", "script", "Hira", id="mostly hiragana"),
    ],
)
def test_number(text, column, value) -> None:
    assert one(text)[column] == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "declared", "says", "language", "is_declared"),
    [
        pytest.param(LATIN, ["en"], ("en", 0.9), "en", True, id="declared"),
        pytest.param(LATIN, ["zh"], ("en", 0.9), "en", False, id="not declared"),
        pytest.param(LATIN, ["en-GB"], ("en", 0.9), "en", True, id="primary subtags are compared"),
        pytest.param(LATIN, ["en"], ("fr", 0.49), "und", False, id="unsure"),
        pytest.param("fewer than thirty letters", ["en"], ("fr", 0.99), "und", False, id="too few letters"),
        pytest.param("床前明月光，疑是地上霜。", ["zh-Hans"], ("ja", 0.9), "zh", True, id="a poem is Chinese whatever a model says"),
        pytest.param("佢哋喺度講緊嘢", ["yue-Hant"], ("ko", 0.9), "zh", True, id="Cantonese"),
        pytest.param(
            "すべての人間は生れながらにして自由であり尊厳について平等である", ["zh"], ("ja", 0.9), "ja", False, id="kana is Japanese"
        ),
        pytest.param(LATIN, ["en", "tzm"], ("fr", 0.9), "und", False, id="another declared language cannot be identified"),
        pytest.param(LATIN, ["en", "tzm"], ("en", 0.9), "en", True, id="yet the one that can is found"),
        pytest.param(LATIN, [], ("en", 0.9), "en", False, id="nothing declared"),
    ],
)
def test_language(text, declared, says, language, is_declared) -> None:
    row = one(text, declared=declared, says=says)
    assert (row["language"], row["is_language_declared"]) == (language, is_declared)


def test_identify_reads_a_bounded_start_without_line_ends() -> None:
    seen = []

    def identify(starts: pa.Array) -> tuple[list[str], list[float]]:
        seen.extend(starts.to_pylist())
        return ["en"] * len(starts), [1.0] * len(starts)

    records = pa.record_batch([["d"], ["s"], ["line\r\n" * 1000]], schema=SCHEMA)
    measure(records, declared_languages={}, identify=identify)
    assert [len(start) for start in seen] == [2000]
    assert not {"\r", "\n"} & set(seen[0])


def test_a_document_without_text_and_an_identifier_that_loses_documents_stop_the_run() -> None:
    with pytest.raises(DataError, match="text in every row"):
        measure(pa.record_batch([["d"], ["s"], [None]], schema=SCHEMA), declared_languages={}, identify=lambda _: ([], []))
    with pytest.raises(LawError, match="identify"):
        measure(pa.record_batch([["d"], ["s"], [LATIN]], schema=SCHEMA), declared_languages={}, identify=lambda _: ([], []))


def test_many_lines_and_blocks_of_one_text_are_counted_like_few() -> None:
    lines = [f"line number {i} of many" for i in range(5000)]
    row = one("\n".join(lines + lines[:2500]))
    repeated = sum(map(len, lines[:2500]))
    assert row["lines"] == 7500
    assert row["repeated_line_ratio"] == pytest.approx(repeated / (repeated + sum(map(len, lines))))
    assert one("好" * 50_000)["repeated_ngram_ratio"] == pytest.approx(1 - 13 / 49_993)
