"""The labeling demo: a rule, people, a batch and its verification on a real Label Studio, with scripted annotators.

The annotators are scripts, and the demo says so: they answer through the API as themselves, each with an error rate that
was planted, so that what verification finds can be held against what is true. The right answer of every item follows
from the source of its text. Nothing leaves this host.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio
    from pipeline.domain.judging import Judgement
    from pipeline.flows.house import House

ROOT = Path(__file__).resolve().parent.parent
SOURCES: Mapping[str, str] = {"cn-poems-classics": "verse", "cn-laws": "law", "service-dialogues": "dialogue"}
LEFT_OUT = ("cn-laws/data/other-laws.jsonl.gz", "cn-poems-classics/data/lunyu.csv")
"""Files that would only make the demo longer, or whose genre their source does not tell."""
RULE = ROOT / "examples" / "labeling" / "text-genre-zh.yaml"
WRONG: Mapping[str, str] = {"verse": "other", "law": "other", "dialogue": "verse", "other": "law"}
POLICY: Mapping[str, object] = {"gold_minimum": 4, "exam_items": 6, "exam_max_errors": 1, "diagnostic_items": 4, "fastest_seconds": "0.01"}
"""Smaller numbers than the shipped policy, so that the demo ends soon."""


@dataclass
class World:
    """A project with a published snapshot, a server, and who is who on it."""

    house: "House"
    accounts: Mapping[str, Any]
    url: str
    snapshot: str
    truth: dict[str, str]
    """The right label by text as published."""
    people: dict[str, str] = field(default_factory=dict)
    """Pseudonym by role."""

    def studio(self, role: str = "manager") -> "LabelStudio":
        """Return a client that speaks as one account."""
        from pipeline.adapters.label_studio import LabelStudio

        return LabelStudio(self.url, self.accounts[role].token)


def make_world(folder: Path, server: Any, sources: Mapping[str, str] = SOURCES, policy: Mapping[str, object] = POLICY) -> World:
    """Make a project of some sources of the demo corpus, run the gates and publish, without Airflow."""
    from pipeline.domain.sources import SourceState
    from pipeline.flows.policies import activate
    from pipeline.flows.project import init_project
    from pipeline.flows.publish import publish, snapshots_folder
    from pipeline.flows.run import run_sources
    from pipeline.flows.sources import change_state, declare

    for name in sources:
        shutil.copytree(ROOT / "examples" / "quickstart" / "sources" / name, folder / "sources" / name)
    for name in LEFT_OUT:
        (folder / "sources" / name).unlink(missing_ok=True)
    house = init_project(folder, alone=True)
    change_yaml(folder / "policies" / "publish.yaml", needs_approval=False)
    change_yaml(folder / "policies" / "labeling.yaml", **policy)
    shutil.copyfile(RULE, folder / "labeling_rules" / RULE.name)
    actor = house.os_user()
    activate(house, actor, "the labeling demo's policies")
    for name in sources:
        declare(house, actor, folder / "sources" / name / "source.yaml")
        change_state(house, actor, name, SourceState.ASSESSED, "demo: evidence read")
        change_state(house, actor, name, SourceState.ADMITTED, "demo: evidence complete")
    failures = run_sources(house, actor)
    if failures:
        raise next(iter(failures.values()))
    digest = json.loads(publish(house, actor, "demo").body)["account"]["snapshot_id"]
    truth = read_truth(snapshots_folder(house) / digest, sources)
    return World(house, server.accounts, server.url, digest, truth)


def change_yaml(path: Path, **changed: object) -> None:
    """Change keys of a policy file, as a person would in an editor."""
    stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**stated, **changed}, allow_unicode=True, sort_keys=False), encoding="utf-8")


def read_truth(snapshot: Path, sources: Mapping[str, str]) -> dict[str, str]:
    """Return the right label of every published text, which its source tells."""
    import pyarrow.parquet as pq

    rows = pq.read_table(snapshot / "data", columns=["source_id", "text"]).to_pylist()
    return {row["text"]: sources[row["source_id"]] for row in rows}


def hire(world: World, roles: Sequence[str]) -> None:
    """Register people, map their accounts and train them."""
    from pipeline.domain.labeling import Topic
    from pipeline.flows.people import add_person, map_account, train

    house = world.house
    with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as material:
        material.write("培训材料：标注规则、工具、质量与数据安全。\n")
        material.flush()
        for role in roles:
            person = add_person(house, house.os_user(), f"scripted {role}")
            map_account(house, house.os_user(), person, "labeling", world.accounts[role].user_id)
            train(house, house.os_user(), person, tuple(Topic), Path(material.name), datetime.now(UTC))
            world.people[role] = person


def approve_by_pilot(world: World, roles: Sequence[str], size: int = 20, gold: int = 24) -> None:
    """Draft the rule, let two people label the same items blind, adjudicate, approve, and add more gold by hand."""
    from pipeline.flows.batches import Choice, choose_texts
    from pipeline.flows.gold import add_gold
    from pipeline.flows.labeling_rules import approve_rule, draft_rule
    from pipeline.flows.pull_labels import pull_labels
    from pipeline.flows.trials import finish_pilot, open_pilot

    house, actor = world.house, world.house.os_user()
    draft_rule(house, actor, house.project / "labeling_rules" / RULE.name)
    choice = Choice(size, "pilot")
    with closing(world.studio()) as studio:
        open_pilot(house, actor, "text-genre-zh@1.0", [world.people[role] for role in roles], (world.snapshot, choice), studio)
        for role in roles:
            answer_all(world, role, 0.0, random.Random(1))
        pull_labels(house, actor, studio)
    right = {row["document_id"]: choose(world.truth[row["text"]]) for row in choose_texts(house, world.snapshot, choice).to_pylist()}
    finish_pilot(house, actor, "text-genre-zh@1.0", right)
    approve_rule(house, actor, "text-genre-zh@1.0", "pilot read")
    more = choose_texts(house, world.snapshot, Choice(gold, "gold")).to_pylist()
    add_gold(house, actor, "text-genre-zh", [({"text": row["text"]}, choose(world.truth[row["text"]])) for row in more], "by the manager")


def examine(world: World, functions: Mapping[str, str]) -> None:
    """Let each role sit the exam of its function in Label Studio, and qualify who passed."""
    from pipeline.domain.labeling import Function
    from pipeline.flows.people import qualify
    from pipeline.flows.pull_labels import pull_labels
    from pipeline.flows.trials import finish_exam, open_exam

    house, actor = world.house, world.house.os_user()
    with closing(world.studio()) as studio:
        for role, function in functions.items():
            open_exam(house, actor, world.people[role], "text-genre-zh", Function(function), studio)
            answer_all(world, role, 0.0, random.Random(2))
        pull_labels(house, actor, studio)
    for role, function in functions.items():
        finish_exam(house, actor, world.people[role], "text-genre-zh", Function(function))
        qualify(house, actor, world.people[role], "text-genre-zh", Function(function), "exam passed")


def choose(label: str) -> tuple[dict[str, Any], ...]:
    """Return a result that chooses one label."""
    return ({"from_name": "genre", "to_name": "text", "type": "choices", "value": {"choices": [label]}},)


def rule_on(world: World, shown: str) -> tuple[dict[str, Any], ...]:
    """Return what a scripted adjudicator says of two labels: who is right follows from the source of the text."""
    first, second, whole = shown.split("\n\n", 2)
    titles = {option["value"]: option["title"] for option in _genres()}
    right = titles[world.truth[whole.partition("\n")[2]]]
    fits = (first.endswith(f": {right}"), second.endswith(f": {right}"))
    answer = {(True, False): "a_right", (False, True): "b_right"}.get(fits, "both_wrong")
    return ({"from_name": "verdict", "to_name": "text", "type": "choices", "value": {"choices": [answer]}},)


def _genres() -> list[dict[str, str]]:
    stated = yaml.safe_load(RULE.read_text(encoding="utf-8"))
    options: list[dict[str, str]] = stated["controls"][0]["options"]
    return options


def answer_all(world: World, role: str, error_rate: float, chance: random.Random, planted: set[str] | None = None) -> int:
    """Answer every open task of a role's own projects through the API as that account; return how many were answered.

    A share of the labels, rounded to whole items, is wrong on purpose; their record ids go into ``planted``.
    """
    answers = answers_of(world, role, error_rate, chance, planted)
    with closing(world.studio(role)) as studio:
        for task, result in answers:
            studio.annotate(task, result, str(uuid.uuid4()), lead_seconds=3.0)
    return len(answers)


def answer_together(world: World, rates: Mapping[str, float], chance: random.Random, planted: dict[str, set[str]] | None = None) -> int:
    """Let several roles answer everything they have at the same time, each at its own error rate; return how many answers."""
    work: dict[str, list[tuple[int, list[dict[str, Any]]]]] = {}
    for role, rate in rates.items():
        work[role] = answers_of(world, role, rate, chance, None if planted is None else planted.setdefault(role, set()))

    def write(role: str) -> None:
        with closing(world.studio(role)) as studio:
            for task, result in work[role]:
                studio.annotate(task, result, str(uuid.uuid4()), lead_seconds=3.0)

    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(write, work))
    return sum(map(len, work.values()))


def answers_of(
    world: World, role: str, error_rate: float, chance: random.Random, planted: set[str] | None = None
) -> list[tuple[int, list[dict[str, Any]]]]:
    """Return the answer to every open task of a role's own projects, as (task, result)."""
    from pipeline.flows.registers import register_rows

    mine = register_rows(world.house, "studio_projects", person=world.people[role])
    found = []
    with closing(world.studio()) as manager:
        for project in mine:
            rows = {row["token"]: row for row in register_rows(world.house, "placements", project=project["project"])}
            tasks = [task for page in manager.pull(project["project"], None) for task in page]
            tasks = [task for task in tasks if not task.get("annotations") and task["data"]["record_id"] in rows]
            labels = [task["id"] for task in tasks if rows[task["data"]["record_id"]]["purpose"] == "label"]
            wrong = set(chance.sample(labels, round(error_rate * len(labels))))
            for task in tasks:
                shown = task["data"]["text"]
                if project["purpose"] == "adjudicate":
                    found.append((task["id"], list(rule_on(world, shown))))
                    continue
                label = WRONG[world.truth[shown]] if task["id"] in wrong else world.truth[shown]
                if task["id"] in wrong and planted is not None:
                    planted.add(rows[task["data"]["record_id"]]["record_id"])
                found.append((task["id"], list(choose(label))))
    return found


