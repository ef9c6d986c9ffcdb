"""``laiyuan policy``: show, preview and activate policies."""

import json
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table

if TYPE_CHECKING:
    import pyarrow as pa


@click.group()
def policy() -> None:
    """Show, preview and activate policies: only an activated policy decides.

    Example: laiyuan policy activate --why "threshold lowered after review"
    """


@policy.command("list")
@formatted
def policy_list() -> "pa.Table":
    """List the project's policies, and whether the file on disk is the active version.

    Example: laiyuan policy list
    """
    from pipeline.flows.policies import active_digests, read_policies

    house = opened_house()
    active, fresh = active_digests(house), read_policies(house.project).digests
    found = [
        {"policy": name, "active": active.get(name), "file": digest, "state": "active" if active.get(name) == digest else "edited"}
        for name, digest in fresh.items()
    ]
    return rows_table(found, "policy", "state", "active", "file")


@policy.command("preview")
@formatted
def policy_preview() -> "pa.Table":
    """Say what activating the files on disk would decide anew, before anything changes.

    Example: laiyuan policy preview
    """
    from pipeline.flows.preview import COLUMNS, preview

    return rows_table(preview(opened_house()), *COLUMNS)


@policy.command("activate")
@click.option("--why", required=True, help="The reason, for the ledger.")
def policy_activate(why: str) -> None:
    """Make the policy files on disk the active set.

    Example: laiyuan policy activate --why "first policies"
    """
    from pipeline.flows.policies import activate

    house = opened_house()
    entry = activate(house, house.os_user(), why)
    click.echo("nothing changed" if entry is None else f"active: {json.loads(entry.body)['policy_set_sha256']} (ledger {entry.seq})")
    house.publish_lineage()
