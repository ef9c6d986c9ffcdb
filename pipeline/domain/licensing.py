"""Licences as what they allow: statements, conclusions, the classes of the policy and the algebra over SPDX expressions.

Nothing is permitted by default. An id that the policy does not class is never permitted, an expression that cannot be
read is never permitted, and NOASSERTION is never permitted. The grammar is Annex D of the SPDX 2.3 specification.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Self

from pipeline.domain.dispositions import Disposition, Gate, Reason
from pipeline.domain.rights import Answer, LegalGround, Reservation, Signal
from pipeline.domain.sources import SourceState
from pipeline.errors import ConfigurationError

NOASSERTION = "NOASSERTION"
PUBLIC_DOMAIN_BY_LAW = "LicenseRef-public-domain-by-law"
"""What is concluded where the law itself leaves a work unprotected: a ground, written as a LicenseRef so that it can be classed."""

PUBLIC_DOMAIN_STATED = "LicenseRef-scancode-public-domain"
"""Somebody's statement that a work is in the public domain, without saying under which law."""

UNVERSIONED = "-unversioned"
"""Ending of the LicenseRef for a family whose version is not stated: ``LicenseRef-CC-BY-unversioned``."""

MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of terms as found in one piece of evidence; a piece that states nothing gives one with an empty ``raw``.

    ``expression`` is None where the words cannot be read as SPDX. ``alternatives`` are ids whose texts are the same
    (the GPL's text does not say whether later versions are meant).
    """

    expression: str | None
    raw: str
    about: str
    kind: str
    file: str = ""
    evidence_sha256: str = ""
    evidence_kind: str = ""
    similarity: float | None = None
    alternatives: tuple[str, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Tell whether the evidence states no terms at all."""
        return self.expression is None and not self.raw

    @property
    def readings(self) -> tuple[str, ...]:
        """Return every expression that the words may mean; none where they cannot be read."""
        return () if self.expression is None else (self.expression, *self.alternatives)


@dataclass(frozen=True, slots=True)
class LicenseConclusion:
    """What is concluded for a source's data: an expression, or NOASSERTION with the reason."""

    expression: str
    reason: Reason | None
    explanation: str
    evidence: tuple[str, ...]
    """Digests of the evidence it rests on, sorted."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Return the conclusion that a row of the table ``license_conclusions`` records."""
        reason = Reason(row["reason"]) if row["reason"] else None
        return cls(row["expression"], reason, row["explanation"] or "", tuple(row["evidence"]))


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """What the register knows of one source at the moment a gate asks; the declaration is the one that state was given to."""

    state: SourceState
    declaration_sha256: str
    lacking: tuple[str, ...]
    """What its kind still demands as evidence; empty when complete."""
    grounds: tuple[LegalGround, ...]
    """Legal grounds relied on, each with the time in which it holds."""
    is_reserved: bool = False
    """Whether the collection's own record says that it was told to stay out."""
    reservations: tuple[Reservation, ...] = ()
    """What speaks for the source as a whole: a site's robots.txt and tdmrep.json, a login, a paywall."""


class Operator(StrEnum):
    """The two operators that combine terms."""

    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """One licence id, perhaps with an exception: ``GPL-2.0-or-later WITH Classpath-exception-2.0``."""

    license_id: str
    exception_id: str = ""

    def __str__(self) -> str:
        """Return the SPDX spelling."""
        return f"{self.license_id} WITH {self.exception_id}" if self.exception_id else self.license_id


@dataclass(frozen=True, slots=True)
class Combination:
    """Two or more expressions under one operator, flattened, sorted and without repeats, so that equals are equal."""

    operator: Operator
    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        """Return the SPDX spelling, with parentheses around an inner combination."""
        inner = (f"({part})" if isinstance(part, Combination) else str(part) for part in self.parts)
        return f" {self.operator} ".join(inner)


Expression = Term | Combination

_TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9.:+-]+)")


class UnreadableExpressionError(ConfigurationError):
    """An SPDX expression that breaks the grammar."""


def combine(operator: Operator, parts: tuple[Expression, ...]) -> Expression:
    """Join expressions under one operator into the one form that equal meanings share up to order, nesting and repeats."""
    flat = {str(inner): inner for part in parts for inner in _operands(operator, part)}
    ordered = tuple(flat[spelling] for spelling in sorted(flat))
    return ordered[0] if len(ordered) == 1 else Combination(operator, ordered)


