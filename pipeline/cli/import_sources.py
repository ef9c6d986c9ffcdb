"""``laiyuan sources import``: many declarations from catalogues, and a reason for every record that becomes none."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import FORMATS, opened_house, print_table, progress, rows_table

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.flows.import_sources import Import

_COLUMNS = ("record", "form", "name", "state", "reasons", "explanation", "license", "permits", "source", "change")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write how each record ended here, as CSV.")
@click.option("--add", is_flag=True, help="Propose what was written, in one ledger entry.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The day the catalogues were fetched; default: today.")
@click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True, help="table: counts; else each record.")
def sources_import(paths: tuple[Path, ...], out: Path | None, *, add: bool, on: datetime | None, shape: str) -> None:
    """Read dataset cards, Croissant, provenance records and CSV, and write a declaration for each record that lacks nothing.

    Each record ends ready, in conflict (statements disagree) or lacking, with every reason at once; none is admitted.

    Example: laiyuan sources import cards/ croissant.json list.csv --out imported.csv
    """
    from pipeline.flows.import_sources import import_sources

    house = opened_house()
    with progress() as tell:
        done = import_sources(house, house.os_user(), paths, add=add, on=on.date() if on else None, tell=tell)
    if out is not None:
        _write(_details(done), out)
    print_table(rows_table(done.summary(), "state", "reason", "records") if shape == "table" else _details(done), shape)
    said = "as imported before" if done.entry is None else f"ledger {done.entry.seq}"
    proposed = f", {done.proposed} proposed" if add else ""
    click.echo(f"{len(done.records)} records{proposed} ({said})", err=True)
    if done.entry is not None or done.proposed:
        house.publish_lineage()


def _details(done: "Import") -> "pa.Table":
    rows = [each.as_row() for each in done.records]
    return rows_table([{key: _whole(value) for key, value in row.items()} for row in rows], *_COLUMNS)


def _whole(value: object) -> object:
    """Return a text as UTF-8 can hold it: a name from JSON may have half a character."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _write(table: "pa.Table", out: Path) -> None:
    """Write the list for a spreadsheet; a name that a spreadsheet would run as a formula is quoted."""
    import csv

    with out.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(table.column_names)
        for row in table.to_pylist():
            rows.writerow(f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value for value in row.values())
