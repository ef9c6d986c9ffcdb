"""``laiyuan dossier``: the Art. 19 dossier of a snapshot as one HTML file, PDF, and filing tables as CSV."""

from pathlib import Path

import click

from pipeline.cli.printing import opened_house


@click.command()
@click.argument("snapshot")
@click.option("--lang", type=click.Choice(("zh", "en")), default="zh", show_default=True)
@click.option("--audience", type=click.Choice(("regulator", "public")), default="regulator", show_default=True)
@click.option("--as-of", metavar="DATE", help="The state of that day or moment; default: now.")
@click.option("--out", type=click.Path(path_type=Path), help="HTML file to write.")
@click.option("--pdf", type=click.Path(path_type=Path), help="PDF file to write, through a Chromium on this host.")
@click.option("--csv", "tables", type=click.Path(path_type=Path), help="Folder for the filing tables as CSV.")
def dossier(  # noqa: PLR0913, PLR0917 (one per option)
    snapshot: str, lang: str, audience: str, as_of: str | None, out: Path | None, pdf: Path | None, tables: Path | None
) -> None:
    """Write what Art. 19 asks a provider to explain: sources, scale, types, labeling rules and verification, gaps first.

    Example: laiyuan dossier first-release --lang zh --audience regulator --out dossier.html --csv filing
    """
    from pipeline.flows.dossier import Wanted, write_dossier, write_filing_tables

    if out is None and pdf is None and tables is None:
        raise click.UsageError("nothing to write: give --out, --pdf or --csv")
    house = opened_house()
    wanted = Wanted(snapshot, lang, audience, as_of)
    written = write_dossier(house, house.os_user(), wanted, out, pdf) if out or pdf else []
    written += write_filing_tables(house, house.os_user(), wanted, tables) if tables else []
    for path in written:
        click.echo(path)
    house.publish_lineage()
