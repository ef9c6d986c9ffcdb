"""``laiyuan labeling trial``: exams and pilots in Label Studio, before anybody is qualified."""

import sys
from pathlib import Path

import click

from pipeline.cli.printing import opened_house
from pipeline.domain.labeling import Function

_FUNCTION = click.option(
    "--function", type=click.Choice([each.value for each in Function]), default=Function.LABEL.value, show_default=True
)
_INSTANCE = click.option("--instance", default="labeling", show_default=True, help="Which Label Studio server.")


@click.group()
def trial() -> None:
    """Put exams and pilots before people in Label Studio, and read them back once they were pulled.

    Example: laiyuan labeling trial exam p-0123456789 text-quality-zh
    """


@trial.command("exam")
@click.argument("person")
@click.argument("rule")
@_FUNCTION
@_INSTANCE
def trial_exam(person: str, rule: str, function: str, instance: str) -> None:
    """Put a person's next exam before them in a project of their own.

    Example: laiyuan labeling trial exam p-0123456789 text-quality-zh
    """
    from pipeline.flows.studios import connect_studio
    from pipeline.flows.trials import open_exam

    house = opened_house()
    with connect_studio(house, instance) as studio:
        entry = open_exam(house, house.os_user(), person, rule, Function(function), studio)
    click.echo(f"open (ledger {entry.seq})")


@trial.command("grade")
@click.argument("person")
@click.argument("rule")
@_FUNCTION
def trial_grade(person: str, rule: str, function: str) -> None:
    """Grade a person's exam from what was pulled; exit code 1 when it was not passed.

    Example: laiyuan labeling pull && laiyuan labeling trial grade p-0123456789 text-quality-zh
    """
    from pipeline.flows.trials import finish_exam

    house = opened_house()
    entry, grade = finish_exam(house, house.os_user(), person, rule, Function(function))
    verdict = "passed" if grade.is_passed else "not passed"
    click.echo(f"{person}: {verdict}; {grade.errors} of {grade.items} wrong, {grade.illegal_missed} unlawful missed (ledger {entry.seq})")
    house.publish_lineage()
    sys.exit(0 if grade.is_passed else 1)


@trial.command("pilot")
@click.argument("rule")
@click.argument("snapshot")
@click.option("--person", "people", multiple=True, required=True, help="Who labels blind; at least two.")
@click.option("--size", type=click.IntRange(min=1), required=True, help="How many items; the rule says how many its pilot needs.")
@click.option("--seed", default="1", show_default=True, help="Fixes which items.")
@_INSTANCE
def trial_pilot(rule: str, snapshot: str, people: tuple[str, ...], size: int, seed: str, instance: str) -> None:
    """Put the same items before some people, blind, under a draft rule.

    Example: laiyuan labeling trial pilot text-quality-zh@1.0 first-release --person p-01 --person p-02 --size 20
    """
    from pipeline.flows.batches import Choice
    from pipeline.flows.studios import connect_studio
    from pipeline.flows.trials import open_pilot

    house = opened_house()
    with connect_studio(house, instance) as studio:
        entries = open_pilot(house, house.os_user(), rule, people, (snapshot, Choice(size, seed)), studio)
    click.echo(f"open for {len(entries)} people (ledger {entries[-1].seq})")


@trial.command("measure")
@click.argument("rule")
@click.option("--adjudicated", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The right answers by document id.")
def trial_measure(rule: str, adjudicated: Path | None) -> None:
    """Measure a pilot from what was pulled; exit code 1 when it stays below the rule's floor.

    Example: laiyuan labeling pull && laiyuan labeling trial measure text-quality-zh@1.0 --adjudicated right.csv
    """
    from pipeline.flows.answers import adjudicated_answers
    from pipeline.flows.labeling_rules import recorded_rule
    from pipeline.flows.trials import finish_pilot

    house = opened_house()
    right = adjudicated_answers(recorded_rule(house, rule), adjudicated) if adjudicated else {}
    entry, agreement, is_met = finish_pilot(house, house.os_user(), rule, right)
    value = "not defined (one label only)" if agreement is None else f"{agreement:.4f}"
    click.echo(f"{rule}: agreement {value}, {len(right)} gold items (ledger {entry.seq})")
    house.publish_lineage()
    sys.exit(0 if is_met else 1)
