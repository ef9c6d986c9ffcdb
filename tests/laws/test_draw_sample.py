"""Laws of the draw: a subset without repeats, a prefix of one order, fixed by its seed whatever the order of rows; even over seeds."""

from collections import Counter
from hashlib import sha256
from hmac import digest

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.draw_sample import diagnostic, draw

IDS = st.lists(st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1, max_size=8), unique=True, max_size=40)
SEED = st.binary(min_size=0, max_size=80)


@settings(deadline=None)
@given(IDS, SEED, st.integers(0, 50))
def test_it_is_the_ranking_by_hmac(ids, seed, n):
    assert draw(ids, seed, n) == sorted(ids, key=lambda i: (digest(seed, i.encode(), "sha256"), i))[:n]


@settings(deadline=None)
@given(IDS, SEED, st.integers(0, 50), st.integers(0, 50), st.randoms(use_true_random=False))
def test_prefix_subset_and_order_of_rows(ids, seed, n, further, random):
    drawn, more = draw(ids, seed, n), draw(ids, seed, n + further)
    assert more[: len(drawn)] == drawn
    assert len(set(more)) == len(more) == min(n + further, len(ids))
    assert set(more) <= set(ids)
    random.shuffle(ids)
    assert draw(ids, seed, n) == drawn


@settings(deadline=None)
@given(IDS, SEED, st.integers(0, 40), st.integers(0, 6))
def test_diagnostic_items_fill_every_stratum_from_the_same_order(ids, seed, n, least):
    order = draw(ids, seed, len(ids))
    stratum = {record: str(len(record) % 3) for record in ids}
    further = diagnostic(order, stratum, n, least)
    assert not set(further) & set(order[:n])
    assert further == [record for record in order if record in set(further)]
    held = Counter(stratum[record] for record in [*order[:n], *further])
    for name, there in Counter(stratum.values()).items():
        assert held[name] >= min(there, least)


def test_every_item_is_drawn_equally_often():
    ids, runs = [f"item-{i}" for i in range(10)], 20_000
    counts = Counter(name for run in range(runs) for name in draw(ids, sha256(str(run).encode()).digest(), 4))
    expected = runs * 4 / 10
    # Each count is binomial without its neighbours' freedom: the statistic over 10 classes stays under the 0.999 quantile of 9 degrees.
    assert sum((counts[name] - expected) ** 2 / expected for name in ids) * 9 / 6 < 27.9
