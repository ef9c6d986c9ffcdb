"""``laiyuan report``: what a snapshot consists of, with the warnings that filing practice knows."""

from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    import pyarrow as pa


@click.group()
def report() -> None:
    """Report what a snapshot consists of.

    Example: laiyuan report composition first-release
    """


@report.command("composition")
@click.argument("name", metavar="[SNAPSHOT]", required=False)
@formatted
def report_composition(name: str | None) -> "pa.Table":
    """Print documents, bytes and tokens by kind, origin, language, licence and source; warnings go to stderr.

    Without a name the snapshot published last is reported.

    Example: laiyuan report composition first-release
    """
    from pipeline.flows.composition import composition, newest_snapshot

    house = opened_house()
    wanted = name or newest_snapshot(house)
    if wanted is None:
        raise ConfigurationError("no snapshot was published yet; 'laiyuan ask composition-of-admitted' reports what is admitted")
    table, warnings = composition(house, house.os_user(), wanted)
    for row in warnings.to_pylist():
        if row["rule"] == "sources_per_type":
            click.echo(f"warning: {row['value']}: {row['sources']} source, expected at least {row['limit_value']:.0f} per type", err=True)
        else:
            click.echo(f"warning: {row['largest_share']:.1%} of bytes from overseas, expected at most {row['limit_value']:.0%}", err=True)
    return table
