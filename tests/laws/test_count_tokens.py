"""Laws of the token counter: it needs no vocabulary, splits anywhere between tokens, and nothing is counted twice."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.count_tokens import count_tokens

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=30)
WORD = st.text(st.sampled_from("abcdefgéßøαβжщ0123456789"), min_size=1, max_size=8)
MARKS = st.text(st.sampled_from(" \n\t.,;!?。，、《》（）-+$€"), min_size=1, max_size=4)
ANY = st.text(st.characters(blacklist_categories=("Cs",)), max_size=60)


def counted(*texts: str) -> list[int]:
    return count_tokens(pa.array(texts, pa.string())).to_pylist()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("中华人民共和国", 7),
        ("Data Law, 2021年。", 4),
        ("don't stop", 3),
        ("ひらがなカタカナ", 8),
        ("안녕 하세요", 2),
        ("a_b-c", 3),
        ("Wi-Fi网络", 4),
        ("ﷺ …—「」", 1),
    ],
)
def test_examples(text: str, tokens: int) -> None:
    assert counted(text) == [tokens]


@settings(deadline=None)
@given(HAN)
def test_each_han_character_is_one(text: str) -> None:
    assert counted(text) == [len(text)]


@settings(deadline=None)
@given(st.lists(WORD, max_size=10), MARKS)
def test_words_are_counted_whatever_parts_them(words: list[str], mark: str) -> None:
    assert counted(mark.join(words)) == [len(words)]


@settings(deadline=None)
@given(ANY, ANY)
def test_a_space_adds_up(left: str, right: str) -> None:
    assert sum(counted(left, right)) == counted(f"{left} {right}")[0]


@settings(deadline=None)
@given(ANY)
def test_never_more_than_letters_digits_and_marks(text: str) -> None:
    assert counted(text)[0] <= sum(unicodedata.category(char)[0] in "LNM" or unicodedata.category(char) == "Cn" for char in text)


def test_no_text_has_no_count() -> None:
    assert count_tokens(pa.array([None, "a"], pa.string())).to_pylist() == [None, 1]
