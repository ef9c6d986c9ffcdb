"""The election's truth tables: who is kept and by which rule, what is laundering, and what a decision rests on."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.duplicates import STANDINGS, DuplicatePolicy
from pipeline.errors import DataError
from pipeline.stages.cluster_tables import CLUSTER_MEMBERS, EDGES
from pipeline.stages.elect import DECISIONS, ELECTED, cluster_rights, elect

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
READ = TypeAdapter(DuplicatePolicy).validate_python
POLICY = READ(BODY)

PLAIN = {
    "source_id": "s",
    "disposition": "admit",
    "legal_basis": "license",
    "license_class": "permissive",
    "terms_ground": "independent",
    "has_consent": False,
    "authority": 1,
    "published_at": datetime(2020, 1, 2, tzinfo=UTC),
    "acquired_at": datetime(2024, 1, 2, tzinfo=UTC),
    "quality": 0.5,
    "chars": 1000,
}
EARLY, LATE = datetime(2019, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)


def standings(**changes: dict) -> pa.Table:
    return pa.Table.from_pylist([{"document_id": name} | PLAIN | change for name, change in changes.items()], schema=STANDINGS)


def members(*names: str, cluster_id: str = "c") -> pa.Table:
    return pa.Table.from_pylist([{"document_id": name, "cluster_id": cluster_id} for name in names], schema=CLUSTER_MEMBERS)


def edges(*pairs: tuple[str, str, float]) -> pa.Table:
    rows = [{"left_id": a, "right_id": b, "similarity": s, "method": "near", "params_sha256": "p"} for a, b, s in pairs]
    return pa.Table.from_pylist(rows, schema=EDGES)


def elected(policy: DuplicatePolicy = POLICY, **changes: dict):
    return elect(members(*changes), edges(("a", "b", 0.9)), standings(**changes), policy)


def decided(election) -> dict[str, tuple[str, str | None]]:
    return {row["document_id"]: (row["disposition"], row["reason"]) for row in election.decisions.to_pylist()}


@pytest.mark.parametrize(
    ("better", "worse", "rule"),
    [
        ({"disposition": "admit", "quality": 0.0}, {"disposition": "quarantine"}, "disposition"),
        ({"disposition": "redact"}, {"disposition": "reject", "legal_basis": "public_domain_by_law"}, "disposition"),
        ({"disposition": "quarantine"}, {"disposition": "reject"}, "disposition"),
        ({"legal_basis": "public_domain_by_law", "disposition": "redact"}, {"chars": 9999}, "legal_basis"),
        ({"legal_basis": "license"}, {"legal_basis": "whatever"}, "legal_basis"),
        ({"legal_basis": "license"}, {"legal_basis": None}, "legal_basis"),
        ({"license_class": "permissive"}, {"license_class": "share_alike", "authority": 9}, "license_class"),
        ({"license_class": "proprietary"}, {"license_class": None, "authority": 9}, "license_class"),
        ({"has_consent": True}, {"authority": 9}, "consent"),
        ({"authority": 3}, {"published_at": EARLY}, "authority"),
        ({"published_at": EARLY}, {"acquired_at": EARLY}, "published_at"),
        ({"published_at": LATE}, {"published_at": None, "acquired_at": EARLY}, "published_at"),
        ({"acquired_at": EARLY}, {"quality": 0.9}, "acquired_at"),
        ({"quality": 0.6}, {"chars": 9999}, "quality"),
        ({"quality": 0.0}, {"quality": None}, "quality"),
        ({"chars": 1001}, {"chars": 1000}, "chars"),
    ],
)
def test_the_first_rule_that_differs_decides(better, worse, rule):
    for kept, removed, changes in (("a", "b", {"a": better, "b": worse}), ("b", "a", {"a": worse, "b": better})):
        election = elected(**changes)
        rows = {row["document_id"]: row for row in election.members.to_pylist()}
        assert rows[removed] == rows[removed] | {"kept_id": kept, "is_kept": False, "rule": rule, "similarity": 0.9, "members": 2}
        assert rows[kept] == rows[kept] | {"kept_id": kept, "is_kept": True, "rule": "kept", "similarity": 1.0}
        assert decided(election) == {kept: ("admit", None), removed: ("reject", "duplicate.member")}


def test_equals_are_told_apart_by_id():
    assert elected(b={}, a={}).members.column("rule").to_pylist() == ["kept", "document_id"]


def test_tables_have_the_columns_of_the_warehouse():
    election = elected(a={}, b={})
    assert (election.members.schema, election.decisions.schema) == (ELECTED, DECISIONS)


def test_every_document_is_answered_also_outside_clusters():
    election = elect(members("b", "c"), edges(("b", "c", 0.8)), standings(d={}, c={}, b={}, a={"disposition": "reject"}), POLICY)
    assert election.decisions.column("document_id").to_pylist() == ["d", "c", "b", "a"]
    assert election.decisions.column("disposition").to_pylist() == ["admit", "reject", "admit", "admit"]
    assert election.decisions.column("policy_sha256").unique().to_pylist() == [POLICY.sha256]


STATED, PROVED, LAWFUL = {"terms_ground": "statement"}, {"terms_ground": "independent"}, {"terms_ground": "law"}
FINE, WASHED, UNDATED = ("admit", None), ("quarantine", "duplicate.laundering"), ("quarantine", "duplicate.undated")


@pytest.mark.parametrize("restricted", ["proprietary", "non_commercial", "no_derivatives", None])
@pytest.mark.parametrize(
    ("copy", "original", "expected"),
    [
        (STATED | {"published_at": LATE}, {"published_at": EARLY}, WASHED),
        ({"terms_ground": None, "published_at": LATE}, {"published_at": EARLY}, WASHED),
        (STATED | {"published_at": LATE, "license_class": "public_domain"}, {"published_at": EARLY}, WASHED),
        (STATED | {"published_at": EARLY}, {"published_at": LATE}, FINE),
        (STATED | {"published_at": EARLY}, {"published_at": EARLY}, FINE),
        (PROVED | {"published_at": LATE}, {"published_at": EARLY}, FINE),
        (LAWFUL | {"published_at": LATE}, {"published_at": EARLY}, FINE),
        (STATED | {"published_at": None}, {"published_at": EARLY}, UNDATED),
        (STATED | {"published_at": LATE}, {"published_at": None}, UNDATED),
        (STATED | {"published_at": None}, {"published_at": None}, UNDATED),
        (PROVED | {"published_at": None}, {"published_at": None}, FINE),
        (LAWFUL | {"published_at": None}, {"published_at": None}, FINE),
    ],
)
def test_laundering_truth_table(copy, original, expected, restricted):
    election = elected(a=copy, b=original | {"license_class": restricted, "disposition": "reject"})
    assert decided(election) == {"a": expected, "b": ("reject", "duplicate.member")}


def test_without_a_restrictive_member_nothing_is_laundered():
    assert decided(elected(a=STATED | {"published_at": None}, b=STATED | {"published_at": EARLY, "chars": 1}))["b"] == FINE


def test_a_suspect_gives_way_to_a_member_beyond_suspicion():
    election = elect(
        members("a", "b", "c"),
        edges(("a", "b", 0.9), ("a", "c", 0.9), ("b", "c", 0.9)),
        standings(
            a=STATED | {"published_at": LATE, "authority": 9},
            b={"published_at": EARLY, "license_class": "proprietary", "disposition": "reject"},
            c=PROVED | {"published_at": LATE, "license_class": "attribution"},
        ),
        POLICY,
    )
    assert decided(election) == {"a": ("reject", "duplicate.member"), "b": ("reject", "duplicate.member"), "c": FINE}


def test_policy_decides_what_laundering_leads_to():
    washed = {"a": STATED | {"published_at": LATE}, "b": {"published_at": EARLY, "license_class": None, "disposition": "reject"}}
    assert decided(elected(READ(BODY | {"laundering": "admit"}), **washed))["a"] == FINE
    assert decided(elected(READ(BODY | {"laundering": "reject"}), **washed))["a"] == ("reject", "duplicate.laundering")


def test_a_refused_document_removes_nobody():
    election = elected(a={"disposition": "reject", "legal_basis": "public_domain_by_law"}, b={"license_class": "share_alike"})
    assert decided(election)["b"] == FINE


def test_a_removed_document_that_only_a_chain_joins_names_its_similarity():
    arguments = members("a", "b", "c"), edges(("a", "b", 0.9), ("b", "c", 0.8)), standings(a={"chars": 2000}, b={}, c={}), POLICY
    rows = {row["document_id"]: row["similarity"] for row in elect(*arguments).members.to_pylist()}
    assert rows == {"a": 1.0, "b": 0.9, "c": pytest.approx(0.7)}
    asked = []

    def measure(pairs: pa.Table) -> pa.Array:
        asked.extend(pairs.to_pylist())
        return pa.array([0.75])

    rows = {row["document_id"]: row["similarity"] for row in elect(*arguments, measure).members.to_pylist()}
    assert rows == {"a": 1.0, "b": 0.9, "c": 0.75}
    assert asked == [{"left_id": "c", "right_id": "a"}]


def test_the_inputs_are_the_standings_of_the_whole_cluster():
    def digests(**changes):
        return dict(zip(changes, elected(**changes).decisions.column("inputs_sha256").to_pylist(), strict=True))

    before = digests(a={}, b={})
    assert before["a"] == before["b"] != digests(a={}, b={"disposition": "redact"})["a"]
    alone = elect(members("a", "b"), edges(), standings(a={}, b={}, c={}), POLICY).decisions.column("inputs_sha256").to_pylist()
    assert alone[:2] == [before["a"], before["b"]]
    assert alone[2] != before["a"]
    assert digests(a={"license_class": None}, b={}) != digests(a={"license_class": "-"}, b={})


def test_a_withdrawn_kept_copy_is_replaced_by_the_best_that_remains():
    election = elect(members("b", "c"), edges(("b", "c", 0.9)), standings(a={"authority": 9}, b={"authority": 2}, c={}), POLICY)
    assert decided(election) == {"a": FINE, "b": FINE, "c": ("reject", "duplicate.member")}
    later = elect(members("b", "c"), edges(("b", "c", 0.9)), standings(a={}, b={"authority": 2, "disposition": "reject"}, c={}), POLICY)
    assert decided(later) == {"a": FINE, "b": ("reject", "duplicate.member"), "c": FINE}


def test_the_clusters_rights_are_those_of_all_members():
    given = {
        "a": {"source_id": "laws", "legal_basis": "public_domain_by_law", "license_class": "public_domain"},
        "b": {"source_id": "mirror", "license_class": "attribution"},
        "c": {"source_id": "crawl", "license_class": None, "disposition": "reject"},
    }
    rights = cluster_rights(elected(**given).members, standings(**given), POLICY)
    assert rights.to_pylist() == [
        {
            "cluster_id": "c",
            "kept_id": "a",
            "source_ids": ["crawl", "laws", "mirror"],
            "license_classes": ["attribution", "public_domain", "unknown"],
            "attributed_source_ids": ["mirror"],
        }
    ]


def test_what_cannot_be_elected_upon_is_refused():
    with pytest.raises(DataError, match="1 without"):
        elect(members("a", "z"), edges(), standings(a={}), POLICY)
    with pytest.raises(DataError, match="found several"):
        elect(members("a"), edges(), pa.concat_tables([standings(a={})] * 2), POLICY)
    with pytest.raises(DataError, match="none of authority"):
        elect(members("a"), edges(), standings(a={}).drop_columns("authority"), POLICY)
