"""Publish what every required gate admits, once a person has approved it where the policy asks for that.

The snapshot is complete and sealed under its digest before anybody is asked; the answer names that digest.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, TaskInstance, TriggerRule, dag, task

from pipeline.adapters.airflow import actor_of_answer, actor_of_run, asset, defaults, label_of, retry_only_service_errors
from pipeline.settings import read_settings

SEALED = "ti.xcom_pull(task_ids='seal')"


@dag(
    schedule=[asset("tables/decisions")],
    max_active_runs=1,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={"name": Param("corpus", type="string", minLength=1, description="Name under which snapshots of this kind follow each other.")},
)
def publish_snapshot() -> None:
    """Wire publishing: shards > seal > a person's approval > the snapshots asset."""

    @task
    def open_snapshot(params: dict) -> list[dict]:
        from dataclasses import asdict

        from pipeline.flows import publish
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            house = open_house(read_settings())
            return [asdict(shard) for shard in publish.open_snapshot(house, actor_of_run(house.key), params["name"])]

    @task
    def publish(shard: dict) -> int:
        from pipeline.flows.acquire import Shard
        from pipeline.flows.house import open_house
        from pipeline.flows.publish import materialize

        with retry_only_service_errors(label_of(shard)):
            return materialize(open_house(read_settings()), Shard(**shard))

    @task
    def seal(shards: list[dict]) -> dict:
        from pipeline.flows import publish
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            sealed = publish.seal(open_house(read_settings()), shards[0]["run_id"])
            return {"run_id": sealed.run_id, "snapshot_id": sealed.snapshot_id, "documents": sealed.documents}

    @task.branch
    def who_approves() -> str:
        from pipeline.flows.house import open_house
        from pipeline.flows.policies import active_policies

        with retry_only_service_errors():
            needs_approval = active_policies(open_house(read_settings())).publish.needs_approval
            return "approval" if needs_approval else "no_approval_needed"

    @task
    def record_approval(sealed: dict, answer: dict) -> int:
        from pipeline.flows.house import open_house
        from pipeline.flows.publish import approve

        with retry_only_service_errors():
            house = open_house(read_settings())
            why = str(answer["params_input"].get("why") or "approved in Airflow")
            return approve(house, actor_of_answer(answer, house.key), sealed["snapshot_id"], why).seq

    @task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS, outlets=[asset("snapshots")])
    def commit_snapshot(ti: TaskInstance) -> dict:
        from pipeline.flows import publish
        from pipeline.flows.house import open_house

        sealed = ti.xcom_pull(task_ids="seal")
        with retry_only_service_errors():
            house = open_house(read_settings())
            entry = publish.commit_snapshot(house, actor_of_run(house.key), sealed["run_id"])
            return {**sealed, "ledger_seq": entry.seq, "ledger_hash": entry.hash}

    approval = ApprovalOperator(
        task_id="approval",
        subject=f"Publish snapshot {{{{ {SEALED}['snapshot_id'][:16] }}}}? 是否发布此快照？",
        body=f"{{{{ {SEALED}['documents'] }}}} documents are sealed under the digest {{{{ {SEALED}['snapshot_id'] }}}}. "
        "Look at `laiyuan account` first. Your answer is entered in the ledger under your login.",
        params={"why": Param("", type="string", title="Why 理由")},
    )
    no_approval_needed = EmptyOperator(task_id="no_approval_needed")
    shards = open_snapshot()
    sealed = seal(shards)
    choice = who_approves()
    recorded = record_approval(sealed, approval.output)
    committed = commit_snapshot()
    publish.expand(shard=shards) >> sealed >> choice >> [approval, no_approval_needed]
    # A rejection skips the record and so the commit, which therefore must not hang on the seal as well.
    [recorded, no_approval_needed] >> committed


publish_snapshot()
