"""Dawid and Skene's own 45 patients, and what is left out."""

import pyarrow as pa
import pytest

from pipeline.errors import DataError
from pipeline.stages.dawid_skene import dawid_skene

# Table 1 of the paper: one word a patient; doctor 1 three times, then doctors 2 to 5.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111
1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121
1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""
ROWS = [(f"{i:02d}", doctor, label) for i, word in enumerate(PATIENTS.split(), 1) for doctor, label in zip("1112345", word, strict=True)]


def ratings(rows=ROWS) -> pa.Table:
    names = ("record_id", "person", "label")
    return pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(names)})


def test_the_papers_estimates():
    fitted = dawid_skene(ratings())
    assert len(ROWS) == 315
    assert fitted.is_converged
    assert fitted.labels == ("1", "2", "3", "4")
    assert [round(p, 2) for p in fitted.priors] == [0.40, 0.42, 0.11, 0.07]
    assert [[round(p, 2) for p in row] for row in fitted.confusions["1"]] == [
        [0.89, 0.11, 0, 0],
        [0.07, 0.88, 0.05, 0],
        [0, 0.34, 0.66, 0],
        [0, 0, 0.56, 0.44],
    ]


def test_ties_of_the_vote_are_resolved_by_who_errs_how():
    items = {row["record_id"]: row["label"] for row in dawid_skene(ratings()).items.to_pylist()}
    votes = {f"{i:02d}": max("1234", key=word.count) for i, word in enumerate(PATIENTS.split(), 1)}
    assert {name for name in votes if votes[name] != items[name]} <= {"02", "36", "03", "12", "38"}
    assert len(items) == 45


def test_order_of_rows_changes_nothing():
    one, other = dawid_skene(ratings()), dawid_skene(ratings(ROWS[::-1]))
    assert one.items.column("label").equals(other.items.column("label"))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-8)


def test_gaps_and_nothing():
    assert dawid_skene(ratings([*ROWS, ("99", "1", None)])).items.num_rows == 45
    with pytest.raises(DataError, match="ratings with a label"):
        dawid_skene(ratings([]))
    assert dawid_skene(ratings([("a", "x", "1")])).priors == (1.0,)
