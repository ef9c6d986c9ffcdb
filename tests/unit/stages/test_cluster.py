"""Clustering: what is refused, what short and repeated texts do, chains, over-full buckets and the shape of the tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.digests import fields_digest
from pipeline.domain.duplicates import DuplicatePolicy, Known
from pipeline.errors import DataError
from pipeline.stages.band_index import INDEXED_KEYS, index_segment
from pipeline.stages.cluster import PAIRS, candidate_pairs, cluster, jaccard
from pipeline.stages.cluster_tables import CLUSTER_MEMBERS, EDGES
from pipeline.stages.sign import SIGNATURES, sign

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = TypeAdapter(DuplicatePolicy).validate_python(BODY)


def signatures(corpus: dict[str, str], policy: DuplicatePolicy = POLICY) -> pa.Table:
    columns = {"document_id": list(corpus), "source_id": ["s"] * len(corpus), "text": pa.array(corpus.values(), pa.string())}
    return pa.Table.from_batches([sign(pa.record_batch(columns), policy)])


def reader(corpus: dict[str, str]):
    return lambda wanted: pa.record_batch({"document_id": wanted, "text": [corpus[name] for name in wanted]})


def clustered(corpus: dict[str, str], policy: DuplicatePolicy = POLICY):
    return cluster(signatures(corpus, policy), reader(corpus), policy)


def letters(count: int, seed: int = 1) -> str:
    return "".join(map(chr, np.random.default_rng(seed).integers(0x4E00, 0x9000, count)))


def chain(links: int) -> dict[str, str]:
    """Return texts of 1000 characters in which each differs from the one before in 20 places, none of them twice."""
    text, other = list(letters(1000)), letters(1000, seed=2)
    corpus = {"00": "".join(text)}
    for link in range(1, links):
        for place in range(20 * link, 20 * link + 20):
            text[place * 10 % 1000 + place // 100] = other[place]
        corpus[f"{link:02}"] = "".join(text)
    return corpus


def test_nothing_in_nothing_out():
    found = cluster(SIGNATURES.empty_table(), reader({}), POLICY)
    assert (found.edges, found.members) == (EDGES.empty_table(), CLUSTER_MEMBERS.empty_table())
    assert (found.report.documents, found.report.largest, found.report.diameter) == (0, 0, 0)
    assert candidate_pairs(SIGNATURES.empty_table(), POLICY) == PAIRS.empty_table()
    assert index_segment(SIGNATURES.empty_table(), POLICY).keys == INDEXED_KEYS.empty_table()


def test_a_cluster_is_named_by_its_sorted_members():
    text = letters(300)
    found = clustered({"c": text, "a": text, "b": text + "。", "x": letters(300, seed=3)})
    assert found.members.to_pylist() == [{"document_id": name, "cluster_id": fields_digest("a", "b", "c")} for name in "abc"]
    assert [(edge["left_id"], edge["right_id"], edge["similarity"], edge["method"]) for edge in found.edges.to_pylist()] == [
        ("a", "b", 1.0, "exact"),
        ("a", "c", 1.0, "exact"),
    ]


def test_twins_need_no_text():
    text = letters(300)
    found = cluster(signatures({"a": text, "b": text}), lambda wanted: pytest.fail(f"asked for {len(wanted)} texts"), POLICY)
    assert found.members.num_rows == 2


def test_short_texts_are_compared_exactly_only():
    found = clustered({"a": "好的，谢谢", "b": "好的，谢谢你", "c": "好的，谢谢", "d": "？？？", "e": "！！！"})
    assert found.members.column("document_id").to_pylist() == ["a", "c"]


def test_a_poem_with_one_variant_character_is_found():
    one = "空山不見人，但聞人語響。返景入深林，復照靑苔上。"
    other = "空山不見人,但聞人語響。返景入深林,復照青苔上。"
    found = clustered({"a": one, "b": other})
    assert found.edges.column("similarity").to_pylist() == [17 / 21]


def test_words_in_another_order_are_no_duplicate():
    one = "Flights from the city of New York to the state of Florida leave every day at nine in the morning"
    other = "Flights from the state of Florida to the city of New York leave every day at nine in the morning"
    assert clustered({"a": one, "b": other}).members.num_rows == 0


def test_translations_are_no_duplicates():
    english = "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience."
    german = "Alle Menschen sind frei und gleich an Wuerde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt."
    chinese = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。"
    assert clustered({"en": english, "de": german, "zh": chinese}).members.num_rows == 0


def test_a_chain_is_one_cluster_and_said_to_be_one():
    found = clustered(chain(6))
    assert found.report.clusters == 1
    assert found.report.diameter > 1
    assert found.report.is_diameter_exact
    assert found.report.chain_only_pairs == 15 - found.edges.num_rows > 0
    similarity = jaccard(pa.table({"left_id": ["00"], "right_id": ["05"]}), signatures(chain(6)), reader(chain(6)), POLICY)
    assert 0 < similarity[0].as_py() < POLICY.threshold


def test_one_text_a_hundred_thousand_times_is_one_node():
    corpus = {"000000": letters(500), "y": letters(500)[:-3] + "一二三"}
    two = signatures(corpus)
    count = 100_000
    names = pa.array([f"{i:06}" for i in range(count)])
    copies = two.slice(0, 1).take(pa.array(np.zeros(count, np.int64))).set_column(0, SIGNATURES.field(0), names)
    found = cluster(pa.concat_tables([copies, two.slice(1)]), reader(corpus), POLICY)
    assert (found.report.clusters, found.report.largest, found.report.compared) == (1, count + 1, 1)
    assert found.edges.num_rows == count
    assert found.report.chain_only_pairs == 0


def test_an_over_full_bucket_is_compared_through_leaders_and_counted():
    base = letters(800)
    corpus = {f"{i:03}": base[:i] + "一" + base[i + 1 :] for i in range(0, 600, 2)}
    tight = replace(POLICY, max_bucket=20, bucket_leaders=4)
    found, whole = clustered(corpus, tight), clustered(corpus)
    assert found.members == whole.members
    assert whole.report.not_compared == 0 < found.report.not_compared
    assert found.report.compared < whole.report.compared / 3


def test_the_band_index_names_the_candidates():
    corpus = chain(4)
    segment = index_segment(signatures(corpus), POLICY)
    assert segment.keys.num_rows == POLICY.bands[0] * len(corpus)
    ids = segment.texts.column("document_id").to_pylist()
    shared = {}
    for place, row in enumerate(segment.keys.to_pylist()):
        shared.setdefault((place // len(corpus), row["key"]), []).append(ids[row["text"]])
    assert list(shared) == sorted(shared)
    named = {tuple(sorted((one, other))) for group in shared.values() for one in group for other in group if one != other}
    assert named == {(row["left_id"], row["right_id"]) for row in candidate_pairs(signatures(corpus), POLICY).to_pylist()}


def test_what_an_earlier_run_knew_is_not_compared_again():
    corpus = chain(4)
    old = {name: corpus[name] for name in ("00", "01", "02")}
    known = Known(signatures(old).select(["document_id", "normalized_sha256"]), clustered(old).edges)
    found = cluster(signatures(corpus), reader(corpus), POLICY, known)
    whole = clustered(corpus)
    assert found.report.compared < whole.report.compared
    assert (found.edges, found.members, found.report.diameter) == (whole.edges, whole.members, whole.report.diameter)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda table: table.set_column(2, table.schema.field(2), pa.array(["0" * 64] * len(table))), "sign again"),
        (lambda table: pa.concat_tables([table, table]), "one signature per document"),
        (lambda table: table.set_column(6, table.schema.field(6), pa.array([b"1234"] * len(table))), "found others; sign again"),
        (lambda table: table.set_column(5, table.schema.field(5), pa.array([7] * len(table))), "made from another text"),
    ],
)
def test_signatures_that_do_not_fit_are_refused(spoil, message):
    corpus = {"a": letters(300), "b": letters(300)[:-1] + "一"}
    with pytest.raises(DataError, match=message):
        cluster(spoil(signatures(corpus)), reader(corpus), POLICY)


def test_a_text_that_cannot_be_fetched_stops_the_run():
    corpus = {"a": letters(300), "b": letters(300)[:-1] + "一"}
    with pytest.raises(DataError, match="1 missing"):
        cluster(signatures(corpus), lambda wanted: reader(corpus)(wanted[:1]), POLICY)
    with pytest.raises(DataError, match="sign them first"):
        jaccard(pa.table({"left_id": ["a"], "right_id": ["z"]}), signatures(corpus), reader(corpus), POLICY)
