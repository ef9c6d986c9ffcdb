"""``laiyuan verify``: sampled verification from the plan to the verdict that anybody can re-compute."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table
from pipeline.domain.sampling import Method

if TYPE_CHECKING:
    import pyarrow as pa

_SECRET = click.option("--secret", "file", type=click.Path(path_type=Path), required=True, help="The auditor's file with the secret.")
_PEOPLE = click.option("--person", "people", multiple=True, required=True, help="Who works on it; give it once for each person.")
_INSTANCE = click.option("--instance", help="Which Label Studio server; default: where it was labeled, or verify when kept apart.")
_WHY = click.option("--why", required=True, help="The reason, for the ledger.")


@click.group()
def verify() -> None:
    """Verify a sample of a labeled batch, so that nobody can choose it, and see what follows.

    Example: laiyuan verify plan b-1f2e && laiyuan verify commit b-1f2e --secret ~/b-1f2e.secret
    """


@verify.command("plan")
@click.argument("batch")
@click.option("--method", type=click.Choice((Method.CLAIM, Method.AQL, Method.SPRT)), default=Method.CLAIM, show_default=True)
@click.option("--claim", help="Share that must be right, such as 0.98; default: the labeling rule's.")
@click.option("--confidence", help="How sure the proof must be; default: the labeling rule's.")
@click.option("--max-errors", type=click.IntRange(min=0), help="Errors that the sample may hold; default: the labeling rule's.")
@click.option("--aql", help="Acceptance quality limit in percent, for an AQL plan.")
@click.option("--good", help="Share of wrong items that shall pass, for a sequential plan.")
@click.option("--bad", help="Share of wrong items that shall not pass, for a sequential plan.")
def plan(  # noqa: PLR0913, PLR0917 (options of a command)
    batch: str, method: str, claim: str | None, confidence: str | None, max_errors: int | None, aql: str | None, good: str | None,
    bad: str | None,
) -> None:  # fmt: skip
    """Store how many are drawn and how many errors pass; says what that proves and costs, and refuses what cannot be proved.

    Example: laiyuan verify plan b-1f2e --claim 0.98 --max-errors 1
    """
    from pipeline.flows.batches import read_batch
    from pipeline.flows.verify import rule_named, store_plan

    house = opened_house()
    given = {"claim": claim, "confidence": confidence, "max_errors": max_errors, "aql": aql, "good": good, "bad": bad}
    stated = {name: str(value) for name, value in given.items() if value is not None}
    stored, cost = store_plan(house, house.os_user(), batch, rule_named(method, stated, read_batch(house, batch)))
    click.echo(f"{cost.en}\n{cost.zh}\nplan {stored.plan_sha256}")
    house.publish_lineage()


@verify.command("commit")
@click.argument("batch")
@_SECRET
def commit(batch: str, file: Path) -> None:
    """Make the auditor's secret, keep it in a new file of mode 600, and enter only its commitment. Keep that file.

    Example: laiyuan verify commit b-1f2e --secret ~/b-1f2e.secret
    """
    from pipeline.flows.verify import commit_secret

    house = opened_house()
    entry = commit_secret(house, house.os_user(), batch, file)
    click.echo(f"commitment {json.loads(entry.body)['commitment']} (ledger {entry.seq}); the secret is in {file}")
    house.publish_lineage()


@verify.command("draw")
@click.argument("batch")
@_SECRET
def draw(batch: str, file: Path) -> None:
    """Draw the sample of a frozen batch with the committed secret.

    Example: laiyuan verify draw b-1f2e --secret ~/b-1f2e.secret
    """
    from pipeline.flows.verify import draw_batch

    house = opened_house()
    entry = draw_batch(house, house.os_user(), batch, file)
    facts = json.loads(entry.body)
    click.echo(f"{facts['sample']} of {facts['size']} items drawn, {facts['diagnostic']} more for diagnosis (ledger {entry.seq})")
    house.publish_lineage()


@verify.command("open")
@click.argument("batch")
@_PEOPLE
@_INSTANCE
def open_(batch: str, people: tuple[str, ...], instance: str | None) -> None:
    """Put the sample before verifiers who labeled none of it, blind, with known items among theirs.

    Example: laiyuan verify open b-1f2e --person p-0a1b
    """
    from pipeline.flows.open_verification import open_verification, server_for
    from pipeline.flows.studios import connect_studio

    house = opened_house()
    with connect_studio(house, server_for(house, batch, instance)) as studio:
        entry = open_verification(house, house.os_user(), batch, people, studio)
    click.echo(f"verifying (ledger {entry.seq})")
    house.publish_lineage()


@verify.command("status")
@click.argument("batch", required=False)
@formatted
def status(batch: str | None) -> "pa.Table":
    """Show how far verification is, by batch: drawn, verdicts, mismatches, what waits; no running count of errors.

    Example: laiyuan verify status b-1f2e
    """
    from pipeline.flows.verify_status import verification_status

    house = opened_house()
    columns = ("batch", "state", "round", "plan", "committed", "drawn", "verdicts", "disputed", "ruled", "reports", "judged", "separation")
    return rows_table(verification_status(house, batch), *columns)


@verify.command("adjudicate")
@click.argument("batch")
@_PEOPLE
@_INSTANCE
def adjudicate(batch: str, people: tuple[str, ...], instance: str | None) -> None:
    """Put every mismatch and every report of an unlawful item before a third person.

    Example: laiyuan labeling pull && laiyuan verify adjudicate b-1f2e --person p-2c3d
    """
    from pipeline.flows.open_verification import open_adjudication, server_for
    from pipeline.flows.studios import connect_studio

    house = opened_house()
    with connect_studio(house, server_for(house, batch, instance)) as studio:
        entry = open_adjudication(house, house.os_user(), batch, people, studio)
    items = json.loads(entry.body)["items"] if entry else 0
    click.echo(f"{items} items (ledger {entry.seq})" if entry else "nothing waits for an adjudicator")
    house.publish_lineage()


@verify.command("judge")
@click.argument("batch")
def judge(batch: str) -> None:
    """Judge the batch on everything pulled so far and enter what follows; exit code 1 unless it is accepted.

    Example: laiyuan labeling pull && laiyuan verify judge b-1f2e
    """
    from pipeline.domain.judging import Consequence
    from pipeline.flows.judge import judge as judge_round
    from pipeline.flows.verify_status import say

    house = opened_house()
    entry, judgement = judge_round(house, house.os_user(), batch)
    click.echo(f"{say(judgement)} (ledger {entry.seq})")
    house.publish_lineage()
    sys.exit(0 if judgement.consequence is Consequence.ACCEPTED else 1)


@verify.command("reveal")
@click.argument("batch")
@_SECRET
def reveal(batch: str, file: Path) -> None:
    """Publish the secret of a judged round, so that anybody can draw the sample again.

    Example: laiyuan verify reveal b-1f2e --secret ~/b-1f2e.secret
    """
    from pipeline.flows.judge import reveal as reveal_secret

    house = opened_house()
    click.echo(f"revealed (ledger {reveal_secret(house, house.os_user(), batch, file).seq})")
    house.publish_lineage()


@verify.command("recompute")
@click.argument("batch")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files and the script.")
@click.option("--round", "number", type=click.IntRange(min=1), help="Which round; default: the last.")
def recompute(batch: str, out: Path, number: int | None) -> None:
    """Write the files of a verdict with the script that re-computes it, and run that script; exit code 1 where it disagrees.

    Example: laiyuan verify recompute b-1f2e --out verdict-b-1f2e
    """
    from pipeline.flows.judge import VERIFIER, write_verdict_files

    write_verdict_files(opened_house(), batch, out, number)
    # In isolated mode the script sees the standard library and its folder, and nothing of this product.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", str(out / VERIFIER), str(out)], check=False, capture_output=True, text=True
    )
    click.echo(done.stdout or done.stderr, nl=False)
    sys.exit(done.returncode)


@verify.command("report")
@click.argument("batch")
@click.argument("record")
@_WHY
def report(batch: str, record: str, why: str) -> None:
    """Report an item that must not be in the data; the batch is held at once, an accepted one is recalled.

    Example: laiyuan verify report b-1f2e 3fa9c2 --why "complaint 12: names a victim"
    """
    from pipeline.flows.judge import report_item
    from pipeline.flows.verify_status import say_holdings

    house = opened_house()
    entry, holdings = report_item(house, house.os_user(), batch, record, why)
    click.echo(f"reported (ledger {entry.seq})\n{say_holdings(holdings)}".rstrip())
    house.publish_lineage()


@verify.command("report-html")
@click.argument("batch")
@click.option("--lang", type=click.Choice(("zh", "en")), default="zh", show_default=True, help="Language of the page.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
def report_html(batch: str, lang: str, out: Path) -> None:
    """Write a judged round as one page with its pictures; it loads nothing from anywhere.

    Example: laiyuan verify report-html b-1f2e --lang en --out b-1f2e.html
    """
    from pipeline.flows.verify_report import write_report

    write_report(opened_house(), batch, lang, out)
    click.echo(str(out))
