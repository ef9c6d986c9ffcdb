"""What is expected of a text, what was found, and what a policy does about it.

Measures Art. 7(4) asks for more truthful, accurate, objective and diverse training data; what a machine can see of that
is whether a text is whole, legible and in the language its source declares. An expectation that was not checked counts
as not met, never as met.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from pipeline.domain.digests import json_digest
from pipeline.domain.dispositions import SEVERITY, Disposition, Gate, Reason
from pipeline.errors import ConfigurationError


class Importance(StrEnum):
    """What an unmet expectation does: ``critical`` decides documents, ``warning`` is reported only."""

    CRITICAL = "critical"
    WARNING = "warning"


PER_CHAR: Mapping[str, str] = MappingProxyType(
    {
        "replacement_ratio": "replacement_count",
        "control_ratio": "control_count",
        "mojibake_ratio": "mojibake_count",
        "markup_ratio": "markup_count",
    }
)
"""Columns a suite may name beside those of the table ``metrics``: a count of that table over ``chars``."""


_COMPARISON = re.compile(r'([a-z_]+) ([<>]=?|[!=]=) (-?[0-9]+(?:\.[0-9]+)?|"[A-Za-z0-9-]*")')


@dataclass(frozen=True, slots=True)
class Expectation:
    """One reviewed expectation on the metrics of documents, in Great Expectations' words."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    id: str
    type: str
    """Great Expectations' type name; ``expect_column_values_...`` and ``expect_column_pair_values_...`` judge single documents."""
    kwargs: Mapping[str, Any]
    """Its arguments; ``row_condition`` is written as comparisons joined by ``and``, and nothing in it is evaluated as code."""
    severity: Importance
    clause: str
    """The clause it evidences, such as Measures Art. 7(4)."""
    text: Mapping[str, str]
    """What it says in words, by language: ``en`` and ``zh``."""
    reason: Reason | None = None
    """The fault of a document that does not meet it; stated exactly by critical expectations."""

    def __post_init__(self) -> None:
        """Refuse an expectation that could not decide what it says it decides; raises ConfigurationError."""
        if (self.severity is Importance.CRITICAL) != (self.reason is not None):
            raise ConfigurationError(f"expectation {self.id}: expected a reason exactly where severity is critical")
        if self.reason is not None and self.reason.gate is not Gate.QUALITY:
            raise ConfigurationError(f"expectation {self.id}: expected a reason of the quality gate, found {self.reason}")
        if self.severity is Importance.CRITICAL and not self.judges_rows:
            raise ConfigurationError(f"expectation {self.id}: {self.type} judges no single document, so it can only be a warning")
        if self.severity is Importance.CRITICAL and "mostly" in self.kwargs:
            raise ConfigurationError(f"expectation {self.id}: 'mostly' would excuse documents; leave it out of critical expectations")
        if not all(_COMPARISON.fullmatch(each) for each in self._comparisons()):
            raise ConfigurationError(f"expectation {self.id}: expected row_condition as comparisons joined by 'and', such as chars >= 100")
        if missing := {"en", "zh"} - set(self.text):
            raise ConfigurationError(f"expectation {self.id}: expected a text in {', '.join(sorted(missing))}")

    @property
    def conditions(self) -> tuple[tuple[str, str, str | float], ...]:
        """Return column, operator and value of each comparison that a row must satisfy for the expectation to apply to it."""
        return tuple(
            (found[1], found[2], found[3].strip('"') if found[3].startswith('"') else float(found[3]))
            for found in map(_COMPARISON.fullmatch, self._comparisons())
            if found
        )

    def _comparisons(self) -> list[str]:
        written = self.kwargs.get("row_condition")
        return [] if written is None else str(written).split(" and ")

    @property
    def judges_rows(self) -> bool:
        """Tell whether it can say which documents do not meet it."""
        return self.type.startswith(("expect_column_values_", "expect_column_pair_values_"))


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations that one kind of dataset is held to; their order breaks ties between reasons."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    suite: str
    version: str
    expectations: tuple[Expectation, ...]

    def __post_init__(self) -> None:
        """Refuse an empty suite, one that decides nothing, and an id used twice; raises ConfigurationError."""
        ids = [each.id for each in self.expectations]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ConfigurationError(f"suite {self.suite}: expected each id once, found again: {', '.join(twice)}")
        if not self.critical:
            raise ConfigurationError(f"suite {self.suite}: expected a critical expectation, found none; it would admit everything")

    @property
    def critical(self) -> tuple[Expectation, ...]:
        """Return the expectations that decide documents, in the suite's order."""
        return tuple(each for each in self.expectations if each.severity is Importance.CRITICAL)

    @property
    def sha256(self) -> str:
        """Return the digest over everything the suite says, its wording included."""
        return json_digest(_hashable(asdict(self)))


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """What happens to a document by the fault found; a fault that is not listed takes ``otherwise``."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    suite: str
    """Name of the suite in ``expectations/`` that documents are held to."""
    otherwise: Disposition = Disposition.QUARANTINE
    dispositions: Mapping[Reason, Disposition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a policy under which a fault would not hold a document back; raises ConfigurationError."""
        if strange := sorted(reason for reason in self.dispositions if reason.gate is not Gate.QUALITY):
            raise ConfigurationError(f"quality policy: expected reasons of the quality gate, found {', '.join(strange)}")
        if mild := {self.otherwise, *self.dispositions.values()} & {Disposition.ADMIT, Disposition.REDACT}:
            found = ", ".join(sorted(mild))
            raise ConfigurationError(f"quality policy: a fault is quarantined or rejected, found {found}; change the suite instead")

    def disposition(self, reason: Reason) -> Disposition:
        """Return what happens to a document with this fault."""
        return self.dispositions.get(reason, self.otherwise)

    def rank(self, reason: Reason) -> int:
        """Return how strict that is; more is stricter."""
        return SEVERITY[self.disposition(reason)]


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one expectation over one set of documents."""

    expectation_id: str
    expectation_type: str
    severity: str
    clause: str
    evaluated_count: int
    unexpected_count: int
    is_met: bool
    observed: str | None
    """Canonical JSON of numbers, for expectations on the whole set."""
    unexpected_ids: frozenset[str]
    """Documents that do not meet it; empty for expectations on the whole set."""


UNDECIDED = "und"
"""ISO 639-2: undetermined."""

LANGUAGES_ALIKE: tuple[frozenset[str], ...] = (
    # ISO 639-3 macrolanguages, and standards of one dialect continuum, that a character n-gram model cannot hold apart.
    frozenset({"zh", "zho", "cmn", "yue", "wuu", "lzh", "nan", "hak", "gan", "hsn"}),
    frozenset({"ar", "ara", "arb", "arz", "ary", "apc"}),
    frozenset({"fa", "fas", "pes", "prs", "mzn"}),
    frozenset({"az", "aze", "azj", "azb"}),
    frozenset({"bs", "hr", "sr", "sh", "hbs", "cnr"}),
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"id", "ms", "msa", "zlm", "zsm", "min", "jv", "su"}),
    frozenset({"ku", "kmr", "ckb", "diq"}),
    frozenset({"hi", "bh", "mai", "bho", "mr", "ne", "new"}),
    frozenset({"be", "bel"}),
    frozenset({"es", "gl", "ast", "an"}),
    frozenset({"cs", "sk"}),
    frozenset({"bg", "mk"}),
    frozenset({"ca", "oc"}),
    frozenset({"sq", "sqi", "als", "aln"}),
)
"""Groups within which another language than the declared one is no evidence of a fault."""


_TOLD = (
    "af am an ar arz as ast av az ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb cs cv cy da de diq dsb dty dv el eml en eo "
    "es et eu fa fi fr frr fy ga gd gl gn gom gsw gu gv he hi hif hr hsb ht hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku "
    "kv kw ky la lb lez li lmo lo lrc lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no oc or pa pam "
    "pfl pl pms pnb ps pt qu rm ro ru rue sa sah sc scn sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt tyv ug uk ur uz vec vep "
    "vi vls vo war wuu xal xmf yi yo yue zh"
)
TOLD_LANGUAGES = frozenset(_TOLD.split())
"""Languages that the identifier names: those of lid.176, without the few whose Universal Declaration it calls by another
language's name with confidence (azb, co, os, sco, wa)."""

