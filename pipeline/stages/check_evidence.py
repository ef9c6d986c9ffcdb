"""What a source's kind demands as evidence, and what it still lacks (TC260-003 5.1 c), as reported).

A piece counts when it is declared and its bytes were read. An empty answer means complete; it never means lawful.
"""

from collections.abc import Callable, Mapping, Sequence

from pipeline.domain.licensing import Statement
from pipeline.domain.sources import EvidenceKind, Source, SourceKind

TEXTS = frozenset(
    {EvidenceKind.LICENSE_TEXT, EvidenceKind.AUTHORIZATION, EvidenceKind.TERMS, EvidenceKind.CONTRACT, EvidenceKind.REVIEW},
)
"""Evidence that is itself the terms, whether or not they can be read as SPDX."""

MENTIONS = frozenset({EvidenceKind.NOTICE, EvidenceKind.README, EvidenceKind.DATASET_CARD, EvidenceKind.WEB_PAGE})
"""Evidence in which a publisher may name terms; the tag in a package's metadata is neither."""

RESERVING = frozenset({EvidenceKind.ROBOTS, EvidenceKind.TDMREP, EvidenceKind.COLLECTION_RECORD})
"""Evidence from which a reservation is read."""

ROBOTS = "robots"
DENIED = "robots: denied"

Demand = Callable[[Source, frozenset[str], Sequence[Statement]], tuple[str, ...]]


def check_evidence(source: Source, statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return what this kind of source still lacks, in the order it should be supplied; empty when complete.

    ``statements`` are those of all evidence that could be read; a declared file without one counts as missing.
    """
    read = {statement.file for statement in statements}
    missing = tuple(f"the bytes of {item.file}" for item in source.evidence if item.file not in read)
    kinds = frozenset(item.kind for item in source.evidence if item.file in read)
    return missing + DEMANDS[source.kind](source, kinds, statements)


def dropped_evidence(source: Source, dropped: Mapping[str, str]) -> tuple[str, ...]:
    """Return which evidence that earlier declarations cited may not be left out; ``dropped`` is file to kind of what is no longer cited.

    What speaks of a reservation is never dropped. Anything else needs a written review that says why: else leaving out the
    piece that disagrees would make a source lawful.
    """
    is_reviewed = any(item.kind == EvidenceKind.REVIEW for item in source.evidence)
    kept = [file for file, kind in sorted(dropped.items()) if kind in RESERVING or not is_reviewed]
    return tuple(f"{file}, which an earlier declaration cited (cite it again, or say in a review why not)" for file in kept)


def is_reserved(statements: Sequence[Statement]) -> bool:
    """Tell whether a collection record shows that the collector was told to stay out; such a reservation denies."""
    return any(statement.kind == ROBOTS and statement.raw == DENIED for statement in statements)


def _open(source: Source, kinds: frozenset[str], statements: Sequence[Statement]) -> tuple[str, ...]:
    if kinds & TEXTS or (source.is_public_domain_by_law and kinds & (MENTIONS | {EvidenceKind.STATUTE})):
        return ()
    named = any(statement.evidence_kind in MENTIONS and statement.expression for statement in statements)
    return (
        ()
        if named
        else ("a licence or authorization text (license_text, authorization or terms; or a notice, readme or card that names one)",)
    )


def _self_collected(_source: Source, kinds: frozenset[str], statements: Sequence[Statement]) -> tuple[str, ...]:
    lacking = _each(kinds, (EvidenceKind.COLLECTION_RECORD, "a collection record (collection_record)"))
    has_verdict = EvidenceKind.ROBOTS in kinds or any(statement.kind == ROBOTS for statement in statements)
    return lacking if has_verdict else (*lacking, "the verdict of robots.txt at collection (in the collection record, or as robots)")


def _commercial(_source: Source, kinds: frozenset[str], _statements: Sequence[Statement]) -> tuple[str, ...]:
    return _each(
        kinds,
        (EvidenceKind.CONTRACT, "the contract (contract)"),
        (EvidenceKind.COMMITMENT_SOURCE, "the supplier's commitment on the source (commitment_source)"),
        (EvidenceKind.COMMITMENT_QUALITY, "the supplier's commitment on quality (commitment_quality)"),
        (EvidenceKind.COMMITMENT_SAFETY, "the supplier's commitment on safety (commitment_safety)"),
    )


def _user_input(_source: Source, kinds: frozenset[str], _statements: Sequence[Statement]) -> tuple[str, ...]:
    return _each(kinds, (EvidenceKind.AUTHORIZATION_RECORD, "the users' authorization records (authorization_record)"))


def _synthetic(source: Source, kinds: frozenset[str], _statements: Sequence[Statement]) -> tuple[str, ...]:
    named = () if source.generator else ("the generator's name, version and time (generator)",)
    return named + _each(kinds, (EvidenceKind.GENERATOR_RECORD, "the record of the generation (generator_record)"))


def _public_sector(source: Source, kinds: frozenset[str], statements: Sequence[Statement]) -> tuple[str, ...]:
    if EvidenceKind.STATUTE in kinds or (source.is_public_domain_by_law and kinds):
        return ()
    return (
        ()
        if not _open(source, kinds, statements)
        else ("the statute or clause that frees the text (statute, or legal_basis), or its licence",)
    )


def _each(kinds: frozenset[str], *demanded: tuple[EvidenceKind, str]) -> tuple[str, ...]:
    return tuple(wanted for kind, wanted in demanded if kind not in kinds)


DEMANDS: dict[SourceKind, Demand] = {
    SourceKind.OPEN: _open,
    SourceKind.SELF_COLLECTED: _self_collected,
    SourceKind.COMMERCIAL: _commercial,
    SourceKind.USER_INPUT: _user_input,
    SourceKind.SYNTHETIC: _synthetic,
    SourceKind.PUBLIC_SECTOR: _public_sector,
}
