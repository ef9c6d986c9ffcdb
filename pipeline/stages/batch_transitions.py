"""The steps of a batch with their guards: no state can be entered around a check, and an item's state follows from facts.

``domain.labeling.BATCH_STEPS`` says what may follow what; here stands what must be true. A flow counts the standing, asks
``blockers`` and appends the state only when there are none.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from pipeline.domain.batch_standing import BatchStanding, ItemStanding, ItemState
from pipeline.domain.judging import Consequence
from pipeline.domain.labeling import BATCH_STEPS, BatchState
from pipeline.errors import EvidenceError


def enter(standing: BatchStanding, state: BatchState) -> BatchStanding:
    """Return the standing in its new state; raise EvidenceError with every blocker where there is one.

    A new round starts without plan, commitment, root, draw and judgement: nothing of the old round carries over.
    """
    if faults := blockers(standing, state):
        before = "no state" if standing.state is None else standing.state.value
        raise EvidenceError(f"expected a batch ready to go from {before} to {state.value}, found: {'; '.join(faults)}")
    after = replace(standing, state=state, is_confirmed_by_person=False)
    if state is BatchState.HELD:
        return replace(after, held_from=standing.state)
    if state is BatchState.OPEN and standing.state is BatchState.RELABEL:
        return _next_round(after)
    if state is BatchState.OPEN:
        # Labels may change again: what was sealed or pulled before no longer describes them.
        return replace(after, held_from=None, is_pulled_whole=False, has_root=False, has_draw=False, judged=None)
    return replace(after, held_from=None)


def blockers(standing: BatchStanding, state: BatchState) -> tuple[str, ...]:
    """Return everything that forbids the step, empty when it may be taken."""
    if state not in BATCH_STEPS[standing.state]:
        return ("this step does not exist",)
    return (*_way_out(standing, state), *_GUARDS[state](standing))


def item_state(item: ItemStanding) -> ItemState:
    """Return the state of an item, which follows from its facts and its batch; it is derived, never set."""
    if item.batch is BatchState.VOID:
        return ItemState.VOID
    if item.is_withdrawn and not item.is_frozen:
        return ItemState.WITHDRAWN
    if item.is_frozen:
        return _frozen_state(item)
    if item.is_labeled:
        return ItemState.LABELED
    if item.is_skipped:
        return ItemState.SKIPPED
    return ItemState.ASSIGNED if item.is_assigned else ItemState.PENDING


def _frozen_state(item: ItemStanding) -> ItemState:
    if item.batch is BatchState.RELABEL and item.is_in_next_round:
        return ItemState.RELABEL
    if item.is_wrong is not None:
        if item.batch is BatchState.ACCEPTED and not item.is_wrong:
            return ItemState.RELEASED
        return ItemState.VERIFIED_BAD if item.is_wrong else ItemState.VERIFIED_OK
    if item.batch is BatchState.ACCEPTED:
        return ItemState.RELEASED
    return ItemState.PASSED_BY_SAMPLE if item.batch is BatchState.RELABEL else ItemState.FROZEN


def _way_out(standing: BatchStanding, state: BatchState) -> tuple[str, ...]:
    """Return what forbids leaving ``held`` for ``state``: it goes back where it came from, once its cause is settled, or down."""
    if standing.state is not BatchState.HELD or state is BatchState.VOID:
        return ()
    faults = list(_illegal(standing))
    if state is BatchState.RELABEL:
        return tuple(faults)
    # An acceptance that was recalled is judged again; it is never simply restored.
    back = BatchState.ADJUDICATING if standing.held_from is BatchState.ACCEPTED else standing.held_from
    if state is not back:
        faults.append(f"a held batch goes back to {'no state' if back is None else back.value}, to relabel or to void")
    if not standing.is_rule_approved:
        faults.append("its rule is not approved or was recalled")
    if standing.open_tampering:
        faults.append(f"{standing.open_tampering} alarms of tampering wait for the auditor")
    return tuple(faults)


def _illegal(standing: BatchStanding) -> tuple[str, ...]:
    found = []
    if standing.open_illegal:
        found.append(f"{standing.open_illegal} reports of unlawful items wait for an adjudicator")
    if standing.confirmed_illegal and standing.does_illegal_void:
        found.append(f"{standing.confirmed_illegal} items were confirmed unlawful: the batch can only become void")
    return tuple(found)


def _to_draft(standing: BatchStanding) -> tuple[str, ...]:
    return () if standing.round_number == 1 else ("a batch starts with round 1",)


def _to_open(standing: BatchStanding) -> tuple[str, ...]:
    faults = []
    if not standing.is_rule_approved:
        faults.append("its rule version is not approved")
    if standing.unqualified:
        faults.append(f"{standing.unqualified} people are not qualified or hold two functions")
    if standing.state is BatchState.RELABEL:
        if standing.round_number >= standing.max_rounds:
            faults.append(f"{standing.max_rounds} rounds are spent")
        if not standing.is_confirmed_by_person:
            faults.append("a new round needs a person's reason")
    return tuple(faults)


def _to_closed(standing: BatchStanding) -> tuple[str, ...]:
    return (f"{standing.unlabeled} items are neither labeled nor skipped",) if standing.unlabeled else ()


def _to_frozen(standing: BatchStanding) -> tuple[str, ...]:
    return (*_to_closed(standing), *_sealable(standing), *_illegal(standing))


def _sealable(standing: BatchStanding) -> tuple[str, ...]:
    faults = {
        "no plan is stored": not standing.has_plan,
        "the plan is weaker than the last round's": standing.is_plan_loosened,
        "no secret is committed": not standing.has_commitment,
        "who holds the secret works on the batch": standing.has_auditor_function,
        "no full pull succeeded since the batch was closed": not standing.is_pulled_whole,
        f"{standing.broken_items} items are missing or were edited on the server": bool(standing.broken_items),
        f"{standing.unreviewed} safety items were not passed by a second person": bool(standing.unreviewed),
    }
    return tuple(fault for fault, holds in faults.items() if holds)


def _to_sampled(standing: BatchStanding) -> tuple[str, ...]:
    faults = {"the frame's root is not in the ledger": not standing.has_root, "no sample is drawn": not standing.has_draw}
    return (*_sealable(standing), *(fault for fault, holds in faults.items() if holds))


def _to_verifying(standing: BatchStanding) -> tuple[str, ...]:
    missing = (f"{standing.missing_verifiers} drawn items have no independent verifier",) if standing.missing_verifiers else ()
    return (*_to_sampled(standing), *missing)


def _to_adjudicating(standing: BatchStanding) -> tuple[str, ...]:
    missing = (f"{standing.missing_verdicts} drawn items have no verdict",) if standing.missing_verdicts else ()
    return (*_to_verifying(standing), *missing)


def _to_accepted(standing: BatchStanding) -> tuple[str, ...]:
    faults = [*_to_adjudicating(standing), *_illegal(standing)]
    if standing.missing_adjudications:
        faults.append(f"{standing.missing_adjudications} mismatches are not adjudicated")
    if standing.open_tampering:
        faults.append(f"{standing.open_tampering} alarms of tampering wait for the auditor")
    if not standing.is_rule_approved:
        faults.append("its rule is not approved or was recalled")
    if standing.judged is not Consequence.ACCEPTED:
        faults.append("the judgement on these facts is not accepted")
    return tuple(faults)


def _to_relabel(standing: BatchStanding) -> tuple[str, ...]:
    if standing.state is BatchState.HELD:
        return () if standing.is_confirmed_by_person else ("a person decides what becomes of a held batch",)
    judged = () if standing.judged is Consequence.RELABEL else ("the judgement on these facts is not relabel",)
    missing = (f"{standing.missing_adjudications} mismatches are not adjudicated",) if standing.missing_adjudications else ()
    return (*_to_adjudicating(standing), *missing, *judged)


def _to_void(standing: BatchStanding) -> tuple[str, ...]:
    return () if standing.is_confirmed_by_person else ("a person confirms a void",)


def _to_held(standing: BatchStanding) -> tuple[str, ...]:
    if standing.state is BatchState.ACCEPTED and not standing.is_confirmed_by_person:
        return ("a person recalls an accepted batch",)
    return ()


def _next_round(standing: BatchStanding) -> BatchStanding:
    return replace(
        standing,
        round_number=standing.round_number + 1,
        held_from=None,
        has_plan=False,
        is_plan_loosened=False,
        has_commitment=False,
        has_auditor_function=False,
        is_pulled_whole=False,
        has_root=False,
        has_draw=False,
        judged=None,
    )


_GUARDS: Mapping[BatchState, Callable[[BatchStanding], tuple[str, ...]]] = {
    BatchState.DRAFT: _to_draft,
    BatchState.OPEN: _to_open,
    BatchState.CLOSED: _to_closed,
    BatchState.FROZEN: _to_frozen,
    BatchState.SAMPLED: _to_sampled,
    BatchState.VERIFYING: _to_verifying,
    BatchState.ADJUDICATING: _to_adjudicating,
    BatchState.ACCEPTED: _to_accepted,
    BatchState.RELABEL: _to_relabel,
    BatchState.VOID: _to_void,
    BatchState.HELD: _to_held,
}