_MISNAMED_WRITINGS = frozenset({"az-cyrl", "mn-mong", "vi-hani"})
"""Languages it knows, in a script for which it names another with confidence."""


@dataclass(frozen=True, slots=True)
class DeclaredLanguages:
    """What may be found where some BCP 47 tags are declared."""

    accepted: frozenset[str]
    """Primary subtags of the tags and of languages alike them."""
    has_untold: bool
    """Whether a tag names a language or a writing that the identifier does not know; another answer is then no evidence."""


def may_be_found(tags: Iterable[str]) -> DeclaredLanguages:
    """Return what may be found where these BCP 47 tags are declared."""
    subtags = [tag.lower().replace("_", "-").split("-") for tag in tags]
    primary = {each[0] for each in subtags} - {UNDECIDED}
    accepted = primary.union(*(alike for alike in LANGUAGES_ALIKE if alike & primary))
    has_untold = any(not _is_told(each) for each in subtags)
    return DeclaredLanguages(frozenset(accepted), has_untold)


def _is_told(subtags: list[str]) -> bool:
    """Tell whether the identifier knows a language, or one alike it, in the script that the tag names, where it names one."""
    known = {subtags[0]}.union(*(alike for alike in LANGUAGES_ALIKE if subtags[0] in alike))
    return bool(known & TOLD_LANGUAGES) and "-".join(subtags[:2]) not in _MISNAMED_WRITINGS


def _hashable(value: object) -> object:
    """Write floats as text, so that a canonical JSON of the value can be hashed."""
    if isinstance(value, Mapping):
        return {str(key): _hashable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hashable(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
