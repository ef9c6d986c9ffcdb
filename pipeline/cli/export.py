"""``laiyuan export``: a snapshot in the formats that others read."""

import json

import click

from pipeline.cli.printing import opened_house


@click.group()
def export() -> None:
    """Export a snapshot: Croissant, OpenLineage, Data & Trust Alliance provenance, EU summary, AB 2013.

    Example: laiyuan export croissant first-release --out croissant.json
    """


def _export_command(format_: str, meaning: str) -> click.Command:
    @click.command(format_, help=f"{meaning}\n\nExample: laiyuan export {format_} first-release --out {format_}.json")
    @click.argument("snapshot")
    @click.option("--out", "target", required=True, metavar="FILE", help="File to write.")
    def exporting(snapshot: str, target: str) -> None:
        _make(format_, snapshot, target)

    return exporting


def _make(format_: str, snapshot: str, target: str) -> None:
    from pipeline.flows.exports import make_export

    house = opened_house()
    entry = make_export(house, house.os_user(), format_, snapshot, target)
    click.echo(f"{target}: sha256 {json.loads(entry.body)['sha256']} (ledger {entry.seq})")


for _format, _meaning in (
    ("croissant", "Write Croissant 1.1 JSON-LD with the RAI vocabulary; file addresses are relative to the snapshot's folder."),
    ("provenance", "Write the fields of the Data & Trust Alliance's Data Provenance Standards."),
    ("eu-summary", "Write the EU Art. 53(1)(d) summary as JSON; its items are as reported."),
    ("ab2013", "Write the items of California's AB 2013 as JSON; they are as reported."),
):
    export.add_command(_export_command(_format, _meaning))


@export.command("openlineage")
@click.argument("snapshot")
@click.option("--to", "--out", "target", required=True, metavar="FILE|URL", help="File for JSON lines, or the address of an endpoint.")
def export_openlineage(snapshot: str, target: str) -> None:
    """Write or post OpenLineage events of every run committed up to the snapshot's publication.

    Example: laiyuan export openlineage first-release --to events.jsonl
    """
    _make("openlineage", snapshot, target)
