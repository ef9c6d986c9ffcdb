"""OpenLineage events of committed runs, with facets of our own, to a file or an HTTP endpoint.

Events are built from openlineage-python's own classes, which are generated from the published JSON Schemas and check
what they are given. Our facets are described in ``pipeline/schemas/openlineage``. Nothing in an event is text or a name.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import attr
from openlineage.client import event_v2, facet_v2
from openlineage.client.generated.base import DatasetFacet, OutputDatasetFacet, RunFacet
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport

from pipeline.domain.ledger import moment_text
from pipeline.errors import ServiceError

PRODUCER = "https://laiyuan.invalid/producer"
SCHEMAS = "https://laiyuan.invalid/schemas/openlineage"
_SECONDS = 10.0


@attr.define
class CommitRunFacet(RunFacet):
    """What the ledger holds of a run's commit."""

    run: str
    flow: str
    scope: str
    event: str
    ledgerSeq: int  # noqa: N815
    ledgerHash: str  # noqa: N815
    actor: str
    actorProof: str  # noqa: N815
    codeSha256: str | None = None  # noqa: N815
    planSha256: str | None = None  # noqa: N815

    @staticmethod
    def _get_schema() -> str:
        return f"{SCHEMAS}/CommitRunFacet.json#/$defs/CommitRunFacet"


@attr.define
class RowsOutputDatasetFacet(OutputDatasetFacet):
    """How many rows the run wrote, and the order-independent digest by which they can be recomputed."""

    rows: int
    digest: str | None = None

    @staticmethod
    def _get_schema() -> str:
        return f"{SCHEMAS}/RowsOutputDatasetFacet.json#/$defs/RowsOutputDatasetFacet"


@attr.define
class SnapshotDatasetFacet(DatasetFacet):
    """The published snapshot, by its digest."""

    snapshotId: str  # noqa: N815
    documents: int

    @staticmethod
    def _get_schema() -> str:
        return f"{SCHEMAS}/SnapshotDatasetFacet.json#/$defs/SnapshotDatasetFacet"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as an event names it; ``columns`` are name, type and meaning."""

    name: str
    columns: Sequence[tuple[str, str, str]] = ()
    rows: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class CommittedRun:
    """One committed run as the ledger tells it."""

    namespace: str
    started_at: datetime
    committed_at: datetime
    commit: Mapping[str, Any]
    """The fields of ``CommitRunFacet``."""
    reads: Sequence[Dataset] = field(default=())
    writes: Sequence[Dataset] = field(default=())
    snapshot: tuple[str, int] | None = None


def event_lines(runs: Sequence[CommittedRun]) -> list[str]:
    """Return a START and a COMPLETE event of each run as JSON lines, in order; the same ledger gives the same bytes."""
    return [Serde.to_json(event) for event in _events(runs)]


def send(runs: Sequence[CommittedRun], address: str) -> None:
    """Post the same events to an OpenLineage endpoint, one by one. Raises ServiceError where it does not take them."""
    # The client's own logger prints whole events when a post fails.
    logging.getLogger("openlineage").setLevel(logging.CRITICAL)
    transport = HttpTransport(HttpConfig(url=address, timeout=_SECONDS, retry={"total": 1}))
    events = _events(runs)
    for number, event in enumerate(events):
        try:
            transport.emit(event)
        except Exception as error:  # noqa: BLE001 (the client's HTTP library has its own family of errors)
            raise ServiceError(
                f"{address}: event {number + 1} of {len(events)} was not taken ({type(error).__name__}); send again"
            ) from None


def _events(runs: Sequence[CommittedRun]) -> list[event_v2.RunEvent]:
    event_v2.set_producer(PRODUCER)
    return [_event(run, is_end=is_end) for run in runs for is_end in (False, True)]


def _event(run: CommittedRun, *, is_end: bool) -> event_v2.RunEvent:
    facets: dict[str, Any] = {"laiyuan_commit": CommitRunFacet(**run.commit)} if is_end else {}
    flow, scope = str(run.commit["flow"]), str(run.commit["scope"])
    job_type = facet_v2.job_type_job.JobTypeJobFacet(processingType="BATCH", integration="LAIYUAN", jobType="FLOW")
    return event_v2.RunEvent(
        eventType=event_v2.RunState.COMPLETE if is_end else event_v2.RunState.START,
        eventTime=moment_text(run.committed_at if is_end else run.started_at),
        run=event_v2.Run(runId=str(uuid5(NAMESPACE_URL, f"{PRODUCER}/{run.commit['run']}")), facets=facets),
        job=event_v2.Job(namespace=run.namespace, name=f"{flow}.{scope}", facets={"jobType": job_type}),
        inputs=[event_v2.InputDataset(namespace=run.namespace, name=each.name, facets=_schema(each)) for each in run.reads],
        outputs=[_output(run, each) for each in run.writes] if is_end else [],
    )


def _output(run: CommittedRun, each: Dataset) -> event_v2.OutputDataset:
    facets = _schema(each)
    if run.snapshot and each.name == "snapshots":
        facets["laiyuan_snapshot"] = SnapshotDatasetFacet(snapshotId=run.snapshot[0], documents=run.snapshot[1])
    counted: dict[str, Any] = {}
    if each.rows is not None:
        counted["outputStatistics"] = facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=each.rows)
        counted["laiyuan_rows"] = RowsOutputDatasetFacet(rows=each.rows, digest=each.digest)
    return event_v2.OutputDataset(namespace=run.namespace, name=each.name, facets=facets, outputFacets=counted)


def _schema(each: Dataset) -> dict[str, Any]:
    fields = facet_v2.schema_dataset.SchemaDatasetFacetFields
    columns = [fields(name=name, type=type_, description=meaning) for name, type_, meaning in each.columns]
    return {"schema": facet_v2.schema_dataset.SchemaDatasetFacet(fields=columns)} if columns else {}
