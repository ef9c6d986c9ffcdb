"""Rights at the moment of acquisition: reservations, labels of generated content, legal grounds and consents over two times.

Valid time says when something holds, recorded time when we came to know it: a correction is a later row, so that what was
known on a day can always be asked again. A reservation denies, and what could not be read permits nothing unless policy says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

EVERY_KIND = "*"
"""In a consent: every kind of personal information that is not sensitive."""


class Signal(StrEnum):
    """Ways in which a rights holder says that data must not be collected or must not train a model."""

    ROBOTS = "robots"
    """robots.txt (RFC 9309), for our agent and for crawlers that collect for training."""
    CONTENT_SIGNAL = "content_signal"
    """Content-Signal or Content-Usage in robots.txt that denies training."""
    TDMREP_FILE = "tdmrep_file"
    TDM_HEADER = "tdm_header"
    TDM_META = "tdm_meta"
    NOAI = "noai"
    """``noai`` in a robots meta element or in X-Robots-Tag."""
    NOIMAGEAI = "noimageai"
    LOGIN = "login"
    PAYWALL = "paywall"


class Answer(StrEnum):
    """What a signal says of one address."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNREADABLE = "unreadable"


class SiteFileKind(StrEnum):
    """Files of a site that speak for its pages."""

    ROBOTS = "robots"
    TDMREP = "tdmrep"


@dataclass(frozen=True, slots=True)
class Reservation:
    """One signal as read; ``body_sha256`` is of the bytes it was read from, empty where those are the record's own."""

    signal: Signal
    answer: Answer
    agent: str
    """Whom it addresses: a robots.txt product token, or ``*`` for everybody."""
    read_from: str
    detail: str | None = None
    body_sha256: str = ""


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A robots.txt or tdmrep.json met among a delivery's records."""

    kind: SiteFileKind
    origin: str
    """Scheme, host and port it speaks for, as ``https://example.org``."""
    status: int
    body: bytes
    ordinal: int
    captured_at: str | None = None


LABEL_FIELDS = ("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2")
"""Fields of the implicit label of generated content, as reported from GB 45438-2025 Annex E."""


@dataclass(frozen=True, slots=True)
class GeneratedLabel:
    """A label that says a record was generated, as it stands there; a label that cannot be read still says so."""

    read_from: str
    label: str | None = None
    content_producer: str | None = None
    produce_id: str | None = None
    reserved_code1: str | None = None
    content_propagator: str | None = None
    propagate_id: str | None = None
    reserved_code2: str | None = None


@dataclass(frozen=True, slots=True)
class LegalGround:
    """A legal ground with the time in which it holds: from ``valid_from`` on, before ``valid_to``."""

    regime: str
    basis: str
    clause: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether the ground holds at a moment; without bounds it always does."""
        return (self.valid_from is None or self.valid_from <= moment) and (self.valid_to is None or moment < self.valid_to)


def grounds_hold(grounds: Iterable[LegalGround], moment: datetime) -> bool:
    """Tell whether every regime that is relied on has a ground at a moment: one never answers for another. No ground is none."""
    known = tuple(grounds)
    holding = {ground.regime for ground in known if ground.holds_at(moment)}
    return bool(known) and holding == {ground.regime for ground in known}


class ConsentEvent(StrEnum):
    """What happened to a consent."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consented:
    """What the people behind a source or a document agreed to, for the purposes in force; nothing by default."""

    kinds: frozenset[str] = frozenset()
    separate_kinds: frozenset[str] = frozenset()
    """Kinds agreed to by separate consent, as PIPL Art. 29 asks for sensitive information."""
    has_guardian: bool = False
    """Whether guardians agreed for people below 14 (PIPL Art. 31)."""

    def covers(self, kind: str, *, is_sensitive: bool) -> bool:
        """Tell whether a kind is agreed to; a sensitive one only by separate consent that names it."""
        return kind in self.separate_kinds or (not is_sensitive and (kind in self.kinds or EVERY_KIND in self.kinds))

    def joined(self, other: "Consented") -> "Consented":
        """Return what either of two consents covers."""
        return Consented(self.kinds | other.kinds, self.separate_kinds | other.separate_kinds, self.has_guardian or other.has_guardian)

    def shared(self, other: "Consented") -> "Consented":
        """Return what both cover."""
        everything = EVERY_KIND in self.kinds and EVERY_KIND in other.kinds
        mine = other.kinds if EVERY_KIND in self.kinds else self.kinds
        theirs = self.kinds if EVERY_KIND in other.kinds else other.kinds
        kinds = frozenset({EVERY_KIND}) | self.kinds | other.kinds if everything else mine & theirs
        return Consented(kinds, self.separate_kinds & other.separate_kinds, self.has_guardian and other.has_guardian)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One row of the consent register."""

    consent_id: str
    source_id: str
    document_id: str | None
    event: ConsentEvent
    purpose_sha256: str
    kinds: frozenset[str]
    is_separate: bool
    is_guardian: bool
    is_of_everybody: bool
    """Whether it speaks for all people in its scope; one person's does not open a whole source."""
    valid_from: datetime | None
    valid_to: datetime | None
    position: int
    """Ledger position of its entry: of two rows of one consent the later counts."""


@dataclass(frozen=True, slots=True)
class LawfulAt:
    """Whether using a source was lawful at one time, as known at another."""

    is_lawful: bool
    why: str
    """``lawful``, or the reason code of what stood against it."""
    state: str | None
    grounds: tuple[LegalGround, ...]
    """The grounds that held, as known."""
    lapsed: tuple[LegalGround, ...]
    declaration_sha256: str | None
