"""``laiyuan prove`` and ``laiyuan keys``: what a stranger can check, and who signs it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table

if TYPE_CHECKING:
    import pyarrow as pa


@click.command("prove")
@click.argument("document")
@click.option("--snapshot", help="Name or digest of the snapshot; default: the newest that holds the document.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: proof-<start of the id>.json here.")
def prove(document: str, snapshot: str | None, out: Path | None) -> None:
    """Write a proof that a document is in a published snapshot, for someone who has neither the snapshot nor this command.

    They check it with: python verify_snapshot.py --proof FILE

    Example: laiyuan prove 4bf1a9 --snapshot first-release --out proof.json
    """
    from pipeline.domain.attestations import file_text
    from pipeline.flows.proofs import holding_snapshot, prove
    from pipeline.flows.snapshots import find_snapshot

    house = opened_house()
    proof = prove(house, find_snapshot(house, snapshot or holding_snapshot(house, document)), document)
    target = out or Path(f"proof-{str(proof['document_id'])[:12]}.json")
    target.write_text(file_text(proof), encoding="utf-8")
    click.echo(target)


@click.group()
def keys() -> None:
    """Show and rotate the keys that sign snapshots and ledger heads.

    Example: laiyuan keys list
    """


@keys.command("list")
@formatted
def keys_list() -> "pa.Table":
    """List every signing key the ledger knows, with the entries that brought it into use and retired it.

    Example: laiyuan keys list
    """
    from pipeline.flows.signatures import known_keys

    found = [
        {"key_id": key.key_id, "since": key.since, "until": key.until, "state": "retired" if key.until is not None else "in use"}
        for key in known_keys(opened_house().facts()).values()
    ]
    return rows_table(found, "key_id", "state", "since", "until")


@keys.command("show")
@click.argument("key_id", default="")
def keys_show(key_id: str) -> None:
    """Print a public key as PEM: the one in use, or the one whose id starts with KEY_ID. Publish it where people find it.

    Example: laiyuan keys show > laiyuan.pub.pem
    """
    from pipeline.errors import ConfigurationError
    from pipeline.flows.signatures import known_keys, signing_key

    house = opened_house()
    wanted = key_id or signing_key(house, house.os_user()).key_id
    found = [key for key in known_keys(house.facts()).values() if key.key_id.startswith(wanted)]
    if len(found) != 1:
        raise ConfigurationError(f"key {key_id}: expected one whose id starts so, found {len(found)}; see 'laiyuan keys list'")
    click.echo(found[0].public_pem, nl=False)


@keys.command("rotate")
@click.option("--why", required=True, help="The reason, for the ledger.")
def keys_rotate(why: str) -> None:
    """Retire the signing key for a new one, which the old one signs. What the old one signed stays valid.

    Example: laiyuan keys rotate --why "yearly change"
    """
    from pipeline.flows.signatures import rotate_key, signing_key

    house = opened_house()
    entry = rotate_key(house, house.os_user(), why)
    click.echo(f"{signing_key(house).key_id} (ledger {entry.seq})")
