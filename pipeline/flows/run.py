"""Run the main job in this process: acquire and gate each source, then deduplicate. A failed source leaves the others."""

from collections.abc import Sequence
from typing import Any

from pipeline.domain.ledger import Actor
from pipeline.errors import PipelineError
from pipeline.flows.acquire import Tell, acquire, plan_acquisition
from pipeline.flows.deduplicate import deduplicate
from pipeline.flows.detection import name_lane_of, recognizers_of
from pipeline.flows.gate import gate, gated_sources, pending_count
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.sources import admitted_sources
from pipeline.stages import STAGES


def run_sources(
    house: House, actor: Actor, names: Sequence[str] = (), only: str | None = None, tell: Tell | None = None
) -> dict[str, PipelineError]:
    """Acquire, gate and deduplicate; return the errors of the sources that failed, by source."""
    failures: dict[str, PipelineError] = {}
    for source_id in names or admitted_sources(house):
        try:
            acquire(house, actor, source_id, only, tell)
        except PipelineError as error:
            failures[source_id] = error
    for source_id in names or gated_sources(house):
        if source_id in failures:
            continue
        try:
            gate(house, actor, source_id, tell)
        except PipelineError as error:
            failures[source_id] = error
    try:
        deduplicate(house, actor, tell)
    except PipelineError as error:
        failures["all sources"] = error
    return failures


def plan_rows(house: House, names: Sequence[str], only: str | None) -> list[dict[str, Any]]:
    """Return what a run would read and decide, per source."""
    found = []
    unbounded = ", ".join(one.id for one in recognizers_of(active_policies(house)) if one.triggers is None)
    name_lane_of(active_policies(house))  # a model that cannot be had is said before anything runs
    for source_id in names or admitted_sources(house):
        plan = plan_acquisition(house, source_id, only)
        read, unchanged, removed = (plan[name] for name in ("read", "unchanged", "removed"))
        row = {
            "source": source_id,
            "files": len(read) if isinstance(read, list) else 0,
            "bytes": sum(int(each["bytes"]) for each in read) if isinstance(read, list) else 0,
            "unchanged": len(unchanged) if isinstance(unchanged, list) else 0,
            "removed": len(removed) if isinstance(removed, list) else 0,
            "documents_pending": pending_count(house, source_id),
            "reads_every_document": unbounded,
        }
        found.append({**row, "first_stage": STAGES[0].name if row["files"] else STAGES[1].name if row["documents_pending"] else "none"})
    return found
