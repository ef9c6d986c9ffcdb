"""No state is reached around a check: random commands, honest and not, against a model that remembers what really happened."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.domain.batch_standing import BatchStanding
from pipeline.domain.judging import Consequence
from pipeline.domain.labeling import BATCH_STEPS, BatchState
from pipeline.errors import EvidenceError
from pipeline.stages.batch_transitions import blockers, enter

S = BatchState
FLAGS = ("is_rule_approved", "has_plan", "has_commitment", "is_pulled_whole", "has_root", "has_draw", "is_confirmed_by_person")
FAULTS = ("is_plan_loosened", "has_auditor_function")
COUNTS = (
    "unqualified",
    "unlabeled",
    "unreviewed",
    "broken_items",
    "missing_verifiers",
    "missing_verdicts",
    "missing_adjudications",
    "open_illegal",
    "confirmed_illegal",
    "open_tampering",
)


class Batch(RuleBasedStateMachine):
    """A batch in the hands of people who try every step at every moment."""

    def __init__(self):
        super().__init__()
        self.standing = BatchStanding()
        self.trail: list[tuple[BatchState | None, BatchStanding]] = [(None, self.standing)]

    @rule(name=st.sampled_from(FLAGS), value=st.booleans())
    def flag(self, name, value):
        self.standing = replace(self.standing, **{name: value})

    @rule(name=st.sampled_from(FAULTS), value=st.booleans())
    def fault(self, name, value):
        self.standing = replace(self.standing, **{name: value})

    @rule(name=st.sampled_from(COUNTS), value=st.integers(0, 1))
    def count(self, name, value):
        # A confirmed unlawful item is never forgotten.
        if name != "confirmed_illegal" or value:
            self.standing = replace(self.standing, judged=None, **{name: value})

    @rule(judged=st.sampled_from([None, *Consequence]))
    def judge(self, judged):
        self.standing = replace(self.standing, judged=judged)

    @rule()
    def everything_in_order(self):
        fine = {**dict.fromkeys(FLAGS, True), **dict.fromkeys(FAULTS, False), **dict.fromkeys(COUNTS, 0)}
        fine["confirmed_illegal"] = self.standing.confirmed_illegal
        self.standing = replace(self.standing, judged=Consequence.ACCEPTED, **fine)

    @rule(state=st.sampled_from(list(S)))
    def attempt(self, state):
        before = self.standing
        faults = blockers(before, state)
        try:
            self.standing = enter(before, state)
        except EvidenceError:
            assert faults
            return
        assert not faults
        self.trail.append((state, before))

    @rule()
    def press_on(self):
        for state in (S.OPEN, S.CLOSED, S.FROZEN, S.SAMPLED, S.VERIFYING, S.ADJUDICATING, S.ACCEPTED):
            if not blockers(self.standing, state):
                self.attempt(state)
                return

    @invariant()
    def only_known_steps(self):
        for (before, _), (after, _) in zip(self.trail, self.trail[1:], strict=False):
            assert after in BATCH_STEPS[before]

    @invariant()
    def acceptance_rests_on_everything(self):
        for state, at in self.trail:
            if state is S.ACCEPTED:
                assert at.judged is Consequence.ACCEPTED
                assert at.is_rule_approved
                assert all((at.has_plan, at.has_commitment, at.is_pulled_whole, at.has_root, at.has_draw))
                assert not any((at.is_plan_loosened, at.has_auditor_function, at.unreviewed, at.broken_items, at.missing_verifiers))
                assert not any((at.missing_verdicts, at.missing_adjudications, at.open_illegal, at.confirmed_illegal, at.open_tampering))

    @invariant()
    def nothing_is_skipped(self):
        """Between two openings and an acceptance lie freeze, draw and verification, in this order."""
        states = [state for state, _ in self.trail]
        for place, state in enumerate(states):
            if state is S.ACCEPTED:
                since = states[: place + 1]
                opened = max(i for i, s in enumerate(since) if s is S.OPEN)
                path = [s for s in since[opened:] if s is not S.HELD]
                assert [s for s in (S.CLOSED, S.FROZEN, S.SAMPLED, S.VERIFYING) if s in path] == [
                    S.CLOSED,
                    S.FROZEN,
                    S.SAMPLED,
                    S.VERIFYING,
                ]

    @invariant()
    def void_is_final_and_was_confirmed(self):
        for place, (state, at) in enumerate(self.trail):
            if state is S.VOID:
                assert at.state is S.HELD
                assert at.is_confirmed_by_person
                assert place == len(self.trail) - 1

    @invariant()
    def rounds_are_counted(self):
        reopened = sum(state is S.OPEN and at.state is S.RELABEL for state, at in self.trail)
        assert self.standing.round_number == 1 + reopened <= self.standing.max_rounds


Batch.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestBatch = Batch.TestCase
