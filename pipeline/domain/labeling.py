"""The nouns of labeling: rules, people, batches, annotations and what may be said of each (Measures Art. 8).

Label Studio is a screen; rules, people, roles, freezing and evidence live in our store. Every set here is closed and
the same sets are checked before a write. States follow each other only as ``BATCH_STEPS`` says.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar

from pipeline.domain.digests import json_digest


class RuleKind(StrEnum):
    """Functional labels teach a skill; safety labels teach refusal and are kept apart (TC260-003, as reported)."""

    FUNCTIONAL = "functional"
    SAFETY = "safety"


class RuleStage(StrEnum):
    """Which work a rule describes: labeling, or the review of labels."""

    LABEL = "label"
    REVIEW = "review"


class RuleState(StrEnum):
    """An approved rule is immutable; any change is a new version."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class Function(StrEnum):
    """What a person does on a batch; one person never holds two on the same batch (default) or item (floor)."""

    LABEL = "label"
    REVIEW = "review"
    VERIFY = "verify"
    ADJUDICATE = "adjudicate"


class Purpose(StrEnum):
    """Why a task was put before a person; gold and exam tasks look like any other."""

    LABEL = "label"
    GOLD = "gold"
    REVIEW = "review"
    VERIFY = "verify"
    VERIFY_GOLD = "verify_gold"
    ADJUDICATE = "adjudicate"
    EXAM = "exam"
    PILOT = "pilot"


class Employment(StrEnum):
    """Whose people annotators are; a vendor needs its contract as evidence."""

    INTERNAL = "internal"
    VENDOR = "vendor"


class Topic(StrEnum):
    """The four training topics that Art. 8 and TC260-003 name, as reported."""

    TASK_RULES = "task_rules"
    TOOL = "tool"
    QUALITY = "quality"
    DATA_SECURITY = "data_security"


class QualificationState(StrEnum):
    """Whether a person may work under a rule; expiry follows from ``valid_to``."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class BatchState(StrEnum):
    """States of a batch, which is the lot of ISO 2859-1."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    FROZEN = "frozen"
    SAMPLED = "sampled"
    VERIFYING = "verifying"
    ADJUDICATING = "adjudicating"
    ACCEPTED = "accepted"
    RELABEL = "relabel"
    VOID = "void"
    HELD = "held"


_WORKING = (BatchState.OPEN, BatchState.CLOSED, BatchState.FROZEN, BatchState.SAMPLED, BatchState.VERIFYING, BatchState.ADJUDICATING)

BATCH_STEPS: Mapping[BatchState | None, frozenset[BatchState]] = {
    None: frozenset({BatchState.DRAFT}),
    BatchState.DRAFT: frozenset({BatchState.OPEN}),
    BatchState.OPEN: frozenset({BatchState.CLOSED, BatchState.HELD}),
    BatchState.CLOSED: frozenset({BatchState.FROZEN, BatchState.OPEN, BatchState.HELD}),
    BatchState.FROZEN: frozenset({BatchState.SAMPLED, BatchState.HELD}),
    BatchState.SAMPLED: frozenset({BatchState.VERIFYING, BatchState.HELD}),
    BatchState.VERIFYING: frozenset({BatchState.ADJUDICATING, BatchState.ACCEPTED, BatchState.RELABEL, BatchState.HELD}),
    BatchState.ADJUDICATING: frozenset({BatchState.ACCEPTED, BatchState.RELABEL, BatchState.HELD}),
    BatchState.HELD: frozenset({*_WORKING, BatchState.RELABEL, BatchState.VOID}),
    BatchState.RELABEL: frozenset({BatchState.OPEN}),
    BatchState.ACCEPTED: frozenset({BatchState.HELD}),
    BatchState.VOID: frozenset(),
}
"""What may follow what. ``relabel`` opens the next round; ``accepted`` is left only by a recall, which holds the batch;
``void`` is final and reached only through ``held``, where a person confirms it."""


class RevisionStatus(StrEnum):
    """What was seen of an annotation at a pull; every revision is kept."""

    SUBMITTED = "submitted"
    SKIPPED = "skipped"
    DELETED = "deleted"


