"""The steps of a batch that a person takes by a word and a reason: close, reopen, hold, resume, relabel, void."""

from collections.abc import Callable, Mapping

from pipeline.domain.labeling import BatchState
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.batches import Batch, Move, entries_of, read_batch
from pipeline.flows.change_batch import change_batch
from pipeline.flows.recall import holdings_of
from pipeline.flows.house import House

Step = Callable[[House, Actor, str, str], LedgerEntry]


def _step(state: BatchState) -> Step:
    def go(house: House, actor: Actor, batch_id: str, why: str) -> LedgerEntry:
        return change_batch(house, actor, read_batch(house, batch_id), Move(state, why, is_by_person=True))

    return go


def resume(house: House, actor: Actor, batch_id: str, why: str) -> LedgerEntry:
    """Put a held batch back into the state that it was held in; an accepted one was recalled and is not resumed."""
    batch = read_batch(house, batch_id)
    held = [facts for entry, facts in entries_of(house, batch.batch_id) if entry.event == "batch.held"]
    if batch.state is not BatchState.HELD or not held:
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}, not held")
    before = BatchState(str(held[-1]["from"]))
    if before is BatchState.ACCEPTED:
        raise EvidenceError(f"batch {batch.batch_id}: was recalled after its acceptance; relabel it or make it void")
    return change_batch(house, actor, batch, Move(before, why))


STEPS: Mapping[str, Step] = {
    "close": _step(BatchState.CLOSED),
    "reopen": _step(BatchState.OPEN),
    "hold": _step(BatchState.HELD),
    "resume": resume,
    "relabel": _step(BatchState.RELABEL),
    "void": _step(BatchState.VOID),
}
"""Step by the command's name."""
