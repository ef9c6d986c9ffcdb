"""What a sample proves about a lot: exact one-sided bounds, no normal approximation, no prior.

With ``size`` items of which n were verified and x found wrong, the lot holds at most D wrong items, where D is the largest number
for which so few findings are not yet improbable: P(X <= x | size, D, n) > 1 - confidence, X hypergeometric. The finite population
correction is built in, and a lot verified whole gives its true value. ``size=None`` means an unending stream (binomial: Clopper-Pearson).

    >>> lower_bound(errors=3, n=100, size=1000, confidence=0.95)     # labels, documents of a source, texts free of personal information
    0.927
    >>> upper_defects(errors=0, n=132, size=1000, confidence=0.95)   # at most so many of the 1,000 are wrong
    20
    >>> min_sample(size=1000, claim=0.98, confidence=0.95, ac=0)     # None: no sample of this lot proves it
    132

A confidence or claim is read as the decimal it is written as (0.95 is 19/20), and a probability too near to 1 - confidence for floats is
compared again in whole numbers, so that no verdict hangs on rounding.
"""

from fractions import Fraction
from math import comb, exp, floor, inf, lgamma, log, log1p, pi, sqrt

from pipeline.errors import DataError

_NEAR = 1e-9  # relative: closer than this to the risk, whole numbers decide; the float error is below 1e-12
_EXACT_SIZE = 200_000  # above it the whole numbers have a million digits, and two values of D never differ so little
_BISECTIONS = 200
Z_95 = 1.959963984540054


def lower_bound(errors: int, n: int, size: int | None, confidence: float | str = 0.95) -> float:
    """Return the lowest share of right items that a sample of n with ``errors`` wrong leaves open, one-sided."""
    if size is None:
        return 1 - upper_ratio(errors, n, confidence)
    return (size - upper_defects(errors, n, size, confidence)) / size


def upper_defects(errors: int, n: int, size: int, confidence: float | str = 0.95) -> int:
    """Return the largest number of wrong items in a lot of ``size`` that ``errors`` of n leaves open, one-sided."""
    _check(errors, n, size)
    risk = 1 - as_written(confidence)
    low, high = errors, size - (n - errors)
    while low < high:
        middle = (low + high + 1) // 2
        if _is_above(errors, size, middle, n, risk):
            low = middle
        else:
            high = middle - 1
    return low


def upper_ratio(errors: int, n: int, confidence: float | str = 0.95) -> float:
    """Return the largest share of wrong items of an unending stream that ``errors`` of n leaves open (Clopper-Pearson, one-sided)."""
    _check(errors, n, n)
    if errors == n:
        return 1.0
    risk = float(1 - as_written(confidence))
    low, high = errors / n if n else 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if binomial_cdf(errors, n, middle) > risk:
            low = middle
        else:
            high = middle
    return low


def is_proved(errors: int, n: int, size: int | None, claim: float | str, confidence: float | str = 0.95) -> bool:
    """Tell whether a sample proves that at least ``claim`` of the lot is right; compared in whole items, never in rounded shares."""
    if size is None:
        return n > 0 and lower_bound(errors, n, None, confidence) >= float(as_written(claim))
    return size > 0 and upper_defects(errors, n, size, confidence) <= allowed_defects(size, claim)


def allowed_defects(size: int, claim: float | str) -> int:
    """Return how many wrong items a lot of ``size`` may hold while ``claim`` still holds."""
    return floor(size * (1 - as_written(claim)))


def min_sample(size: int | None, claim: float | str, confidence: float | str = 0.95, ac: int = 0) -> int | None:
    """Return the smallest n that proves ``claim`` with at most ``ac`` errors; None when even the whole lot would not.

    The whole lot does not when it holds no more than ``ac`` items over what breaks the claim: then ``ac`` errors may be all there are.
    """
    risk = 1 - as_written(confidence)
    if size is None:
        return _min_sample_of_stream(claim, float(risk), ac)
    breaking = allowed_defects(size, claim) + 1
    if breaking > size or breaking <= ac:
        return None
    low, high = ac + 1, size
    while low < high:
        middle = (low + high) // 2
        if _is_above(ac, size, breaking, middle, risk):
            low = middle + 1
        else:
            high = middle
    return low


