"""The labeling demo: a rule, people, a batch and its verification on a real Label Studio, with scripted annotators.

The annotators are scripts, and the demo says so: they answer through the API as themselves, each with an error rate that
was planted, so that what verification finds can be held against what is true. The right answer of every item follows
from the source of its text. Nothing leaves this host.
"""

import json
import random
import shutil
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pipeline.adapters.label_studio import LabelStudio
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


def answer_all(world: World, role: str, error_rate: float, chance: random.Random, planted: set[str] | None = None) -> int:
    """Answer every open task of a role's own projects through the API as that account; return how many were answered.

    A share of the answers is wrong on purpose; their record ids go into ``planted``.
    """
    from pipeline.flows.registers import register_rows

    mine = register_rows(world.house, "studio_projects", person=world.people[role])
    with closing(world.studio()) as manager, closing(world.studio(role)) as studio:
        answered = 0
        for project in mine:
            names = {row["token"]: row["record_id"] for row in register_rows(world.house, "placements", project=project["project"])}
            for page in manager.pull(project["project"], None):
                for task in page:
                    if task.get("annotations") or task["data"]["record_id"] not in names:
                        continue
                    label = world.truth[task["data"]["text"]]
                    if project["purpose"] == "label" and chance.random() < error_rate:
                        label = WRONG[label]
                        if planted is not None:
                            planted.add(names[task["data"]["record_id"]])
                    studio.annotate(task["id"], list(choose(label)), str(uuid.uuid4()), lead_seconds=3.0)
                    answered += 1
    return answered
