"""Laws of the election: everybody answered once, one kept per cluster, law before all else, order without effect."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import pipeline
from pipeline.domain.duplicates import STANDINGS, DuplicatePolicy
from pipeline.stages.cluster_tables import CLUSTER_MEMBERS, EDGES
from pipeline.stages.elect import elect

BODY = yaml.safe_load((Path(pipeline.__file__).parent / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
POLICY = TypeAdapter(DuplicatePolicy).validate_python(BODY)
DATES = st.none() | st.integers(0, 3).map(lambda day: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day))
STANDING = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from(["s", "t"]),
        "disposition": st.sampled_from(["admit", "redact", "quarantine", "reject"]),
        "legal_basis": st.sampled_from([None, "license", "public_domain_by_law", "other"]),
        "license_class": st.sampled_from([None, "permissive", "share_alike", "proprietary"]),
        "terms_ground": st.sampled_from([None, "statement", "independent", "law"]),
        "has_consent": st.booleans(),
        "authority": st.integers(0, 2),
        "published_at": DATES,
        "acquired_at": DATES,
        "quality": st.none() | st.sampled_from([0.1, 0.9]),
        "chars": st.integers(1, 3),
    }
)


@st.composite
def cases(draw):
    """Draw standings of up to 12 documents, and clusters among them joined in a line by edges."""
    rows = draw(st.lists(STANDING, min_size=1, max_size=12))
    names = [f"{i:02}" for i in range(len(rows))]
    group = [draw(st.integers(0, 4)) for _ in rows]
    groups = [[name for name, one in zip(names, group, strict=True) if one == number] for number in range(4)]
    members = [{"document_id": name, "cluster_id": f"c{i}"} for i, some in enumerate(groups) if len(some) > 1 for name in some]
    edges = [
        {"left_id": left, "right_id": right, "similarity": draw(st.sampled_from([0.8, 0.9, 1.0])), "method": "near", "params_sha256": "p"}
        for some in groups
        for left, right in pairwise(some)
    ]
    standings = [{"document_id": name} | row for name, row in zip(names, rows, strict=True)]
    return (
        pa.Table.from_pylist(members, schema=CLUSTER_MEMBERS),
        pa.Table.from_pylist(edges, schema=EDGES),
        pa.Table.from_pylist(standings, schema=STANDINGS),
    )


def shuffled(table: pa.Table, random) -> pa.Table:
    order = list(range(table.num_rows))
    random.shuffle(order)
    return table.take(pa.array(order, pa.int64()))


def is_admissible(row: dict) -> bool:
    return row["disposition"] in {"admit", "redact"}


@given(cases())
@settings(deadline=None)
def test_every_document_is_answered_once_and_nobody_is_lost(case):
    members, edges, standings = case
    election = elect(members, edges, standings, POLICY)
    election.decisions.validate(full=True)
    assert election.decisions.column("document_id").to_pylist() == standings.column("document_id").to_pylist()
    assert set(election.decisions.column("gate").to_pylist()) == {"duplicate"}
    for row in election.decisions.to_pylist():
        assert (row["disposition"] == "admit") == (row["reason"] is None)
    kept = {row["cluster_id"]: row["document_id"] for row in election.members.to_pylist() if row["is_kept"]}
    assert len(kept) == len(set(members.column("cluster_id").to_pylist()))
    decisions = {row["document_id"]: row for row in election.decisions.to_pylist()}
    for row in election.members.to_pylist():
        assert row["kept_id"] == kept[row["cluster_id"]]
        assert 0 <= row["similarity"] <= 1
        assert (decisions[row["document_id"]]["reason"] == "duplicate.member") == (not row["is_kept"])
    for name in set(decisions) - set(members.column("document_id").to_pylist()):
        assert decisions[name]["disposition"] == "admit"


@given(cases(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_changes_nothing(case, random):
    first = elect(*case, POLICY)
    again = elect(*(shuffled(table, random) for table in case), POLICY)
    assert again.members == first.members
    assert again.decisions.sort_by("document_id") == first.decisions.sort_by("document_id")


@given(cases())
@settings(deadline=None)
def test_an_admissible_document_is_removed_only_for_an_admissible_one(case):
    members, edges, standings = case
    election = elect(members, edges, standings, POLICY)
    standing = {row["document_id"]: row for row in standings.to_pylist()}
    for row in election.members.to_pylist():
        if not row["is_kept"] and is_admissible(standing[row["document_id"]]):
            assert is_admissible(standing[row["kept_id"]])


@given(cases())
@settings(deadline=None)
def test_a_document_that_becomes_refused_never_helps_itself_nor_harms_the_admissible(case):
    members, edges, standings = case
    rows = standings.to_pylist()
    before = {row["document_id"]: row["disposition"] for row in elect(*case, POLICY).decisions.to_pylist()}
    refused = [row | ({"disposition": "reject"} if row["document_id"] == "00" else {}) for row in rows]
    after = elect(members, edges, pa.Table.from_pylist(refused, schema=STANDINGS), POLICY)
    kept = {row["document_id"] for row in after.members.to_pylist() if row["is_kept"]}
    together = {row["cluster_id"]: row for row in after.members.to_pylist()}
    for row in after.decisions.to_pylist():
        if row["document_id"] != "00" and before[row["document_id"]] == "admit" and is_admissible(rows[int(row["document_id"])]):
            assert row["disposition"] == "admit"
    for row in together.values():
        mates = [one["document_id"] for one in after.members.to_pylist() if one["cluster_id"] == row["cluster_id"]]
        if "00" in mates and any(refused[int(name)]["disposition"] != "reject" for name in mates):
            assert "00" not in kept
