"""Take over what annotators wrote in Label Studio, every five minutes; a pull that finds nothing adds nothing.

One task for each server that has work. A server that does not answer is tried again; the others go on meanwhile.
"""

from airflow.sdk import dag, task

from pipeline.adapters.airflow import actor_of_run, asset, defaults, retry_only_service_errors
from pipeline.settings import read_settings


@dag(schedule="*/5 * * * *", catchup=False, max_active_runs=1, default_args=defaults(), doc_md=__doc__, tags=["laiyuan"])
def sync_labels() -> None:
    """Wire the pull: servers with work > one pull each."""

    @task
    def instances_with_work() -> list[str]:
        from pipeline.flows import pull_labels
        from pipeline.flows.house import open_house

        with retry_only_service_errors():
            return pull_labels.instances_with_work(open_house(read_settings()))

    @task(max_active_tis_per_dag=1, outlets=[asset("tables/annotation_revisions")])
    def pull(instance: str) -> dict:
        from pipeline.flows.house import open_house
        from pipeline.flows.pull_labels import pull_labels
        from pipeline.flows.studios import connect_studio

        with retry_only_service_errors(instance):
            house = open_house(read_settings())
            with connect_studio(house, instance) as studio:
                found = pull_labels(house, actor_of_run(house.key), studio)
            house.publish_lineage()
            return {"instance": instance, **found}

    pull.expand(instance=instances_with_work())


sync_labels()
