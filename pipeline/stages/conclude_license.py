"""From statements to one conclusion on a source's data, or to the reason why there is none.

A licence on a package is not a licence on its data unless a person says so, with why. A person's word reconciles what
a distribution declares with what the evidence states; it never stands in for evidence and never overrules evidence
about the data, short of a written review that is evidence itself. Every piece that the declaration cites must have
been read: taking one away leaves nothing to conclude.

Where the law leaves a work unprotected there is no licence; the conclusion is then ``LicenseRef-public-domain-by-law``,
together with the licence of what a collector added, if a person concluded one.
"""

from collections.abc import Iterable, Sequence

from pipeline.domain.dispositions import Reason
from pipeline.domain.licensing import (
    NOASSERTION,
    PUBLIC_DOMAIN_BY_LAW,
    PUBLIC_DOMAIN_STATED,
    LicenseConclusion,
    Operator,
    Statement,
    agrees,
    canonical_expression,
    combine,
    components,
    conjuncts,
    parse_expression,
    satisfies,
)
from pipeline.domain.sources import About, Basis, EvidenceKind, Source

UNPROTECTED = frozenset({PUBLIC_DOMAIN_BY_LAW, PUBLIC_DOMAIN_STATED})

PROOF_OF_BASIS: dict[str, frozenset[str]] = {
    Basis.OWN_WORK: frozenset({EvidenceKind.OWN_WORK, EvidenceKind.GENERATOR_RECORD, EvidenceKind.AUTHORIZATION}),
    Basis.CONTRACT: frozenset({EvidenceKind.CONTRACT}),
    Basis.CONSENT: frozenset({EvidenceKind.AUTHORIZATION, EvidenceKind.AUTHORIZATION_RECORD}),
}
"""Grounds on which terms are given to us and not stated to the world, and the evidence that then stands for a statement."""


def conclude_license(source: Source, statements: Sequence[Statement]) -> LicenseConclusion:
    """Conclude on the data of one source from its declaration and the statements of all its evidence."""
    ordered = sorted(statements, key=lambda statement: (statement.file, statement.raw, statement.expression or ""))
    fault = _fault(source, ordered)
    digests = tuple(sorted({statement.evidence_sha256 for statement in ordered if statement.evidence_sha256}))
    if fault is not None:
        return LicenseConclusion(NOASSERTION, fault[0], fault[1], digests)
    return LicenseConclusion(_expression(source), None, _explanation(source), digests)


def _fault(source: Source, statements: Sequence[Statement]) -> tuple[Reason, str] | None:
    """Return the first fault that stands between a source and its conclusion."""
    read = {statement.file for statement in statements}
    missing = [item.file for item in source.evidence if item.file not in read]
    if missing or not source.evidence:
        return Reason.LICENSE_NO_EVIDENCE, f"evidence not read: {', '.join(missing)}" if missing else "no evidence is declared"
    data, package = decisive(statements), _about(statements, About.PACKAGE)
    return (
        _disagreement(source, data, package)
        or _not_concluded(source)
        or _difference_from_declared(source)
        or (_difference_from_data(source, data, package) if data else _lack_of_support(source, package))
    )


def decisive(statements: Sequence[Statement]) -> list[Statement]:
    """Return the statements about the data that count: those of a written review where there is one, else all."""
    data = _about(statements, About.DATA)
    reviewed = [statement for statement in data if statement.evidence_kind == EvidenceKind.REVIEW and statement.expression]
    return reviewed or data


def _about(statements: Iterable[Statement], about: About) -> list[Statement]:
    return [statement for statement in statements if statement.about == about and not statement.is_silent]


def _disagreement(source: Source, data: Sequence[Statement], package: Sequence[Statement]) -> tuple[Reason, str] | None:
    """Find two statements about the data without a common reading, or one that cannot be read beside any other word."""
    unread = [statement for statement in data if statement.expression is None]
    others = [statement for statement in (*data, *package) if statement not in unread[:1]]
    if unread and (others or source.license.concluded != NOASSERTION):
        return Reason.LICENSE_CONFLICT, _quoted([unread[0], *others[:1]])
    for index, left in enumerate(data):
        for right in data[index + 1 :]:
            if not _share_a_reading(left, right):
                return Reason.LICENSE_CONFLICT, _quoted([left, right])
    return None


def _share_a_reading(left: Statement, right: Statement) -> bool:
    return any(agrees(one, other) for one in left.readings for other in right.readings)


