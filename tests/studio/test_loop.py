"""The whole of labeling and verification on a real server: people, rule, batch, one of them in a real browser, verdict, script."""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.judging import Consequence
from pipeline.flows.batches import Choice, Draft, draft_batch, read_batch
from pipeline.flows.judge import VERIFIER, write_verdict_files
from pipeline.flows.open_batch import open_batch
from pipeline.flows.pull_labels import pull_labels
from pipeline.flows.registers import register_rows
from pipeline.flows.verdicts import draws_of, rulings_of
from tests.studio.conftest import ROOT

ITEMS = 36
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> Iterator[Any]:
    """The labeling demo's functions, which people run too."""
    sys.path.insert(0, str(ROOT / "examples"))
    import labeling_demo

    yield labeling_demo
    sys.path.remove(str(ROOT / "examples"))


def label_in_browser(url: str, email: str, password: str, project: int, answers: dict[int, str]) -> None:
    """Log in as a person, open each task, choose its label and submit, as an annotator does."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    assert found, "expected a Chromium on the path; install the package 'chromium'"
    with sync_playwright() as player, tempfile.TemporaryDirectory() as profile:
        context = player.chromium.launch_persistent_context(
            profile, executable_path=found, headless=True, viewport={"width": 1440, "height": 900}, args=list(FLAGS)
        )
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url(lambda where: "/login" not in where)
        for task, title in answers.items():
            page.goto(f"{url}/projects/{project}/data?task={task}")
            page.wait_for_selector("[data-testid=bottombar-submit-button]")
            page.locator(".lsf-choice", has_text=title).first.locator("label").click()
            with page.expect_response(lambda answer: "/annotations" in answer.url and answer.request.method == "POST") as sent:
                page.click("[data-testid=bottombar-submit-button]")
            assert sent.value.status == 201
        context.close()


def test_the_whole_loop(studio: Any, demo: Any, tmp_path: Path) -> None:
    world = demo.make_world(tmp_path / "corpus", studio, policy={**demo.POLICY, "least_gold": 4, "gold_minimum": 2})
    house, chance = world.house, random.Random(3)
    world.accounts = demo.staff(studio)
    demo.hire(world, list(demo.FUNCTIONS))
    demo.approve_by_pilot(world, ("annotator-1", "annotator-2"))
    demo.examine(world, demo.FUNCTIONS)
    batch = draft_batch(house, house.os_user(), Draft("text-genre-zh", world.snapshot, Choice(ITEMS, "loop")))
    titles = {option["value"]: option["title"] for option in demo._genres()}
    planted: dict[str, set[str]] = {}
    with closing(world.studio()) as manager:
        open_batch(house, house.os_user(), batch, [world.people[role] for role in demo.ANNOTATORS], manager, "loop")
        mine = register_rows(house, "studio_projects", batch_id=batch, person=world.people["annotator-1"])[0]["project"]
        tasks = [task for page in manager.pull(mine, None) for task in page][:2]
        answers = {task["id"]: titles[world.truth[task["data"]["text"]]] for task in tasks}
        account = world.accounts["annotator-1"]
        label_in_browser(studio.url, account.email, account.password, mine, answers)
        demo.answer_together(world, demo.ANNOTATORS, chance, planted)
        found = pull_labels(house, house.os_user(), manager)
        again = pull_labels(house, house.os_user(), manager)
    assert found["new_revisions"] == ITEMS + 3 * 2
    assert (again["new_revisions"], again["alarms"]) == (0, 0)
    placed = {row["token"] for row in register_rows(house, "placements", project=mine)}
    by_hand = [row for row in register_rows(house, "annotation_revisions", project=mine) if row["task"] in answers]
    assert {(row["completed_by"], row["updated_by"], row["person"]) for row in by_hand} == {
        (account.user_id, account.user_id, world.people["annotator-1"])
    }
    assert {row["token"] for row in by_hand} < placed
    judgement = demo.verify_batch(world, batch, tmp_path / "secret", chance)
    now = read_batch(house, batch)
    drawn = {row["record_id"] for row in draws_of(house, now) if row["used_for"] == "acceptance"}
    wrong = set().union(*planted.values())
    assert len(wrong) == sum(round(rate * ITEMS / 3) for rate in demo.ANNOTATORS.values())
    assert judgement.statement.errors == len(wrong & drawn)
    assert wrong & drawn <= set(rulings_of(house, now))
    is_met = judgement.statement.errors <= judgement.statement.max_errors
    assert judgement.consequence is (Consequence.ACCEPTED if is_met else Consequence.RELABEL)
    write_verdict_files(house, batch, tmp_path / "verdict")
    script = [sys.executable, "-I", str(tmp_path / "verdict" / VERIFIER), str(tmp_path / "verdict")]
    done = subprocess.run(script, check=False, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert (done.returncode, told["agrees"], told["consequence"]) == (0, True, judgement.consequence.value)
