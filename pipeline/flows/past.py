"""The record as it stood at an earlier position of the ledger: what was committed later is not seen.

A measurement of a snapshot is seen whenever it was made: it says nothing but what the snapshot's own files hold.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time

import duckdb

from pipeline.adapters import lineage
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House

MEASURED = "snapshot.measured"


def position_on(house: House, day: str | None) -> int:
    """Return the last ledger position on a day (its end, UTC) or at a moment, ISO 8601; without one, the head.

    A bare number is a position itself. Raises ConfigurationError where it cannot be read or lies before the first entry.
    """
    entries = house.entries()
    if day is None:
        return entries[-1].seq
    if day.isdigit() and len(day) < len("20260301") and int(day) < len(entries):
        return int(day)
    try:
        moment = datetime.fromisoformat(day)
    except ValueError:
        raise ConfigurationError(f"--as-of {day}: expected a day or a moment, such as 2026-03-01 or 2026-03-01T12:00:00+08:00") from None
    if len(day) == len("2026-03-01"):
        moment = datetime.combine(moment.date(), time.max)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    known = [entry.seq for entry in entries if entry.at <= moment]
    if not known:
        raise ConfigurationError(f"--as-of {day}: expected a time after the first ledger entry, {entries[0].at.isoformat()}")
    return known[-1]


@contextmanager
def connected_at(house: House, seq: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection over what was committed up to a ledger position, that position included."""
    # Not the connection that flows share: that one may lack the newest entries, those that commit nothing.
    seen = {run_id: entry for run_id, entry in house.committed_runs().items() if entry.seq <= seq or entry.event == MEASURED}
    past = lineage.Past(seq, frozenset(seen), frozenset(entry.seq for entry in seen.values() if entry.seq > seq))
    is_head = seq >= house.entries()[-1].seq
    made = house.remembered(f"as at {seq}", lambda: lineage.connect(house.warehouse, house.segments(), None if is_head else past))
    with made.cursor() as rows:
        yield rows