def _operands(operator: Operator, part: Expression) -> tuple[Expression, ...]:
    return part.parts if isinstance(part, Combination) and part.operator == operator else (part,)


@lru_cache(maxsize=8192)
def parse_expression(expression: str) -> Expression:
    """Read an SPDX expression (ids are not checked against the list); raise UnreadableExpressionError."""
    tokens = list(_tokens(expression))
    parsed, position = _parse_or(tokens, 0, 0)
    if position != len(tokens):
        raise UnreadableExpressionError(f"expected an SPDX expression, found more after its end at word {position + 1}")
    return parsed


def canonical_expression(expression: str) -> str:
    """Return the one spelling of an expression: flattened, sorted, without repeats."""
    return str(parse_expression(expression))


def agrees(left: str, right: str) -> bool:
    """Tell whether two expressions mean the same, where a family without its version agrees with each of its members."""
    if canonical_expression(left) == canonical_expression(right):
        return True
    return _is_family_of(left, right) or _is_family_of(right, left)


def _is_family_of(family: str, member: str) -> bool:
    if not family.endswith(UNVERSIONED):
        return False
    stem = family.removeprefix("LicenseRef-").removesuffix(UNVERSIONED)
    # "Creative Commons" alone may be any of theirs; "CC BY" is not CC BY-NC.
    following = r"(?:0?-.+)" if stem == "CC" else r"-[0-9].*"
    return re.fullmatch(re.escape(stem) + following, member.removeprefix("LicenseRef-")) is not None


def satisfies(held: str, stated: str) -> bool:
    """Tell whether terms under AND meet what is stated: all parts of a stated AND, any one part of a stated OR."""
    return agrees(held, stated) or _is_met_by(conjuncts(held), parse_expression(stated))


def _is_met_by(held: tuple[str, ...], stated: Expression) -> bool:
    if any(agrees(part, str(stated)) for part in held):
        return True
    if isinstance(stated, Term):
        return False
    met = (_is_met_by(held, part) for part in stated.parts)
    return all(met) if stated.operator == Operator.AND else any(met)


def components(expression: str) -> frozenset[str]:
    """Return an expression and every expression inside it."""
    return frozenset(_components(parse_expression(expression)))


def _components(expression: Expression) -> Iterator[str]:
    yield str(expression)
    if isinstance(expression, Combination):
        for part in expression.parts:
            yield from _components(part)


def license_ids(expression: str) -> tuple[str, ...]:
    """Return the distinct licence ids of an expression in order of spelling; raise UnreadableExpressionError."""
    return tuple(sorted(set(_ids(parse_expression(expression)))))


def _ids(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Term):
        yield expression.license_id
    else:
        for part in expression.parts:
            yield from _ids(part)


def conjuncts(expression: str) -> tuple[str, ...]:
    """Return the parts that hold together: the operands of an outer AND, else the expression itself."""
    return tuple(str(part) for part in _operands(Operator.AND, parse_expression(expression)))


def _tokens(expression: str) -> Iterator[str]:
    position, end = 0, len(expression.rstrip())
    while position < end:
        match = _TOKEN.match(expression, position)
        if match is None:
            raise UnreadableExpressionError(f"expected an SPDX expression, found a character that none has at position {position}")
        yield match[1]
        position = match.end()


def _parse_or(tokens: list[str], position: int, depth: int) -> tuple[Expression, int]:
    return _parse_chain(tokens, position, depth, Operator.OR)


def _parse_chain(tokens: list[str], position: int, depth: int, operator: Operator) -> tuple[Expression, int]:
    parts = []
    while True:
        # AND binds tighter than OR (SPDX 2.3 Annex D.4.5).
        part, position = (
            _parse_chain(tokens, position, depth, Operator.AND) if operator == Operator.OR else _parse_term(tokens, position, depth)
        )
        parts.append(part)
        if position == len(tokens) or tokens[position].upper() != operator:
            return combine(operator, tuple(parts)), position
        position += 1


