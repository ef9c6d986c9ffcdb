"""The command line: each command is a few lines over one flow.

Answers go to stdout (``--format table|json|csv``), logs and progress to stderr. Exit codes: 0 done or yes, 1 the answer
is no, 2 usage or configuration, 3 evidence, 4 data or law, 5 service. Heavy libraries are imported inside commands.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import ConfigurationError, EvidenceError, PipelineError

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import RenderableType

    from pipeline.flows.house import House

FORMATS = ("table", "json", "csv")
_CELL_CHARS = 200
_PIPE_WIDTH = 10_000


class _Commands(click.Group):
    """Commands in the order a newcomer needs them, not by alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they were added."""
        _ = ctx
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--project", metavar="FOLDER", help="Project folder; default: LAIYUAN_PROJECT, else the folder you stand in or one above it.")
@click.version_option(package_name="laiyuan")
@click.pass_context
def main(context: click.Context, project: str | None) -> None:
    """Laiyuan 来源: training data whose every document shows where it came from and why it may be used.

    Example: laiyuan init my-corpus && cd my-corpus && laiyuan sources check
    """
    from pipeline.logs import configure_logs

    configure_logs()
    context.obj = project


def run_main() -> None:
    """Run the command line and end with the exit code of the error that stopped it, if one did."""
    try:
        main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except PipelineError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"{ConfigurationError.__name__}: {error.filename or 'a file'}: {error.strerror}; mend it and run it again", err=True)
        sys.exit(ConfigurationError.exit_code)


def _house() -> "House":
    from pipeline.flows.house import open_house
    from pipeline.settings import read_settings

    return open_house(read_settings(click.get_current_context().find_root().obj))


def _formatted(command: Callable[..., Any]) -> Callable[..., Any]:
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
            shown.add_row(*(Text(_cell(value)) for value in row.values()))
        _print_rich(shown)


def _print_rich(shown: "RenderableType") -> None:
    """Print for a person; what goes into a pipe or a file is never folded to the width of a terminal."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console().print(shown)
        return
    console = Console(file=StringIO(), width=_PIPE_WIDTH, color_system=None)
    console.print(shown)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    click.echo("\n".join(line.rstrip() for line in lines))


def _cell(value: object) -> str:
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
def _progress() -> Iterator[Callable[[str, int, int], None]]:
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


def _rows(rows: list[dict[str, Any]], *columns: str) -> "pa.Table":
    import pyarrow as pa

    return pa.table({name: [row.get(name) for row in rows] for name in columns})


_FIRST_STEPS = (
    "laiyuan sources check                                 # what the declaration still lacks",
    "laiyuan policy activate --why 'first policies'",
    "laiyuan sources add my-source",
    "laiyuan sources assess my-source --why 'evidence read'",
    "laiyuan sources admit my-source --why 'own text'",
    "laiyuan run                                           # acquire, gate, deduplicate; ends with the account",
    "laiyuan snapshot publish first-release                # sealed, then 'laiyuan snapshot approve first-release --why ...'",
)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--alone", is_flag=True, help="One person proposes and approves; the governance policy says so from then on.")
def init(folder: Path, alone: bool) -> None:
    """Make a project folder with default policies, an example declaration, a key and an empty warehouse.

    Example: laiyuan init my-corpus --alone
    """
    from pipeline.flows.project import init_project

    init_project(folder, alone=alone)
    click.echo(f"{folder}: ready. sources/my-source holds a commented declaration and two sample documents. Next:")
    click.echo(f"  cd {folder}")
    for step in _FIRST_STEPS:
        click.echo(f"  {step}")
    if not alone:
        click.echo("Whoever proposes a source does not admit it (policies/governance.yaml): a second person runs 'sources admit'.")


@main.group()
def sources() -> None:
    """Declare sources, assess their evidence, admit, refuse or suspend them.

    Example: laiyuan sources add my-source && laiyuan sources assess my-source --why "licence read"
    """


@sources.command("list")
@_formatted
def sources_list() -> "pa.Table":
    """List the declared sources and their states.

    Example: laiyuan sources list --format json
    """
    from pipeline.flows.sources import declared_paths, read_source, state_of

    house = _house()
    found = []
    for path in declared_paths(house.project):
        _, source = read_source(house.project, path.parent.name)
        state, facts = state_of(house, source.source)
        row = {"source": source.source, "kind": source.kind.value, "state": state.value if state else "not added", "why": facts.get("why")}
        found.append({**row, "license": source.license.concluded, "declared": source.license.declared})
    return _rows(found, "source", "kind", "state", "license", "declared", "why")


