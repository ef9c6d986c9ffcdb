"""Put the drawn sample of a frozen batch before verifiers, once a person has said who they are.

The draw itself needs the auditor's secret and is made by the auditor on the command line: a secret is handed to no scheduler.
Who labeled any of the batch, or is not qualified, is refused with a reason.
"""

from airflow.providers.standard.operators.hitl import HITLEntryOperator
from airflow.sdk import Param, dag, task

from pipeline.adapters.airflow import actor_of_answer, asset, defaults, retry_only_service_errors
from pipeline.settings import read_settings


@dag(
    schedule=None,
    max_active_runs=4,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={"batch": Param("", type="string", minLength=3, description="The batch whose sample is drawn, or the start of its id.")},
)
def verify_batch() -> None:
    """Wire verification: describe > a person names who verifies > open."""

    @task
    def describe(params: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.verify_status import verification_status

        with retry_only_service_errors():
            (found,) = verification_status(open_house(read_settings()), params["batch"])
            return found

    @task(outlets=[asset("tables/batch_states")])
    def open_verification(described: dict, answer: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.open_verification import open_verification, server_for
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(described["batch"]):
            house = open_house(read_settings())
            people = str(answer["params_input"]["people"]).split()
            with connect_studio(house, server_for(house, described["batch"])) as studio:
                entry = open_verification(house, actor_of_answer(answer, house.key), described["batch"], people, studio)
            return {"batch": described["batch"], "ledger_seq": entry.seq, "people": len(people)}

    told = "ti.xcom_pull(task_ids='describe')"
    people = HITLEntryOperator(
        task_id="people",
        subject=f"Who verifies batch {{{{ {told}['batch'] }}}}? 由谁核验此批次？",
        body=f"{{{{ {told}['drawn'] }}}} items are drawn under plan {{{{ {told}['plan'] }}}}. `laiyuan people list` says who may verify.",
        params={"people": Param("", type="string", minLength=1, title="Pseudonymous ids, separated by spaces 人员代号，以空格分隔")},
    )
    described = describe()
    described >> people
    open_verification(described, people.output)


verify_batch()
