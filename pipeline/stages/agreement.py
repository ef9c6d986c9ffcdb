"""How far people agree beyond chance: raw, Cohen, Fleiss, Krippendorff, Gwet's AC1; F1 for spans.

None means *not defined*, such as kappa or alpha where only one label was ever used; a report says so and never prints 0 or 1
instead. Where one class dominates, as in safety labels, read AC1: kappa falls to zero there although people agree.
A unit is the list of labels its raters gave it; a rater who gave none is left out.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

Units = Iterable[Sequence[Hashable]]
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """All measures over one set of units; ``units`` counts those with two labels or more, on which agreement rests."""

    units: int
    raw: float | None
    krippendorff_alpha: float | None
    gwet_ac1: float | None
    fleiss_kappa: float | None
    by_label: Mapping[str, float | None]
    """Alpha of each label against all others."""


@dataclass(frozen=True, slots=True)
class SpanScore:
    """Precision, recall and F1 of one set of spans against another; None where both are empty."""

    precision: float | None
    recall: float | None
    f1: float | None


def agreement(ratings: pa.Table) -> Agreement:
    """Return every nominal measure over ratings (``record_id, person, label``), one row per item and person; nulls are gaps."""
    units = list(units_of(ratings).values())
    labels = sorted({str(label) for unit in units for label in unit})
    return Agreement(
        units=sum(len(unit) > 1 for unit in units),
        raw=raw_agreement(units),
        krippendorff_alpha=krippendorff_alpha(units),
        gwet_ac1=gwet_ac1(units),
        fleiss_kappa=fleiss_kappa(units),
        by_label={label: krippendorff_alpha([[mark == label for mark in unit] for unit in units]) for label in labels},
    )


def units_of(ratings: pa.Table) -> dict[str, list[Hashable]]:
    """Return the labels given to each record, gaps left out."""
    units: dict[str, list[Hashable]] = {}
    for record, label in zip(ratings.column("record_id").to_pylist(), ratings.column("label").to_pylist(), strict=True):
        if label is not None:
            units.setdefault(record, []).append(label)
    return units


def raw_agreement(units: Units) -> float | None:
    """Return the mean share of agreeing pairs of raters over units with two labels or more."""
    shares = [_agreeing(unit) for unit in units if len(unit) > 1]
    return sum(shares) / len(shares) if shares else None


def cohen_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa (1960) of two raters over the items both labeled."""
    both = list(pairs)
    if not both:
        return None
    n = len(both)
    observed = sum(a == b for a, b in both) / n
    first, second = Counter(a for a, _ in both), Counter(b for _, b in both)
    by_chance = sum(first[label] * second[label] for label in first) / (n * n)
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def fleiss_kappa(units: Units) -> float | None:
    """Return Fleiss' kappa (1971), with gaps as Gwet (2014) handles them."""
    observed, shares = _observed_and_shares(units)
    by_chance = sum(share * share for share in shares.values())
    return None if observed is None or len(shares) < 2 else (observed - by_chance) / (1 - by_chance)


def gwet_ac1(units: Units) -> float | None:
    """Return Gwet's AC1 (2008), which stays near the raw agreement where one label dominates."""
    observed, shares = _observed_and_shares(units)
    if observed is None or len(shares) < 2:
        return None
    by_chance = sum(share * (1 - share) for share in shares.values()) / (len(shares) - 1)
    return (observed - by_chance) / (1 - by_chance)


def krippendorff_alpha(units: Units) -> float | None:
    """Return Krippendorff's alpha for nominal labels (2011): any number of raters, gaps allowed."""
    totals: Counter[Hashable] = Counter()
    disagreeing = 0.0
    for unit in units:
        if len(unit) < 2:
            continue
        counts = Counter(unit)
        totals.update(counts)
        m = len(unit)
        disagreeing += (m * m - sum(c * c for c in counts.values())) / (m - 1)
    n = sum(totals.values())
    expected = n * n - sum(c * c for c in totals.values())
    return None if expected == 0 else 1 - disagreeing * (n - 1) / expected


def span_scores(gold: Iterable[Span], found: Iterable[Span]) -> SpanScore:
    """Return exact span scores: start, end and label must all be the same. Offsets count Unicode code points."""
    right, other = set(gold), set(found)
    return _score(len(right & other), len(right), len(other))


def partial_span_scores(gold: Iterable[Span], found: Iterable[Span]) -> SpanScore:
    """Return partial span scores: same bounds count 1, an overlap counts one half, whatever the label (SemEval 2013, task 9).

    Spans are paired one to one, equal bounds first, then by the longest overlap.
    """
    right, other = sorted(set(gold)), sorted(set(found))
    links = sorted(
        ((_overlap(a, b), i, j) for i, a in enumerate(right) for j, b in enumerate(other) if _overlap(a, b) > 0),
        key=lambda link: (right[link[1]][:2] != other[link[2]][:2], -link[0], link[1:]),
    )
    credit = 0.0
    used_right: set[int] = set()
    used_other: set[int] = set()
    for _, i, j in links:
        if i not in used_right and j not in used_other:
            used_right.add(i)
            used_other.add(j)
            credit += 1.0 if right[i][:2] == other[j][:2] else 0.5
    return _score(credit, len(right), len(other))


def pairwise_span_f1(people: Sequence[Sequence[tuple[str, Span]]]) -> float | None:
    """Return the mean exact F1 over all pairs of people, each given as (record_id, span) of the same items; None for fewer than two."""
    marks = [{(record, *span) for record, span in person} for person in people]
    scores = [
        _score(len(marks[i] & marks[j]), len(marks[i]), len(marks[j])).f1 for i in range(len(marks)) for j in range(i + 1, len(marks))
    ]
    defined = [score for score in scores if score is not None]
    return sum(defined) / len(defined) if defined else None


def _agreeing(unit: Sequence[Hashable]) -> float:
    m = len(unit)
    return sum(c * (c - 1) for c in Counter(unit).values()) / (m * (m - 1))


def _observed_and_shares(units: Units) -> tuple[float | None, dict[Hashable, float]]:
    """Return the mean agreement of units with two labels, and each label's mean share over all labeled units."""
    rated = [unit for unit in units if unit]
    shares: dict[Hashable, float] = {}
    for unit in rated:
        for label, count in Counter(unit).items():
            shares[label] = shares.get(label, 0.0) + count / len(unit) / len(rated)
    return raw_agreement(rated), shares


def _overlap(one: Span, other: Span) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def _score(credit: float, gold: int, found: int) -> SpanScore:
    if not gold and not found:
        return SpanScore(None, None, None)
    precision = credit / found if found else 0.0
    recall = credit / gold if gold else 0.0
    return SpanScore(precision, recall, 2 * credit / (gold + found))
