"""Where a batch and its items stand, as counted from the tables: what the guards of each step look at.

Nothing here is stored. A flow counts it from facts at the moment of a step, so that a state rests on facts and never on
an earlier reading of them.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.judging import Consequence
from pipeline.domain.labeling import BatchState


@dataclass(frozen=True, slots=True)
class BatchStanding:
    """Everything a step of a batch is guarded by, for its current round. Counts are of faults or of work left, so zero is good."""

    state: BatchState | None = None
    round_number: int = 1
    max_rounds: int = 3
    held_from: BatchState | None = None
    """The state before ``held``."""
    is_rule_approved: bool = False
    """The exact rule version of the batch is approved and not recalled."""
    unqualified: int = 0
    """People assigned without a running qualification, or with two functions."""
    unlabeled: int = 0
    """Items neither labeled nor skipped with a reason."""
    unreviewed: int = 0
    """Items of a safety batch that no second person has passed."""
    has_plan: bool = False
    is_plan_loosened: bool = False
    """The plan is weaker than the last round's."""
    has_commitment: bool = False
    has_auditor_function: bool = False
    """Who committed the secret holds a function on the batch."""
    is_pulled_whole: bool = False
    """A full pull succeeded after the batch was closed."""
    broken_items: int = 0
    """Items missing or edited on the server and not repaired."""
    has_root: bool = False
    has_draw: bool = False
    missing_verifiers: int = 0
    """Drawn items without a verifier who is qualified and labeled none of it."""
    missing_verdicts: int = 0
    """Drawn items without a verdict, up to the look that decides."""
    missing_adjudications: int = 0
    open_illegal: int = 0
    confirmed_illegal: int = 0
    does_illegal_void: bool = True
    open_tampering: int = 0
    """Unsettled alarms of tampering on drawn items."""
    judged: Consequence | None = None
    """The judgement of this round on the facts as they are now; None when any fact came later."""
    is_confirmed_by_person: bool = False
    """A named person has confirmed the step with a reason: a void, a recall, a new round."""


class ItemState(StrEnum):
    """Where one item of a batch stands in its round."""

    PENDING = "pending"
    ASSIGNED = "assigned"
    LABELED = "labeled"
    SKIPPED = "skipped"
    FROZEN = "frozen"
    PASSED_BY_SAMPLE = "passed_by_sample"
    VERIFIED_OK = "verified_ok"
    VERIFIED_BAD = "verified_bad"
    RELEASED = "released"
    RELABEL = "relabel"
    VOID = "void"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """The facts of one item in its round, from which its state follows."""

    batch: BatchState
    is_assigned: bool = False
    is_labeled: bool = False
    is_skipped: bool = False
    is_frozen: bool = False
    is_wrong: bool | None = None
    """What verification came to; None for an item that was not drawn or is not decided yet."""
    is_withdrawn: bool = False
    is_in_next_round: bool = True
    """Whether a relabel takes this item along."""
