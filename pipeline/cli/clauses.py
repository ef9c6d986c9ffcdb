"""``laiyuan clauses``: list the clauses and record a person's judgement on each."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.printing import formatted, opened_house, rows_table

if TYPE_CHECKING:
    import pyarrow as pa


@click.group()
def clauses() -> None:
    """List the clauses a snapshot is judged by, and judge them.

    Example: laiyuan clauses list
    """


@clauses.command("list")
@click.option("--lang", type=click.Choice(("en", "zh")), default="en", show_default=True, help="Language of the wording.")
@formatted
def clauses_list(lang: str) -> "pa.Table":
    """List every clause with how well its text is known and what was judged last.

    Example: laiyuan clauses list --lang zh
    """
    from pipeline.flows.clauses import clause_list
    from pipeline.flows.questions import ask_question

    judged = {row["clause_id"]: row for row in ask_question(opened_house(), "clause-judgements-in-force", {}).to_pylist()}
    found = []
    for clause in clause_list().clauses:
        said = judged.get(clause.id, {})
        words = {"clause": clause.id, "number": clause.number, "certainty": clause.certainty.value, "asks": clause.asks[lang]}
        found.append({**words, "verdict": said.get("verdict", "not judged"), "why": said.get("why"), "plan": said.get("plan")})
    return rows_table(found, "clause", "number", "certainty", "verdict", "why", "plan", "asks")


@clauses.command("judge")
@click.argument("clause")
@click.option("--verdict", type=click.Choice(("conforms", "does_not", "not_applicable")), required=True)
@click.option("--why", required=True, help="The reason, for the ledger and the dossier.")
@click.option("--plan", help="What will be done about a clause that is not met.")
@click.option("--proof", type=click.Path(path_type=Path), multiple=True, help="A document that shows it; its bytes are kept.")
@click.option("--name", help="Your name, kept in the one erasable table of names.")
def clauses_judge(clause: str, verdict: str, why: str, plan: str | None, proof: tuple[Path, ...], name: str | None) -> None:
    """Record your judgement on a clause; one that is not met needs a plan.

    Example: laiyuan clauses judge measures-7-1 --verdict conforms --why "evidence of all sources read"
    """
    from pipeline.domain.clauses import ClauseVerdict
    from pipeline.flows.clauses import judge_clause

    house = opened_house()
    entry = judge_clause(house, house.os_user(), clause, ClauseVerdict(verdict), why=why, plan=plan, proof=proof, name=name)
    click.echo(f"{clause}: {json.loads(entry.body)['verdict']} (ledger {entry.seq})")