def label_batch(world: World, size: int, rates: Mapping[str, float], chance: random.Random) -> tuple[str, dict[str, set[str]]]:
    """Draft a batch, open it and let everybody answer at their planted rates; return its id and what was planted by role."""
    from pipeline.flows.batches import Choice, Draft, draft_batch
    from pipeline.flows.open_batch import open_batch
    from pipeline.flows.pull_labels import pull_labels

    house, actor = world.house, world.house.os_user()
    batch = draft_batch(house, actor, Draft("text-genre-zh", world.snapshot, Choice(size, "batch")))
    planted: dict[str, set[str]] = {}
    with closing(world.studio()) as studio:
        open_batch(house, actor, batch, [world.people[role] for role in rates], studio, "demo")
        answer_together(world, rates, chance, planted)
        pull_labels(house, actor, studio)
    return batch, planted


def verify_batch(world: World, batch: str, secret: Path, chance: random.Random) -> "Judgement":
    """Plan, commit, close, freeze, draw, verify, adjudicate, judge and reveal, each by its own flow."""
    from pipeline.domain.ledger import Actor
    from pipeline.flows.batch_steps import STEPS
    from pipeline.flows.freeze_batch import freeze_batch
    from pipeline.flows.judge import judge, reveal
    from pipeline.flows.open_verification import open_adjudication, open_verification
    from pipeline.flows.pull_labels import pull_labels
    from pipeline.flows.verify import commit_secret, draw_batch, store_plan

    house, actor = world.house, world.house.os_user()
    auditor = Actor(house.key.pseudonym("the demo's auditor"), "script")
    _, cost = store_plan(house, auditor, batch)
    print(f"  plan: {cost.en}\n  方案：{cost.zh}")
    commit_secret(house, auditor, batch, secret)
    STEPS["close"](house, actor, batch, "all answered")
    with closing(world.studio()) as studio:
        pull_labels(house, actor, studio, is_full=True)
        freeze_batch(house, actor, batch, studio)
        draw_batch(house, auditor, batch, secret)
        open_verification(house, actor, batch, [world.people["verifier"]], studio)
        answer_together(world, {"verifier": 0.0}, chance)
        pull_labels(house, actor, studio)
        open_adjudication(house, actor, batch, [world.people["adjudicator"]], studio)
        answer_together(world, {"adjudicator": 0.0}, chance)
        pull_labels(house, actor, studio)
    _, judgement = judge(house, actor, batch)
    reveal(house, auditor, batch, secret)
    return judgement