@sources.command("check")
@click.argument("names", nargs=-1)
@_formatted
def sources_check(names: tuple[str, ...]) -> "pa.Table":
    """Say what each source still lacks before it may be admitted; exit code 1 when any lacks something.

    Example: laiyuan sources check my-source
    """
    from pipeline.flows.sources import declared_paths, lacking

    house = _house()
    wanted = names or tuple(path.parent.name for path in declared_paths(house.project))
    found = []
    for name in wanted:
        try:
            found.append({"source": name, "lacks": "; ".join(lacking(house.project, name))})
        except EvidenceError as missing:
            found.append({"source": name, "lacks": str(missing)})
    click.get_current_context().call_on_close(lambda: sys.exit(1) if any(row["lacks"] for row in found) else None)
    return _rows(found, "source", "lacks")


@sources.command("show")
@click.argument("name")
def sources_show(name: str) -> None:
    """Print a source's declaration, its evidence, its licence conclusion and its history.

    Example: laiyuan sources show my-source
    """
    from pipeline.flows.sources import history_of

    click.echo(json.dumps(history_of(_house(), name), ensure_ascii=False, indent=2, default=str))


@sources.command("add")
@click.argument("names", nargs=-1, required=True)
def sources_add(names: tuple[str, ...]) -> None:
    """Record declarations with their evidence; a changed declaration makes its source proposed again.

    Example: laiyuan sources add my-source
    """
    from pipeline.flows.sources import declare, read_source

    house = _house()
    for name in names:
        path, _ = read_source(house.project, name)
        entry = declare(house, house.os_user(), path)
        click.echo(f"{name}: " + ("stands already" if entry is None else f"proposed (ledger {entry.seq})"))
    house.publish_lineage()


def _state_command(verb: str, state: str, meaning: str) -> None:
    @sources.command(verb, help=f'{meaning}\n\nExample: laiyuan sources {verb} my-source --why "licence text read and stored"')
    @click.argument("names", nargs=-1, required=True)
    @click.option("--why", required=True, help="The reason, for the ledger.")
    def change(names: tuple[str, ...], why: str) -> None:
        from pipeline.domain.sources import SourceState
        from pipeline.flows.sources import change_state

        house = _house()
        for name in names:
            entry = change_state(house, house.os_user(), name, SourceState(state), why)
            click.echo(f"{name}: {state} (ledger {entry.seq})")
        house.publish_lineage()


_state_command("assess", "assessed", "Say that a proposed source's evidence was read and is complete.")
_state_command("admit", "admitted", "Admit an assessed source; from then on it may be acquired from.")
_state_command("refuse", "refused", "Refuse a source; its documents are rejected at the next gating.")
_state_command("suspend", "suspended", "Suspend an admitted source; its documents are held back at the next gating.")


@main.group()
def policy() -> None:
    """Show, preview and activate policies: only an activated policy decides.

    Example: laiyuan policy activate --why "threshold lowered after review"
    """


@policy.command("list")
@_formatted
def policy_list() -> "pa.Table":
    """List the project's policies, and whether the file on disk is the active version.

    Example: laiyuan policy list
    """
    from pipeline.flows.policies import active_digests, read_policies

    house = _house()
    active, fresh = active_digests(house), read_policies(house.project).digests
    found = [
        {"policy": name, "active": active.get(name), "file": digest, "state": "active" if active.get(name) == digest else "edited"}
        for name, digest in fresh.items()
    ]
    return _rows(found, "policy", "state", "active", "file")


@policy.command("preview")
@_formatted
def policy_preview() -> "pa.Table":
    """Say what activating the files on disk would decide anew, before anything changes.

    Example: laiyuan policy preview
    """
    from pipeline.flows.preview import preview

    return _rows(preview(_house()), "policy", "gate", "documents", "scan_again")


@policy.command("activate")
@click.option("--why", required=True, help="The reason, for the ledger.")
def policy_activate(why: str) -> None:
    """Make the policy files on disk the active set.

    Example: laiyuan policy activate --why "first policies"
    """
    from pipeline.flows.policies import activate

    house = _house()
    entry = activate(house, house.os_user(), why)
    click.echo("nothing changed" if entry is None else f"active: {json.loads(entry.body)['policy_set_sha256']} (ledger {entry.seq})")
    house.publish_lineage()


