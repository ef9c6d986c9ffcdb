"""``laiyuan ledger``: show and check the chain of entries."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, progress, rows_table

if TYPE_CHECKING:
    import pyarrow as pa


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


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


@ledger.command("head")
@click.option("--out", type=click.Path(path_type=Path), help="Write the ledger's signed head to this file; default: print it.")
@click.option("--since", type=_FILE, help="An earlier head, proof or attestation of ours: adds the proof that nothing before it changed.")
@click.option("--import", "imported", type=_FILE, help="Keep this head, our own from earlier or another project's, and enter it.")
@click.option("--timestamp", type=_FILE, help="With --import: an RFC 3161 token (.tsr) over the imported file.")
def ledger_head(out: Path | None, since: Path | None, imported: Path | None, timestamp: Path | None) -> None:
    """Sign the ledger's head for keeping elsewhere, or keep a head that comes from elsewhere.

    Example: laiyuan ledger head --out head.json
    """
    from pipeline.domain.attestations import file_text
    from pipeline.flows.proofs import export_head, import_head

    if (imported and (out or since)) or (timestamp and not imported):
        raise click.UsageError("--import goes alone or with --timestamp; --out and --since go together")
    house = opened_house()
    if imported:
        entry = import_head(house, house.os_user(), imported, timestamp)
        click.echo(f"heads/{json.loads(entry.body)['head_sha256']}.json (ledger {entry.seq})")
        return
    text = file_text(export_head(house, since))
    if out:
        out.write_text(text, encoding="ascii")
    click.echo(out or text, nl=out is not None)


@ledger.command("publish")
def ledger_publish() -> None:
    """Write lineage.duckdb again, for instance after the warehouse folder moved.

    Example: laiyuan ledger publish
    """
    click.echo(opened_house().publish_lineage() or "the warehouse is remote: ask with 'laiyuan ask'")
