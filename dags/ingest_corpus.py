"""Acquire every admitted source: list what changed, read it file by file, commit each source by itself.

A source that fails leaves the others committed; the DAG run is red and its documents asset still says what is new.
"""

from airflow.sdk import Param, TriggerRule, dag, task

from pipeline.adapters.airflow import actor_of_run, asset, defaults, label_of, retry_only_service_errors
from pipeline.settings import read_settings


@dag(
    schedule=None,
    max_active_runs=1,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={
        "sources": Param([], type="array", items={"type": "string"}, description="Sources to acquire; none means every admitted one."),
        "only": Param(None, type=["null", "string"], description="Glob over file paths, to backfill a part of a delivery."),
    },
)
def ingest_corpus() -> None:
    """Wire acquisition: sources > shards > commits > the documents asset."""

    @task
    def list_sources(params: dict) -> list[str]:
        from pipeline.flows.house import open_house
        from pipeline.flows.sources import admitted_sources

        with retry_only_service_errors():
            return params["sources"] or admitted_sources(open_house(read_settings()))

    @task
    def open_source(source_id: str, params: dict) -> list[dict]:
        from dataclasses import asdict

        from pipeline.flows.acquire import open_acquisition
        from pipeline.flows.house import open_house

        with retry_only_service_errors(source_id):
            house = open_house(read_settings())
            return [asdict(shard) for shard in open_acquisition(house, actor_of_run(house.key), source_id, params["only"])]

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def list_runs(opened: list[list[dict]]) -> list[list[dict]]:
        return [shards for shards in opened if shards]

    @task
    def list_shards(runs: list[list[dict]]) -> list[dict]:
        return [shard for shards in runs for shard in shards]

    @task
    def acquire(shard: dict) -> dict[str, int]:
        from pipeline.flows.acquire import Shard, read_shard
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return read_shard(open_house(read_settings()), Shard(**shard))

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def commit_source(shards: list[dict]) -> dict:
        from pipeline.flows.acquire import commit_acquisition
        from pipeline.flows.house import open_house

        with retry_only_service_errors(shards[0]["source_id"]):
            house = open_house(read_settings())
            entry = commit_acquisition(house, actor_of_run(house.key), shards[0]["run_id"])
            return {"source_id": shards[0]["source_id"], "ledger_seq": entry.seq, "ledger_hash": entry.hash}

    @task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS, outlets=[asset("tables/documents")])
    def announce_documents(commits: list[dict]) -> int:
        return len(commits)

    @task(trigger_rule=TriggerRule.ONE_FAILED, retries=0)
    def answer_for_failures() -> None:
        from airflow.sdk.exceptions import AirflowFailException

        raise AirflowFailException("a source failed, see its tasks; the others are committed")

    opened = open_source.expand(source_id=list_sources())
    # What comes after maps over the runs that were opened, and so does not hang on a source that could not be.
    runs = list_runs(opened)
    acquired = acquire.expand(shard=list_shards(runs))
    committed = commit_source.expand(shards=runs)
    acquired >> committed
    announce_documents(committed)
    # Without this leaf a run would be green whenever its last task is, whatever became of the sources.
    [opened, acquired, committed] >> answer_for_failures()


ingest_corpus()
