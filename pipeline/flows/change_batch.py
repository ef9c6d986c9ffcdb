"""The one door through which a batch changes its state: where it stands is counted from the tables, then the guards are asked."""

from datetime import UTC, datetime

from pipeline.domain.labeling import BATCH_STEPS, BatchState
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.batches import Batch, Move, read_batch
from pipeline.flows.house import House
from pipeline.flows.runs import register
from pipeline.flows.stand_batch import stand_batch
from pipeline.stages.batch_transitions import blockers


def change_batch(house: House, actor: Actor, batch: Batch, move: Move) -> LedgerEntry:
    """Move a batch to a state with the rows that come with it, as one entry; ``relabel`` to ``open`` begins the next round.

    Raises EvidenceError, naming everything that stands against it, where the state cannot be entered now.
    """
    now = read_batch(house, batch.batch_id)
    if move.state not in BATCH_STEPS[now.state] or now.round != batch.round:
        raise EvidenceError(
            f"batch {batch.batch_id}: round {now.round} is {now.state}; after that comes "
            f"{', '.join(sorted(BATCH_STEPS[now.state])) or 'nothing'}, not {move.state} of round {batch.round}"
        )
    if faults := blockers(stand_batch(house, now, move), move.state):
        raise EvidenceError(f"batch {batch.batch_id} cannot go from {now.state} to {move.state}: {'; '.join(faults)}")
    entered = now.round + 1 if now.state is BatchState.RELABEL else now.round
    named = {"batch_id": batch.batch_id, "round": entered, "state": move.state.value, "why": move.why}
    more = {name: list(values) for name, values in move.rows.items()}
    more["batch_states"] = [{**named, "recorded_at": datetime.now(UTC)}]
    return register(house, actor, f"batch.{move.state.value}", batch.batch_id, more, {**named, "from": now.state.value, **move.facts})