def max_errors(n: int, size: int | None, claim: float | str, confidence: float | str = 0.95) -> int | None:
    """Return the most errors in a sample of n that still prove ``claim``; None when not even 0 errors do."""
    if not is_proved(0, n, size, claim, confidence):
        return None
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        if is_proved(middle, n, size, claim, confidence):
            low = middle
        else:
            high = middle - 1
    return low


def wilson(right: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Return Wilson's interval for a share (1927), for display only: it is centred well and proves nothing about a finite lot."""
    _check(right, n, n)
    if n == 0:
        return 0.0, 1.0
    p, d = right / n, 1 + z * z / n
    centre, half = (p + z * z / (2 * n)) / d, z / d * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if right == 0 else centre - half), (1.0 if right == n else centre + half)


def exact_interval(right: int, n: int, confidence: float | str = 0.95) -> tuple[float, float]:
    """Return the two-sided Clopper-Pearson interval for a share (1934)."""
    one_sided = str(float((1 + as_written(confidence)) / 2))
    return lower_bound(n - right, n, None, one_sided), upper_ratio(right, n, one_sided)


def sample_for_estimate(size: int | None, expected: float, margin: float, z: float = Z_95) -> int:
    """Return Cochran's n for estimating a share within ``margin`` (not for proving a claim), corrected for the finite lot."""
    unlimited = z * z * expected * (1 - expected) / (margin * margin)
    n = unlimited if size is None else unlimited / (1 + (unlimited - 1) / size)
    whole = int(n)
    return whole if n - whole < 1e-9 else whole + 1


def hypergeometric_cdf(x: int, size: int, defects: int, n: int) -> float:
    """Return P(X <= x) for n drawn without repeats from ``size`` that hold ``defects`` wrong ones (relative error under 1e-11)."""
    low, high = max(0, n - (size - defects)), min(n, defects)
    if x < low:
        return 0.0
    if x >= high:
        return 1.0
    if x * size <= n * defects:  # at or below the mean: sum from x downwards, the terms shrink
        total = _sum_down(x, size, defects, n, low)
        return min(1.0, exp(_log_pmf(x, size, defects, n)) * total)
    return max(0.0, 1.0 - exp(_log_pmf(x + 1, size, defects, n)) * _sum_up(x + 1, size, defects, n, high))


def hypergeometric_pmf(k: int, size: int, defects: int, n: int) -> float:
    """Return P(X = k) for n drawn without repeats from ``size`` that hold ``defects`` wrong ones."""
    if not max(0, n - (size - defects)) <= k <= min(n, defects):
        return 0.0
    return exp(_log_pmf(k, size, defects, n))


def binomial_pmf(k: int, n: int, p: float) -> float:
    """Return P(X = k) for n drawn from an unending stream with a share p of wrong items."""
    if p <= 0 or p >= 1:
        return float(k == (0 if p <= 0 else n))
    return exp(_log_binomial(k, n, p))


def binomial_cdf(x: int, n: int, p: float) -> float:
    """Return P(X <= x) for x wrong among n drawn from an unending stream with a share p of wrong items."""
    if x >= n or p <= 0:
        return 1.0
    if p >= 1 or x < 0:
        return 0.0
    odds = p / (1 - p)
    if x <= n * p:
        total = term = 1.0
        for k in range(x, 0, -1):
            term *= k / ((n - k + 1) * odds)
            total += term
            if term < total * 1e-17:
                break
        return min(1.0, exp(_log_binomial(x, n, p)) * total)
    total = term = 1.0
    for k in range(x + 1, n):
        term *= (n - k) * odds / (k + 1)
        total += term
        if term < total * 1e-17:
            break
    return max(0.0, 1.0 - exp(_log_binomial(x + 1, n, p)) * total)


