"""Our signatures are datasketch's: same values from the same hashes, same bands, same estimates, loadable bytes."""

import math
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from datasketch import LeanMinHash, MinHash
from pydantic import TypeAdapter

import pipeline
from pipeline.adapters.datasketch import as_min_hash, lean_bytes, optimal_bands, pickled
from pipeline.domain.duplicates import DuplicatePolicy, bands_and_rows
from pipeline.errors import DataError
from pipeline.stages.shingle_kernel import fold_table, shingle_params, shingle_rows
from pipeline.stages.sign import sign, text_buffers

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = TypeAdapter(DuplicatePolicy).validate_python(BODY)


def corpus(pairs: int = 60) -> list[str]:
    """Return pairs of Chinese texts of 400 to 800 characters, the second with 0 to 40 characters replaced."""
    random = np.random.default_rng(7)
    texts = []
    for pair in range(pairs):
        codes = random.integers(0x4E00, 0x5200, random.integers(400, 800))
        edited = codes.copy()
        edited[random.integers(0, len(codes), pair % 41)] = 0x6000 + pair
        texts += ["".join(map(chr, codes)), "".join(map(chr, edited))]
    return texts


TEXTS = corpus()
BATCH = pa.record_batch({"document_id": [f"{i:04}" for i in range(len(TEXTS))], "source_id": ["s"] * len(TEXTS), "text": TEXTS})
SIGNED = sign(BATCH, POLICY)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.85, 0.95])
@pytest.mark.parametrize("permutations", [64, 128, 200])
@pytest.mark.parametrize("weight", [0.5, 0.1, 0.002])
def test_bands_are_datasketchs_optimum(threshold, permutations, weight):
    assert bands_and_rows(threshold, permutations, weight) == optimal_bands(threshold, permutations, weight)


def test_values_equal_datasketchs_from_the_same_hashes():
    data, offsets = text_buffers(BATCH.column("text"))
    bounds = np.concatenate([[0], np.cumsum(SIGNED.column("shingles").to_numpy())])
    sets = np.empty(bounds[-1], np.uint64)
    assert shingle_rows(data, offsets, fold_table(True, True), shingle_params(POLICY), bounds, sets) == -1
    for row in range(0, len(TEXTS), 7):
        oracle = MinHash(num_perm=POLICY.permutations, seed=POLICY.seed, hashfunc=lambda value: int(value) & 0xFFFFFFFF)
        oracle.update_batch(sets[bounds[row] : bounds[row + 1]])
        assert as_min_hash(SIGNED.column("signature")[row].as_py(), POLICY.seed) == oracle


def test_estimates_agree_with_datasketch_and_the_truth_within_the_binomial_error():
    ours, theirs, truths = [], [], []
    for row in range(0, len(TEXTS), 2):
        sets = [{text[i : i + 5] for i in range(len(text) - 4)} for text in TEXTS[row : row + 2]]
        oracle = [MinHash(num_perm=POLICY.permutations, seed=POLICY.seed) for _ in sets]
        for sketch, shingles in zip(oracle, sets, strict=True):
            sketch.update_batch([shingle.encode() for shingle in sorted(shingles)])
        mine = [as_min_hash(SIGNED.column("signature")[row + side].as_py(), POLICY.seed) for side in (0, 1)]
        ours.append(mine[0].jaccard(mine[1]))
        theirs.append(oracle[0].jaccard(oracle[1]))
        truths.append(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    for estimates in (ours, theirs):
        for estimate, truth in zip(estimates, truths, strict=True):
            assert abs(estimate - truth) <= 4.5 * math.sqrt(max(truth * (1 - truth), 0.01) / POLICY.permutations)
    # The mean over all pairs has a sixtieth of the variance: a bias would show.
    assert abs(np.mean(ours) - np.mean(truths)) < 4 * 0.5 / math.sqrt(POLICY.permutations * len(truths))
    assert abs(np.mean(ours) - np.mean(theirs)) < 8 * 0.5 / math.sqrt(POLICY.permutations * len(truths))


def test_exports_load_in_datasketch():
    signatures = SIGNED.column("signature").to_pylist()[:4]
    lean = LeanMinHash.deserialize(lean_bytes(signatures[0], POLICY.seed), "<")
    loaded = pickle.loads(pickled(signatures, POLICY.seed))
    assert lean.hashvalues.astype("<u4").tobytes() == signatures[0]
    assert [sketch.hashvalues.astype("<u4").tobytes() for sketch in loaded] == signatures
    assert lean.jaccard(LeanMinHash(loaded[1])) == loaded[0].jaccard(loaded[1])


def test_a_text_below_the_floor_cannot_be_exported():
    with pytest.raises(DataError, match="below the floor"):
        as_min_hash(b"", 1)