def _parse_term(tokens: list[str], position: int, depth: int) -> tuple[Expression, int]:
    if position == len(tokens) or depth > MAX_DEPTH:
        raise UnreadableExpressionError("expected a licence id, found the end of the expression or too many parentheses")
    word = tokens[position]
    if word == "(":
        inner, position = _parse_or(tokens, position + 1, depth + 1)
        if position == len(tokens) or tokens[position] != ")":
            raise UnreadableExpressionError("expected a closing parenthesis")
        return inner, position + 1
    if not _is_id(word):
        raise UnreadableExpressionError(f"expected a licence id, found {word!r} at word {position + 1}")
    if position + 2 < len(tokens) and tokens[position + 1].upper() == "WITH" and _is_id(tokens[position + 2]):
        return Term(word, tokens[position + 2]), position + 3
    return Term(word), position + 1


def _is_id(word: str) -> bool:
    return word not in {"(", ")"} and word.upper() not in {"AND", "OR", "WITH"}


@dataclass(frozen=True, slots=True)
class LicenseClass:
    """What the licences of one class allow and demand."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    commercial_use: bool
    derivatives: bool
    share_alike: bool
    """Whether what is made from the work must carry the same terms."""
    attribution: bool
    field_of_use: bool
    """Whether the terms restrict for what or by whom the work may be used."""
    revocable: bool


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a corpus is made for, as demands on the terms of what goes in."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    code: str
    needs_commercial_use: bool
    needs_derivatives: bool
    accepts_share_alike: bool
    accepts_attribution: bool
    accepts_field_of_use: bool
    accepts_revocable: bool


class RecordDiffers(StrEnum):
    """What becomes of a document whose own licence is not its source's; the stricter of the two always holds."""

    QUARANTINE = "quarantine"
    STRICTER = "stricter"


LICENSE_FAULTS = frozenset(reason for reason in Reason if reason.gate is Gate.LICENSE)
SOURCE_FAULTS = frozenset(reason for reason in Reason if reason.gate is Gate.SOURCE)


def _check_dispositions(name: str, dispositions: Mapping[Reason, Disposition], faults: frozenset[Reason]) -> None:
    """Raise ConfigurationError unless every fault of a gate, and no other, is given a disposition that keeps the document out."""
    problems = [f"{reason} has no disposition" for reason in sorted(faults - dispositions.keys())]
    problems += [f"{reason} is no fault of this gate" for reason in sorted(dispositions.keys() - faults)]
    allowed = {Disposition.QUARANTINE, Disposition.REJECT}
    problems += [f"{reason} must be quarantine or reject" for reason, kept in sorted(dispositions.items()) if kept not in allowed]
    if problems:
        raise ConfigurationError(f"policy {name}, dispositions: {'; '.join(problems)}")


