"""``laiyuan consents``: who agreed to what, for which purpose and how long."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    import pyarrow as pa


@click.group()
def consents() -> None:
    """Record, withdraw and list consents to personal information; no name enters the register.

    Example: laiyuan consents add consents.csv && laiyuan consents list
    """


@consents.command("add")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
def consents_add(path: Path) -> None:
    """Record the consents of a CSV or YAML file in one ledger entry; one that is there already is corrected.

    Example: laiyuan consents add consents.csv
    """
    from pipeline.flows.consents import add_consents

    house = opened_house()
    entry, count = add_consents(house, house.os_user(), path)
    house.publish_lineage()
    click.echo(f"{count} consents recorded (ledger {entry.seq}); 'laiyuan run' decides the documents they speak of again")


@consents.command("withdraw")
@click.argument("consent")
@click.option("--why", required=True, help="The reason, for the ledger.")
@click.option("--from", "since", metavar="DAY", help="From when on (ISO 8601); default: now.")
def consents_withdraw(consent: str, why: str, since: str | None) -> None:
    """Withdraw a consent, by the name it was recorded under or the start of its id; what was done before stays lawful.

    Example: laiyuan consents withdraw consent-17 --why "asked for by mail"
    """
    from pipeline.flows.consents import withdraw_consent

    house = opened_house()
    entry = withdraw_consent(house, house.os_user(), consent, why, _moment(since))
    house.publish_lineage()
    click.echo(f"withdrawn (ledger {entry.seq}); 'laiyuan run' decides the documents it spoke of again")


@consents.command("list")
@click.option("--source", metavar="NAME", help="Only those of one source.")
@formatted
def consents_list(source: str | None) -> "pa.Table":
    """List the consents as their last words left them, and whether each is in force now.

    Example: laiyuan consents list --source my-source
    """
    from pipeline.flows.consents import listed

    columns = ("consent_id", "source_id", "document_id", "kinds", "is_separate", "is_guardian", "valid_from", "valid_to")
    return rows_table(listed(opened_house(), source), *columns, "withdrawn_from", "in_force")


def _moment(written: str | None) -> datetime | None:
    from pipeline.adapters.declarations import moment

    try:
        return None if written is None else moment(written)
    except ValueError:
        raise ConfigurationError(f"expected a date, or a date and time with its offset (ISO 8601), found {written!r}") from None
