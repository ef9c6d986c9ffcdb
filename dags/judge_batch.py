"""Judge a verified batch: pull, hand what is disputed to a third person, judge, and void only after a person's word.

Run it again after the adjudicators have answered; a run that finds nothing disputed goes straight to the judgement.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLEntryOperator
from airflow.sdk import Param, dag, task

from pipeline.adapters.airflow import actor_of_answer, actor_of_run, asset, defaults, retry_only_service_errors
from pipeline.settings import read_settings


@dag(
    schedule=None,
    max_active_runs=4,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={"batch": Param("", type="string", minLength=3, description="The batch in verification, or the start of its id.")},
)
def judge_batch() -> None:
    """Wire the judgement: pull > adjudicators for what is disputed, or the judgement > a person's word for a void."""

    @task
    def pull_verdicts(params: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.open_verification import pulled_disputes, server_for
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(params["batch"]):
            house = open_house(read_settings())
            with connect_studio(house, server_for(house, params["batch"])) as studio:
                return pulled_disputes(house, actor_of_run(house.key), params["batch"], studio)

    @task.branch
    def what_follows(found: dict) -> str:
        return "adjudicators" if found["disputes"] else "judge_round"

    @task
    def open_adjudication(found: dict, answer: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.open_verification import open_adjudication, server_for
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(found["batch"]):
            house = open_house(read_settings())
            people = str(answer["params_input"]["people"]).split()
            with connect_studio(house, server_for(house, found["batch"])) as studio:
                open_adjudication(house, actor_of_answer(answer, house.key), found["batch"], people, studio)
            return {"batch": found["batch"], "people": len(people)}

    @task(outlets=[asset("tables/judgements")])
    def judge_round(found: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.judge import judge

        with retry_only_service_errors(found["batch"]):
            house = open_house(read_settings())
            entry, judgement = judge(house, actor_of_run(house.key), found["batch"])
            house.publish_lineage()
            return {"batch": found["batch"], "outcome": judgement.consequence.value, "ledger_seq": entry.seq}

    @task.branch
    def is_void(judged: dict) -> str:
        return "confirm_void" if judged["outcome"] == "void" else "no_void"

    @task
    def void_batch(judged: dict, answer: dict) -> int:
        from pipeline.flows.batch_steps import STEPS
        from pipeline.flows.house import open_house

        with retry_only_service_errors(judged["batch"]):
            house = open_house(read_settings())
            why = answer["params_input"].get("why") or "confirmed in Airflow"
            return STEPS["void"](house, actor_of_answer(answer, house.key), judged["batch"], why).seq

    told = "ti.xcom_pull(task_ids='pull_verdicts')"
    adjudicators = HITLEntryOperator(
        task_id="adjudicators",
        subject=f"Who adjudicates batch {{{{ {told}['batch'] }}}}? 由谁裁决此批次？",
        body=f"{{{{ {told}['disputes'] }}}} items wait for a third person, who neither labeled nor verified any of the batch.",
        params={"people": Param("", type="string", minLength=1, title="Pseudonymous ids, separated by spaces 人员代号，以空格分隔")},
    )
    confirm_void = ApprovalOperator(
        task_id="confirm_void",
        subject=f"Void batch {{{{ {told}['batch'] }}}} for good? 是否作废此批次？",
        body="An adjudicator confirmed an unlawful item in it. A void is final; the batch stays held until you answer.",
        params={"why": Param("", type="string", title="Why 理由")},
    )
    no_void = EmptyOperator(task_id="no_void")
    found = pull_verdicts()
    judged = judge_round(found)
    what_follows(found) >> [adjudicators, judged]
    open_adjudication(found, adjudicators.output)
    is_void(judged) >> [confirm_void, no_void]
    void_batch(judged, confirm_void.output)


judge_batch()
