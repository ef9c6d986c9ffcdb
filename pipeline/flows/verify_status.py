"""How far the verification of batches is, and what a judgement says, in one line each."""

from collections.abc import Mapping

from pipeline.domain.judging import Judgement
from pipeline.domain.labeling import Outcome
from pipeline.flows.batch_facts import commitment_of, stored_plan
from pipeline.flows.batches import Batch, list_batches, read_batch, subject_of
from pipeline.flows.hits import illegal_hits
from pipeline.flows.house import House
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.verdicts import draws_of, rulings_of, verdicts_of


def verification_status(house: House, batch_id: str | None = None) -> list[Row]:
    """Return one row per batch: plan, commitment, drawn, verdicts and rulings entered, open reports and the judgement.

    Errors are not counted here: who verifies must not see how many pass already.
    """
    batches = [read_batch(house, batch_id)] if batch_id else list_batches(house)
    return [_status(house, batch) for batch in batches]


def _status(house: House, batch: Batch) -> Row:
    plan, verdicts = stored_plan(house, batch), verdicts_of(house, batch)
    judged = register_rows(house, "judgements", **subject_of(batch))
    disputed = sum(row["outcome"] in (Outcome.MISMATCH, Outcome.ILLEGAL) for row in verdicts.values())
    return {
        "batch": batch.batch_id, "state": batch.state.value, "round": batch.round,
        "plan": f"{plan.method} {plan.sample_size}/{plan.max_errors}" if plan else None,
        "committed": commitment_of(house, batch) is not None, "drawn": len(draws_of(house, batch)), "verdicts": len(verdicts),
        "disputed": disputed, "ruled": len(rulings_of(house, batch)),
        "reports": sum(hit.is_confirmed is None for hit in illegal_hits(house, batch)),
        "judged": judged[-1]["outcome"] if judged else None, "separation": batch.separation,
    }  # fmt: skip


def say(judgement: Judgement) -> str:
    """Return a judgement as one line."""
    stated = judgement.statement
    bound = f"at least {stated.lower_bound:.4f} right with {stated.confidence} confidence" if stated.lower_bound is not None else "no bound"
    counts = f"{stated.errors} errors of {stated.verified} verified in a lot of {stated.size}, {bound}"
    return f"{judgement.consequence}: {', '.join(judgement.why)}; {counts}"


def say_holdings(holdings: Mapping[str, list[str]]) -> str:
    """Return where a recalled batch's labels went, a line each; nothing where they went nowhere."""
    lines = [f"snapshot {each} contains it" for each in holdings["snapshots"]]
    return "\n".join([*lines, *(f"export {each} contains it" for each in holdings["exports"])])
