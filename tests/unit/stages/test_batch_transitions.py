"""Steps of a batch: each guard alone blocks its step; an item's state follows from facts."""

from dataclasses import replace

import pytest

from pipeline.domain.batch_standing import BatchStanding, ItemStanding, ItemState
from pipeline.domain.judging import Consequence
from pipeline.domain.labeling import BatchState
from pipeline.errors import EvidenceError
from pipeline.stages.batch_transitions import blockers, enter, item_state

S = BatchState
READY = BatchStanding(
    is_rule_approved=True,
    has_plan=True,
    has_commitment=True,
    is_pulled_whole=True,
    has_root=True,
    has_draw=True,
    is_confirmed_by_person=True,
)
WAY = (S.DRAFT, S.OPEN, S.CLOSED, S.FROZEN, S.SAMPLED, S.VERIFYING, S.ADJUDICATING)


def at(state: BatchState, **changed) -> BatchStanding:
    return replace(READY, state=state, **changed)


def test_the_plain_way():
    standing = BatchStanding(is_rule_approved=True)
    for state in (S.DRAFT, S.OPEN, S.CLOSED):
        standing = enter(standing, state)
    standing = replace(standing, has_plan=True, has_commitment=True, is_pulled_whole=True)
    standing = enter(standing, S.FROZEN)
    standing = enter(replace(standing, has_root=True, has_draw=True), S.SAMPLED)
    standing = enter(enter(standing, S.VERIFYING), S.ADJUDICATING)
    assert enter(replace(standing, judged=Consequence.ACCEPTED), S.ACCEPTED).state is S.ACCEPTED


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (S.DRAFT, S.OPEN, {"is_rule_approved": False}),
        (S.DRAFT, S.OPEN, {"unqualified": 1}),
        (S.OPEN, S.CLOSED, {"unlabeled": 1}),
        (S.CLOSED, S.FROZEN, {"unlabeled": 1}),
        (S.CLOSED, S.FROZEN, {"has_plan": False}),
        (S.CLOSED, S.FROZEN, {"is_plan_loosened": True}),
        (S.CLOSED, S.FROZEN, {"has_commitment": False}),
        (S.CLOSED, S.FROZEN, {"has_auditor_function": True}),
        (S.CLOSED, S.FROZEN, {"is_pulled_whole": False}),
        (S.CLOSED, S.FROZEN, {"broken_items": 1}),
        (S.CLOSED, S.FROZEN, {"unreviewed": 1}),
        (S.CLOSED, S.FROZEN, {"open_illegal": 1}),
        (S.FROZEN, S.SAMPLED, {"has_root": False}),
        (S.FROZEN, S.SAMPLED, {"has_draw": False}),
        (S.SAMPLED, S.VERIFYING, {"missing_verifiers": 1}),
        (S.VERIFYING, S.ADJUDICATING, {"missing_verdicts": 1}),
        *(
            (state, S.ACCEPTED, fault)
            for state in (S.VERIFYING, S.ADJUDICATING)
            for fault in (
                {"judged": None},
                {"judged": Consequence.RELABEL},
                {"missing_verdicts": 1},
                {"missing_adjudications": 1},
                {"open_illegal": 1},
                {"confirmed_illegal": 1},
                {"open_tampering": 1},
                {"is_rule_approved": False},
                {"has_draw": False},
            )
        ),
        (S.VERIFYING, S.RELABEL, {"judged": Consequence.ACCEPTED}),
        (S.ADJUDICATING, S.RELABEL, {"missing_adjudications": 1}),
        (S.RELABEL, S.OPEN, {"round_number": 3}),
        (S.RELABEL, S.OPEN, {"is_confirmed_by_person": False}),
        (S.ACCEPTED, S.HELD, {"is_confirmed_by_person": False}),
        (S.HELD, S.VOID, {"is_confirmed_by_person": False}),
        (S.HELD, S.RELABEL, {"is_confirmed_by_person": False}),
        (S.HELD, S.RELABEL, {"confirmed_illegal": 1}),
        (S.HELD, S.VERIFYING, {"held_from": S.SAMPLED}),
        (S.HELD, S.VERIFYING, {"held_from": S.VERIFYING, "open_tampering": 1}),
        (S.HELD, S.VERIFYING, {"held_from": S.VERIFYING, "open_illegal": 1}),
        (S.HELD, S.VERIFYING, {"held_from": S.VERIFYING, "is_rule_approved": False}),
        (S.HELD, S.VERIFYING, {"held_from": S.ACCEPTED}),
    ],
)
def test_each_fault_alone_blocks(before, after, fault):
    fine = {"judged": Consequence.RELABEL if after is S.RELABEL else Consequence.ACCEPTED, "held_from": after}
    assert blockers(at(before, **fine), after) == ()
    assert blockers(at(before, **{**fine, **fault}), after)
    with pytest.raises(EvidenceError, match=f"from {before.value} to {after.value}"):
        enter(at(before, **{**fine, **fault}), after)