class Alarm(StrEnum):
    """What a pull noticed that an honest annotator in a browser does not cause."""

    FOREIGN_AUTHOR = "foreign_author"
    SPOOFED_AUTHOR = "spoofed_author"
    UNATTRIBUTED = "unattributed"
    UNQUALIFIED = "unqualified"
    INVALID_RESULT = "invalid_result"
    CONFIG_DRIFT = "config_drift"
    TASK_EDITED = "task_edited"
    TASK_MISSING = "task_missing"
    TASK_UNKNOWN = "task_unknown"
    EDITED_AFTER_FREEZE = "edited_after_freeze"
    DELETED_AFTER_FREEZE = "deleted_after_freeze"
    TOO_FAST = "too_fast"
    PROJECT_MISSING = "project_missing"


class ResultFault(StrEnum):
    """Why a pulled result does not follow its rule."""

    NULL_RESULT = "null_result"
    EMPTY_RESULT = "empty_result"
    UNKNOWN_CONTROL = "unknown_control"
    UNKNOWN_LABEL = "unknown_label"
    MISSING_REQUIRED = "missing_required"
    TWO_CHOICES = "two_choices"
    SPAN_OUTSIDE = "span_outside"
    SPAN_TEXT_DIFFERS = "span_text_differs"
    WRONG_TYPE = "wrong_type"


class Outcome(StrEnum):
    """What a blind verifier's label says of the frozen one."""

    MATCH = "match"
    MISMATCH = "mismatch"
    ILLEGAL = "illegal"
    UNVERIFIABLE = "unverifiable"


class Adjudication(StrEnum):
    """What a third person says of a mismatch, seeing both labels without names and in shuffled order."""

    LABEL_WRONG = "label_wrong"
    VERIFIER_WRONG = "verifier_wrong"
    RULE_AMBIGUOUS = "rule_ambiguous"
    ILLEGAL = "illegal"
    UNVERIFIABLE = "unverifiable"


class Subject(StrEnum):
    """What a sample may be drawn of: one machinery for labels and for corpora."""

    BATCH = "batch"
    SOURCE = "source"
    RESIDUAL_PI = "residual_pi"


class UsedFor(StrEnum):
    """Why an item was drawn; only acceptance items enter the lot's bound."""

    ACCEPTANCE = "acceptance"
    DIAGNOSTIC = "diagnostic"
    DISCOVERY = "discovery"


class Unfit(StrEnum):
    """Why a person may not do a piece of work at a given moment."""

    UNKNOWN_PERSON = "unknown_person"
    NOT_STARTED = "not_started"
    LEFT = "left"
    UNQUALIFIED = "unqualified"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class ControlType(StrEnum):
    """Controls a rule may put on the screen."""

    CHOICES = "choices"
    LABELS = "labels"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example of a label; ``why`` is shown to annotators."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Option:
    """One label: what it means, with examples for, against and at the edge."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    value: str
    title: str
    definition: str
    positive: tuple[Example, ...] = ()
    negative: tuple[Example, ...] = ()
    edge: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One question put to the annotator; ``labels`` marks spans of the text, ``choices`` answers for the whole item."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    name: str
    type: ControlType
    title: str
    options: tuple[Option, ...] = ()
    is_single: bool = True
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Pilot:
    """How a draft rule proves operable: people who label the same items blind, and the agreement they must reach."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    people: int
    items: int
    measure: str
    """``krippendorff_alpha`` or ``gwet_ac1`` over the first single-choice control, ``span_f1`` over spans."""
    floor: str
    """Decimal text, such as "0.70": canonical JSON has no floats."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The claim that a batch labeled under this rule must prove."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    claim: str
    confidence: str
    max_errors: int


@dataclass(frozen=True, slots=True)
class Unsure:
    """What an annotator does who cannot decide."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    control: str
    value: str
    do: str


