"""Records of catalogues that many sources are declared from at once, and how each ends: ready, in conflict or lacking.

A record is what others say of a dataset. It becomes a proposal, never an admission, and what it does not say stays
missing: every lack is named, all at once, and no record is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.domain.sources import EvidenceKind


class ImportState(StrEnum):
    """How a record ends."""

    READY = "ready"
    CONFLICT = "conflict"
    LACKING = "lacking"


class Lack(StrEnum):
    """What stands between a record and a source that may be assessed; ``license.conflict`` and its like are the licence's own."""

    UNREADABLE = "import.unreadable"
    ENCODING = "import.encoding"
    TOO_LARGE = "import.too_large"
    NO_DATASET = "import.no_dataset"
    NO_NAME = "import.no_name"
    NO_PUBLISHER = "import.no_publisher"
    NO_LANGUAGE = "import.no_language"
    NO_LICENSE = "import.no_license"
    LICENSE_UNREAD = "import.license_unread"
    LICENSE_VERSION = "import.license_version"
    NO_EVIDENCE = "import.no_evidence"
    ACCESS = "import.access"
    DERIVED = "import.derived"
    DECLARATION = "import.declaration"
    EDITED = "import.edited"


class CatalogForm(StrEnum):
    """What a record was written as."""

    CARD = "dataset_card"
    CROISSANT = "croissant"
    PROVENANCE = "provenance_record"
    TABLE = "table_row"


Reasons = Mapping[str, str]
"""Reason to what is missing, in plain words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence that a record brings: its name, what it is, where it was read and its bytes."""

    file: str
    kind: EvidenceKind
    read_at: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CatalogRecord:
    """One dataset as a catalogue describes it; what is not stated is None or empty, and ``lacks`` says what could not be read."""

    form: CatalogForm
    locator: str
    """The file as it was named, and the place in it."""
    name: str
    title: str = ""
    licenses: tuple[str, ...] = ()
    """Terms in the record's own words."""
    publisher: str | None = None
    url: str | None = None
    languages: tuple[str, ...] = ()
    modality: str = "text"
    derived_from: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    """Conditions that stand before the data: a gate, a fee, a form."""
    pieces: tuple[Piece, ...] = ()
    lacks: Reasons = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """How one record ended; ``source`` names the folder below ``sources/`` where there is one."""

    locator: str
    form: CatalogForm
    name: str
    state: ImportState
    reasons: Reasons
    license: str | None = None
    """The SPDX expression that its evidence states; None where there is no one such."""
    permits: str | None = None
    """``permitted``, or why the active licence policy does not permit it for the corpus's purpose."""
    source: str | None = None
    change: str = "none"
    """What was written: ``new``, ``changed``, ``unchanged`` or ``none``."""
    declaration_sha256: str | None = None

    def as_row(self) -> dict[str, object]:
        """Return it as a row for people: reasons joined, in order."""
        return {
            "record": self.locator,
            "form": self.form.value,
            "name": self.name,
            "state": self.state.value,
            "reasons": "; ".join(self.reasons),
            "explanation": "; ".join(self.reasons.values()),
            "license": self.license,
            "permits": self.permits,
            "source": self.source,
            "change": self.change,
        }
