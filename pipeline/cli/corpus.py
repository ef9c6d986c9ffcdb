"""The main job and its answers: ``init``, ``run``, ``ask``, ``explain``, ``why-not``, ``account``, ``maintain``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import FORMATS, formatted, opened_house, print_table, print_tree, progress, rows_table

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.flows.house import House


_FIRST_STEPS = (
    "laiyuan sources check                                 # what the declaration still lacks",
    "laiyuan policy activate --why 'first policies'",
    "laiyuan sources add my-source",
    "laiyuan sources assess my-source --why 'evidence read'",
    "laiyuan sources admit my-source --why 'own text'",
    "laiyuan run                                           # acquire, gate, deduplicate; ends with the account",
    "laiyuan snapshot publish first-release                # sealed, then 'laiyuan snapshot approve first-release --why ...'",
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--alone", is_flag=True, help="One person proposes and approves; the governance policy says so from then on.")
def init(folder: Path, alone: bool) -> None:
    """Make a project folder with default policies, an example declaration, a key and an empty warehouse.

    Example: laiyuan init my-corpus --alone
    """
    from pipeline.flows.project import init_project

    init_project(folder, alone=alone)
    click.echo(f"{folder}: ready. sources/my-source holds a commented declaration and two sample documents. Next:")
    click.echo(f"  cd {folder}")
    for step in _FIRST_STEPS:
        click.echo(f"  {step}")
    if not alone:
        click.echo("Whoever proposes a source does not admit it (policies/governance.yaml): a second person runs 'sources admit'.")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be read, and run nothing.")
@click.option("--only", metavar="GLOB", help="Read only files matching this, to backfill part of a delivery.")
@click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True)
def run(names: tuple[str, ...], only_plan: bool, only: str | None, shape: str) -> None:
    """Acquire, gate and deduplicate sources (all admitted ones by default), without Airflow.

    A source that fails is named and the others go on; the exit code is then that of the first failure.

    Example: laiyuan run --plan
    """
    from pipeline.flows.run import plan_rows, run_sources

    house = opened_house()
    if only_plan:
        print_table(
            rows_table(
                plan_rows(house, names, only),
                "source",
                "files",
                "bytes",
                "unchanged",
                "removed",
                "documents_pending",
                "first_stage",
                "reads_every_document",
            ),
            shape,
        )
        return
    with progress() as tell:
        failures = run_sources(house, house.os_user(), names, only, tell)
    _print_account(house, shape)
    for source_id, error in failures.items():
        click.echo(f"{source_id}: {type(error).__name__}: {error}", err=True)
    if failures:
        sys.exit(next(iter(failures.values())).exit_code)


def _print_account(house: "House", shape: str) -> None:
    from pipeline.flows.questions import account

    print_table(account(house), shape)


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("question", required=False)
@click.option("--as-of", "day", metavar="DATE", help="Answer from what was committed by then (a day, a moment, or a ledger position).")
@formatted
def ask(question: str | None, day: str | None) -> "pa.Table":
    """Ask one of the auditors' questions; without a name, list them. Its parameters are given as --name value.

    Example: laiyuan ask rejects-of-source --source my-source
    """
    from pipeline.flows.questions import ask_question, list_questions

    if question is None:
        return rows_table(list_questions(), "question", "asks", "parameters")
    extra = [part for given in click.get_current_context().args for part in (given.split("=", 1) if given.startswith("--") else [given])]
    names = [part.removeprefix("--").replace("-", "_") for part in extra[::2]]
    if len(extra) % 2 or not all(part.startswith("--") for part in extra[::2]):
        raise click.UsageError("parameters are given as --name value")
    given = dict(zip(names, extra[1::2], strict=True))
    if day is not None:
        from pipeline.flows.past import connected_at, position_on
        from pipeline.flows.questions import ask_over

        house = opened_house()
        with connected_at(house, position_on(house, day)) as rows:
            return ask_over(rows, question, given)
    return ask_question(opened_house(), question, given)


def _document_command(name: str, macro: str, meaning: str) -> click.Command:
    @click.command(name, help=f"{meaning}\n\nExample: laiyuan {name} 0f3a (the start of a document id is enough)")
    @click.argument("document")
    @click.option("--format", "shape", type=click.Choice(("tree", "json")), default="tree", show_default=True)
    def explaining(document: str, shape: str) -> None:
        from pipeline.flows.questions import explain

        steps = explain(opened_house(), macro, document)
        if shape == "json":
            click.echo(json.dumps(steps, ensure_ascii=False, indent=2, default=str))
        else:
            print_tree(document, steps)

    return explaining


explain = _document_command(
    "explain", "explain_document", "Show the whole chain behind one document: source, evidence, licence, findings, decisions."
)
why_not = _document_command("why-not", "why_not", "Say why a document is not in what would be published today; exit code 0 either way.")


@click.command()
@formatted
def account() -> "pa.Table":
    """Print the account of today: documents = admitted + redacted + quarantined + rejected, by source and reason.

    Example: laiyuan account --format csv
    """
    from pipeline.flows.questions import account as today

    return today(opened_house())


@click.command()
@click.option("--grace-hours", default=24 * 7, show_default=True, help="How long replaced files stay for open readers.")
def maintain(grace_hours: int) -> None:
    """Rewrite committed runs into few sorted files and compact the ledger; no digest changes.

    Example: laiyuan maintain
    """
    from pipeline.flows.maintain import maintain as rewrite

    house = opened_house()
    click.echo(rewrite(house, house.os_user(), grace_hours=grace_hours).body)
