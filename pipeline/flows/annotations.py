"""What was put before people and what came back, read from the tables: placements, revisions, what settles, open alarms."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.labeling import Purpose
from pipeline.flows.batches import Batch
from pipeline.flows.house import House
from pipeline.flows.registers import Row, register_rows
from pipeline.stages.settle_annotations import Settled, settle_annotations

RESOLVED = "alarm.resolved"


def placements_of(house: House, batch: Batch, purpose: Purpose = Purpose.LABEL) -> list[Row]:
    """Return the tasks of a batch's round that were made for a purpose."""
    return register_rows(house, "placements", batch_id=batch.batch_id, round=batch.round, purpose=purpose.value)


def labeled_in(house: House, batch: Batch) -> list[Row]:
    """Return, for each item, the labeling tasks of the last round in which it was given out: a round may take only some items."""
    rows = register_rows(house, "placements", batch_id=batch.batch_id, purpose=Purpose.LABEL.value)
    last: dict[str, int] = {}
    for row in rows:
        last[row["record_id"]] = max(row["round"], last.get(row["record_id"], 0))
    return [row for row in rows if row["round"] == last[row["record_id"]]]


def revisions_of(house: House, tokens: Iterable[str]) -> list[Row]:
    """Return every revision that pulls saw for some placements."""
    wanted = pa.array(sorted(tokens), pa.string())
    dataset = house.warehouse.dataset("annotation_revisions", house.segments())
    rows: list[Row] = dataset.to_table(filter=pc.field("token").isin(wanted)).to_pylist()
    return rows


def settled_of(house: House, placed: list[Row]) -> dict[str, Settled]:
    """Return what counts for each item of some placements."""
    return settle_annotations(placed, revisions_of(house, [row["token"] for row in placed])) if placed else {}


def open_alarms(house: House, batch_id: str | None = None) -> list[Row]:
    """Return the alarms that nobody has resolved, of one batch or of all."""
    resolved = resolved_alarms(house)
    rows = register_rows(house, "labeling_alarms", **({"batch_id": batch_id} if batch_id else {}))
    return [row for row in rows if row["alarm_id"] not in resolved]


def resolved_alarms(house: House) -> set[str]:
    """Return the ids of the alarms that a person has looked into."""
    return {str(facts["alarm_id"]) for entry, facts in house.facts() if entry.event == RESOLVED}
