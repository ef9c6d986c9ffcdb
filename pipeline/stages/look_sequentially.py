"""Sequential plans (Wald 1945): stop early on clearly good and clearly bad lots, at recorded looks in draw order and nowhere else.

The exact bounds of ``bound_accuracy`` do not hold after optional stopping: a sequential plan reports its decision and its risks.
The verifier must not see the running count.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import ceil, floor, log

from pipeline.domain.sampling import Look
from pipeline.stages.bound_accuracy import binomial_pmf, hypergeometric_pmf


class Progress(StrEnum):
    """What the verified prefix of a draw says under a sequential plan."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    GO_ON = "go_on"


def wald_lines(good: float, bad: float, producer_risk: float, consumer_risk: float) -> tuple[float, float, float]:
    """Return (h1, h2, s): accept at or below ``-h1 + s n`` errors, refuse at or above ``h2 + s n``."""
    k = log(bad * (1 - good) / (good * (1 - bad)))
    h1, h2 = log((1 - producer_risk) / consumer_risk) / k, log((1 - consumer_risk) / producer_risk) / k
    return h1, h2, log((1 - good) / (1 - bad)) / k


def looks(lines: tuple[float, float, float], every: int, longest: int) -> tuple[Look, ...]:
    """Return the looks of a plan after every so many draws; at the longest, the slope between the lines decides."""
    h1, h2, s = lines
    stops = range(every, longest, every)
    found = [Look(n, max(-1, floor(s * n - h1)), min(n + 1, ceil(h2 + s * n))) for n in stops]
    last = floor(s * longest)
    return (*found, Look(longest, last, last + 1))


def progress(stops: Sequence[Look], wrong: Sequence[bool]) -> tuple[Progress, Look | None]:
    """Return the decision at the first look that the verified prefix reaches and that decides, and that look.

    ``wrong`` is in draw order and complete up to its length. What was verified beyond the look changes nothing.
    """
    errors = passed = 0
    for look in stops:
        if look.n > len(wrong):
            return Progress.GO_ON, None
        errors += sum(wrong[passed : look.n])
        passed = look.n
        if errors <= look.accept:
            return Progress.ACCEPT, look
        if errors >= look.refuse:
            return Progress.REFUSE, look
    return Progress.GO_ON, None


def sequential_characteristic(stops: Sequence[Look], size: int | None, wrong: float) -> tuple[float, float]:
    """Return the exact probability of acceptance and the expected number verified, for a lot of ``size`` with a share ``wrong``.

    The share is rounded to whole items; ``size=None`` is an unending stream. No simulation: the distribution of errors
    is carried from look to look.
    """
    defects = None if size is None else round(size * wrong)
    alive = {0: 1.0}
    accepted = expected = 0.0
    drawn = 0
    for look in stops:
        alive = _drawn_on(alive, drawn, look.n, (size, defects), wrong)
        drawn = look.n
        accepted += sum(p for x, p in alive.items() if x <= look.accept)
        expected += look.n * sum(p for x, p in alive.items() if x <= look.accept or x >= look.refuse)
        alive = {x: p for x, p in alive.items() if look.accept < x < look.refuse}
    return accepted, expected


def _drawn_on(alive: dict[int, float], drawn: int, until: int, lot: tuple[int | None, int | None], wrong: float) -> dict[int, float]:
    size, defects = lot
    further = until - drawn
    result: dict[int, float] = {}
    for errors, probability in alive.items():
        for k in range(further + 1):
            if size is None or defects is None:
                p = binomial_pmf(k, further, wrong)
            else:
                p = hypergeometric_pmf(k, size - drawn, defects - errors, further)
            if p > 0:
                result[errors + k] = result.get(errors + k, 0.0) + probability * p
    return result