@dataclass(frozen=True, slots=True)
class LabelingRule:
    """A labeling rule as approved: clear, specific and operable (Art. 8), with its digest over the whole file's values."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    id: str
    version: str
    """``major.minor``; a qualification holds for one major version."""
    kind: RuleKind
    stage: RuleStage
    language: str
    title: str
    purpose: str
    data_format: str
    text_field: str
    method: str
    quality_indicators: tuple[str, ...]
    controls: tuple[Control, ...]
    unsure: Unsure
    illegal: Unsure
    """The label by which any annotator reports an item that must not be in the data at all."""
    acceptance: Acceptance
    pilot: Pilot
    clauses: tuple[str, ...]

    @property
    def major(self) -> int:
        """Return the major version."""
        return int(self.version.partition(".")[0])

    @property
    def name(self) -> str:
        """Return id and version as one word, such as ``text-quality-zh@1.0``."""
        return f"{self.id}@{self.version}"

    @property
    def body(self) -> dict[str, Any]:
        """Return the rule as plain values, every field among them, as it is digested and kept."""
        return asdict(self)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the canonical JSON of the rule's values: comments and the order of keys do not count."""
        return json_digest(self.body)

    def control(self, name: str) -> Control | None:
        """Return a control by its name; none when the rule has no such control."""
        return next((control for control in self.controls if control.name == name), None)


class RuleFault(StrEnum):
    """What keeps a rule from being clear, specific or operable."""

    UNREADABLE = "unreadable"
    UNQUOTED_WORD = "unquoted_word"
    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    VAGUE_WORD = "vague_word"
    NO_QUESTION = "no_question"
    TOO_FEW_OPTIONS = "too_few_options"
    NO_DEFINITION = "no_definition"
    NO_POSITIVE_EXAMPLE = "no_positive_example"
    NO_COUNTER_EXAMPLE = "no_counter_example"
    EXAMPLE_WITHOUT_WHY = "example_without_why"
    EXAMPLE_TWICE = "example_twice"
    SAME_DEFINITION = "same_definition"
    UNSURE_NOWHERE = "unsure_nowhere"
    ILLEGAL_NOWHERE = "illegal_nowhere"
    CLAIM_IMPOSSIBLE = "claim_impossible"
    NO_PILOT = "no_pilot"
    LONG_TITLE = "long_title"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a rule: where it is (control or control/label) and what to do about it."""

    code: RuleFault
    where: str
    do: str


@dataclass(frozen=True, slots=True)
class Revisit:
    """Labels given under an older version that a newer one puts in question; value ``*`` means every answer of the control."""

    control: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class PilotAnswer:
    """What one person said of one item of a pilot, as a result in its canonical form."""

    item: str
    person: str
    result: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class GoldItem:
    """An item whose right answer is known: the task data as shown, and the result that is right."""

    gold_id: str
    payload: Mapping[str, Any]
    answer: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LabelingPolicy:
    """What the house asks of labeling beyond each rule (``policies/labeling.yaml``); the numbers are proposals, not law."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    version: str
    separation: str
    """``batch``: one person holds one function on a batch; ``item``: on an item (the floor)."""
    items_per_import: int
    gold_percent: int
    gold_minimum: int
    gold_window_days: int
    """How far back gold answers count for a person's error rate."""
    gold_span_floor: str
    """Exact span F1 from which an answer with marked spans counts as right, as decimal text."""
    exam_items: int
    exam_max_errors: int
    exam_attempts: int
    """How often one person may sit the exam of one major version and function."""
    qualification_days: int
    suspend_at: str
    """Probability that a person's error rate exceeds ``error_limit`` from which work stops, as decimal text."""
    warn_at: str
    error_limit: str
    ambiguity_limit: str
    """Share of verified items judged ``rule_ambiguous`` from which the rule goes back."""
    verifier_gold_percent: int
    diagnostic_items: int
    fastest_seconds: str
    skip_limit: str
    max_rounds: int
    relabel_scope: str
    """``all`` or ``failing``: whose items go into the next round."""
    least_sensitivity: str
    """The round is held when a verifier finds a smaller share of the wrong labels planted, as decimal text."""
    least_gold: int
    """Planted items below which a verifier is not judged, and how many each verifier gets at least."""
    tampered_to_suspend: int
    """Unsettled alarms of tampering by one person from which that person is suspended."""
    does_illegal_void: bool
    """Whether one confirmed unlawful item voids a functional batch."""
