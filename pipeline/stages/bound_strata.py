"""Where the errors are: bounds by annotator, source, language and label, and the estimate weighted by strata.

Strata tell whom to train and gain little for the lot's mean. The lot's exact bound rests on the simple random prefix alone; no simple
exact bound exists for pooled strata, so a claim about every stratum proves each at a confidence raised for their number (Bonferroni).
"""

from collections.abc import Iterable, Mapping
from math import sqrt

from pipeline.domain.sampling import Stratum
from pipeline.stages.bound_accuracy import as_written, lower_bound


def bound_strata(
    dimension: str, found: Iterable[tuple[str, bool]], sizes: Mapping[str, int], confidence: float | str = "0.95"
) -> tuple[Stratum, ...]:
    """Return one stratum per name from (name, is wrong) of its verified items; its bound needs its size in the lot."""
    counts = {name: [0, 0] for name in sizes}
    for name, is_wrong in found:
        held = counts.setdefault(name, [0, 0])
        held[0] += 1
        held[1] += is_wrong
    return tuple(
        Stratum(
            dimension,
            name,
            sizes.get(name),
            verified,
            errors,
            lower_bound(errors, verified, sizes[name], confidence) if sizes.get(name, 0) >= max(1, verified) else None,
        )
        for name, (verified, errors) in sorted(counts.items())
    )


def weighted_estimate(strata: Iterable[Stratum]) -> tuple[float, float] | None:
    """Return the lot's error rate and its standard deviation, weighted by stratum size; None where a stratum has under two checks."""
    known = list(strata)
    size = sum(stratum.size or 0 for stratum in known)
    if not known or any(not stratum.size or stratum.verified < 2 for stratum in known):
        return None
    rate = variance = 0.0
    for stratum in known:
        held, n = stratum.size or 0, stratum.verified
        weight, p = held / size, stratum.errors / n
        rate += weight * p
        variance += weight * weight * (1 - n / held) * p * (1 - p) / (n - 1)
    return rate, sqrt(variance)


def shared_confidence(confidence: float | str, strata: int) -> str:
    """Return the confidence at which each of so many strata must be proved for all to hold at once (Bonferroni)."""
    return str(float(1 - (1 - as_written(confidence)) / strata))
