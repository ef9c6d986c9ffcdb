"""Pairs that a person labelled, under the policy that ships: two digitisations, two editions, paraphrases, translations."""

import gzip
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.errors import ConfigurationError
from pipeline.stages.cluster import cluster
from pipeline.stages.sign import sign

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = TypeAdapter(DuplicatePolicy).validate_python(BODY)
LAWS = Path(__file__).parents[3] / "examples" / "quickstart" / "sources" / "cn-laws" / "data" / "data-laws.jsonl.gz"
CONFUSED = str.maketrans("己未土日人大末士曰入", "已末士曰入太未土日人")
WIDE = str.maketrans("，。；：（）、", ",.;:(),")

POEMS = {
    "one edition and another with a variant": (
        "床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。",
        "床前明月光,疑是地上霜。\n擧頭望明月,低頭思故鄉。",
    ),
    "other punctuation and a heading's brackets": (
        "空山不見人，但聞人語響。返景入深林，復照青苔上。",
        "空山不見人。但聞人語響。返景入深林。復照青苔上。",
    ),
    "a regulated verse with two variants": (
        "國破山河在，城春草木深。感時花濺淚，恨別鳥驚心。烽火連三月，家書抵萬金。白頭搔更短，渾欲不勝簪。",
        "國破山河在，城春草木深。感時花濺淚，恨別鳥驚心。烽火連三月，家書抵萬金。白頭搔更短，渾欲不勝簮。",
    ),
}
NO_DUPLICATES = {
    "two poems on one subject": (
        "床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。",
        "海上生明月，天涯共此時。情人怨遙夜，竟夕起相思。",
    ),
    "a paraphrase with most words": (
        "The committee approved the annual budget on Monday after a long debate about the cost of new schools in the north of the county.",
        "After a long debate on Monday about the cost of new schools in the north, the county committee approved its annual budget.",
    ),
    "who did what to whom": (
        "甲公司应当在收到乙公司的书面通知后十日内向乙公司支付全部货款，乙公司应当在收到货款后三日内开具发票。",
        "乙公司应当在收到甲公司的书面通知后三日内向甲公司交付全部货物，甲公司应当在收到货物后十日内办理验收。",
    ),
    "a paraphrase in Chinese": (
        "为了保护个人信息权益，规范个人信息处理活动，促进个人信息合理利用，根据宪法，制定本法。",
        "本法根据宪法制定，目的是规范处理个人信息的活动，保护个人信息权益，促进合理利用个人信息。",
    ),
    "a translation": (
        "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
        "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられている。",
    ),
    "simplified and traditional, unless policy folds them": (
        "国家建立个人信息保护制度，预防和惩治侵害个人信息权益的行为，加强个人信息保护宣传教育。",
        "國家建立個人信息保護制度，預防和懲治侵害個人信息權益的行為，加強個人信息保護宣傳教育。",
    ),
}


def are_duplicates(pair: tuple[str, str], policy: DuplicatePolicy = POLICY) -> bool:
    names = ["a", "b"]
    signed = sign(pa.record_batch({"document_id": names, "source_id": names, "text": list(pair)}), policy)
    texts = dict(zip(names, pair, strict=True))
    found = cluster(
        pa.Table.from_batches([signed]), lambda ids: pa.record_batch({"document_id": ids, "text": [texts[each] for each in ids]}), policy
    )
    return bool(found.members.num_rows == 2)


def laws(count: int) -> list[str]:
    with gzip.open(LAWS, "rt", encoding="utf-8") as lines:
        articles = [json.loads(line)["text"] for line in lines]
    size = len(articles) // count
    return ["\n".join(articles[start : start + size]) for start in range(0, size * count, size)]


def digitised(text: str, seed: int) -> str:
    """Return a text as another scan gives it: half-width marks, lines cut anywhere, and 1 % of the characters read wrong."""
    random = np.random.default_rng(seed)
    chars = list(text.translate(WIDE))
    for place in random.integers(0, len(chars), len(chars) // 100).tolist():
        confused = chars[place].translate(CONFUSED)
        chars[place] = confused if confused != chars[place] else chr(int(random.integers(0x4E00, 0x9FA5)))
    return "\n".join("".join(chars[start : start + 38]) for start in range(0, len(chars), 38))


@pytest.mark.parametrize("number", range(8))
def test_two_digitisations_of_a_long_legal_text_are_one(number: int) -> None:
    text = laws(8)[number]
    assert len(text) > 1000
    assert are_duplicates((text, digitised(text, number)))


def test_different_parts_of_one_law_are_not() -> None:
    parts = laws(8)
    assert not any(are_duplicates(pair) for pair in pairwise(parts))


@pytest.mark.parametrize("pair", POEMS.values(), ids=POEMS)
def test_two_editions_of_a_short_poem_are_one(pair: tuple[str, str]) -> None:
    assert are_duplicates(pair)


@pytest.mark.parametrize("pair", NO_DUPLICATES.values(), ids=NO_DUPLICATES)
def test_what_says_something_else_or_otherwise_is_no_duplicate(pair: tuple[str, str]) -> None:
    assert not are_duplicates(pair)


def test_variants_are_one_where_policy_says_which() -> None:
    pair = NO_DUPLICATES["simplified and traditional, unless policy folds them"]
    folding = replace(POLICY, script_variants="國国 個个 護护 預预 懲惩 權权 為为 強强 傳传")
    assert are_duplicates(pair, folding)
    assert folding.params_sha256 != POLICY.params_sha256
    reordered = replace(POLICY, script_variants="傳传 強强 國国 個个 護护 預预 懲惩 權权 為为")
    assert folding.params_sha256 == reordered.params_sha256


@pytest.mark.parametrize("stated", ["國", "國国国", "a国", "國国 國囯", "國国 国囯", "𠮷吉"])
def test_variants_that_say_nothing_definite_are_refused(stated: str) -> None:
    with pytest.raises(ConfigurationError, match="script_variants"):
        replace(POLICY, script_variants=stated)


def test_short_texts_are_compared_exactly_and_all_named() -> None:
    texts = ["好的，谢谢。"] * 5 + ["好的,谢谢。", "好的，谢谢您。"]
    names = [f"{place}" for place in range(len(texts))]
    signed = sign(pa.record_batch({"document_id": names, "source_id": names, "text": texts}), POLICY)
    found = cluster(pa.Table.from_batches([signed]), lambda ids: pytest.fail(f"asked for {len(ids)} texts"), POLICY)
    assert found.members.column("document_id").to_pylist() == ["0", "1", "2", "3", "4", "5"], "width is folded, nothing else is"
    assert set(found.edges.column("method").to_pylist()) == {"exact"}
