"""Verification on the command line: what needs no server, from the plan to the script that re-computes the verdict."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.flows.freeze_batch import freeze_batch
from pipeline.flows.open_verification import open_verification
from pipeline.flows.registers import register_rows
from tests.unit.test_cli import Answer
from tests.verification_kit import ANNOTATORS, World, make_project, more_members, world_in


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A project with an open batch's worth of texts and qualified people."""
    folder = tmp_path_factory.mktemp("verify") / "corpus"
    with more_members():
        yield world_in(folder, make_project(folder, 30, acceptance={"claim": "0.70", "confidence": "0.95", "max_errors": 1}))


def test_from_the_plan_to_the_recomputed_verdict(world: World, tmp_path: Path) -> None:
    project, secret = world.house.project, tmp_path / "secret"
    batch = world.draft(30)
    world.open(batch)
    world.answer(ANNOTATORS)
    world.pull()

    def run(*words: str) -> Answer:
        return Answer(project, "verify", *words)

    refused = run("plan", batch.batch_id, "--claim", "0.99", "--max-errors", "2")
    assert refused.code == 2
    assert "cannot prove it" in refused.err
    planned = run("plan", batch.batch_id[:6], "--max-errors", "1")
    assert (planned.code, "which covers the claim of 70 %" in planned.out) == (0, True), planned.err
    assert run("plan", batch.batch_id).code == 3
    committed = run("commit", batch.batch_id, "--secret", str(secret))
    assert committed.code == 0
    assert secret.read_text(encoding="ascii").strip() not in committed.out
    assert run("commit", batch.batch_id, "--secret", str(tmp_path / "second")).code == 3
    assert Answer(project, "labeling", "close", batch.batch_id, "--why", "all answered").code == 0
    world.pull(is_full=True)
    freeze_batch(world.house, world.actor, batch.batch_id, world.studio())
    drawn = run("draw", batch.batch_id, "--secret", str(secret))
    assert (drawn.code, "of 30 items drawn" in drawn.out) == (0, True), drawn.err
    assert run("judge", batch.batch_id).code == 3
    open_verification(world.house, world.actor, batch.batch_id, [world.people["verifier"]], world.studio())
    world.answer(["verifier"])
    world.pull()
    (row,) = json.loads(run("status", batch.batch_id, "--format", "json").out)
    assert (row["state"], row["committed"], row["plan"].startswith("claim ")) == ("verifying", True, True)
    judged = run("judge", batch.batch_id)
    assert (judged.code, judged.out.startswith("accepted: plan_met; 0 errors")) == (0, True), judged.err
    assert run("recompute", batch.batch_id, "--out", str(tmp_path / "files")).code == 3
    assert run("reveal", batch.batch_id, "--secret", str(secret)).code == 0
    again = run("recompute", batch.batch_id, "--out", str(tmp_path / "files"))
    assert (again.code, json.loads(again.out)["agrees"]) == (0, True), again.err
    page = run("report-html", batch.batch_id, "--lang", "en", "--out", str(tmp_path / "page.html"))
    assert (page.code, "Operating characteristic" in (tmp_path / "page.html").read_text(encoding="utf-8")) == (0, True), page.err
    steps = Answer(project, "ask", "who-accepted-batch", "--batch", batch.batch_id, "--format", "json")
    names = [row["step"] for row in json.loads(steps.out)]
    assert names[-3:] == ["judged", "accepted", "revealed"]
    assert json.loads(Answer(project, "ask", "draws-not-sealed", "--format", "json").out) == []
    record = json.loads(Answer(project, "ask", "batches-holding-document", "--document", _document(world), "--format", "json").out)
    digest = Answer(project, "labeling", "export", "labels").out.strip()
    told = run("report", batch.batch_id, record[0]["record_id"][:12], "--why", "complaint 1")
    assert (told.code, f"snapshot {digest} contains it" in told.out) == (0, True), told.err
    (row,) = json.loads(run("status", "--format", "json").out)
    assert (row["state"], row["reports"]) == ("held", 1)


def _document(world: World) -> str:
    return str(register_rows(world.house, "batch_items")[0]["document_id"])
