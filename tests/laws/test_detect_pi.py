"""What detection of personal information keeps for every text."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.stages.detect_pi import detect_pi, find_in_text

RULES = load_rules([Path("pipeline/pi_rules")])
DETECTOR = build_detector(RULES, engine="hyperscan")
FALLBACK = build_detector(RULES, engine="re2")
PIECES = [example for rule in RULES for example in (*rule.match, *rule.no_match)]
GLUE = ["", " ", "，", "。", "\n", "-", "\u200b", "1", "１", "电话", "的", "A", "@", ".", "：", "😀", "第", "\t", "一", "(", "é"]
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(GLUE) | st.text(max_size=12), max_size=14).map("".join)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def batch(texts):
    return pa.RecordBatch.from_pydict(
        {
            "document_id": [f"d{number:04d}" for number in range(len(texts))],
            "source_id": ["s"] * len(texts),
            "text": pa.array(texts, pa.string()),
            "locator": ["x"] * len(texts),
            "title": pa.array([None] * len(texts), pa.string()),
            "metadata": ["{}"] * len(texts),
        },
    )


def detect(records, detector=DETECTOR):
    return detect_pi(records, detector, key=b"k", key_id="k-1")


@FEW
@given(st.lists(TEXTS, max_size=8))
def test_one_scan_per_document_in_order_and_offsets_fit(texts):
    records = batch(texts)
    scan = detect(records)
    assert scan.scans["document_id"].to_pylist() == records["document_id"].to_pylist()
    for row in scan.findings.to_pylist():
        text = texts[int(row["document_id"][1:])]
        assert text.encode()[row["byte_start"] : row["byte_end"]].decode() == text[row["char_start"] : row["char_end"]]
        assert 0 <= row["char_start"] < row["char_end"] <= len(text)
        assert 0.5 <= row["score"] <= 1


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=8), st.integers(0, 8))
def test_batch_size_changes_nothing(texts, cut):
    records = batch(texts)
    whole = detect(records)
    parts = [detect(records.slice(0, cut)), detect(records.slice(cut))] if cut < len(texts) else [whole]
    assert pa.Table.from_batches([part.scans for part in parts]).equals(pa.Table.from_batches([whole.scans]))
    assert pa.Table.from_batches([part.findings for part in parts]).equals(pa.Table.from_batches([whole.findings]))


@FEW
@given(st.lists(TEXTS, max_size=5))
def test_both_engines_find_the_same(texts):
    assert detect(batch(texts)).findings.equals(detect(batch(texts), FALLBACK).findings)


@pytest.mark.parametrize("piece", [piece for rule in RULES for piece in rule.match])
def test_what_is_found_does_not_depend_on_how_far_away_other_things_are(piece):
    around = "无关的文字。" * 150
    alone = [(one.kind, one.start, one.end) for one in find_in_text(f"\n{piece}\n", DETECTOR)]
    within = [(one.kind, one.start - len(around), one.end - len(around)) for one in find_in_text(f"{around}\n{piece}\n{around}", DETECTOR)]
    assert within == alone
