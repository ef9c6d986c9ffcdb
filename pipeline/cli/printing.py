"""How answers are printed: tables, JSON, CSV, trees and progress.

Answers go to stdout, progress to stderr: a bar on a terminal, one log line per step elsewhere. What goes into a pipe
or a file is never folded to the width of a terminal.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import RenderableType

    from pipeline.flows.house import House

FORMATS = ("table", "json", "csv")
_CELL_CHARS = 200
_PIPE_WIDTH = 10_000


def opened_house() -> "House":
    """Return the project that ``--project``, the environment or the folder we stand in names."""
    from pipeline.flows.house import open_house
    from pipeline.settings import read_settings

    return open_house(read_settings(click.get_current_context().find_root().obj))


def formatted(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--format`` and print the table it returns."""

    @click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True, help="How the answer is printed.")
    @wraps(command)
    def printing(*args: Any, shape: str, **kwargs: Any) -> None:
        print_table(command(*args, **kwargs), shape)

    return printing


def print_table(table: "pa.Table", shape: str) -> None:
    """Print a table as JSON rows, CSV, or columns that are folded on a terminal and whole in a pipe; a long cell is cut there."""
    if shape == "json":
        click.echo(json.dumps(table.to_pylist(), ensure_ascii=False, indent=2, default=str))
    elif shape == "csv":
        from pyarrow import csv

        csv.write_csv(_flat(table), sys.stdout.buffer)
    else:
        from rich.table import Table
        from rich.text import Text

        shown = Table(box=None, header_style="bold")
        for name in table.column_names:
            shown.add_column(name, overflow="fold")
        for row in table.to_pylist():
            # Text, because a reason given by a person may hold what would otherwise be read as markup.
            shown.add_row(*(Text(cell(value)) for value in row.values()))
        print_rich(shown)


def print_rich(shown: "RenderableType") -> None:
    """Print for a person; what goes into a pipe or a file is never folded to the width of a terminal."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console().print(shown)
        return
    console = Console(file=StringIO(), width=_PIPE_WIDTH, color_system=None)
    console.print(shown)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    click.echo("\n".join(line.rstrip() for line in lines))


def cell(value: object) -> str:
    """Return a value as one cell of a table, cut where it is long."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    text = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else str(value)
    return text if len(text) <= _CELL_CHARS else text[: _CELL_CHARS - 1] + "…"


def _flat(table: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    def flat(column: "pa.ChunkedArray") -> "pa.ChunkedArray | pa.Array":
        if pa.types.is_nested(column.type):
            return pa.array([None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in column.to_pylist()])
        return column

    return pa.table({name: flat(table[name]) for name in table.column_names})


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress: a bar on a terminal, one log line per step elsewhere."""
    if not sys.stderr.isatty():
        import structlog

        log = structlog.get_logger()
        yield lambda step, done, total: log.info("progress", stage=step, done=done, total=total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        known: dict[str, Any] = {}

        def tell(step: str, done: int, total: int) -> None:
            name = step.partition(":")[0]
            if name not in known:
                known[name] = bars.add_task(name, total=total)
            bars.update(known[name], completed=done, total=total, description=step)

        yield tell


def rows_table(rows: list[dict[str, Any]], *columns: str) -> "pa.Table":
    """Return rows as a table with just these columns; a key that is missing is null."""
    import pyarrow as pa

    return pa.table({name: [row.get(name) for row in rows] for name in columns})


def print_tree(document: str, steps: list[dict[str, Any]]) -> None:
    """Print the steps of one document as a tree, a branch for each kind of step."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(document, style="bold"))
    branches: dict[str, Tree] = {}
    for step in steps:
        name = str(step["step"])
        if name not in branches:
            branches[name] = tree.add(Text(name))
        facts = "  ".join(cell(value) for key, value in step.items() if key != "step" and value is not None)
        branches[name].add(Text(facts))
    print_rich(tree)
