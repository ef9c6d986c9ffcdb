"""A person admits or refuses an assessed source; the answer is theirs, and of the declaration they were shown."""

from collections.abc import Callable
from pathlib import Path

import yaml

from .conftest import Ran, answering

Run = Callable[..., Ran]
Ledger = Callable[[], list[tuple[str, str, dict]]]


def _assess(project: Path, name: str) -> None:
    from pipeline.domain.sources import SourceState
    from pipeline.flows.house import open_house
    from pipeline.flows.sources import change_state, declare
    from pipeline.settings import read_settings

    house = open_house(read_settings(str(project)))
    path = project / "sources" / name / "source.yaml"
    stated = {**yaml.safe_load(path.read_text(encoding="utf-8")), "description": "read again"}
    path.write_text(yaml.safe_dump(stated, allow_unicode=True), encoding="utf-8")
    declare(house, house.os_user(), path)
    change_state(house, house.os_user(), name, SourceState.ASSESSED, "evidence read again")


def test_a_person_admits_or_refuses(project: Path, run_dag: Run, ledger: Ledger) -> None:
    assert run_dag("admit_source", source="sotu-json").state == "failed", "an admitted source is not decided on again"
    for option, event in (("Admit", "source.admitted"), ("Refuse", "source.refused")):
        _assess(project, "sotu-json" if option == "Admit" else "service-dialogues")
        with answering(option, "evidence seen"):
            ran = run_dag("admit_source", source="sotu-json" if option == "Admit" else "service-dialogues")
        assert ran.state == "success"
        name, proof, facts = [entry for entry in ledger() if entry[0].startswith("source.")][-1]
        assert (name, proof, facts["why"]) == (event, "airflow_login", "evidence seen")
    assert "held_by" in facts