@main.command()
@click.argument("names", nargs=-1)
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be read, and run nothing.")
@click.option("--only", metavar="GLOB", help="Read only files matching this, to backfill part of a delivery.")
@click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True)
def run(names: tuple[str, ...], only_plan: bool, only: str | None, shape: str) -> None:
    """Acquire, gate and deduplicate sources (all admitted ones by default), without Airflow.

    A source that fails is named and the others go on; the exit code is then that of the first failure.

    Example: laiyuan run --plan
    """
    from pipeline.flows.run import plan_rows, run_sources

    house = _house()
    if only_plan:
        print_table(
            _rows(plan_rows(house, names, only), "source", "files", "bytes", "unchanged", "removed", "documents_pending", "first_stage"),
            shape,
        )
        return
    with _progress() as tell:
        failures = run_sources(house, house.os_user(), names, only, tell)
    _print_account(house, shape)
    for source_id, error in failures.items():
        click.echo(f"{source_id}: {type(error).__name__}: {error}", err=True)
    if failures:
        sys.exit(next(iter(failures.values())).exit_code)


def _print_account(house: "House", shape: str) -> None:
    from pipeline.flows.questions import account

    print_table(account(house), shape)


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("question", required=False)
@_formatted
def ask(question: str | None) -> "pa.Table":
    """Ask one of the auditors' questions; without a name, list them. Its parameters are given as --name value.

    Example: laiyuan ask rejects-of-source --source my-source
    """
    from pipeline.flows.questions import ask_question, list_questions

    if question is None:
        return _rows(list_questions(), "question", "asks", "parameters")
    extra = [part for given in click.get_current_context().args for part in (given.split("=", 1) if given.startswith("--") else [given])]
    names = [part.removeprefix("--").replace("-", "_") for part in extra[::2]]
    if len(extra) % 2 or not all(part.startswith("--") for part in extra[::2]):
        raise click.UsageError("parameters are given as --name value")
    return ask_question(_house(), question, dict(zip(names, extra[1::2], strict=True)))


def _document_command(name: str, macro: str, meaning: str) -> None:
    @main.command(name, help=f"{meaning}\n\nExample: laiyuan {name} 0f3a (the start of a document id is enough)")
    @click.argument("document")
    @click.option("--format", "shape", type=click.Choice(("tree", "json")), default="tree", show_default=True)
    def explaining(document: str, shape: str) -> None:
        from pipeline.flows.questions import explain

        steps = explain(_house(), macro, document)
        if shape == "json":
            click.echo(json.dumps(steps, ensure_ascii=False, indent=2, default=str))
        else:
            _print_tree(document, steps)


def _print_tree(document: str, steps: list[dict[str, Any]]) -> None:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(document, style="bold"))
    branches: dict[str, Tree] = {}
    for step in steps:
        name = str(step["step"])
        if name not in branches:
            branches[name] = tree.add(Text(name))
        facts = "  ".join(_cell(value) for key, value in step.items() if key != "step" and value is not None)
        branches[name].add(Text(facts))
    _print_rich(tree)


_document_command(
    "explain", "explain_document", "Show the whole chain behind one document: source, evidence, licence, findings, decisions."
)
_document_command("why-not", "why_not", "Say why a document is not in what would be published today; exit code 0 either way.")


@main.command()
@_formatted
def account() -> "pa.Table":
    """Print the account of today: documents = admitted + redacted + quarantined + rejected, by source and reason.

    Example: laiyuan account --format csv
    """
    from pipeline.flows.questions import account as today

    return today(_house())


@main.group()
def snapshot() -> None:
    """Publish, verify and compare snapshots.

    Example: laiyuan snapshot publish first-release
    """


@snapshot.command("publish")
@click.argument("name")
def snapshot_publish(name: str) -> None:
    """Publish what every required gate admits, under a name; where policy asks for approval it stops before the last step.

    Example: laiyuan snapshot publish first-release
    """
    from pipeline.flows.publish import publish

    house = _house()
    with _progress() as tell:
        entry = publish(house, house.os_user(), name, tell)
    click.echo(json.loads(entry.body)["account"]["snapshot_id"])


