"""``laiyuan sources``: declare, assess, admit, refuse or suspend where documents come from."""

import json
import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table
from pipeline.errors import ConfigurationError, EvidenceError

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa


@click.group()
def sources() -> None:
    """Declare sources, assess their evidence, admit, refuse or suspend them.

    Example: laiyuan sources add my-source && laiyuan sources assess my-source --why "licence read"
    """


@sources.command("list")
@formatted
def sources_list() -> "pa.Table":
    """List the declared sources and their states.

    Example: laiyuan sources list --format json
    """
    from pipeline.flows.sources import declared_paths, read_source, state_of

    house = opened_house()
    found = []
    for path in declared_paths(house.project):
        _, source = read_source(house.project, path.parent.name)
        state, facts = state_of(house, source.source)
        row = {"source": source.source, "kind": source.kind.value, "state": state.value if state else "not added", "why": facts.get("why")}
        found.append({**row, "license": source.license.concluded, "declared": source.license.declared})
    return rows_table(found, "source", "kind", "state", "license", "declared", "why")


@sources.command("check")
@click.argument("names", nargs=-1)
@formatted
def sources_check(names: tuple[str, ...]) -> "pa.Table":
    """Say what each source still lacks before it may be admitted; exit code 1 when any lacks something.

    Example: laiyuan sources check my-source
    """
    from pipeline.flows.sources import declared_paths, lacking

    house = opened_house()
    wanted = names or tuple(path.parent.name for path in declared_paths(house.project))
    found = []
    for name in wanted:
        try:
            found.append({"source": name, "lacks": "; ".join(lacking(house.project, name))})
        except EvidenceError as missing:
            found.append({"source": name, "lacks": str(missing)})
    click.get_current_context().call_on_close(lambda: sys.exit(1) if any(row["lacks"] for row in found) else None)
    return rows_table(found, "source", "lacks")


@sources.command("show")
@click.argument("name")
def sources_show(name: str) -> None:
    """Print a source's declaration, its evidence, its licence conclusion and its history.

    Example: laiyuan sources show my-source
    """
    from pipeline.flows.sources import history_of

    click.echo(json.dumps(history_of(opened_house(), name), ensure_ascii=False, indent=2, default=str))


@sources.command("basis")
@click.argument("name")
@click.option("--on", required=True, metavar="DAY", help="The day or moment asked about (ISO 8601).")
@click.option("--as-known", metavar="DAY", help="The day or moment whose knowledge counts; default: now.")
@formatted
def sources_basis(name: str, on: str, as_known: str | None) -> "pa.Table":
    """Say whether using a source was lawful on one day, as known on another; exit code 1 when it was not.

    Example: laiyuan sources basis my-source --on 2026-03-01 --as-known 2026-04-01
    """
    from pipeline.flows.standing import standing_on

    found = standing_on(opened_house(), name, _day(on), _day(as_known))
    if not found.is_lawful:
        click.get_current_context().call_on_close(lambda: sys.exit(1))
    answer = {"source": name, "is_lawful": found.is_lawful, "why": found.why, "state": found.state}
    grounds = [(each, True) for each in found.grounds] + [(each, False) for each in found.lapsed]
    rows = [
        {**answer, **{name: getattr(each, name) for name in ("regime", "basis", "clause", "valid_from", "valid_to")}, "holds": holds}
        for each, holds in grounds
    ]
    return rows_table(
        rows or [answer], "source", "is_lawful", "why", "state", "regime", "basis", "clause", "valid_from", "valid_to", "holds"
    )


def _day(written: str | None) -> "datetime":
    """Return a day or moment in UTC; now for none."""
    from datetime import UTC, datetime

    from pipeline.adapters.declarations import moment

    try:
        return datetime.now(UTC) if written is None else moment(written)
    except ValueError:
        raise ConfigurationError(f"expected a date, or a date and time with its offset (ISO 8601), found {written!r}") from None


@sources.command("add")
@click.argument("names", nargs=-1, required=True)
def sources_add(names: tuple[str, ...]) -> None:
    """Record declarations with their evidence; a changed declaration makes its source proposed again.

    Example: laiyuan sources add my-source
    """
    from pipeline.flows.sources import declare, read_source

    house = opened_house()
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

        house = opened_house()
        for name in names:
            entry = change_state(house, house.os_user(), name, SourceState(state), why)
            click.echo(f"{name}: {state} (ledger {entry.seq})")
            for held in json.loads(entry.body).get("held_by", []):
                click.echo(f"{name}: {held['documents']} documents are held by {held['kind']} {held['name']}")
        house.publish_lineage()


_state_command("assess", "assessed", "Say that a proposed source's evidence was read and is complete.")
_state_command("admit", "admitted", "Admit an assessed source; from then on it may be acquired from.")
_state_command("refuse", "refused", "Refuse a source; its documents are rejected at the next gating.")
_state_command("suspend", "suspended", "Suspend an admitted source; its documents are held back at the next gating.")
