"""``laiyuan sources sample | verdicts`` and ``laiyuan pi``: samples that people read, with exact bounds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.flows.samples import Result

_WHEN = click.option("--when", type=click.Choice(("before", "after")), required=True, help="Before collection, or of what was collected.")
_SHEET = click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where the sheet is written, for you only."
)


def _told(result: "Result") -> str:
    return (
        f"{result.errors} of {result.sample_size} wrong ({result.point:.2%}); "
        f"with 95 % confidence at most {result.upper_defects} of {result.size} ({result.upper:.2%}) (ledger {result.entry.seq})"
    )


@click.command("sample")
@click.argument("name")
@_WHEN
@click.option("--size", type=click.IntRange(min=1), default=200, show_default=True, help="How many items are read.")
@_OUT
def sources_sample(name: str, when: str, size: int, out: Path) -> None:
    """Draw a sample of a source and write it as a sheet; fill in its column verdict: right, wrong or unverifiable.

    Example: laiyuan sources sample my-source --when before --size 100 --out sheet.csv
    """
    from pipeline.flows.assessments import draw_source

    house = opened_house()
    entry = draw_source(house, house.os_user(), name, when, size, out)
    click.echo(f"{out}: drawn (ledger {entry.seq})")


@click.command("verdicts")
@click.argument("name")
@_WHEN
@_SHEET
def sources_verdicts(name: str, when: str, sheet: Path) -> None:
    """Take a judged sheet over; exit code 1 when the source holds too much that is unlawful.

    Example: laiyuan sources verdicts my-source --when before sheet.csv
    """
    from pipeline.flows.assessments import judge_source

    house = opened_house()
    result, is_passed = judge_source(house, house.os_user(), name, when, sheet)
    click.echo(f"{name}: {_told(result)}: {'passes' if is_passed else 'does not pass'}")
    house.publish_lineage()
    sys.exit(0 if is_passed else 1)


@click.group()
def pi() -> None:
    """Estimate what the personal-information gate missed, and how often it is right.

    Example: laiyuan pi audit first-release --size 300 --out sheet.csv
    """


@pi.command("audit")
@click.argument("snapshot")
@click.option("--size", type=click.IntRange(min=1), default=300, show_default=True, help="How many texts are read.")
@_OUT
def pi_audit(snapshot: str, size: int, out: Path) -> None:
    """Draw a sample of published texts; its reader writes wrong where personal information is left in one.

    Example: laiyuan pi audit first-release --size 300 --out sheet.csv
    """
    from pipeline.flows.pi_audit import draw_residual

    house = opened_house()
    entry = draw_residual(house, house.os_user(), snapshot, size, out)
    click.echo(f"{out}: drawn (ledger {entry.seq})")


@pi.command("verdicts")
@click.argument("snapshot")
@_SHEET
def pi_verdicts(snapshot: str, sheet: Path) -> None:
    """Take a judged sheet over and state the residual rate with its exact upper bound.

    Example: laiyuan pi verdicts first-release sheet.csv
    """
    from pipeline.flows.pi_audit import judge_residual

    house = opened_house()
    click.echo(_told(judge_residual(house, house.os_user(), snapshot, sheet)))
    house.publish_lineage()


@pi.command("precision")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a sample of the findings of every rule here.")
@click.option("--each-rule", type=click.IntRange(min=1), default=20, show_default=True, help="How many findings of each rule.")
@click.option("--verdicts", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Take the judged sheet over.")
@formatted
def pi_precision(out: Path | None, each_rule: int, verdicts: Path | None) -> "pa.Table":
    """Say how often each rule is right: write a sheet of its findings, or take the judged one over.

    Example: laiyuan pi precision --out findings.csv
    """
    import pyarrow as pa

    from pipeline.flows.pi_audit import draw_findings, judge_findings

    if (out is None) == (verdicts is None):
        raise click.UsageError("give either --out FILE or --verdicts FILE")
    house = opened_house()
    if verdicts is not None:
        return judge_findings(house, house.os_user(), verdicts)
    assert out is not None
    return pa.table({"sheet": [str(out)], "findings": [draw_findings(house, each_rule, out)]})