@snapshot.command("approve")
@click.argument("name")
@click.option("--why", required=True, help="The reason, for the ledger.")
def snapshot_approve(name: str, why: str) -> None:
    """Approve a sealed snapshot, by its name or the start of its digest, and put it in its place.

    Example: laiyuan snapshot approve first-release --why "account read"
    """
    from pipeline.flows.publish import approve_sealed

    house = _house()
    entry = approve_sealed(house, house.os_user(), name, why)
    click.echo(json.loads(entry.body)["account"]["snapshot_id"])


@snapshot.command("list")
@_formatted
def snapshot_list() -> "pa.Table":
    """List published snapshots.

    Example: laiyuan snapshot list
    """
    from pipeline.flows.snapshots import list_snapshots

    return list_snapshots(_house())


@snapshot.command("show")
@click.argument("name")
def snapshot_show(name: str) -> None:
    """Print a snapshot's manifest.

    Example: laiyuan snapshot show first-release
    """
    from pipeline.flows.snapshots import find_snapshot, manifest

    click.echo(json.dumps(manifest(find_snapshot(_house(), name)), ensure_ascii=False, indent=2))


@snapshot.command("verify")
@click.argument("folder_or_name")
def snapshot_verify(folder_or_name: str) -> None:
    """Recompute a snapshot's digest from its files alone; exit code 1 when anything differs.

    Example: laiyuan snapshot verify first-release
    """
    from pipeline.flows.snapshots import find_snapshot
    from pipeline.standalone.verify_snapshot import verify

    folder = Path(folder_or_name)
    report = verify(folder if (folder / "manifest.json").is_file() else find_snapshot(_house(), folder_or_name))
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    sys.exit(0 if report["holds"] else 1)


@snapshot.command("diff")
@click.argument("before")
@click.argument("after")
@_formatted
def snapshot_diff(before: str, after: str) -> "pa.Table":
    """Say what changed between two snapshots by source, gate and reason; policies that differ go to stderr.

    Example: laiyuan snapshot diff first-release second-release
    """
    from pipeline.flows.snapshots import difference

    changed, policies = difference(_house(), before, after)
    for name, digests in policies.items():
        click.echo(f"policy {name}: {digests}", err=True)
    return changed


@snapshot.command("jsonl")
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
def snapshot_jsonl(name: str, target: Path) -> None:
    """Write a snapshot's rows as JSON lines.

    Example: laiyuan snapshot jsonl first-release release.jsonl
    """
    from pipeline.flows.snapshots import find_snapshot, write_jsonl

    click.echo(f"{write_jsonl(find_snapshot(_house(), name), target)} documents")


@main.group()
def ledger() -> None:
    """Show and check the ledger.

    Example: laiyuan ledger check
    """


@ledger.command("show")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many entries.")
@_formatted
def ledger_show(last: int) -> "pa.Table":
    """Print the last entries of the ledger; a long body is whole in json and csv only.

    Example: laiyuan ledger show --last 5
    """
    found = [
        {"seq": e.seq, "at": e.at, "event": e.event, "actor": e.actor, "actor_proof": e.actor_proof, "hash": e.hash, "body": e.body}
        for e in _house().entries()
    ]
    return _rows(found[-last:], "seq", "at", "event", "actor", "actor_proof", "hash", "body")


@ledger.command("check")
def ledger_check() -> None:
    """Recompute the chain, and the digest of every committed run's rows; exit code 1 when anything differs.

    Example: laiyuan ledger check
    """
    from pipeline.flows.audit import check_ledger

    with _progress() as tell:
        report = check_ledger(_house(), tell)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    sys.exit(0 if report["holds"] else 1)


@ledger.command("publish")
def ledger_publish() -> None:
    """Write lineage.duckdb again, for instance after the warehouse folder moved.

    Example: laiyuan ledger publish
    """
    click.echo(_house().publish_lineage() or "the warehouse is remote: ask with 'laiyuan ask'")


@main.command()
@click.option("--grace-hours", default=24 * 7, show_default=True, help="How long replaced files stay for open readers.")
def maintain(grace_hours: int) -> None:
    """Rewrite committed runs into few sorted files and compact the ledger; no digest changes.

    Example: laiyuan maintain
    """
    from pipeline.flows.maintain import maintain as rewrite

    house = _house()
    click.echo(rewrite(house, house.os_user(), grace_hours=grace_hours).body)
