"""``laiyuan people``: who labels, what they were trained in, which exam lets them do which work, and when that ends."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.printing import formatted, opened_house, rows_table
from pipeline.domain.labeling import Function, Topic

if TYPE_CHECKING:
    import pyarrow as pa

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_WHY = click.option("--why", required=True, help="The reason, for the ledger.")
_FUNCTION = click.option(
    "--function", type=click.Choice([each.value for each in Function]), default=Function.LABEL.value, show_default=True
)


@click.group()
def people() -> None:
    """Register annotators under pseudonyms, train, examine, qualify, suspend and release them.

    Example: laiyuan people add && laiyuan people list
    """


@people.command("add")
@click.option(
    "--name-file", type=_FILE, help="File whose first line is the name; without it you are asked. A name is no argument: shells keep those."
)
@click.option("--vendor", help="The vendor that employs the person.")
@click.option("--contract", type=_FILE, help="The vendor's contract, kept as evidence.")
def people_add(name_file: Path | None, vendor: str | None, contract: Path | None) -> None:
    """Register an annotator and print the pseudonym that everything else will use.

    Example: laiyuan people add --vendor "Example Data Ltd" --contract contract.pdf
    """
    from pipeline.flows.people import add_person

    house = opened_house()
    name = name_file.read_text(encoding="utf-8-sig").split("\n")[0] if name_file else click.prompt("Name", hide_input=False, err=True)
    click.echo(add_person(house, house.os_user(), name, vendor=vendor, contract=contract))
    house.publish_lineage()


@people.command("invite")
@click.option("--instance", default="labeling", show_default=True, help="Which Label Studio server.")
def people_invite(instance: str) -> None:
    """Print the server's invite link; whoever signs up by it is mapped to a person afterwards.

    Example: laiyuan people invite --instance labeling
    """
    from pipeline.flows.studios import connect_studio

    with connect_studio(opened_house(), instance) as studio:
        click.echo(studio.invite_link())


@people.command("map")
@click.argument("person")
@click.argument("account", type=int)
@click.option("--instance", default="labeling", show_default=True, help="Which Label Studio server.")
def people_map(person: str, account: int, instance: str) -> None:
    """Say that a Label Studio account, by its id on the server, is a person's.

    Example: laiyuan people map p-0123456789 5 --instance labeling
    """
    from pipeline.flows.people import map_account

    house = opened_house()
    click.echo(f"{person}: account {account} on {instance} (ledger {map_account(house, house.os_user(), person, instance, account).seq})")
    house.publish_lineage()


@people.command("train")
@click.argument("person")
@click.option(
    "--topic",
    "topics",
    type=click.Choice([each.value for each in Topic]),
    multiple=True,
    required=True,
    help="Give it once for each topic.",
)
@click.option("--material", type=_FILE, required=True, help="What was taught, kept as evidence.")
@click.option("--at", "completed", type=click.DateTime(), help="When it was completed, in UTC; default: now.")
def people_train(person: str, topics: tuple[str, ...], material: Path, completed: datetime | None) -> None:
    """Record completed training: the task's rules, the tool, quality, data security.

    Example: laiyuan people train p-0123456789 --topic tool --topic quality --material training.pdf
    """
    from pipeline.flows.people import train

    house = opened_house()
    at = completed.replace(tzinfo=UTC) if completed else datetime.now(UTC)
    entry = train(house, house.os_user(), person, tuple(Topic(each) for each in topics), material, at)
    click.echo(f"{person}: trained in {', '.join(topics)} (ledger {entry.seq})")
    house.publish_lineage()


@people.command("exam")
@click.argument("person")
@click.argument("rule")
@_FUNCTION
@click.option("--questions", type=click.Path(path_type=Path, dir_okay=False), help="Write the exam's items here, without answers.")
@click.option("--answers", type=_FILE, help="JSON lines or CSV with gold_id and the person's answers.")
def people_exam(person: str, rule: str, function: str, questions: Path | None, answers: Path | None) -> None:
    """Draw a person's next exam from gold, or grade it; exit code 1 when it was not passed.

    Example: laiyuan people exam p-0123456789 text-quality-zh --questions exam.jsonl
    """
    from pipeline.flows.answers import exam_answers
    from pipeline.flows.exams import draw_exam, plain_tasks, record_exam

    house = opened_house()
    if (questions is None) == (answers is None):
        raise click.UsageError("give either --questions FILE, to draw the exam, or --answers FILE, to grade it")
    known, attempt, items = draw_exam(house, person, rule, Function(function))
    if questions:
        questions.write_text(plain_tasks(items), encoding="utf-8")
        click.echo(f"{person}: attempt {attempt}, {len(items)} items in {questions}")
        return
    given = exam_answers(known, answers) if answers else {}
    entry, grade = record_exam(house, house.os_user(), person, rule, Function(function), given)
    verdict = "passed" if grade.is_passed else "not passed"
    click.echo(f"{person}: {verdict}; {grade.errors} of {grade.items} wrong, {grade.illegal_missed} unlawful missed (ledger {entry.seq})")
    house.publish_lineage()
    sys.exit(0 if grade.is_passed else 1)


@people.command("qualify")
@click.argument("person")
@click.argument("rule")
@_FUNCTION
@_WHY
def people_qualify(person: str, rule: str, function: str, why: str) -> None:
    """Let a trained and examined person work under a rule's major version, until the policy's expiry.

    Example: laiyuan people qualify p-0123456789 text-quality-zh --function label --why "exam passed"
    """
    from pipeline.flows.people import qualify

    house = opened_house()
    entry = qualify(house, house.os_user(), person, rule, Function(function), why)
    click.echo(f"{person}: qualified for {rule}, {function} (ledger {entry.seq})")
    house.publish_lineage()


@people.command("suspend")
@click.argument("person")
@click.option("--rule", "rule_id", help="Only for this rule's id; default: for all.")
@_WHY
def people_suspend(person: str, rule_id: str | None, why: str) -> None:
    """Suspend a person's qualifications; qualifying again lifts it.

    Example: laiyuan people suspend p-0123456789 --why "answers too fast"
    """
    from pipeline.flows.people import suspend

    house = opened_house()
    ended = suspend(house, house.os_user(), person, why, rule_id=rule_id)
    click.echo(f"{person}: suspended for {_named(ended)}")
    house.publish_lineage()


@people.command("revoke")
@click.argument("person")
@click.option("--rule", "rule_id", help="Only for this rule's id; default: for all.")
@click.option("--since", type=click.DateTime(), help="For fraud: from when, in UTC; what was submitted after it no longer counts.")
@_WHY
def people_revoke(person: str, rule_id: str | None, since: datetime | None, why: str) -> None:
    """Revoke a person's qualifications for good, for each rule's major version.

    Example: laiyuan people revoke p-0123456789 --why "account was shared"
    """
    from pipeline.flows.people import revoke

    house = opened_house()
    ended = revoke(house, house.os_user(), person, why, rule_id=rule_id, since=since.replace(tzinfo=UTC) if since else None)
    click.echo(f"{person}: revoked for {_named(ended)}")
    house.publish_lineage()


@people.command("leave")
@click.argument("person")
@_WHY
@formatted
def people_leave(person: str, why: str) -> "pa.Table":
    """Let a person go: accounts and qualifications end, and unfinished items are printed by batch, free for others.

    Example: laiyuan people leave p-0123456789 --why "contract ended"
    """
    from pipeline.flows.people import leave

    house = opened_house()
    freed = leave(house, house.os_user(), person, why)
    house.publish_lineage()
    return rows_table([{"batch_id": name, "items": count} for name, count in sorted(freed.items())], "batch_id", "items")


@people.command("contest")
@click.argument("person")
@click.option("--gold", "gold_id", help="The gold item contested, by the start of its id.")
@click.option("--verdict", help="The verdict contested: batch/round/record.")
@click.option("--answer", type=click.Choice(("upheld", "corrected")), help="Answer the open contest instead of raising one.")
@click.option("--right", type=_FILE, help="With 'corrected': the right answer; without it the gold item is withdrawn.")
@_WHY
@formatted
def people_contest(person: str, gold_id: str | None, verdict: str | None, answer: str | None, right: Path | None, why: str) -> "pa.Table":
    """Contest a gold item or a verdict, once, or answer such a contest; prints the exam grades that changed.

    Example: laiyuan people contest p-0123456789 --gold 3f2a --why "the rule's edge case says otherwise"
    """
    from pipeline.flows import exams
    from pipeline.flows.answers import right_answer
    from pipeline.flows.gold import find_gold
    from pipeline.flows.labeling_rules import rules_of_major

    if (gold_id is None) == (verdict is None):
        raise click.UsageError("name either --gold ID or --verdict BATCH/ROUND/RECORD")
    house, about = opened_house(), gold_id or verdict or ""
    changes = []
    if answer is None:
        exams.contest(house, house.os_user(), person, exams.GOLD if gold_id else exams.VERDICT, about, why)
    elif answer == exams.UPHELD:
        exams.uphold(house, house.os_user(), person, about, why)
    else:
        row = find_gold(house, gold_id) if gold_id else None
        result = right_answer(rules_of_major(house, row["rule_id"], row["major"]), right) if row and right else None
        changes = exams.correct(house, house.os_user(), person, about, result, why)
    house.publish_lineage()
    return rows_table(changes, "person", "rule_version", "function", "attempt", "before", "after")


@people.command("list")
@formatted
def people_list() -> "pa.Table":
    """List annotators by pseudonym: whether they are here, which training is missing and what they may do.

    Example: laiyuan people list --format json
    """
    from pipeline.flows.people import list_people

    return rows_table(list_people(opened_house()), "person", "employment", "vendor", "state", "training_missing", "may")


@people.command("show")
@click.argument("person")
def people_show(person: str) -> None:
    """Print everything the registers hold of a person, the name not among it.

    Example: laiyuan people show p-0123456789
    """
    from pipeline.flows.people import show_person

    click.echo(json.dumps(show_person(opened_house(), person), ensure_ascii=False, indent=2, default=str))


def _named(rows: list[dict[str, Any]]) -> str:
    return ", ".join(f"{row['rule_id']}@{row['major']} {row['function']}" for row in rows)
