"""The steps of a batch that a person takes by a word and a reason: close, reopen, hold, resume, relabel, void."""

from collections.abc import Callable, Mapping

from pipeline.domain.labeling import BatchState
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.batches import Move, read_batch
from pipeline.flows.change_batch import change_batch
from pipeline.flows.house import House
from pipeline.flows.recall import holdings_of
from pipeline.flows.stand_batch import held_from
from pipeline.flows.verdicts import take_verdicts

Step = Callable[[House, Actor, str, str], LedgerEntry]


def _step(state: BatchState) -> Step:
    def go(house: House, actor: Actor, batch_id: str, why: str) -> LedgerEntry:
        batch = read_batch(house, batch_id)
        if batch.state is BatchState.HELD:
            take_verdicts(house, actor, batch)
        return change_batch(house, actor, batch, Move(state, why, is_by_person=True))

    return go


def hold(house: House, actor: Actor, batch_id: str, why: str) -> LedgerEntry:
    """Hold a batch where it is; an accepted one is recalled, and the entry lists every snapshot and export of its labels."""
    batch = read_batch(house, batch_id)
    facts = holdings_of(house, batch) if batch.state is BatchState.ACCEPTED else {}
    return change_batch(house, actor, batch, Move(BatchState.HELD, why, {}, {**facts}, is_by_person=True))


def resume(house: House, actor: Actor, batch_id: str, why: str) -> LedgerEntry:
    """Put a held batch back into the state that it was held in; a recalled one goes back to be judged again."""
    batch = read_batch(house, batch_id)
    before = held_from(house, batch)
    if before is None:
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}, not held")
    take_verdicts(house, actor, batch)
    state = BatchState.ADJUDICATING if before is BatchState.ACCEPTED else before
    return change_batch(house, actor, batch, Move(state, why, is_by_person=True))


STEPS: Mapping[str, Step] = {
    "close": _step(BatchState.CLOSED),
    "reopen": _step(BatchState.OPEN),
    "hold": hold,
    "resume": resume,
    "relabel": _step(BatchState.RELABEL),
    "void": _step(BatchState.VOID),
}
"""Step by the command's name."""
