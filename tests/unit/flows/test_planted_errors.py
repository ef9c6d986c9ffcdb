"""Planted error rates of 1, 3 and 12 % over 1,000 items and three annotators lead to the right verdicts, by every flow but a real server.

53 of 1,000 labels are wrong. With the plans below the chance of another verdict is under one in a thousand.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.judging import Consequence, Judgement, Why
from pipeline.domain.labeling import BatchState, Function, UsedFor
from pipeline.domain.sampling import ClaimPlan
from pipeline.flows.batches import Batch
from pipeline.flows.judge import judge, reveal, write_verdict_files
from pipeline.flows.people import qualify
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.verdicts import draws_of
from pipeline.standalone.recompute_verdict import recompute
from tests.verification_kit import ANNOTATORS, AUDITOR, World, make_project, more_members, right_label, world_in

SIZE = 1000
RATES = {"annotator-1": 0.01, "annotator-2": 0.03, "annotator-3": 0.12}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A project with a snapshot of 1,000 texts."""
    with more_members():
        made = make_project(tmp_path / "corpus", SIZE, acceptance={"claim": "0.90", "confidence": "0.95", "max_errors": 40})
        yield world_in(tmp_path / "corpus", made)


def judged(world: World, rule: ClaimPlan) -> tuple[Batch, set[str], Judgement]:
    """Label a batch at the planted rates, verify it under a rule and judge it; return what was planted too."""
    batch = world.draft(SIZE, rule.claim)
    world.open(batch)
    wrong = set()
    for role in ANNOTATORS:
        placed = register_rows(world.house, "placements", batch_id=batch.batch_id, person=world.people[role], purpose="label")
        wrong |= {row["record_id"] for row in placed[: round(RATES[role] * len(placed))]}

    def label(text: str, row: Row) -> str:
        is_wrong = row["purpose"] == "label" and row["record_id"] in wrong
        return {"usable": "broken", "broken": "usable"}[right_label(text)] if is_wrong else right_label(text)

    world.answer(ANNOTATORS, label)
    world.pull()
    world.seal(batch, rule)
    world.draw(batch)
    world.verify(batch, ("verifier", "verifier-2"))
    world.adjudicate(batch)
    return batch, wrong, judge(world.house, world.actor, batch.batch_id)[1]


def test_sent_back_at_97_percent_and_accepted_at_90(world: World, tmp_path: Path) -> None:
    batch, wrong, judgement = judged(world, ClaimPlan("0.90", "0.95", 40))
    assert len(wrong) == 53
    drawn = {row["record_id"] for row in draws_of(world.house, batch) if row["used_for"] == UsedFor.ACCEPTANCE}
    assert judgement.statement.errors == len(wrong & drawn)
    assert judgement.consequence is Consequence.ACCEPTED
    assert judgement.statement.upper_defects is not None
    assert 53 <= judgement.statement.upper_defects <= 100
    bad = world.people["annotator-3"]
    assert judgement.suspend == (bad,)
    reveal(world.house, AUDITOR, batch.batch_id, world.secret)
    write_verdict_files(world.house, batch.batch_id, tmp_path / "files")
    assert recompute(tmp_path / "files")["agrees"]
    # Whom the first verdict suspended may work again once a person says so: the second batch is labeled by the same three.
    qualify(world.house, world.actor, bad, "quality@1.0", Function.LABEL, "gold does not speak against them")
    batch, _, judgement = judged(world, ClaimPlan("0.97", "0.95", 10))
    assert (judgement.consequence, judgement.why) == (Consequence.RELABEL, (Why.TOO_MANY_ERRORS,))
    assert world.state(batch) is BatchState.RELABEL
    assert judgement.suspend == (bad,)
