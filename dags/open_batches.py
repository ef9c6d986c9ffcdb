"""Open a drafted labeling batch in Label Studio, once a manager has said to whom it goes.

The people are named in the answer to the human-in-the-loop task; whoever is not qualified, or holds another function on
the batch, is refused with a reason, and nothing is opened.
"""

from airflow.providers.standard.operators.hitl import HITLEntryOperator
from airflow.sdk import Param, dag, task

from pipeline.adapters.airflow import actor_of_answer, asset, defaults, retry_only_service_errors
from pipeline.settings import read_settings


@dag(
    schedule=None,
    max_active_runs=1,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={"batch": Param("", type="string", minLength=3, description="The drafted batch, or the start of its id.")},
)
def open_batches() -> None:
    """Wire the opening: describe > a person names who labels > open."""

    @task
    def describe(params: dict) -> dict:
        from pipeline.flows.batches import read_batch
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            batch = read_batch(open_house(read_settings()), params["batch"])
            return {"batch_id": batch.batch_id, "rule": batch.rule.name, "size": batch.size, "state": batch.state.value}

    @task(outlets=[asset("tables/batch_states")])
    def open_batch(described: dict, answer: dict) -> dict:
        from pipeline.flows.batches import read_batch
        from pipeline.flows.house import open_house
        from pipeline.flows.open_batch import open_batch
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(described["batch_id"]):
            house = open_house(read_settings())
            given = answer["params_input"]
            people = str(given["people"]).split()
            batch = read_batch(house, described["batch_id"])
            with connect_studio(house, batch.instance) as studio:
                entry = open_batch(
                    house, actor_of_answer(answer, house.key), batch.batch_id, people, studio, given["why"] or "opened in Airflow"
                )
            return {"batch_id": batch.batch_id, "ledger_seq": entry.seq, "people": len(people)}

    told = "ti.xcom_pull(task_ids='describe')"
    people = HITLEntryOperator(
        task_id="people",
        subject=f"Who labels batch {{{{ {told}['batch_id'] }}}}? 由谁标注此批次？",
        body=f"{{{{ {told}['size'] }}}} items under rule {{{{ {told}['rule'] }}}}. `laiyuan people list` says who is qualified.",
        params={
            "people": Param("", type="string", minLength=1, title="Pseudonymous ids, separated by spaces 人员代号，以空格分隔"),
            "why": Param("", type="string", title="Why 理由"),
        },
    )
    described = describe()
    described >> people
    open_batch(described, people.output)


open_batches()