def tell(world: World, batch: str, planted: Mapping[str, set[str]], judgement: "Judgement") -> None:
    """Print what was planted and what verification found."""
    from pipeline.flows.batches import read_batch
    from pipeline.flows.verdicts import draws_of
    from pipeline.flows.verify_status import say

    roles = {person: role for role, person in world.people.items()}
    drawn = {row["record_id"] for row in draws_of(world.house, read_batch(world.house, batch)) if row["used_for"] == "acceptance"}
    every = set().union(*planted.values())
    by_role = ", ".join(f"{role} {len(each)}" for role, each in planted.items())
    print(f"  planted: {by_role}; {len(every)} in all, {len(every & drawn)} of them drawn")
    print(f"  verified: {say(judgement)}")
    for each in judgement.posteriors:
        print(f"    {roles[each.person]:12} {each.errors} of {each.checks} wrong, over the limit with probability {each.over_limit:.2f}")


ANNOTATORS: Mapping[str, float] = {"annotator-1": 0.01, "annotator-2": 0.03, "annotator-3": 0.12}
FUNCTIONS: Mapping[str, str] = {**dict.fromkeys(ANNOTATORS, "label"), "verifier": "verify", "adjudicator": "adjudicate"}


def staff(server: Any) -> dict[str, Any]:
    """Return the server's accounts with a third annotator and an adjudicator, signed up if they are not there yet."""
    from studio import sign_up

    more = [role for role in FUNCTIONS if role not in server.accounts]
    return {**server.accounts, **{role: sign_up(server.url, server.accounts["manager"].token, role) for role in more}}


