"""``laiyuan labeling``, the commands about batches: draft, open, pull, close, freeze, hold, export, and what waits for whom."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, progress

if TYPE_CHECKING:
    import pyarrow as pa


@click.command("draft")
@click.argument("rule")
@click.argument("snapshot")
@click.option("--size", type=click.IntRange(min=1), required=True, help="How many items.")
@click.option("--seed", default="1", show_default=True, help="Fixes which items; the same seed gives the same batch.")
@click.option("--source", "sources", multiple=True, help="Only documents of this source (more than once: of any of them).")
@click.option("--language", "languages", multiple=True, help="Only documents in this language.")
@click.option("--producer", default="internal", show_default=True, help="The team or vendor that labels: one producer a batch.")
@click.option("--instance", default="labeling", show_default=True, help="Label Studio server to label on.")
@click.option("--separation", type=click.Choice(("hard", "soft")), default="soft", show_default=True,
              help="hard: verification and safety have servers of their own.")  # fmt: skip
def draft(  # noqa: PLR0913, PLR0917 (options of a command)
    rule: str, snapshot: str, size: int, seed: str, sources: tuple[str, ...], languages: tuple[str, ...], producer: str, instance: str,
    separation: str,
) -> None:  # fmt: skip
    """Draft a batch of a snapshot's documents under an approved rule.

    Example: laiyuan labeling draft text-quality-zh@1.0 first-release --size 200 --language zh
    """
    from pipeline.flows.batches import Choice, Draft, draft_batch

    house = opened_house()
    choice = Choice(size, seed, sources, languages)
    click.echo(draft_batch(house, house.os_user(), Draft(rule, snapshot, choice, producer, instance, separation)))
    house.publish_lineage()


@click.command("open")
@click.argument("batch")
@click.option("--person", "people", multiple=True, required=True, help="Who labels; give it once for each person.")
@click.option("--why", default="opened", show_default=True, help="The reason, for the ledger.")
def open_(batch: str, people: tuple[str, ...], why: str) -> None:
    """Put a draft, or what a judgement sent back, before its annotators, each in a project of their own.

    Example: laiyuan labeling open b-1f2e --person p-0a1b --person p-2c3d
    """
    from pipeline.flows.batches import read_batch
    from pipeline.flows.open_batch import open_batch
    from pipeline.flows.studios import connect_studio

    house = opened_house()
    with connect_studio(house, read_batch(house, batch).instance) as studio:
        entry = open_batch(house, house.os_user(), batch, people, studio, why)
    click.echo(f"open (ledger {entry.seq})")
    house.publish_lineage()


@click.command("reassign")
@click.argument("batch")
@click.option("--person", "people", multiple=True, required=True, help="Who takes it over; give it once for each person.")
@click.option("--why", required=True, help="The reason, for the ledger.")
def reassign(batch: str, people: tuple[str, ...], why: str) -> None:
    """Give what waits for somebody who left, was suspended or is no longer qualified to others: items to label or to verify.

    Example: laiyuan labeling reassign b-1f2e --person p-2c3d --why "p-0a1b left"
    """
    from pipeline.domain.labeling import BatchState
    from pipeline.flows.batches import read_batch
    from pipeline.flows.open_verification import server_for
    from pipeline.flows.reassign import reassign as give
    from pipeline.flows.studios import connect_studio

    house = opened_house()
    found = read_batch(house, batch)
    with connect_studio(house, server_for(house, batch) if found.state is BatchState.VERIFYING else found.instance) as studio:
        entry = give(house, house.os_user(), batch, people, studio, why)
    click.echo(f"{json.loads(entry.body)['items']} items (ledger {entry.seq})" if entry else "nothing waits for others")
    house.publish_lineage()


@click.command("pull")
@click.option("--full", is_flag=True, help="List every task, not only what changed: needed before a freeze.")
@click.option("--instance", "instances", multiple=True, help="Only from this server; default: from all that have work.")
@formatted
def pull(full: bool, instances: tuple[str, ...]) -> "pa.Table":
    """Take over what was written in Label Studio since the last time; running it twice adds nothing.

    Example: laiyuan labeling pull
    """
    from pipeline.cli.printing import rows_table
    from pipeline.flows.pull_labels import instances_with_work, pull_labels
    from pipeline.flows.studios import connect_studio

    house = opened_house()
    found = []
    with progress() as tell:
        for name in instances or instances_with_work(house):
            with connect_studio(house, name) as studio:
                found.append({"instance": name, **pull_labels(house, house.os_user(), studio, is_full=full, tell=tell)})
    house.publish_lineage()
    return rows_table(found, "instance", "projects", "tasks", "new_revisions", "alarms")


def _batch_command(name: str, meaning: str) -> click.Command:
    @click.command(name, help=f'{meaning}\n\nExample: laiyuan labeling {name} b-1f2e --why "looked into"')
    @click.argument("batch")
    @click.option("--why", required=True, help="The reason, for the ledger.")
    def change(batch: str, why: str) -> None:
        from pipeline.flows.batch_steps import STEPS

        house = opened_house()
        entry = STEPS[name](house, house.os_user(), batch, why)
        click.echo(f"{name} (ledger {entry.seq})")
        facts = json.loads(entry.body)
        for kind in ("snapshots", "exports"):
            for each in facts.get(kind, ()):
                click.echo(f"{kind.removesuffix('s')} {each} contains it")
        house.publish_lineage()

    return change


close = _batch_command("close", "End the work on a batch; what is written in Label Studio later no longer counts.")
reopen = _batch_command("reopen", "Open a closed batch again, before its freeze.")
hold = _batch_command("hold", "Stop a batch where it is until somebody decides; an accepted one is recalled.")
resume = _batch_command("resume", "Put a held batch back where it was.")
relabel = _batch_command("relabel", "Send a held batch back for another round.")
void = _batch_command("void", "End a held batch for good: an unlawful item was confirmed in it.")


@click.command("freeze")
@click.argument("batch")
def freeze(batch: str) -> None:
    """Seal the frame of a closed batch; says all that is missing where it cannot be.

    Example: laiyuan labeling freeze b-1f2e
    """
    from pipeline.flows.batches import read_batch
    from pipeline.flows.freeze_batch import freeze_batch
    from pipeline.flows.studios import connect_studio

    house = opened_house()
    with connect_studio(house, read_batch(house, batch).instance) as studio:
        entry = freeze_batch(house, house.os_user(), batch, studio)
    click.echo(f"{json.loads(entry.body)['root']} (ledger {entry.seq})")
    house.publish_lineage()


@click.command("review")
@click.argument("batch")
@click.argument("verdicts", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def review(batch: str, verdicts: Path) -> None:
    """Record a reviewer's verdicts on safety items from a CSV with record_id, is_passed (yes or no) and why.

    Example: laiyuan labeling review b-1f2e verdicts.csv
    """
    from pipeline.flows.freeze_batch import read_reviews, review_items

    house = opened_house()
    entry = review_items(house, house.os_user(), batch, read_reviews(verdicts))
    click.echo(f"{json.loads(entry.body)['items']} items (ledger {entry.seq})")


@click.command("resolve")
@click.argument("alarm")
@click.option("--why", required=True, help="What was found and done, for the ledger.")
def resolve(alarm: str, why: str) -> None:
    """Say what came of an alarm, so that it no longer keeps its batch from the freeze.

    Example: laiyuan labeling resolve 3fa9 --why "text restored by the manager, item labeled again"
    """
    from pipeline.flows.freeze_batch import resolve_alarm

    house = opened_house()
    click.echo(f"resolved (ledger {resolve_alarm(house, house.os_user(), alarm, why).seq})")


@click.command("status")
@click.option("--what", type=click.Choice(("batches", "people", "alarms", "waiting")), default="batches", show_default=True)
@formatted
def status(what: str) -> "pa.Table":
    """Show batches, progress and gold accuracy per person, open alarms, or what waits for whom.

    Example: laiyuan labeling status --what waiting
    """
    from pipeline.flows.labeling_status import STATUS

    return STATUS[what](opened_house())


@click.command("export")
@click.argument("name")
@click.option("--batch", "batches", multiple=True, help="Only this batch; default: every accepted one.")
@click.option("--studio-json", type=click.Path(path_type=Path), help="Write them as Label Studio JSON to this file too.")
def export(name: str, batches: tuple[str, ...], studio_json: Path | None) -> None:
    """Publish accepted labels, joined to their documents, as a snapshot of kind labels; anything not accepted is refused.

    Example: laiyuan labeling export first-labels
    """
    from pipeline.flows.export_labels import export_labels, write_studio_json
    from pipeline.flows.snapshots import find_snapshot

    house = opened_house()
    digest = export_labels(house, house.os_user(), name, batches)
    if studio_json:
        write_studio_json(find_snapshot(house, digest), studio_json)
    click.echo(digest)
    house.publish_lineage()


COMMANDS = (draft, open_, reassign, pull, close, reopen, freeze, review, hold, resume, relabel, void, resolve, status, export)
