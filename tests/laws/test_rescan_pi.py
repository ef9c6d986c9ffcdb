"""What is joined from an earlier scan and a scan for changed rules alone is what a whole scan finds."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.domain.pi import PiRule
from pipeline.stages.detect_pi import detect_pi
from pipeline.stages.rescan_pi import rescan_pi

RULES = load_rules([Path("pipeline/pi_rules")])
PIECES = [example for rule in RULES for example in (*rule.match, *rule.no_match)]
GLUE = ["", " ", "，", "\n", "-", "1", "电话", "的", "@", "：", "第", "\u200b"]
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(GLUE), max_size=8).map("".join)
IDS = [rule.id for rule in RULES]


def changed(rule: PiRule) -> PiRule:
    """Return a rule as if somebody had edited it: surer of itself, so that it wins over rules it lost to."""
    return replace(rule, version=rule.version + 1, score=0.99, context=None, negative_context=replace(rule.negative_context, words=()))


def batch(texts: list[str]) -> pa.RecordBatch:
    count = len(texts)
    columns = {"document_id": [f"d{n:03}" for n in range(count)], "source_id": ["s"] * count, "text": pa.array(texts, pa.string())}
    return pa.RecordBatch.from_pydict(
        {**columns, "locator": ["x"] * count, "title": pa.array([None] * count, pa.string()), "metadata": ["{}"] * count}
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=12), st.sets(st.sampled_from(IDS), min_size=1, max_size=4), st.sampled_from(IDS))
def test_a_rescan_for_changed_rules_finds_what_a_whole_scan_finds(texts: list[str], edited: set[str], gone: str) -> None:
    records = batch(texts)
    old = build_detector([rule for rule in RULES if rule.id != min(edited)], engine="re2")  # the first of them is new
    rules = [changed(rule) if rule.id in edited else rule for rule in RULES if rule.id != gone or rule.id in edited]
    new = build_detector(rules, engine="re2")
    keys = {"key": b"k", "key_id": "k-1"}
    before = pa.Table.from_batches([detect_pi(records, old, **keys).findings])
    partial = detect_pi(records, build_detector([rule for rule in rules if rule.id in edited], engine="re2"), **keys)
    settled, left = rescan_pi(
        records, partial, before, changed={*edited, gone}, key_id="k-1", rule_pack_sha256=new.rule_pack_sha256
    )  # fmt: skip
    whole = detect_pi(records, new, **keys)
    again = detect_pi(left, new, **keys)
    joined = pa.Table.from_batches([settled.findings, again.findings]).sort_by(
        [(name, "ascending") for name in ("document_id", "field", "char_start", "char_end", "kind", "rule_id")]
    )
    assert joined.to_pylist() == whole.findings.to_pylist()
    assert pa.Table.from_batches([settled.scans, again.scans]).sort_by("document_id").to_pylist() == whole.scans.to_pylist()


def test_a_document_without_anything_of_the_changed_rule_is_not_read_again() -> None:
    records = batch(["电话13812345677", "QQ：12345678", "没有"])
    old, keys = build_detector(RULES), {"key": b"k", "key_id": "k-1"}
    before = pa.Table.from_batches([detect_pi(records, old, **keys).findings])
    edited = [changed(rule) for rule in RULES if rule.id == "qq"]
    settled, left = rescan_pi(
        records, detect_pi(records, build_detector(edited), **keys), before, changed={"qq"}, key_id="k-1", rule_pack_sha256="p"
    )
    assert settled.scans["document_id"].to_pylist() == ["d000", "d002"]
    assert left["document_id"].to_pylist() == ["d001"]
    partial = detect_pi(records, build_detector(edited), **keys)
    _, rekeyed = rescan_pi(records, partial, before, changed={"qq"}, key_id="k-2", rule_pack_sha256="p")
    assert rekeyed.num_rows == 2  # digests under another key are made anew
