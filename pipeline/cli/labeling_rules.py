"""``laiyuan labeling rules`` and ``laiyuan labeling gold``: from a rule's file to its approval, and the items with known answers."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table

if TYPE_CHECKING:
    import pyarrow as pa

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def rules() -> None:
    """Check labeling rules, record drafts, pilot, approve and retire them.

    Example: laiyuan labeling rules check && laiyuan labeling rules add text-quality-zh
    """


@rules.command("list")
@formatted
def rules_list() -> "pa.Table":
    """List every recorded version of every rule, its state and what its pilot showed.

    Example: laiyuan labeling rules list
    """
    from pipeline.flows.labeling_rules import list_rules

    return rows_table(list_rules(opened_house()), "rule_id", "rule_version", "state", "agreement", "actor", "recorded_at", "why")


@rules.command("check")
@click.argument("names", nargs=-1)
@formatted
def rules_check(names: tuple[str, ...]) -> "pa.Table":
    """Say what in rule files is not clear, specific or operable; exit code 1 when anything is found.

    Example: laiyuan labeling rules check text-quality-zh
    """
    from pipeline.flows.labeling_rules import check_rule, rule_path, rule_paths

    project = opened_house().project
    paths = [rule_path(project, name) for name in names] if names else rule_paths(project)
    found = [
        {"file": path.name, "code": each.code.value, "where": each.where, "do": each.do} for path in paths for each in check_rule(path)
    ]
    click.get_current_context().call_on_close(lambda: sys.exit(1) if found else None)
    return rows_table(found, "file", "code", "where", "do")


@rules.command("add")
@click.argument("names", nargs=-1, required=True)
def rules_add(names: tuple[str, ...]) -> None:
    """Record rule files as drafts; an approved version never changes.

    Example: laiyuan labeling rules add text-quality-zh
    """
    from pipeline.flows.labeling_rules import draft_rule, rule_path

    house = opened_house()
    for name in names:
        entry = draft_rule(house, house.os_user(), rule_path(house.project, name))
        click.echo(f"{name}: " + ("stands already" if entry is None else f"draft (ledger {entry.seq})"))
    house.publish_lineage()


@rules.command("pilot")
@click.argument("rule")
@click.option("--answers", type=_FILE, required=True, help="JSON lines or CSV with item, person, the text and the answers.")
@click.option("--adjudicated", type=_FILE, help="The right answers by item; these become the rule's first gold.")
def rules_pilot(rule: str, answers: Path, adjudicated: Path | None) -> None:
    """Record a pilot of a draft: do people who read only the rule agree? Exit code 1 when below the rule's floor.

    Example: laiyuan labeling rules pilot text-quality-zh@1.0 --answers pilot.csv --adjudicated right.csv
    """
    from pipeline.flows.answers import adjudicated_answers, pilot_answers
    from pipeline.flows.labeling_rules import record_pilot, recorded_rule

    house = opened_house()
    known = recorded_rule(house, rule)
    given, payloads = pilot_answers(known, answers)
    right = adjudicated_answers(known, adjudicated) if adjudicated else {}
    entry, agreement, is_met = record_pilot(house, house.os_user(), rule, given, payloads, right)
    value = "not defined (one label only)" if agreement is None else f"{agreement:.4f}"
    click.echo(f"{known.name}: {known.pilot.measure} {value}, floor {known.pilot.floor}, {len(right)} gold items (ledger {entry.seq})")
    house.publish_lineage()
    sys.exit(0 if is_met else 1)


@rules.command("approve")
@click.argument("rule")
@click.option("--why", required=True, help="The reason, for the ledger.")
@formatted
def rules_approve(rule: str, why: str) -> "pa.Table":
    """Approve a draft whose pilot reached its floor; print the labels of the version before that must be revisited.

    Example: laiyuan labeling rules approve text-quality-zh@1.0 --why "pilot read, examples agreed"
    """
    from dataclasses import asdict

    from pipeline.flows.labeling_rules import approve_rule

    house = opened_house()
    entry, revisit = approve_rule(house, house.os_user(), rule, why)
    click.echo(f"{rule}: approved (ledger {entry.seq}); {len(revisit)} labels to revisit", err=True)
    house.publish_lineage()
    return rows_table([asdict(each) for each in revisit], "control", "value", "why")


@rules.command("retire")
@click.argument("rule")
@click.option("--why", required=True, help="The reason, for the ledger.")
def rules_retire(rule: str, why: str) -> None:
    """Retire an approved rule; no batch is drafted or opened under it any more.

    Example: laiyuan labeling rules retire text-quality-zh@1.0 --why "replaced by 2.0"
    """
    from pipeline.flows.labeling_rules import retire_rule

    house = opened_house()
    click.echo(f"{rule}: retired (ledger {retire_rule(house, house.os_user(), rule, why).seq})")
    house.publish_lineage()


@rules.command("show")
@click.argument("rule")
@click.option("--as", "shape", type=click.Choice(("json", "instructions", "config")), default="json", show_default=True)
def rules_show(rule: str, shape: str) -> None:
    """Print a recorded rule with its history, or what annotators see: the instructions (HTML) or the screen (XML).

    Example: laiyuan labeling rules show text-quality-zh --as instructions > instructions.html
    """
    from pipeline.flows.labeling_rules import history_of_rule, recorded_rule
    from pipeline.stages.render_rule import render_config, render_instructions

    house = opened_house()
    if shape == "json":
        click.echo(json.dumps(history_of_rule(house, rule), ensure_ascii=False, indent=2, default=str))
    else:
        known = recorded_rule(house, rule)
        click.echo(render_instructions(known) if shape == "instructions" else render_config(known))


@click.group()
def gold() -> None:
    """Add, list, correct and withdraw gold: items whose right answer is known.

    Example: laiyuan labeling gold add text-quality-zh@1.0 gold.csv --why "agreed by two reviewers"
    """


@gold.command("list")
@click.argument("rule")
@formatted
def gold_list(rule: str) -> "pa.Table":
    """List a rule's gold by id and origin, without its texts.

    Example: laiyuan labeling gold list text-quality-zh
    """
    from pipeline.flows.gold import current_gold
    from pipeline.flows.labeling_rules import recorded_rule

    house = opened_house()
    known = recorded_rule(house, rule)
    rows = [{**row, "is_withdrawn": row["answer"] is None} for row in current_gold(house, known.id, known.major).values()]
    return rows_table(rows, "gold_id", "origin", "is_withdrawn", "answer", "why", "recorded_at")


@gold.command("add")
@click.argument("rule")
@click.argument("file", type=_FILE)
@click.option("--why", required=True, help="The reason, for the ledger.")
def gold_add(rule: str, file: Path, why: str) -> None:
    """Add items with their right answers, from JSON lines or CSV with the text and a key for each question.

    Example: laiyuan labeling gold add text-quality-zh@1.0 gold.csv --why "agreed by two reviewers"
    """
    from pipeline.flows.answers import gold_answers
    from pipeline.flows.gold import add_gold
    from pipeline.flows.labeling_rules import recorded_rule

    house = opened_house()
    entry = add_gold(house, house.os_user(), rule, gold_answers(recorded_rule(house, rule), file), why)
    click.echo(f"{rule}: {json.loads(entry.body)['items']} gold items added (ledger {entry.seq})")
    house.publish_lineage()


@gold.command("correct")
@click.argument("gold_id")
@click.option("--right", type=_FILE, help="File with the right answer; without it the item is withdrawn.")
@click.option("--why", required=True, help="The reason, for the ledger.")
@formatted
def gold_correct(gold_id: str, right: Path | None, why: str) -> "pa.Table":
    """Correct a gold item or withdraw it, and grade again every exam that asked it; print the grades that changed.

    Example: laiyuan labeling gold correct 3f2a --right right.json --why "the rule's edge case says otherwise"
    """
    from pipeline.flows.answers import right_answer
    from pipeline.flows.gold import correct_gold, find_gold
    from pipeline.flows.labeling_rules import rules_of_major

    house = opened_house()
    row = find_gold(house, gold_id)
    answer = right_answer(rules_of_major(house, row["rule_id"], row["major"]), right) if right else None
    changes = correct_gold(house, house.os_user(), gold_id, answer, why, origin="hand")
    house.publish_lineage()
    return rows_table(changes, "person", "rule_version", "function", "attempt", "before", "after")
