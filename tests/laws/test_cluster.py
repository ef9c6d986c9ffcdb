"""Laws of clustering: edges are the truth of the shingle sets, clusters are a partition, and nothing but the set of documents counts."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.duplicates import DuplicatePolicy, Known, Verify
from pipeline.stages import cluster as stage
from pipeline.stages import cluster_tables as tables
from pipeline.stages import compare
from pipeline.stages.band_index import index_segment
from pipeline.stages.cluster import candidate_pairs, cluster, jaccard
from pipeline.stages.cluster_tables import EDGES
from pipeline.stages.extend import extend
from pipeline.stages.sign import sign

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = replace(TypeAdapter(DuplicatePolicy).validate_python(BODY), verify=Verify.ALL)

EMPTY = pa.table({"document_id": pa.array([], pa.string()), "normalized_sha256": pa.array([], pa.string())})

Corpus = dict[str, str]


@st.composite
def corpora(draw):
    """Draw a few base texts and edited copies of them: near-duplicates of every degree, exact twins, and texts below the floor."""
    random = draw(st.randoms(use_true_random=False))
    texts = []
    for base in range(draw(st.integers(1, 4))):
        size = draw(st.sampled_from([12, 40, 120, 260, 400]))
        letters = [chr(random.randrange(0x4E00 + 512 * base, 0x5000 + 512 * base)) for _ in range(size)]
        for _ in range(draw(st.integers(1, 5))):
            copy = list(letters)
            for _ in range(draw(st.sampled_from([0, 0, 1, 3, 9, 30]))):
                copy[random.randrange(size)] = chr(random.randrange(0x7000, 0x7100))
            texts.append(draw(st.sampled_from(["", "，", " "])).join(["".join(copy[: size // 2]), "".join(copy[size // 2 :])]))
    random.shuffle(texts)
    return {f"{random.getrandbits(64):016x}": text for text in texts}


def signatures(corpus: Corpus, policy: DuplicatePolicy = POLICY) -> pa.Table:
    columns = {"document_id": list(corpus), "source_id": ["s"] * len(corpus), "text": pa.array(corpus.values(), pa.string())}
    return pa.Table.from_batches([sign(pa.record_batch(columns), policy)])


def reader(corpus: Corpus):
    def fetch(wanted: list[str]) -> pa.RecordBatch:
        found = sorted(wanted, reverse=True)
        return pa.record_batch({"document_id": found, "text": [corpus[name] for name in found]})

    return fetch


def lent(corpus: Corpus):
    return lambda wanted: signatures({name: corpus[name] for name in reversed(wanted)}).select(["document_id", "signature"])


def compared(text: str) -> tuple[str, frozenset[str]]:
    """Return the normalized text and shingle set by plain Python: the specification of the kernel for Chinese."""
    letters = "".join(char for char in text if char not in "， ")
    n = 2 if len(letters) <= POLICY.short_chars else 5
    shingles = frozenset(f"{n}{letters[i : i + n]}" for i in range(len(letters) - n + 1))
    if len(letters) < POLICY.min_chars or len(shingles) < POLICY.min_shingles:
        return text.strip(), frozenset()
    return letters, shingles


def truth(corpus: Corpus) -> dict[tuple[str, str], float]:
    """Return every pair of documents that is a duplicate by brute force."""
    seen = {name: compared(text) for name, text in corpus.items()}
    pairs = {}
    for left, right in combinations(sorted(corpus), 2):
        (one, first), (other, second) = seen[left], seen[right]
        value = 1.0 if one == other else len(first & second) / len(first | second) if first and second else 0.0
        if value >= POLICY.threshold:
            pairs[left, right] = value
    return pairs


def edges_of(table: pa.Table) -> dict[tuple[str, str], float]:
    return {(row["left_id"], row["right_id"]): row["similarity"] for row in table.to_pylist()}


def clusters_of(members: pa.Table) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for row in members.to_pylist():
        groups.setdefault(row["cluster_id"], set()).add(row["document_id"])
    return {frozenset(group) for group in groups.values()}


def components_of(names, pairs) -> set[frozenset[str]]:
    group = {name: {name} for name in names}
    for left, right in pairs:
        if group[left] is not group[right]:
            group[left] |= group[right]
            for name in group[right]:
                group[name] = group[left]
    return {frozenset(one) for one in group.values() if len(one) > 1}


@given(corpora())
@settings(deadline=None, max_examples=60)
def test_edges_are_true_and_clusters_are_their_components(corpus):
    found = cluster(signatures(corpus), reader(corpus), POLICY)
    true = truth(corpus)
    for pair, similarity in edges_of(found.edges).items():
        assert true[pair] == similarity
    assert clusters_of(found.members) == components_of(corpus, edges_of(found.edges))
    assert tables.clusters_of(found.edges) == found.members
    assert found.report.not_compared == 0
    # One band of 21 is shared by a pair at the threshold with probability .998, by the corpora here practically always.
    candidates = {(row["left_id"], row["right_id"]) for row in candidate_pairs(signatures(corpus), POLICY).to_pylist()}
    seen = {name: compared(text)[0] for name, text in corpus.items()}
    first = {text: min(name for name in corpus if seen[name] == text) for text in seen.values()}
    for left, right in true:
        ends = tuple(sorted((first[seen[left]], first[seen[right]])))
        assert ends[0] == ends[1] or ends not in candidates or ends in edges_of(found.edges)


@given(corpora())
@settings(deadline=None, max_examples=60)
def test_clusters_are_a_partition(corpus):
    found = cluster(signatures(corpus), reader(corpus), POLICY)
    names = found.members.column("document_id").to_pylist()
    assert len(set(names)) == len(names)
    assert set(names) <= set(corpus)
    assert all(len(group) > 1 for group in clusters_of(found.members))
    assert found.report.clusters == len(clusters_of(found.members))
    assert found.report.largest == max(map(len, clusters_of(found.members)), default=0)


@given(corpora(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_order_batches_and_memory_change_nothing(corpus, random):
    table = signatures(corpus)
    order = list(range(len(corpus)))
    random.shuffle(order)
    cut = random.randrange(len(corpus) + 1)
    shuffled = table.take(pa.array(order))
    chunked = pa.concat_tables([shuffled.slice(0, cut), shuffled.slice(cut)])
    expected = cluster(table, reader(corpus), POLICY)
    assert cluster(chunked, reader(corpus), POLICY) == expected
    limits = stage.LISTED_PAIRS, stage.HELD_PAIRS, compare.TILE_SHINGLES
    try:
        stage.LISTED_PAIRS, stage.HELD_PAIRS, compare.TILE_SHINGLES = 1, 2, 300
        assert cluster(chunked, reader(corpus), POLICY) == expected
    finally:
        stage.LISTED_PAIRS, stage.HELD_PAIRS, compare.TILE_SHINGLES = limits


@given(corpora(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_increments_give_what_one_batch_gives(corpus, random):
    known, met = None, {}
    fetched: list[str] = []
    names = list(corpus)
    random.shuffle(names)
    parts = sorted(random.randrange(len(names) + 1) for _ in range(2))
    for start, stop in zip([0, *parts], [*parts, len(names)], strict=True):
        met |= {name: corpus[name] for name in names[start:stop]}
        found = cluster(signatures(met), reader(met), POLICY, known)
        batch = cluster(signatures(met), reader(met), POLICY)
        assert found.edges == batch.edges
        assert found.members == batch.members
        assert found.report.compared <= batch.report.compared
        known = Known(signatures(met).select(["document_id", "normalized_sha256"]), found.edges)
    nothing_new = cluster(signatures(met), lambda wanted: fetched.extend(wanted) or reader(met)(wanted), POLICY, known)
    assert (nothing_new.members, nothing_new.report.compared, fetched) == (batch.members, 0, [])


@given(corpora(), st.randoms(use_true_random=False), st.sampled_from([POLICY, replace(POLICY, verify=Verify.BOUNDED)]))
@settings(deadline=None, max_examples=80)
def test_additions_that_meet_the_index_give_what_one_batch_gives(corpus, random, policy):
    names = list(corpus)
    random.shuffle(names)
    parts = sorted(random.randrange(len(names) + 1) for _ in range(3))
    index, known, met = [], Known(EMPTY, EDGES.empty_table()), {}
    for start, stop in zip([0, *parts], [*parts, len(names)], strict=True):
        fresh = {name: corpus[name] for name in names[start:stop]}
        met |= fresh
        found = extend(signatures(fresh), index, known, reader(met), lent(met), policy)
        batch = cluster(signatures(met), reader(met), policy)
        assert (found.edges, found.members) == (batch.edges, batch.members)
        assert replace(found.report, candidates=0, compared=0) == replace(batch.report, candidates=0, compared=0)
        index.append(index_segment(signatures(fresh), policy))
        known = Known(EMPTY, found.edges)


@given(corpora(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_over_full_buckets_of_the_index_are_compared_as_in_one_batch(corpus, random):
    tight = replace(POLICY, verify=Verify.BOUNDED, max_bucket=2, bucket_leaders=1)
    old = {name: text for name, text in corpus.items() if random.random() < 0.6}
    fresh = {name: text for name, text in corpus.items() if name not in old}
    before = cluster(signatures(old), reader(old), tight)
    known = Known(EMPTY, before.edges, before.report.not_compared)
    index = [index_segment(signatures(old), tight)]
    found = extend(signatures(fresh), index, known, reader(corpus), lent(corpus), tight)
    batch = cluster(signatures(corpus), reader(corpus), tight)
    if found.report.not_compared == 0:
        assert (found.edges, found.members) == (batch.edges, batch.members)
    assert all(value >= tight.threshold for value in edges_of(found.edges).values())


@given(corpora(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_withdrawal_gives_what_a_run_without_the_document_gives(corpus, random):
    before = cluster(signatures(corpus), reader(corpus), POLICY)
    known = Known(signatures(corpus).select(["document_id", "normalized_sha256"]), before.edges)
    left = {name: text for name, text in corpus.items() if random.random() < 0.7}
    after = cluster(signatures(left), reader(left), POLICY, known)
    fresh = cluster(signatures(left), reader(left), POLICY)
    assert (after.edges, after.members) == (fresh.edges, fresh.members)
    assert after.report.compared == 0


@given(corpora())
@settings(deadline=None, max_examples=40)
def test_jaccard_is_the_truth_of_every_pair(corpus):
    pairs = list(combinations(sorted(corpus), 2))
    table = pa.table([pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1)], names=["left_id", "right_id"])
    seen = {name: compared(text) for name, text in corpus.items()}
    expected = []
    for (one, first), (other, second) in ((seen[left], seen[right]) for left, right in pairs):
        expected.append(1.0 if one == other else len(first & second) / len(first | second) if first and second else 0.0)
    assert jaccard(table, signatures(corpus), reader(corpus), POLICY).to_pylist() == expected


@given(corpora())
@settings(deadline=None, max_examples=30)
def test_bounded_verification_counts_what_it_leaves_out(corpus):
    tight = replace(POLICY, verify=Verify.BOUNDED, max_bucket=2, bucket_leaders=1)
    found, whole = (cluster(signatures(corpus), reader(corpus), policy) for policy in (tight, POLICY))
    assert set(edges_of(found.edges)) <= set(edges_of(whole.edges))
    if found.report.not_compared == 0:
        assert (found.edges, found.members) == (whole.edges, whole.members)
    assert pc.all(pc.greater_equal(found.edges.column("similarity"), POLICY.threshold)).as_py() in {True, None}