def test_steps_that_do_not_exist():
    assert blockers(at(S.VOID), S.OPEN) == ("this step does not exist",)
    assert blockers(at(S.VERIFYING), S.VOID) == ("this step does not exist",)
    assert blockers(BatchStanding(round_number=2), S.DRAFT)
    with pytest.raises(EvidenceError, match="from no state to open"):
        enter(BatchStanding(), S.OPEN)


def test_a_new_round_starts_clean():
    after = enter(at(S.RELABEL, judged=Consequence.RELABEL), S.OPEN)
    assert after.round_number == 2
    assert not any((after.has_plan, after.has_commitment, after.has_root, after.has_draw, after.is_pulled_whole, after.judged))


def test_reopening_before_the_freeze_needs_a_new_pull():
    assert blockers(enter(enter(at(S.CLOSED), S.OPEN), S.CLOSED), S.FROZEN) == ("no full pull succeeded since the batch was closed",)


@pytest.mark.parametrize("state", WAY[1:])
def test_held_goes_back_where_it_came_from(state):
    held = enter(at(state), S.HELD)
    assert held.held_from is state
    assert enter(replace(held, is_confirmed_by_person=True), state).state is state


def test_a_recalled_acceptance_is_judged_again():
    held = enter(at(S.ACCEPTED, judged=Consequence.ACCEPTED), S.HELD)
    assert S.ACCEPTED not in {state for state in S if not blockers(held, state)}
    assert enter(held, S.ADJUDICATING).state is S.ADJUDICATING


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"batch": S.OPEN}, ItemState.PENDING),
        ({"batch": S.OPEN, "is_assigned": True}, ItemState.ASSIGNED),
        ({"batch": S.OPEN, "is_assigned": True, "is_labeled": True}, ItemState.LABELED),
        ({"batch": S.OPEN, "is_skipped": True}, ItemState.SKIPPED),
        ({"batch": S.OPEN, "is_withdrawn": True}, ItemState.WITHDRAWN),
        ({"batch": S.SAMPLED, "is_frozen": True}, ItemState.FROZEN),
        ({"batch": S.SAMPLED, "is_frozen": True, "is_withdrawn": True}, ItemState.FROZEN),
        ({"batch": S.VERIFYING, "is_frozen": True, "is_wrong": False}, ItemState.VERIFIED_OK),
        ({"batch": S.VERIFYING, "is_frozen": True, "is_wrong": True}, ItemState.VERIFIED_BAD),
        ({"batch": S.ACCEPTED, "is_frozen": True}, ItemState.RELEASED),
        ({"batch": S.ACCEPTED, "is_frozen": True, "is_wrong": False}, ItemState.RELEASED),
        ({"batch": S.ACCEPTED, "is_frozen": True, "is_wrong": True}, ItemState.VERIFIED_BAD),
        ({"batch": S.HELD, "is_frozen": True}, ItemState.FROZEN),
        ({"batch": S.RELABEL, "is_frozen": True}, ItemState.RELABEL),
        ({"batch": S.RELABEL, "is_frozen": True, "is_in_next_round": False}, ItemState.PASSED_BY_SAMPLE),
        ({"batch": S.VOID, "is_frozen": True, "is_wrong": False}, ItemState.VOID),
    ],
)
def test_item_states(facts, state):
    assert item_state(ItemStanding(**facts)) is state