@dataclass(frozen=True, slots=True)
class LicensePolicy:
    """Which terms permit the declared purpose, and what becomes of a document whose terms do not."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    purpose: Purpose
    classes: Mapping[str, LicenseClass]
    licenses: Mapping[str, tuple[str, ...]]
    """Class name to the licence ids in it; an id stands in one class only."""
    exceptions: tuple[str, ...]
    """Exceptions that only add permissions, so that the licence they are attached to still decides."""
    record_differs: RecordDiffers
    dispositions: Mapping[Reason, Disposition]

    def __post_init__(self) -> None:
        """Raise ConfigurationError for an undefined class, an id classed twice or a fault that does not keep documents out."""
        _check_dispositions("license", self.dispositions, LICENSE_FAULTS)
        times = Counter(license_id for ids in self.licenses.values() for license_id in ids)
        problems = [f"class {name} is not defined" for name in self.licenses if name not in self.classes]
        problems += [f"{license_id} is classed {count} times" for license_id, count in times.items() if count > 1]
        problems += [f"{special} cannot be classed" for special in (NOASSERTION, "NONE") if special in times]
        if problems:
            raise ConfigurationError(f"policy license: {'; '.join(problems)}")

    def class_of(self, license_id: str) -> LicenseClass | None:
        """Return the class of an id (``+`` means "or later", so the named version decides); None when it is not classed."""
        for spelling in dict.fromkeys((license_id, license_id.removesuffix("+"))):
            for name, ids in self.licenses.items():
                if spelling in ids:
                    return self.classes[name]
        return None


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    """What becomes of the documents of a source that may not be used (yet)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    dispositions: Mapping[Reason, Disposition]
    heeds: frozenset[Signal] = field(default=frozenset(Signal))
    """Signals that reserve; one that is left out is recorded and decides nothing."""
    unreadable: Answer = Answer.DENIED
    """What a signal that could not be read counts as."""
    max_unlawful_ratio: str = "0.05"
    """Share of unlawful items in a sample above which a source is not admitted, as decimal text (TC260-003, as reported)."""

    def __post_init__(self) -> None:
        """Raise ConfigurationError unless every fault keeps the document out."""
        _check_dispositions("source", self.dispositions, SOURCE_FAULTS)
        if self.unreadable is Answer.UNREADABLE:
            raise ConfigurationError("policy source, unreadable: expected denied or allowed, found unreadable")

    def reserves(self, signal: Signal, answer: Answer) -> bool:
        """Tell whether a signal keeps the data out."""
        return signal in self.heeds and (self.unreadable if answer is Answer.UNREADABLE else answer) is Answer.DENIED


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether terms permit the purpose, what they then oblige to, or the fault found."""

    permitted: bool
    obligations: tuple[str, ...]
    reason: Reason | None


def permitted(expression: str | None, policy: LicensePolicy) -> Permission:
    """Decide an SPDX expression for the policy's purpose.

    AND needs every part and owes the obligations of all; OR needs one part and takes the permitted one that owes least
    (then the first by spelling); WITH is decided by its licence where the policy lists the exception, else it is not
    classed. No expression and NOASSERTION are ``license.no_conclusion``; one that breaks the grammar is not classed.
    """
    if expression is None or expression in {"", NOASSERTION, "NONE"}:
        return Permission(permitted=False, obligations=(), reason=Reason.LICENSE_NO_CONCLUSION)
    try:
        parsed = parse_expression(expression)
    except UnreadableExpressionError:
        return Permission(permitted=False, obligations=(), reason=Reason.LICENSE_NOT_CLASSED)
    return _permitted(parsed, policy)


def _permitted(expression: Expression, policy: LicensePolicy) -> Permission:
    if isinstance(expression, Term):
        return _term_permitted(expression, policy)
    parts = [_permitted(part, policy) for part in expression.parts]
    faults = [part.reason for part in parts if part.reason is not None]
    if expression.operator == Operator.OR:
        choices = [part for part in parts if part.permitted]
        if choices:
            return min(choices, key=lambda part: (len(part.obligations), part.obligations))
        # A person may yet class an unknown alternative, so the milder fault stands.
        return _refused(Reason.LICENSE_NOT_CLASSED if Reason.LICENSE_NOT_CLASSED in faults else Reason.LICENSE_NOT_PERMITTED)
    if faults:
        return _refused(Reason.LICENSE_NOT_PERMITTED if Reason.LICENSE_NOT_PERMITTED in faults else Reason.LICENSE_NOT_CLASSED)
    return Permission(permitted=True, obligations=tuple(sorted({owed for part in parts for owed in part.obligations})), reason=None)


def _term_permitted(term: Term, policy: LicensePolicy) -> Permission:
    found = policy.class_of(term.license_id)
    if found is None or (term.exception_id and term.exception_id not in policy.exceptions):
        return _refused(Reason.LICENSE_NOT_CLASSED)
    if not _serves(found, policy.purpose):
        return _refused(Reason.LICENSE_NOT_PERMITTED)
    owed = {"attribution": found.attribution, "share_alike": found.share_alike, "field_of_use": found.field_of_use}
    return Permission(permitted=True, obligations=tuple(sorted(name for name, is_owed in owed.items() if is_owed)), reason=None)


def _serves(found: LicenseClass, purpose: Purpose) -> bool:
    """Tell whether a class gives all that the purpose needs and demands nothing the purpose does not accept."""
    return (
        (found.commercial_use or not purpose.needs_commercial_use)
        and (found.derivatives or not purpose.needs_derivatives)
        and (purpose.accepts_share_alike or not found.share_alike)
        and (purpose.accepts_attribution or not found.attribution)
        and (purpose.accepts_field_of_use or not found.field_of_use)
        and (purpose.accepts_revocable or not found.revocable)
    )


def _refused(reason: Reason) -> Permission:
    return Permission(permitted=False, obligations=(), reason=reason)
