"""Exports of a snapshot from the same store: Croissant, OpenLineage, provenance standards, EU and California disclosures.

Each is made from answers that can be asked again, and making one is a ledger entry with its digest.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.adapters.openlineage import event_lines, send
from pipeline.domain.digests import sha256_hex
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError
from pipeline.flows.composition import measure_snapshot
from pipeline.flows.exports.croissant import croissant
from pipeline.flows.exports.disclosures import ab2013, eu_summary
from pipeline.flows.exports.events import runs_of
from pipeline.flows.exports.facts import Facts, read_facts
from pipeline.flows.exports.provenance import provenance
from pipeline.flows.house import House
from pipeline.flows.snapshots import find_snapshot

MADE = "export.made"
DOCUMENTS: Mapping[str, Callable[[Facts], dict[str, Any]]] = {
    "croissant": croissant,
    "provenance": provenance,
    "eu-summary": eu_summary,
    "ab2013": ab2013,
}
OPENLINEAGE = "openlineage"
FORMATS = (*DOCUMENTS, OPENLINEAGE)


def export_text(house: House, format_: str, name: str) -> str:
    """Return an export of a measured snapshot as text; the same store up to its publication gives the same bytes."""
    facts = read_facts(house, name)
    if format_ == OPENLINEAGE:
        return "".join(f"{line}\n" for line in event_lines(runs_of(house, facts)))
    if format_ not in DOCUMENTS:
        raise ConfigurationError(f"no export is called {format_}; expected one of: {', '.join(FORMATS)}")
    return json.dumps(DOCUMENTS[format_](facts), ensure_ascii=False, indent=2, default=str) + "\n"


def make_export(house: House, actor: Actor, format_: str, name: str, target: str) -> LedgerEntry:
    """Write an export to a file, or post OpenLineage events to an address, and record it.

    Raises ConfigurationError where the format does not go to an address, ServiceError where the address does not answer.
    """
    is_address = target.startswith(("http://", "https://"))
    if is_address and format_ != OPENLINEAGE:
        raise ConfigurationError(f"{format_}: expected a file to write, found an address; only {OPENLINEAGE} is posted")
    folder = find_snapshot(house, name)
    measure_snapshot(house, actor, folder)
    text = export_text(house, format_, name)
    if is_address:
        send(runs_of(house, read_facts(house, name)), target)
    else:
        Path(target).write_text(text, encoding="utf-8")
    body = text.encode()
    facts = {"snapshot_id": folder.name, "format": format_, "sha256": sha256_hex(body), "bytes": len(body)}
    entry = house.record(actor, MADE, {**facts, "is_posted": is_address})
    house.publish_lineage()
    return entry
