"""Ask a person whether an assessed source may be acquired from; the answer, admit or refuse, is entered under their login.

The source must be declared and assessed first: what still lacks evidence ends this run before anybody is asked.
"""

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task

from pipeline.adapters.airflow import actor_of_answer, defaults, retry_only_service_errors
from pipeline.settings import read_settings

ASSESSED = "ti.xcom_pull(task_ids='check_source')"


@dag(
    schedule=None,
    max_active_runs=8,
    default_args=defaults(),
    doc_md=__doc__,
    tags=["laiyuan"],
    params={"source": Param("", type="string", minLength=1, description="The assessed source to decide on.")},
)
def admit_source() -> None:
    """Wire the decision: evidence > a person's answer > the register."""

    @task
    def check_source(params: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.sources import assessed_facts

        with retry_only_service_errors(params["source"]):
            return assessed_facts(open_house(read_settings()), params["source"])

    @task
    def record_decision(assessed: dict, answer: dict) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.sources import decide_source

        with retry_only_service_errors(assessed["source"]):
            house = open_house(read_settings())
            actor, why = actor_of_answer(answer, house.key), str(answer["params_input"].get("why") or "decided in Airflow")
            entry = decide_source(house, actor, assessed, answer["chosen_options"][0], why)
            return {"source": assessed["source"], "event": entry.event, "ledger_seq": entry.seq}

    decision = HITLOperator(
        task_id="decision",
        subject=f"Admit source {{{{ {ASSESSED}['source'] }}}}? 是否接纳此来源？",
        body=f"Kind {{{{ {ASSESSED}['kind'] }}}}, licence concluded: {{{{ {ASSESSED}['license'] }}}}; "
        f"grounds: {{{{ {ASSESSED}['grounds'] }}}}; {{{{ {ASSESSED}['evidence'] }}}} pieces of evidence, "
        f"reserved: {{{{ {ASSESSED}['is_reserved'] }}}}. Declaration {{{{ {ASSESSED}['declaration_sha256'] }}}}. "
        "Read `laiyuan sources show` first. Your answer is entered in the ledger under your login.",
        options=["Admit", "Refuse"],
        params={"why": Param("", type="string", title="Why 理由")},
    )
    assessed = check_source()
    assessed >> decision
    record_decision(assessed, decision.output)


admit_source()
