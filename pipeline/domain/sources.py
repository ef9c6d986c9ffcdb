"""A source: where documents come from, how they were obtained, and on which ground they are used.

Measures Art. 7(1) asks for data of lawful origin. Nothing is assumed lawful: a field that is not declared is
missing, never defaulted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SourceKind(StrEnum):
    """Kinds of source; the first four are those of TC260-003 5.1 c) as reported, each with its own evidence."""

    OPEN = "open"
    SELF_COLLECTED = "self_collected"
    COMMERCIAL = "commercial"
    USER_INPUT = "user_input"
    SYNTHETIC = "synthetic"
    PUBLIC_SECTOR = "public_sector"


class SourceState(StrEnum):
    """States of a source; only an admitted one is acquired from."""

    PROPOSED = "proposed"
    ASSESSED = "assessed"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SUSPENDED = "suspended"


TRANSITIONS: Mapping[SourceState | None, frozenset[SourceState]] = {
    None: frozenset({SourceState.PROPOSED}),
    SourceState.PROPOSED: frozenset({SourceState.PROPOSED, SourceState.ASSESSED, SourceState.REFUSED}),
    SourceState.ASSESSED: frozenset({SourceState.PROPOSED, SourceState.ADMITTED, SourceState.REFUSED}),
    SourceState.ADMITTED: frozenset({SourceState.PROPOSED, SourceState.SUSPENDED, SourceState.REFUSED}),
    SourceState.SUSPENDED: frozenset({SourceState.PROPOSED, SourceState.ADMITTED, SourceState.REFUSED}),
    SourceState.REFUSED: frozenset({SourceState.PROPOSED}),
}


class Format(StrEnum):
    """File formats that a delivery may come in; ``.gz`` and ``.zst`` are unpacked by suffix."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    TEXT = "text"
    HTML = "html"
    WARC = "warc"


@dataclass(frozen=True, slots=True)
class Fields:
    """Which field of a record holds what; a name that is None is not read."""

    text: str = "text"
    id: str | None = None
    title: str | None = None
    license: str | None = None
    language: str | None = None
    captured_at: str | None = None
    published_at: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a source's files are and how their records are read."""

    address: str
    files: str
    format: Format
    fields: Fields = field(default_factory=Fields)
    metadata: tuple[str, ...] = ()
    separator: str | None = None
    encoding: str | None = None
    deliveries: str = "whole"
    """``whole``: the address holds one delivery, what is gone from it is absent. ``folders``: each first-level
    folder is one delivery that adds to the others."""
    max_reject_ratio: float | None = None
    """Rejects per record that this source may have, where its declaration says other than the policy."""


class EvidenceKind(StrEnum):
    """What a piece of evidence is; which kinds a source needs follows from its own kind."""

    LICENSE_TEXT = "license_text"
    AUTHORIZATION = "authorization"
    TERMS = "terms"
    NOTICE = "notice"
    README = "readme"
    PACKAGE_METADATA = "package_metadata"
    DATASET_CARD = "dataset_card"
    WEB_PAGE = "web_page"
    STATUTE = "statute"
    CONTRACT = "contract"
    COMMITMENT_SOURCE = "commitment_source"
    COMMITMENT_QUALITY = "commitment_quality"
    COMMITMENT_SAFETY = "commitment_safety"
    COLLECTION_RECORD = "collection_record"
    ROBOTS = "robots"
    TDMREP = "tdmrep"
    """A site's tdmrep.json."""
    AUTHORIZATION_RECORD = "authorization_record"
    GENERATOR_RECORD = "generator_record"
    OWN_WORK = "own_work"
    REVIEW = "review"
    """A person's written resolution of statements that disagree; it decides between them."""


class About(StrEnum):
    """What a statement of terms speaks of; a licence on a package is not a licence on its data."""

    PACKAGE = "package"
    DATA = "data"


class Regime(StrEnum):
    """Bodies of law that each need a ground of their own."""

    COPYRIGHT = "copyright"
    DATA_PROTECTION = "data_protection"
    CONTRACT = "contract"


class Basis(StrEnum):
    """Legal grounds: the right to use a work, and the closed list of PIPL Art. 13, which knows no legitimate interests."""

    LICENSE = "license"
    PUBLIC_DOMAIN_BY_LAW = "public_domain_by_law"
    OWN_WORK = "own_work"
    CONTRACT = "contract"
    CONSENT = "consent"
    CONTRACT_OR_HR_NECESSITY = "contract_or_hr_necessity"
    STATUTORY_DUTY = "statutory_duty"
    PUBLIC_HEALTH_OR_EMERGENCY = "public_health_or_emergency"
    NEWS_OR_SUPERVISION = "news_or_supervision"
    LAWFULLY_PUBLIC_INFORMATION = "lawfully_public_information"
    OTHER_LAW = "other_law"


BASES: Mapping[Regime, frozenset[Basis]] = {
    Regime.COPYRIGHT: frozenset({Basis.LICENSE, Basis.PUBLIC_DOMAIN_BY_LAW, Basis.OWN_WORK, Basis.CONTRACT, Basis.CONSENT}),
    Regime.CONTRACT: frozenset({Basis.CONTRACT}),
    Regime.DATA_PROTECTION: frozenset(
        {
            Basis.CONSENT,
            Basis.CONTRACT_OR_HR_NECESSITY,
            Basis.STATUTORY_DUTY,
            Basis.PUBLIC_HEALTH_OR_EMERGENCY,
            Basis.NEWS_OR_SUPERVISION,
            Basis.LAWFULLY_PUBLIC_INFORMATION,
            Basis.OTHER_LAW,
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence as declared: bytes beside the declaration and where they were read."""

    file: str
    kind: str
    about: str
    read_at: str
    retrieved_at: str
    states: str | None = None


@dataclass(frozen=True, slots=True)
class LicenseStatement:
    """What a distribution declares, and what a person concluded for the data itself."""

    declared: str | None
    concluded: str
    why: str | None = None
    declared_expression: str | None = None
    """``declared`` as an SPDX expression; None where its words cannot be read as one."""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """The ground relied on, its regime and clause."""

    regime: str
    basis: str
    clause: str
    valid_from: str | None = None
    valid_to: str | None = None
    evidence: str | None = None
    """The piece of evidence it rests on, by its file."""


@dataclass(frozen=True, slots=True)
class Generator:
    """What made a synthetic source, on the record as GB/T 45652 7.1 b) asks (as reported): name, version and time."""

    name: str
    version: str
    at: str
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A declared source; ``declaration`` is the whole checked declaration, for its digest."""

    source: str
    kind: SourceKind
    title: Mapping[str, str]
    publisher: Mapping[str, str]
    origin: Mapping[str, str]
    obtained: Mapping[str, object]
    languages: tuple[str, ...]
    modality: str
    license: LicenseStatement
    legal_basis: LegalBasis | None
    evidence: tuple[Evidence, ...]
    delivery: Delivery | None
    declaration: Mapping[str, object]
    declaration_sha256: str
    propose: str = "admit"
    refuse_because: str | None = None
    generator: Generator | None = None
    other_bases: tuple[LegalBasis, ...] = ()
    """Grounds named beside the first: another regime's, or another time's."""

    @property
    def legal_bases(self) -> tuple[LegalBasis, ...]:
        """Return every ground named, in order."""
        return () if self.legal_basis is None else (self.legal_basis, *self.other_bases)

    @property
    def is_public_domain_by_law(self) -> bool:
        """Tell whether a ground says that the law itself leaves the work free."""
        return any(each.basis == Basis.PUBLIC_DOMAIN_BY_LAW for each in self.legal_bases)
