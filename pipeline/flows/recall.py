"""Where a batch's labels went: the snapshots of kind ``labels`` and the exports made of them, for the day it is recalled."""

from pipeline.flows.batches import Batch
from pipeline.flows.house import House
from pipeline.flows.publish import snapshots_folder
from pipeline.flows.registers import register_rows
from pipeline.flows.snapshots import manifest

HANDED_ON = ("export.made", "dossier.made")


def holdings_of(house: House, batch: Batch) -> dict[str, list[str]]:
    """Return the digests of the snapshots that contain labels of a batch, in any round, and its exports as kind and place."""
    snapshots = []
    for snapshot_id in sorted({row["snapshot_id"] for row in register_rows(house, "snapshots")}):
        folder = snapshots_folder(house) / snapshot_id
        stated = manifest(folder).get("batches") if folder.is_dir() else None
        names = {str(each).partition("/")[0] for each in stated} if isinstance(stated, list) else set()
        if batch.batch_id in names:
            snapshots.append(snapshot_id)
    made = [
        f"{facts.get('format', entry.event)} {str(facts['snapshot_id'])[:12]} (ledger {entry.seq})"
        for entry, facts in house.facts()
        if entry.event in HANDED_ON and facts.get("snapshot_id") in snapshots
    ]
    return {"snapshots": snapshots, "exports": made}
