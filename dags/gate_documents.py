"""Put every pending document before the gates, then find duplicates across all sources.

Shards are gated side by side, one gate after the other; a source is committed when all its shards are through. A
source that fails leaves the others committed.
"""

from airflow.sdk import Param, TriggerRule, chain, dag, task, task_group

from pipeline.adapters.airflow import actor_of_run, asset, defaults, label_of, retry_only_service_errors
from pipeline.settings import read_settings


@dag(
    schedule=[asset("tables/documents")],
    max_active_runs=1,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={
        "sources": Param(
            [], type="array", items={"type": "string"}, description="Sources to gate; none means every one that has documents."
        )
    },
)
def gate_documents() -> None:
    """Wire the gates: sources > shards > gates > commits > duplicates > the decisions asset."""

    @task
    def list_sources(params: dict) -> list[str]:
        from pipeline.flows.gate import gated_sources
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            return params["sources"] or gated_sources(open_house(read_settings()))

    @task
    def open_source(source_id: str) -> list[dict]:
        from dataclasses import asdict

        from pipeline.flows.gate import open_gates
        from pipeline.flows.house import open_house

        with retry_only_service_errors(source_id):
            house = open_house(read_settings())
            return [asdict(shard) for shard in open_gates(house, actor_of_run(house.key), source_id)]

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def list_runs(opened: list[list[dict]]) -> list[list[dict]]:
        return [shards for shards in opened if shards]

    @task
    def list_shards(runs: list[list[dict]]) -> list[dict]:
        return [shard for shards in runs for shard in shards]

    @task
    def gate_source(shard: dict) -> int:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.gate import decide_source
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return decide_source(open_house(read_settings()), Shard(**shard))

    @task
    def gate_license(shard: dict) -> int:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.gate import decide_license
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return decide_license(open_house(read_settings()), Shard(**shard))

    @task
    def detect_pi(shard: dict) -> int:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.gate import scan_pi
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return scan_pi(open_house(read_settings()), Shard(**shard))

    @task
    def gate_pi(shard: dict) -> int:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.gate import decide_pi
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return decide_pi(open_house(read_settings()), Shard(**shard))

    @task
    def measure(shard: dict) -> dict:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.gate import measure_quality
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return {"run_id": shard["run_id"], "documents": measure_quality(open_house(read_settings()), Shard(**shard))}

    @task_group
    def gate_shard(shard: dict) -> dict:
        measured = measure(shard)
        chain(gate_source(shard), gate_license(shard), detect_pi(shard), gate_pi(shard), measured)
        return measured

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def count_measured(measured: list[dict] | dict | None) -> dict[str, int]:
        from collections import Counter

        # Of a mapped group Airflow hands over one result bare, without a list around it, and none as None.
        through = [measured] if isinstance(measured, dict) else measured or []
        return Counter(each["run_id"] for each in through)

    @task
    def gate_quality(shards: list[dict], through: dict[str, int]) -> int:
        from pipeline.errors import DataError
        from pipeline.flows.gate import decide_quality
        from pipeline.flows.house import open_house

        with retry_only_service_errors(shards[0]["source_id"]):
            # The last gate judges a whole run once. A shard that is missing now would be missing for good.
            if (got := through.get(shards[0]["run_id"], 0)) < len(shards):
                raise DataError(
                    f"source {shards[0]['source_id']}: {got} of {len(shards)} shards came through the gates before; run it again"
                )
            return decide_quality(open_house(read_settings()), shards[0]["run_id"])

    @task
    def commit_gates(shards: list[dict]) -> dict:
        from pipeline.flows import gate
        from pipeline.flows.house import open_house

        with retry_only_service_errors(shards[0]["source_id"]):
            house = open_house(read_settings())
            entry = gate.commit_gates(house, actor_of_run(house.key), shards[0]["run_id"])
            return {"source_id": shards[0]["source_id"], "ledger_seq": entry.seq, "ledger_hash": entry.hash}

    @task_group
    def settle_source(shards: list[dict], through: dict[str, int]) -> None:
        gate_quality(shards, through) >> commit_gates(shards)

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def open_duplicates() -> list[dict]:
        from dataclasses import asdict

        from pipeline.flows.deduplicate import open_deduplication
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            house = open_house(read_settings())
            return [asdict(shard) for shard in open_deduplication(house, actor_of_run(house.key))]

    @task
    def sign(shard: dict) -> int:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.deduplicate import sign_shard
        from pipeline.flows.house import open_house

        with retry_only_service_errors(label_of(shard)):
            return sign_shard(open_house(read_settings()), Shard(**shard))

    @task
    def elect(shards: list[dict]) -> dict:
        from pipeline.flows.deduplicate import elect_duplicates
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            return elect_duplicates(open_house(read_settings()), shards[0]["run_id"])

    @task(outlets=[asset("tables/decisions")])
    def commit_duplicates(shards: list[dict]) -> dict:
        from pipeline.flows.deduplicate import commit_deduplication
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            house = open_house(read_settings())
            entry = commit_deduplication(house, actor_of_run(house.key), shards[0]["run_id"])
            return {"ledger_seq": entry.seq, "ledger_hash": entry.hash}

    @task(trigger_rule=TriggerRule.ONE_FAILED, retries=0)
    def answer_for_failures() -> None:
        from airflow.sdk.exceptions import AirflowFailException

        raise AirflowFailException("a source failed, see its tasks; the others are committed")

    opened = open_source.expand(source_id=list_sources())
    # What comes after maps over the runs that were opened, and so does not hang on a source that could not be.
    runs = list_runs(opened)
    measured = gate_shard.expand(shard=list_shards(runs))
    settled = settle_source.partial(through=count_measured(measured)).expand(shards=runs)
    duplicates = open_duplicates()
    settled >> duplicates
    sign.expand(shard=duplicates) >> elect(duplicates) >> commit_duplicates(duplicates)
    # Without this leaf a run would be green whenever its last task is, whatever became of the sources.
    [opened, measured, settled] >> answer_for_failures()


gate_documents()
