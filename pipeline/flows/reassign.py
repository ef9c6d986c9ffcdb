"""Give open work to others: items that wait for somebody who left, was suspended or whose qualification ran out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.domain.labeling import BatchState, Function, Purpose
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import EvidenceError
from pipeline.flows.annotations import placements_of, settled_of
from pipeline.flows.batches import Batch, entries_of, functions_of, read_batch
from pipeline.flows.house import House
from pipeline.flows.open_batch import Seat, Tasks, assignment, keyed, payloads_of, place, refuse_unfit
from pipeline.flows.open_verification import refuse_shared
from pipeline.flows.people import people_register
from pipeline.flows.registers import Row, newest
from pipeline.flows.runs import register
from pipeline.stages.assign_items import assign_items
from pipeline.stages.check_qualification import may_work

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio

REASSIGNED = "work.reassigned"
_WORK = {BatchState.OPEN: (Purpose.LABEL, Function.LABEL), BatchState.VERIFYING: (Purpose.VERIFY, Function.VERIFY)}


def reassign(house: House, actor: Actor, batch_id: str, people: Sequence[str], studio: "LabelStudio", why: str) -> LedgerEntry | None:
    """Give the items that wait for nobody able to do them to other people, in projects of their own; None where there are none.

    Works while a batch is open or in verification. Raises EvidenceError where a person may not do the work.
    """
    batch = read_batch(house, batch_id)
    if batch.state not in _WORK:
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}; work is given to others while a batch is open or in verification")
    purpose, function = _WORK[batch.state]
    if function is Function.VERIFY:
        refuse_shared(batch, studio)
    waiting = abandoned_items(house, batch, purpose, function)
    if not waiting:
        return None
    refuse_unfit(house, batch, people, function, waiting)
    turn = 2 + sum(entry.event == REASSIGNED for entry, _ in entries_of(house, batch.batch_id))
    payloads, at = payloads_of(house, batch), datetime.now(UTC)
    rows: dict[str, list[Row]] = {"assignments": [], "studio_projects": [], "placements": []}
    for person, mine in sorted(
        assign_items(waiting, people, keyed(house, "reassign", batch.batch_id, str(batch.round), str(turn))).items()
    ):
        if not mine:
            continue
        seat = Seat(batch.rule, f"{batch.batch_id} r{batch.round}.{turn}", purpose, person, batch.batch_id, batch.round)
        tasks: Tasks = {record: (purpose, payloads[record]) for record in mine}
        made = place(house, seat, tasks, studio)
        rows["studio_projects"] += made["studio_projects"]
        rows["placements"] += made["placements"]
        rows["assignments"] += [assignment(seat, function, record, at) for record in mine]
    facts = {"batch_id": batch.batch_id, "round": batch.round, "people": sorted(people), "items": len(waiting), "why": why}
    return register(house, actor, REASSIGNED, batch.batch_id, rows, facts)


def abandoned_items(house: House, batch: Batch, purpose: Purpose, function: Function) -> list[str]:
    """Return the items of a round without an answer, of which nobody who has them may still do the work."""
    placed = placements_of(house, batch, purpose)
    settled = settled_of(house, placed)
    known, at = people_register(house), datetime.now(UTC)
    given = [row for row in functions_of(house, batch.batch_id) if (row["round"], row["function"]) == (batch.round, function)]
    held = newest(given, lambda row: (row["record_id"], row["person"]))
    able = {
        row["record_id"]
        for row in held.values()
        if row["revoked_at"] is None and may_work(known, row["person"], batch.rule.id, batch.rule.major, function, at) is None
    }
    return sorted({row["record_id"] for row in placed} - set(settled) - able)
