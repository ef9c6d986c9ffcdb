"""``laiyuan ledger``: show and check the chain of entries."""

import json
import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, progress, rows_table

if TYPE_CHECKING:
    import pyarrow as pa


@click.group()
def ledger() -> None:
    """Show and check the ledger.

    Example: laiyuan ledger check
    """


@ledger.command("show")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many entries.")
@formatted
def ledger_show(last: int) -> "pa.Table":
    """Print the last entries of the ledger; a long body is whole in json and csv only.

    Example: laiyuan ledger show --last 5
    """
    found = [
        {"seq": e.seq, "at": e.at, "event": e.event, "actor": e.actor, "actor_proof": e.actor_proof, "hash": e.hash, "body": e.body}
        for e in opened_house().entries()
    ]
    return rows_table(found[-last:], "seq", "at", "event", "actor", "actor_proof", "hash", "body")


@ledger.command("check")
def ledger_check() -> None:
    """Recompute the chain, and the digest of every committed run's rows; exit code 1 when anything differs.

    Example: laiyuan ledger check
    """
    from pipeline.flows.audit import check_ledger

    with progress() as tell:
        report = check_ledger(opened_house(), tell)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    sys.exit(0 if report["holds"] else 1)


@ledger.command("publish")
def ledger_publish() -> None:
    """Write lineage.duckdb again, for instance after the warehouse folder moved.

    Example: laiyuan ledger publish
    """
    click.echo(opened_house().publish_lineage() or "the warehouse is remote: ask with 'laiyuan ask'")
