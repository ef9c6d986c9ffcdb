"""``laiyuan duplicates``: look at a cluster, see two copies side by side, and find a text among all documents."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.printing import FORMATS, formatted, opened_house, print_rich, print_table, rows_table

if TYPE_CHECKING:
    import pyarrow as pa

_MEMBER_COLUMNS = (
    "document_id", "source_id", "is_kept", "similarity", "rule", "license", "license_class", "legal_basis", "published_at", "chars",
    "disposition", "reason", "snapshots",
)  # fmt: skip
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


@click.group()
def duplicates() -> None:
    """Show clusters of duplicates, and find a text among all documents.

    Example: laiyuan duplicates find --file text.txt
    """


@duplicates.command("show")
@click.argument("cluster")
@click.option("--diff", "pair", nargs=2, metavar="A B", help="Two members by the start of their ids, their difference to be shown.")
@click.option("--no-diff", is_flag=True, help="Show no text at all.")
@click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True, help="How the answer is printed.")
def duplicates_show(cluster: str, pair: tuple[str, str] | None, no_diff: bool, shape: str) -> None:
    """Show a cluster's members and combined rights, and how two texts differ (the kept copy and the next, or --diff A B).

    The start of the cluster's id, or of a member's, is enough. Texts are shown as they would be published; json and csv hold none.

    Example: laiyuan duplicates show 3fa9 --diff 0f3a 77c1
    """
    from pipeline.errors import EvidenceError
    from pipeline.flows.duplicates import difference_of, show_cluster

    house = opened_house()
    seen = show_cluster(house, cluster)
    if shape == "json":
        click.echo(json.dumps({"members": seen.members, "rights": seen.rights}, ensure_ascii=False, indent=2, default=str))
        return
    print_table(rows_table(seen.members, *_MEMBER_COLUMNS), shape)
    if shape == "csv":
        return
    for name, value in seen.rights.items():
        click.echo(f"{name}: {' '.join(value) if isinstance(value, list) else value}")
    if no_diff and not pair:
        return
    try:
        _print_difference(difference_of(house, seen.members, *(pair or ())))
    except EvidenceError as held:
        if pair:
            raise
        click.echo(str(held), err=True)


def _print_difference(lines: list[str]) -> None:
    """Print a unified difference: in colours on a terminal, plain in a pipe."""
    if not lines:
        click.echo("the two texts are equal as published")
    elif sys.stdout.isatty():
        from rich.text import Text

        print_rich(Text("\n").join(Text(line, style=_STYLES.get(line[:1], "")) for line in lines))
    else:
        click.echo("\n".join(lines))


@duplicates.command("find")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The text, in UTF-8.")
@click.option("--least", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Least similarity shown.")
@formatted
def duplicates_find(path: Path, least: float) -> "pa.Table":
    """Say which documents hold this text or something like it, with similarity, source, licence and snapshots; exit code 1 for none.

    A text at or above the policy's threshold is found; below it, the further below the less surely. Nothing of the text is kept.

    Example: laiyuan duplicates find --file text.txt
    """
    from pipeline.errors import DataError
    from pipeline.flows.duplicates import find_text

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: expected text in UTF-8, found other bytes; convert it first") from None
    found: list[dict[str, Any]] = find_text(opened_house(), text, least=least)
    if not found:
        click.get_current_context().call_on_close(lambda: sys.exit(1))
    return rows_table(found, "document_id", "similarity", "source_id", "license", "disposition", "snapshots")
