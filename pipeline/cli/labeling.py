"""``laiyuan labeling``: rules, gold and batches. Each group of its commands is a module of its own."""

import click

from pipeline.cli import batches, labeling_rules, trials


@click.group()
def labeling() -> None:
    """Write labeling rules, keep gold, and follow batches through Label Studio.

    Example: laiyuan labeling rules check
    """


for _command in (labeling_rules.rules, labeling_rules.gold, trials.trial, *batches.COMMANDS):
    labeling.add_command(_command)
