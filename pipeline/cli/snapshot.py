"""``laiyuan snapshot``: publish, approve, verify and compare snapshots."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, progress

if TYPE_CHECKING:
    import pyarrow as pa


@click.group()
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

    house = opened_house()
    with progress() as tell:
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

    house = opened_house()
    entry = approve_sealed(house, house.os_user(), name, why)
    click.echo(json.loads(entry.body)["account"]["snapshot_id"])


@snapshot.command("list")
@formatted
def snapshot_list() -> "pa.Table":
    """List published snapshots.

    Example: laiyuan snapshot list
    """
    from pipeline.flows.snapshots import list_snapshots

    return list_snapshots(opened_house())


@snapshot.command("show")
@click.argument("name")
def snapshot_show(name: str) -> None:
    """Print a snapshot's manifest.

    Example: laiyuan snapshot show first-release
    """
    from pipeline.flows.snapshots import find_snapshot, manifest

    click.echo(json.dumps(manifest(find_snapshot(opened_house(), name)), ensure_ascii=False, indent=2))


@snapshot.command("verify")
@click.argument("folder_or_name")
@click.option("--key-id", help="The key that must have signed it, as published by its owner.")
def snapshot_verify(folder_or_name: str, key_id: str | None) -> None:
    """Recompute a snapshot's digest from its files alone and check its signature; exit code 1 when anything differs.

    Example: laiyuan snapshot verify first-release
    """
    from pipeline.flows.snapshots import find_snapshot
    from pipeline.standalone.verify_snapshot import verify

    folder = Path(folder_or_name)
    report = verify(folder if (folder / "manifest.json").is_file() else find_snapshot(opened_house(), folder_or_name), key_id)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    sys.exit(0 if report["holds"] else 1)


@snapshot.command("diff")
@click.argument("before")
@click.argument("after")
@formatted
def snapshot_diff(before: str, after: str) -> "pa.Table":
    """Say what changed between two snapshots by source, gate and reason; policies that differ go to stderr.

    Example: laiyuan snapshot diff first-release second-release
    """
    from pipeline.flows.snapshots import difference

    changed, policies = difference(opened_house(), before, after)
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

    click.echo(f"{write_jsonl(find_snapshot(opened_house(), name), target)} documents")
