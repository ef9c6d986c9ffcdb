"""One open project: its warehouse, its keys, its ledger. Every flow is handed one.

The ledger is read once and then only forward; which runs are committed follows from it and from nothing else.
"""

import getpass
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow.compute as pc

from pipeline.adapters import lineage
from pipeline.adapters.delta import BUCKETS, MERGED, Warehouse
from pipeline.adapters.keys import Key, read_keys
from pipeline.domain.ledger import GENESIS, Actor, LedgerEntry, next_entry
from pipeline.errors import LawError, ServiceError
from pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

Value = TypeVar("Value")

_LEDGER = "ledger"
_APPEND_TRIES = 100
_COMPACT_EVERY = 64
ALWAYS_SEEN = frozenset({*BUCKETS, MERGED, _LEDGER})


@dataclass(slots=True)
class House:
    """An open project folder."""

    settings: Settings
    warehouse: Warehouse
    until: int | None = None
    """The last ledger entry that is seen; none for all there are. A house of the past cannot be written to."""
    _entries: list[LedgerEntry] = field(default_factory=list, repr=False)
    _facts: list[tuple[LedgerEntry, dict[str, object]]] = field(default_factory=list, repr=False)
    _committed: dict[str, LedgerEntry] = field(default_factory=dict, repr=False)
    _known: dict[str, Any] = field(default_factory=dict, repr=False)
    _known_at: int = -1

    @property
    def project(self) -> Path:
        """Return the project folder."""
        return self.settings.project

    @property
    def key(self) -> Key:
        """Return the key in use for keyed digests and pseudonyms."""
        return read_keys(self.settings.keys)[0]

    def os_user(self) -> Actor:
        """Return the pseudonymous actor behind this process."""
        return Actor(self.key.pseudonym(getpass.getuser()), "os_user")

    def entries(self) -> list[LedgerEntry]:
        """Return the whole ledger in order, reading only what is new. Raises LawError where the chain breaks."""
        known = len(self._entries)
        if self.until is not None:
            return self._entries
        written = self.warehouse.position(_LEDGER, _LEDGER)
        if written >= known:
            fresh = self.warehouse.dataset(_LEDGER, {_LEDGER}).to_table(filter=pc.field("seq") >= known).sort_by("seq")
            for row in fresh.to_pylist():
                entry = LedgerEntry(**row)
                prev = self._entries[-1].hash if self._entries else GENESIS
                if entry.seq != len(self._entries) or entry.prev != prev or entry.hash != entry.expected_hash():
                    raise LawError(f"ledger entry {entry.seq}: the chain is broken; run 'laiyuan ledger check' and keep the store as it is")
                self._append(entry)
            if len(self._entries) <= written:
                raise LawError(f"ledger: {written + 1} entries were written, found {len(self._entries)}; run 'laiyuan audit check'")
        return self._entries

    def _append(self, entry: LedgerEntry) -> None:
        facts = json.loads(entry.body)
        self._entries.append(entry)
        self._facts.append((entry, facts))
        if "tables" in facts:
            self._committed.setdefault(str(facts["run_id"]), entry)

    def record(self, actor: Actor, event: str, facts: Mapping[str, object]) -> LedgerEntry:
        """Append one entry to the ledger, after whatever came first."""
        if self.until is not None:
            raise LawError(f"{event}: the past up to ledger entry {self.until} cannot be written to")
        for _ in range(_APPEND_TRIES):
            entries = self.entries()
            entry = next_entry(entries[-1] if entries else None, datetime.now(UTC), actor, event, facts)
            if self.warehouse.append_at(_LEDGER, entry.as_table(), application=_LEDGER, position=entry.seq):
                self._append(entry)
                if entry.seq % _COMPACT_EVERY == _COMPACT_EVERY - 1:
                    self.warehouse.compact(_LEDGER)
                return entry
        raise ServiceError(f"ledger: {_APPEND_TRIES} other writers came first; try again")

    def committed_runs(self) -> dict[str, LedgerEntry]:
        """Return the entry that committed each run, by run id."""
        self.entries()
        return self._committed

    def facts(self) -> list[tuple[LedgerEntry, dict[str, object]]]:
        """Return every entry with its body parsed."""
        self.entries()
        return self._facts

    def segments(self) -> set[str]:
        """Return the segments that may be seen: those of committed runs and what maintenance made of them."""
        return {*ALWAYS_SEEN, *(f"run-{run_id}" for run_id in self.committed_runs())}

    def remembered(self, name: str, make: Callable[[], Value]) -> Value:
        """Return what ``make`` gives, made once for as long as no further run is committed."""
        position = len(self.committed_runs())
        if position != self._known_at:
            self._known, self._known_at = {}, position
        if name not in self._known:
            self._known[name] = make()
        value: Value = self._known[name]
        return value

    def forget(self) -> None:
        """Drop what was remembered: maintenance replaced the files behind it without committing anything."""
        self._known, self._known_at = {}, -1

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """Return a DuckDB connection over the committed rows; its ledger may lack entries that commit nothing."""
        past = None if self.until is None else lineage.Past(self.until, frozenset(self.committed_runs()))
        return self.remembered("connection", lambda: lineage.connect(self.warehouse, self.segments(), past)).cursor()

    def as_of(self, seq: int) -> "House":
        """Return this house as it was once entry ``seq`` was in the ledger: read-only, and blind to every later run.

        Raises LawError when the ledger has no such entry.
        """
        entries = self.entries()
        if not 0 <= seq < len(entries):
            raise LawError(f"ledger entry {seq}: expected one of {len(entries)}; the ledger was cut short, or is another project's")
        return self.remembered(f"as of {seq}", lambda: self._past(seq))

    def _past(self, seq: int) -> "House":
        past = House(self.settings, self.warehouse, until=seq)
        for entry in self.entries()[: seq + 1]:
            past._append(entry)
        return past

    def add_own(self, rows: "duckdb.DuckDBPyConnection", run_id: str, *tables: str) -> None:
        """Give a connection the rows that an open run has written so far, as ``own_<table>``."""
        for name in tables:
            rows.register(f"own_{name}", self.warehouse.dataset(name, {f"run-{run_id}"}))

    def publish_lineage(self) -> Path | None:
        """Publish ``lineage.duckdb`` at the ledger's head; on remote storage there is no such file."""
        if not self.settings.has_local_warehouse:
            return None
        position = len(self.entries()) - 1
        return lineage.publish(self.warehouse, self.segments(), position, Path(self.settings.warehouse))


_open: dict[tuple[Path, str], House] = {}


def open_house(settings: Settings) -> House:
    """Open the project that the settings name; a process that opens it again goes on from the ledger it has read."""
    place = (settings.project, settings.warehouse)
    if place not in _open or _open[place].settings != settings:
        _open[place] = House(settings, Warehouse(settings.warehouse, settings.storage_options))
    return _open[place]
