"""Building a detector: rules and recognizers in, one scanner out, by the best engine that is installed.

Both engines give equal findings; the choice is about speed only.
"""

from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec

from pipeline.domain.pi import Detector, NameLane, PiRule, Recognizer, Scanner, Trigger, rule_pack_sha256
from pipeline.errors import ConfigurationError


def build_detector(
    rules: Iterable[PiRule], *, engine: str = "auto", recognizers: Iterable[Recognizer] = (), names: NameLane | None = None
) -> Detector:
    """Return a detector over rules, the user's recognizers and the model for names.

    ``engine`` is ``hyperscan``, ``re2`` or ``auto`` (Hyperscan where there is a wheel of it). Raises ConfigurationError.
    """
    packed, theirs = tuple(rules), tuple(recognizers)
    wanted = [*(rule.triggers_of() for rule in packed), *(one.triggers or () for one in theirs)]
    triggers = tuple(dict.fromkeys(trigger for some in wanted for trigger in some))
    return Detector(packed, theirs, triggers, _scanner(engine, triggers), rule_pack_sha256(packed, theirs, names), names)


@lru_cache(maxsize=4)  # compiling takes a second or two; flows build a detector per shard
def _scanner(engine: str, triggers: tuple[Trigger, ...]) -> Scanner:
    if engine not in {"auto", "hyperscan", "re2"}:
        raise ConfigurationError(f"engine for personal information: expected auto, hyperscan or re2, found {engine}")
    if engine == "hyperscan" or (engine == "auto" and find_spec("hyperscan") is not None):
        from pipeline.adapters.hyperscan import HyperscanScanner

        return HyperscanScanner(triggers)
    from pipeline.adapters.re2_scan import Re2Scanner

    return Re2Scanner(triggers)
