"""Laws of signing: one row per document in order, whatever the batches, order or threads; equal texts have equal signatures."""

from pathlib import Path

import pyarrow as pa
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.stages.sign import sign

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = TypeAdapter(DuplicatePolicy).validate_python(BODY)

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E40), max_size=300)
ENGLISH = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat;", "and", "Then,", "it", "slept"]), max_size=80).map(" ".join)
TEXTS = st.lists(ANY_TEXT | HAN | ENGLISH, max_size=12)


def batch(texts: list[str]) -> pa.RecordBatch:
    names = pa.array([f"d{i}" for i in range(len(texts))], pa.string())
    return pa.record_batch({"document_id": names, "source_id": names, "text": pa.array(texts, pa.string())})


@given(TEXTS)
@settings(deadline=None)
def test_every_document_is_answered_in_order(texts):
    signed = sign(batch(texts), POLICY)
    assert signed.column("document_id").to_pylist() == batch(texts).column("document_id").to_pylist()
    signed.validate(full=True)


@given(TEXTS, st.data())
@settings(deadline=None)
def test_batches_and_threads_change_nothing(texts, data):
    whole = batch(texts)
    cut = data.draw(st.integers(0, len(texts)))
    signed = sign(whole, POLICY)
    parts = pa.Table.from_batches([sign(whole.slice(0, cut), POLICY), sign(whole.slice(cut), POLICY)])
    assert parts.combine_chunks().equals(pa.Table.from_batches([signed]))
    assert sign(whole, POLICY, threads=3).equals(signed)


@given(TEXTS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_changes_nothing(texts, random):
    order = list(range(len(texts)))
    random.shuffle(order)
    signed = sign(batch(texts), POLICY)
    assert sign(batch(texts).take(pa.array(order, pa.int64())), POLICY).equals(signed.take(pa.array(order, pa.int64())))


@given(HAN | ENGLISH | ANY_TEXT)
@settings(deadline=None)
def test_signing_a_normalized_text_again_changes_nothing(text):
    spaced = f" {text}\n"
    first, second = sign(batch([text, spaced]), POLICY).to_pylist()
    if text.strip():
        assert first["signature"] == second["signature"]
        assert first["shingles"] == second["shingles"]
    if first["shingle"] != "none":
        assert first["normalized_sha256"] == second["normalized_sha256"]