def main() -> None:
    """Run the whole loop on a server of its own and say what was planted and what was found."""
    from studio import running

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=120, help="items of the batch")
    parser.add_argument("--seed", type=int, default=1, help="fixes which answers are wrong; the draw has its own secret")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place, running(Path(place) / "server") as server:
        print("Annotators, verifier and adjudicator are scripts; their error rates are planted.")
        print("标注员、核验员与裁决员均为脚本，错误率为预设。")
        world = make_world(Path(place) / "corpus", server, policy={**POLICY, "least_gold": 4})
        world.accounts = staff(server)
        hire(world, list(FUNCTIONS))
        approve_by_pilot(world, ("annotator-1", "annotator-2"))
        examine(world, FUNCTIONS)
        print(f"[{time.monotonic() - began:.0f} s] snapshot, rule with pilot, five people examined")
        batch, planted = label_batch(world, given.items, ANNOTATORS, chance)
        print(f"[{time.monotonic() - began:.0f} s] batch {batch}: {given.items} items labeled by {len(planted)} people")
        judgement = verify_batch(world, batch, Path(place) / "secret", chance)
        tell(world, batch, planted, judgement)
        recompute(world, batch, Path(place) / "verdict")
        print(f"[{time.monotonic() - began:.0f} s] done")


def recompute(world: World, batch: str, folder: Path) -> None:
    """Write the verdict's files and let the standalone script re-compute them without the product."""
    from pipeline.flows.judge import VERIFIER, write_verdict_files

    write_verdict_files(world.house, batch, folder)
    done = subprocess.run([sys.executable, "-I", str(folder / VERIFIER), str(folder)], check=False, capture_output=True, text=True)
    found = json.loads(done.stdout)
    print(f"  re-computed by the script alone: {found['consequence']}, agrees: {found['agrees']}")


if __name__ == "__main__":
    main()