def exact_cdf(x: int, size: int, defects: int, n: int) -> Fraction:
    """Return P(X <= x) of the hypergeometric distribution as an exact fraction; for lots where whole numbers stay small."""
    low = max(0, n - (size - defects))
    whole = sum(comb(defects, k) * comb(size - defects, n - k) for k in range(low, min(x, n, defects) + 1))
    return Fraction(whole, comb(size, n))


def as_written(share: float | str) -> Fraction:
    """Return a share as the decimal it was written as, so that 0.95 is 19/20; refuse what is not strictly between 0 and 1."""
    try:
        written = Fraction(str(share))
    except ValueError:
        raise DataError(f"expected a claim or confidence as a decimal such as 0.95, found {share!r}") from None
    if not 0 < written < 1:
        raise DataError(f"expected a claim or confidence between 0 and 1, found {share}")
    return written


def _is_above(x: int, size: int, defects: int, n: int, risk: Fraction) -> bool:
    found, wanted = hypergeometric_cdf(x, size, defects, n), float(risk)
    if abs(found - wanted) > _NEAR * wanted or size > _EXACT_SIZE:
        return found > wanted
    return exact_cdf(x, size, defects, n) > risk


def _min_sample_of_stream(claim: float | str, risk: float, ac: int) -> int:
    wrong = float(1 - as_written(claim))
    high = ac + 1
    while binomial_cdf(ac, high, wrong) > risk:
        high *= 2
    low = ac + 1
    while low < high:
        middle = (low + high) // 2
        if binomial_cdf(ac, middle, wrong) > risk:
            low = middle + 1
        else:
            high = middle
    return low


def _check(errors: int, n: int, size: int) -> None:
    if not 0 <= errors <= n <= size:
        raise DataError(f"expected 0 <= errors <= verified <= lot, found {errors} errors of {n} verified in a lot of {size}")


def _sum_down(x: int, size: int, defects: int, n: int, low: int) -> float:
    total = term = 1.0
    for k in range(x, low, -1):
        term *= k * (size - defects - n + k) / ((defects - k + 1) * (n - k + 1))
        total += term
        if term < total * 1e-17:
            break
    return total


def _sum_up(x: int, size: int, defects: int, n: int, high: int) -> float:
    total = term = 1.0
    for k in range(x, high):
        term *= (defects - k) * (n - k) / ((k + 1) * (size - defects - n + k + 1))
        total += term
        if term < total * 1e-17:
            break
    return total


def _log_pmf(k: int, size: int, defects: int, n: int) -> float:
    """Return log P(X = k), by three saddle points (Loader 2000): log-gamma alone loses seven digits in a lot of ten million."""
    p = n / size
    if n in {0, size}:
        return 0.0
    return _log_binomial(k, defects, p) + _log_binomial(n - k, size - defects, p) - _log_binomial(n, size, p)


def _log_binomial(x: int, n: int, p: float) -> float:
    """Return the log of the binomial probability by Loader's saddle point expansion; p strictly between 0 and 1."""
    if x == 0:
        return n * log1p(-p)
    if x == n:
        return n * log(p)
    if not 0 < x < n:
        return -inf
    core = _stirling_error(n) - _stirling_error(x) - _stirling_error(n - x) - _deviance(x, n * p) - _deviance(n - x, n * (1 - p))
    return core + 0.5 * (log(n) - log(2 * pi) - log(x) - log(n - x))


def _stirling_error(n: int) -> float:
    """Return log n! less Stirling's formula."""
    if n < 16:
        return lgamma(n + 1.0) - (n + 0.5) * log(n) + n - 0.5 * log(2 * pi)
    square = float(n) * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n


def _deviance(x: float, mean: float) -> float:
    """Return x log(x / mean) + mean - x without cancellation near the mean."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total, term, j = (x - mean) * v, 2 * x * v, 1
    while True:
        term *= v * v
        grown = total + term / (2 * j + 1)
        if grown == total:
            return grown
        total, j = grown, j + 1
