"""Close and freeze a labeling batch once every item is answered.

The wait holds no worker: it is deferred to the triggerer, which asks the server's counters. A manager then closes the
batch, everything is pulled once more, and the frame is sealed; what is still missing for that is said all at once.
"""

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, task

from pipeline.adapters.airflow import actor_of_answer, actor_of_run, asset, defaults, retry_only_service_errors
from pipeline.adapters.airflow_waits import WaitForAnswers
from pipeline.settings import read_settings


@dag(
    schedule=None,
    max_active_runs=4,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={"batch": Param("", type="string", minLength=3, description="The open batch, or the start of its id.")},
)
def close_batches() -> None:
    """Wire the closing: wait until all is answered > a person's approval > close > full pull > freeze."""

    @task
    def projects_of(params: dict) -> dict:
        from pipeline.flows.annotations import placements_of
        from pipeline.flows.batches import read_batch
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            house = open_house(read_settings())
            batch = read_batch(house, params["batch"])
            placed = placements_of(house, batch)
            return {"batch_id": batch.batch_id, "instance": batch.instance, "projects": sorted({row["project"] for row in placed})}

    @task
    def close_batch(waited: dict, answer: dict) -> str:
        from pipeline.flows.batch_steps import STEPS
        from pipeline.flows.house import open_house
        from pipeline.flows.pull_labels import pull_labels
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(waited["batch_id"]):
            house = open_house(read_settings())
            why = answer["params_input"].get("why") or "closed in Airflow"
            with connect_studio(house, waited["instance"]) as studio:
                pull_labels(house, actor_of_run(house.key), studio)
            STEPS["close"](house, actor_of_answer(answer, house.key), waited["batch_id"], why)
            return str(waited["batch_id"])

    @task(outlets=[asset("tables/frozen_items")])
    def freeze_batch(batch_id: str) -> dict:
        import json

        from pipeline.flows.batches import read_batch
        from pipeline.flows.freeze_batch import freeze_batch
        from pipeline.flows.house import open_house
        from pipeline.flows.pull_labels import pull_labels
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(batch_id):
            house = open_house(read_settings())
            actor = actor_of_run(house.key)
            with connect_studio(house, read_batch(house, batch_id).instance) as studio:
                pull_labels(house, actor, studio, is_full=True)
                entry = freeze_batch(house, actor, batch_id, studio)
            house.publish_lineage()
            facts = json.loads(entry.body)
            return {"batch_id": batch_id, "root": facts["root"], "size": facts["size"], "ledger_seq": entry.seq}

    found = projects_of()
    wait = WaitForAnswers(task_id="wait_for_answers", work=found)
    approval = ApprovalOperator(
        task_id="approval",
        subject="Close batch {{ ti.xcom_pull(task_ids='projects_of')['batch_id'] }}? 关闭此批次？",
        body="Every item has an answer. What is written afterwards no longer counts.",
        params={"why": Param("", type="string", title="Why 理由")},
    )
    found >> wait >> approval
    freeze_batch(close_batch(found, approval.output))


close_batches()
