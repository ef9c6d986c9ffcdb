"""``laiyuan audit`` and ``laiyuan rebuild``: recompute what the record claims."""

import json
import sys
from pathlib import Path

import click

from pipeline.cli.printing import opened_house, progress


@click.group()
def audit() -> None:
    """Recompute everything the record claims: ledger, tables, texts, snapshots, evidence, keys and kept heads.

    Example: laiyuan audit check --against head.json
    """


@audit.command("check")
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A signed head, proof or attestation kept elsewhere."
)
def audit_check(against: Path | None) -> None:
    """Name every table, run, entry, document and file that changed; exit code 1 when anything did.

    Example: laiyuan audit check --against head.json
    """
    from pipeline.flows.audit_files import check_everything

    with progress() as tell:
        report = check_everything(opened_house(), against, tell)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    sys.exit(0 if report["holds"] else 1)


@click.command("rebuild")
@click.argument("snapshot")
def rebuild(snapshot: str) -> None:
    """Derive a snapshot again from the record up to its ledger entry, and compare; exit code 1 when anything differs.

    Documents lawfully erased since are listed with their entry; code that changed since is listed file by file.

    Example: laiyuan rebuild first-release
    """
    from pipeline.flows.rebuild import rebuild as rebuilt

    with progress() as tell:
        report = rebuilt(opened_house(), snapshot, tell)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    sys.exit(0 if report["holds"] else 1)
