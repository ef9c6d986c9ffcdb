"""``laiyuan subject``: answer a person who asks what is held about them."""

import json
from pathlib import Path

import click

from pipeline.cli.printing import opened_house


@click.group()
def subject() -> None:
    """Answer a person who asks which documents, snapshots and label tasks hold their data.

    Example: laiyuan subject find --type mobile
    """


@subject.command("find")
@click.option("--type", "kind", required=True, help="mobile, id-card, email, or a kind as findings name it.")
@click.option("--file", "path", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File with one value a line.")
def subject_find(kind: str, path: Path | None) -> None:
    """Say which documents, snapshots and label tasks hold a value; it is asked for, or read from a file, never an argument.

    Example: laiyuan subject find --type mobile --file number.txt
    """
    from pipeline.flows.subject import find_subject

    if path is not None:
        values = path.read_text(encoding="utf-8-sig").splitlines()
    else:
        values = [click.prompt("Value (not shown, not kept)", hide_input=True, err=True)]
    house = opened_house()
    click.echo(json.dumps(find_subject(house, house.os_user(), kind, values), ensure_ascii=False, indent=2))
