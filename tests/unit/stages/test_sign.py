"""What is compared: folding, kinds of shingles, the floor, and what a signature's digest covers."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.errors import ConfigurationError, DataError
from pipeline.stages.shingle_kernel import fold_table
from pipeline.stages.sign import SIGNATURES, sign

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = TypeAdapter(DuplicatePolicy).validate_python(BODY)
LAW = "为了保障网络安全维护网络空间主权和国家安全社会公共利益保护公民法人和其他组织的合法权益"
ENGLISH = "The quick brown fox jumps over the lazy dog and then sleeps under the old apple tree"


def signed(*texts: str, policy: DuplicatePolicy = POLICY) -> list[dict]:
    names = [f"d{i}" for i in range(len(texts))]
    columns = {"document_id": names, "source_id": ["s"] * len(texts), "text": pa.array(texts, pa.string())}
    return sign(pa.record_batch(columns), policy).to_pylist()


def test_columns_are_those_of_the_table_without_its_run():
    columns = {"document_id": pa.array([], pa.string()), "source_id": pa.array([], pa.string()), "text": pa.array([], pa.string())}
    assert sign(pa.record_batch(columns), POLICY).schema == SIGNATURES
    assert "run_id" not in SIGNATURES.names


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (LAW, "short"),
        (LAW * 10, "char"),
        ("ひらがなとカタカナとかんじをまぜたぶんしょうのれいです", "short"),
        ("ภาษาไทยไม่มีช่องว่างระหว่างคำในประโยคเดียวกัน", "short"),
        (ENGLISH, "word"),
        ("в начале было слово и слово было у бога и слово было бог и оно было в начале", "word"),
        ("대한민국은 민주공화국이다 대한민국의 주권은 국민에게 있고 모든 권력은 국민으로부터 나온다 그리고 또한 그렇다", "word"),
        ("好的", "none"),
        ("only a few words here", "none"),
        ("啊" * 500, "none"),
        ("!!! ??? ...", "none"),
        ("", "none"),
    ],
)
def test_script_and_floor_choose_the_shingles(text, kind):
    row = signed(text)[0]
    assert row["shingle"] == kind
    assert len(row["signature"]) == (0 if kind == "none" else 4 * POLICY.permutations)
    assert (row["shingles"] == 0) == (kind == "none")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LAW, "为了保障网络安全，维护网络空间主权和国家安全、\n\n  社会公共利益，保护公民、法人和其他组织的合法权益。"),
        (ENGLISH, "  the QUICK brown\tfox jumps -- over the lazy dog, and then sleeps under the old apple tree!"),
        (ENGLISH, "Ｔｈｅ quick brown fox jumps over the lazy dog and then sleeps under the old apple tree"),
        (ENGLISH, "The qu\u00adick brown\u200b fox jumps over the lazy dog and then sleeps under the old apple tree\ufeff"),
        (LAW, "\u2f2e\u2f6c为了".replace("\u2f2e\u2f6c", "") + LAW[2:]),
        ("工作人员应当依法履行职责不得滥用职权玩忽职守徇私舞弊", "\u2f2f作\u2f08员应当依法履行职责不得滥用职权玩忽职守徇私舞弊"),
    ],
)
def test_folding_makes_twins(one, other):
    left, right = signed(one, other)
    assert left["normalized_sha256"] == right["normalized_sha256"]
    assert left["signature"] == right["signature"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("!!!", "???"), ("1.5", "15"), ("-5", "5"), ("好", "坏"), (" ", "\n"), ("a b", "ab"), ("😀", "😁")],
)
def test_short_texts_never_collapse_into_one(one, other):
    left, right = signed(one, other)
    assert left["normalized_sha256"] != right["normalized_sha256"]


def test_short_texts_that_differ_in_case_or_white_space_are_twins():
    left, right = signed(" Good  morning ", "good morning")
    assert left["normalized_sha256"] == right["normalized_sha256"]


def test_the_normalized_digest_can_be_recomputed_by_hand():
    chars, words, short = signed(f"「{LAW}」。", "One, two; THREE four five six seven eight nine ten eleven.", "Good  day!")
    assert chars["normalized_sha256"] == sha256(LAW.encode()).hexdigest()
    assert words["normalized_sha256"] == sha256(b"one two three four five six seven eight nine ten eleven").hexdigest()
    assert short["normalized_sha256"] == sha256(b"good day!").hexdigest()


def test_shingles_are_counted_once_each():
    assert signed("abcdefghij" * 3 + " 一", policy=replace(POLICY, min_unspaced_ratio=0.0))[0]["shingles"] == 11
    assert signed(LAW)[0]["shingles"] == len({LAW[i : i + 2] for i in range(len(LAW) - 1)})
    words = ENGLISH.lower().split()
    assert signed(ENGLISH)[0]["shingles"] == len({tuple(words[i : i + 3]) for i in range(len(words) - 2)})


def test_kept_punctuation_is_compared():
    policy = replace(POLICY, drop_punctuation=False)
    left, right = signed(ENGLISH, ENGLISH.replace(" and", ", and"), policy=policy)
    assert left["normalized_sha256"] != right["normalized_sha256"]
    assert right["shingles"] > left["shingles"]


def test_only_signing_fields_change_the_parameters():
    other = replace(POLICY, version="2", threshold=0.5, keep_by=POLICY.keep_by[:1] + POLICY.keep_by[2:])
    assert other.params_sha256 == POLICY.params_sha256
    assert other.sha256 != POLICY.sha256
    assert replace(POLICY, char_n=4).params_sha256 != POLICY.params_sha256
    assert signed(LAW)[0]["params_sha256"] == POLICY.params_sha256


def test_every_code_point_is_folded_to_one_that_needs_no_more_room_than_the_kernel_has():
    folded = (fold_table(fold_case=True, fold_width=True) & ((1 << 21) - 1)).astype(np.int64)

    def width(codes):
        return 1 + (codes >= 0x80) + (codes >= 0x800) + (codes >= 0x10000)

    assert (width(folded) <= 2 * width(np.arange(len(folded)))).all()


def test_the_fold_table_is_the_same_under_every_python():
    table = fold_table(fold_case=True, fold_width=True)
    assert sha256(table.astype("<u4").tobytes()).hexdigest() == "7fa5334a8f0467c7839e14ddca3e45b17998a72932814e6eb54395dfb07a9b15"


def test_large_strings_and_slices_sign_alike():
    texts = [LAW, ENGLISH, "x"]
    whole = pa.record_batch({"document_id": ["a", "b", "c"], "source_id": ["s"] * 3, "text": pa.array(texts, pa.large_string())})
    assert sign(whole, POLICY).column("signature").to_pylist() == [row["signature"] for row in signed(*texts)]
    assert sign(whole.slice(1, 1), POLICY).to_pylist() == sign(whole, POLICY).slice(1, 1).to_pylist()


def test_a_missing_text_stops_the_run():
    with pytest.raises(DataError, match="1 rows without"):
        sign(pa.record_batch({"document_id": ["a"], "source_id": ["s"], "text": pa.array([None], pa.string())}), POLICY)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.0},
        {"char_n": 0},
        {"permutations": 0},
        {"keep_by": ("quality", "document_id")},
        {"keep_by": ("disposition", "quality")},
        {"min_shingles": 0},
        {"laundering": "redact"},
        {"threshhold": 0.8},
    ],
)
def test_a_policy_that_cannot_work_is_refused(change):
    with pytest.raises((ConfigurationError, ValueError), match=r"duplicate policy|threshhold"):
        TypeAdapter(DuplicatePolicy).validate_python(BODY | change)
