"""Registers read back: the rows of small tables in the order in which the ledger made them count.

"Current" is what a later row says over an earlier one about the same thing; the order is the ledger's, never the clock's.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow.compute as pc

from pipeline.flows.house import ALWAYS_SEEN, House

Row = dict[str, Any]


def register_rows(house: House, name: str, **equal: object) -> list[Row]:
    """Return a register's committed rows in ledger order, only those whose columns hold the given values.

    What was read stays known until a further run is committed: the guards of one step ask for the same rows many times.
    """
    known = house.remembered(f"register {name} {sorted(equal.items())}", lambda: _read(house, name, equal))
    return [dict(row) for row in known]


def _read(house: House, name: str, equal: Mapping[str, object]) -> list[Row]:
    wanted = None
    for column, value in equal.items():
        test = pc.field(column) == value
        wanted = test if wanted is None else wanted & test
    committed = house.committed_runs()
    segments = {*ALWAYS_SEEN, *(f"run-{run_id}" for run_id in committed)}
    rows: list[Row] = house.warehouse.dataset(name, segments).to_table(filter=wanted).to_pylist()
    return sorted(rows, key=lambda row: committed[row["run_id"]].seq)


def newest(rows: Iterable[Mapping[str, Any]], key: Callable[[Mapping[str, Any]], object]) -> dict[Any, Mapping[str, Any]]:
    """Return the last row for each key, of rows in ledger order."""
    return {key(row): row for row in rows}