def _not_concluded(source: Source) -> tuple[Reason, str] | None:
    if source.license.concluded != NOASSERTION or _is_free_by_law(source):
        return None
    return Reason.LICENSE_NO_CONCLUSION, source.license.why or "the declaration concludes nothing"


def _difference_from_declared(source: Source) -> tuple[Reason, str] | None:
    """SPDX 2.3 section 7.13 asks for a written explanation where concluded and declared differ; without one it is a conflict."""
    stated = source.license
    if stated.declared is None or stated.why or stated.concluded == NOASSERTION:
        return None
    if stated.declared_expression is not None and agrees(stated.declared_expression, stated.concluded):
        return None
    return Reason.LICENSE_CONFLICT, f"declared and concluded ({stated.concluded}) differ, and the declaration does not say why"


def _difference_from_data(source: Source, data: Sequence[Statement], package: Sequence[Statement]) -> tuple[Reason, str] | None:
    """The conclusion must be what the data's evidence states; it may add terms of the package, which only narrows it."""
    concluded = source.license.concluded
    if concluded == NOASSERTION:
        protected = [statement for statement in data if not UNPROTECTED & set(statement.readings)]
        return (Reason.LICENSE_CONFLICT, _quoted(protected[:1])) if protected else None
    for statement in data:
        if not any(satisfies(concluded, reading) for reading in statement.readings):
            return Reason.LICENSE_CONFLICT, f"{_quoted([statement])}, concluded is {concluded}"
    unsupported = [part for part in conjuncts(concluded) if part not in UNPROTECTED and not _is_stated(part, (*data, *package))]
    if unsupported and not _is_stated(concluded, data):
        return Reason.LICENSE_NO_EVIDENCE, f"no evidence states {', '.join(unsupported)}"
    differing = [statement for statement in package if not any(satisfies(concluded, reading) for reading in statement.readings)]
    if differing and source.license.why is None:
        return Reason.LICENSE_CONFLICT, f"{_quoted(differing[:1])} of the package, and the declaration does not say why {concluded} holds"
    return None


def _lack_of_support(source: Source, package: Sequence[Statement]) -> tuple[Reason, str] | None:
    """Without a word about the data, terms of the package hold for it only where a person says why."""
    if _has_proof_of_basis(source):
        return None
    parts = (
        [] if source.license.concluded == NOASSERTION else [part for part in conjuncts(source.license.concluded) if part not in UNPROTECTED]
    )
    if not parts and _is_free_by_law(source):
        return None
    if not parts or not all(_is_stated(part, package) for part in parts):
        return Reason.LICENSE_NO_EVIDENCE, f"no evidence states {source.license.concluded}"
    if source.license.why is None:
        return (
            Reason.LICENSE_NO_CONCLUSION,
            "only the package's terms are stated, and the declaration does not say why they hold for its data",
        )
    return None


def _is_stated(part: str, statements: Iterable[Statement]) -> bool:
    return any(_is_stated_by(part, statement) for statement in statements)


def _is_stated_by(part: str, statement: Statement) -> bool:
    """Tell whether a statement names these terms; a family without its version agrees with a member but does not state it."""
    return any(canonical_expression(part) in components(reading) for reading in statement.readings)


def _has_proof_of_basis(source: Source) -> bool:
    proofs = frozenset().union(*(PROOF_OF_BASIS.get(each.basis, frozenset()) for each in source.legal_bases))
    return any(item.kind in proofs for item in source.evidence)


def _is_free_by_law(source: Source) -> bool:
    return source.is_public_domain_by_law


def _expression(source: Source) -> str:
    if not _is_free_by_law(source):
        return source.license.concluded
    added = () if source.license.concluded == NOASSERTION else conjuncts(source.license.concluded)
    parts = [PUBLIC_DOMAIN_BY_LAW, *(part for part in added if part not in UNPROTECTED)]
    return str(combine(Operator.AND, tuple(parse_expression(part) for part in parts)))


def _explanation(source: Source) -> str:
    if source.license.why:
        return source.license.why
    return f"the evidence about the data states {source.license.concluded}"


def _quoted(statements: Sequence[Statement]) -> str:
    """Quote statements by reference: file, first digits of the digest, and the reading."""
    return ", but ".join(
        f"{item.file} (sha256 {item.evidence_sha256[:12]}) states {item.expression or 'terms that SPDX has no expression for'}"
        for item in statements
    )
