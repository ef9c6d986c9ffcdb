"""Who errs how, where items have three independent labels or more (Dawid and Skene 1979): exams and calibration rounds.

Expectation-maximization from the shares of each item's labels, run until the likelihood stands still. Work with one label per
item has nothing to feed it. A person never seen on items of a class gets an even row: nothing is known, so nothing is claimed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import DataError

_TINY = 1e-300
Floats = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class LatentTruth:
    """The fitted model; rows of a confusion are true labels, columns given ones, both in the order of ``labels``."""

    labels: tuple[str, ...]
    priors: tuple[float, ...]
    confusions: dict[str, tuple[tuple[float, ...], ...]]
    """By person."""
    items: pa.Table
    """``record_id, label, probability``: the likeliest label of each item, by record."""
    log_likelihood: float
    iterations: int
    is_converged: bool


def dawid_skene(ratings: pa.Table, most_iterations: int = 1000, tolerance: float = 1e-10) -> LatentTruth:
    """Fit the model to ratings (``record_id, person, label``); a person may label an item more than once. Nulls are gaps."""
    ratings = ratings.select(["record_id", "person", "label"]).drop_null()
    if not ratings.num_rows:
        raise DataError("expected ratings with a label, found none; collect three labels an item first")
    records, at_record = _coded(ratings, "record_id")
    people, at_person = _coded(ratings, "person")
    labels, at_label = _coded(ratings, "label")
    k = len(labels)
    truth: Floats = np.bincount(at_record * k + at_label, minlength=len(records) * k).reshape(-1, k).astype(float)
    truth /= truth.sum(axis=1, keepdims=True)
    before, likelihood, steps = -np.inf, -np.inf, 0
    for steps in range(1, most_iterations + 1):  # noqa: B007 - the count is reported
        priors = truth.mean(axis=0)
        confusion = _confusions(truth, at_record, at_person * k + at_label, len(people))
        truth, likelihood = _posterior(priors, confusion, (at_record, at_person, at_label), len(records))
        if likelihood - before < tolerance:
            break
        before = likelihood
    best = truth.argmax(axis=1)
    items = pa.table(
        {
            "record_id": pa.array(records, pa.string()),
            "label": pa.array([labels[i] for i in best], pa.string()),
            "probability": pa.array(truth[np.arange(len(records)), best], pa.float64()),
        },
    )
    rows = {person: tuple(tuple(row) for row in confusion[i].tolist()) for i, person in enumerate(people)}
    return LatentTruth(tuple(labels), tuple(priors.tolist()), rows, items, float(likelihood), steps, bool(likelihood - before < tolerance))


def _coded(ratings: pa.Table, name: str) -> tuple[list[str], Floats]:
    """Return the sorted distinct values of a column and each row's place among them."""
    values, places = np.unique(np.asarray(ratings.column(name).to_pylist(), dtype=object), return_inverse=True)
    return values.tolist(), places


def _confusions(truth: Floats, at_record: Floats, at_answer: Floats, people: int) -> Floats:
    """Return (person, true, given) shares by the current belief."""
    k = truth.shape[1]
    counts = np.stack([np.bincount(at_answer, truth[at_record, true], people * k).reshape(people, k) for true in range(k)], axis=1)
    total = counts.sum(axis=2, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1), 1 / k)


def _posterior(priors: Floats, confusion: Floats, places: tuple[Floats, Floats, Floats], records: int) -> tuple[Floats, float]:
    """Return the belief in each item's label and the log-likelihood of all answers."""
    at_record, at_person, at_label = places
    seen = np.log(np.maximum(confusion, _TINY))[at_person, :, at_label]
    weights = np.stack([np.bincount(at_record, seen[:, true], records) for true in range(len(priors))], axis=1)
    weights += np.log(np.maximum(priors, _TINY))
    most = weights.max(axis=1, keepdims=True)
    shares = np.exp(weights - most)
    sums = shares.sum(axis=1, keepdims=True)
    return shares / sums, float((most + np.log(sums)).sum())
