"""A project with a snapshot, an approved rule and qualified people, and the whole verification on the fake server.

Everything goes through the product's own flows and client; only the server is the fake one that contract tests hold to the
real one. Texts say what their right label is, so that errors can be planted and counted.
"""

import json
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.adapters.label_studio import LabelStudio
from pipeline.domain.digests import canonical_json, fields_digest, sha256_hex
from pipeline.domain.labeling import BatchState, Function, Purpose
from pipeline.domain.ledger import Actor
from pipeline.flows.batch_steps import STEPS
from pipeline.flows.batches import Batch, Choice, Draft, draft_batch, read_batch
from pipeline.flows.exams import draw_exam, record_exam
from pipeline.flows.freeze_batch import freeze_batch
from pipeline.flows.house import House, open_house
from pipeline.flows.open_batch import open_batch
from pipeline.flows.open_verification import open_adjudication, open_verification
from pipeline.flows.people import map_account, qualify
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.publish import commit_snapshot, seal_folder, staging_folder
from pipeline.flows.pull_labels import pull_labels
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import open_run
from pipeline.flows.verify import commit_secret, draw_batch, store_plan
from pipeline.settings import read_settings
from pipeline.stages.compare_results import as_result
from tests.labeling_kit import approved, more_gold, stated, trained
from tests.studio.fake import MEMBERS, FakeStudio

AUDITOR = Actor("a-auditor", "os_user")
ROLES: Mapping[str, int] = {"annotator-3": 6, "verifier-2": 7, "adjudicator": 8, "adjudicator-2": 9}
FUNCTIONS: Mapping[str, Function] = {
    "annotator-1": Function.LABEL, "annotator-2": Function.LABEL, "annotator-3": Function.LABEL, "verifier": Function.VERIFY,
    "verifier-2": Function.VERIFY, "adjudicator": Function.ADJUDICATE, "adjudicator-2": Function.ADJUDICATE,
}  # fmt: skip
ANNOTATORS = ("annotator-1", "annotator-2", "annotator-3")
POLICY: Mapping[str, object] = {
    "gold_minimum": 2, "exam_items": 10, "exam_max_errors": 1, "diagnostic_items": 0, "fastest_seconds": "0.01", "least_gold": 4,
    "gold_percent": 1,
}  # fmt: skip
Wrong = Callable[[str], bool]


def text_of(number: int) -> str:
    """Return the text of an item; every fifth is broken."""
    return f"Item number {number} has {'no end' if number % 5 == 0 else 'an end.'}"


def right_label(text: str) -> str:
    """Return the right label of a text."""
    if text.startswith(("text number ", "gold text ")):
        number = int(text.rstrip(".").rsplit(" ", 1)[1])
        return "illegal" if number == 7 else "broken" if number % 5 == 0 else "usable"
    return "usable" if text.endswith(".") else "broken"


def make_snapshot(house: House, size: int) -> str:
    """Publish a snapshot of so many texts, as an export does: sealed, signed and entered, without running the gates."""
    actor, entry = house.os_user(), house.entries()[-1]
    run = open_run(house, actor, "export_labels", "kit", {"name": "kit", "ledger_seq": entry.seq, "ledger_hash": entry.hash})
    folder = staging_folder(house, run.run_id)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    rows = []
    for number in range(size):
        text = text_of(number)
        source = "web" if number % 2 else "books"
        rows.append({"document_id": fields_digest("kit", str(number)), "source_id": source, "language": "en", "text": text})
    rows.sort(key=lambda row: row["document_id"])
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / "part-00000-of-00001.parquet")
    leaves = [
        canonical_json({"document_id": row["document_id"], "source_id": row["source_id"], "text_sha256": sha256_hex(row["text"].encode())})
        for row in rows
    ]
    seal_folder(house, run, leaves, {"kind": "documents"})
    return str(json.loads(commit_snapshot(house, actor, run.run_id).body)["account"]["snapshot_id"])


@dataclass
class World:
    """One project, its server and who is who."""

    house: House
    fake: FakeStudio
    snapshot: str
    people: dict[str, str]
    secret: Path
    planted: set[str] = field(default_factory=set)

    def studio(self, role: str = "manager", instance: str = "labeling") -> LabelStudio:
        """Return a client that speaks as a role."""
        return LabelStudio("http://fake", self.fake.token(role), instance=instance, transport=self.fake, wait=lambda _: None)

    @property
    def actor(self) -> Actor:
        """Return who manages."""
        return self.house.os_user()

    def draft(self, size: int, seed: str = "1", **more: str) -> Batch:
        """Draft a batch."""
        batch_id = draft_batch(self.house, self.actor, Draft("quality", self.snapshot, Choice(size, seed), **more))
        return read_batch(self.house, batch_id)

    def state(self, batch: Batch) -> BatchState:
        """Return a batch's state now."""
        return read_batch(self.house, batch.batch_id).state

    def now(self, batch: Batch) -> Batch:
        """Return a batch as it stands."""
        return read_batch(self.house, batch.batch_id)

    def open(self, batch: Batch, roles: Sequence[str] = ANNOTATORS) -> None:
        """Give a batch to annotators."""
        open_batch(self.house, self.actor, batch.batch_id, [self.people[role] for role in roles], self.studio(), "work")

    def answer(self, roles: Collection[str], label: Callable[[str, Row], str | None] | None = None) -> int:
        """Answer every open task of some roles; ``label`` gives an answer by text and placement, none skips the task."""
        done = 0
        self.fake.clock = max(self.fake.clock, datetime.now(UTC))
        placed = {row["token"]: row for row in register_rows(self.house, "placements")}
        persons = {self.people[role]: role for role in roles}
        for task in list(self.fake.tasks.values()):
            row = placed.get(task["data"].get("record_id"))
            if row is None or row["person"] not in persons or task["annotations"]:
                continue
            said = label(task["data"]["text"], row) if label else self.right(task["data"]["text"], row)
            role = persons[row["person"]]
            self.fake.write(task["id"], MEMBERS[role], self.body(said, row))
            done += 1
        return done

    def body(self, said: str | None, row: Row) -> dict[str, Any]:
        """Return an annotation's body; a skipped task has an empty result."""
        control = "verdict" if row["purpose"] == Purpose.ADJUDICATE else "quality"
        region = {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [said]}, "id": uuid.uuid4().hex[:8]}
        return {"result": [region] if said else [], "was_cancelled": said is None, "lead_time": 4.0}

    def right(self, text: str, row: Row) -> str:
        """Return the right answer of a task, an adjudicator's among them."""
        if row["purpose"] != Purpose.ADJUDICATE:
            return right_label(text)
        parts = text.split("\n\n")
        right = right_label(parts[-1].split("\n", 1)[1])
        says = [part.split(": ", 1)[1].lower() if ": " in part else "" for part in parts[:2]]
        is_right = [each == right for each in says]
        return "a_right" if is_right == [True, False] else "b_right" if is_right == [False, True] else "both_wrong"

    def pull(self, *, is_full: bool = False) -> dict[str, int]:
        """Pull everything."""
        found: dict[str, int] = {}
        for instance in sorted({row["instance"] for row in register_rows(self.house, "studio_projects")}):
            found = pull_labels(self.house, self.actor, self.studio(instance=instance), is_full=is_full)
        return found

    def step(self, name: str, batch: Batch, why: str = "test") -> None:
        """Take a step by its word."""
        STEPS[name](self.house, self.actor, batch.batch_id, why)

    def seal(self, batch: Batch, rule: Any = None) -> None:
        """Plan, commit, close, pull and freeze."""
        store_plan(self.house, AUDITOR, batch.batch_id, rule)
        self.secret = self.secret.with_name(f"secret-{uuid.uuid4().hex}")
        commit_secret(self.house, AUDITOR, batch.batch_id, self.secret)
        self.step("close", batch)
        self.pull(is_full=True)
        freeze_batch(self.house, self.actor, batch.batch_id, self.studio(instance=batch.instance))

    def draw(self, batch: Batch) -> None:
        """Draw with the secret of the last seal."""
        draw_batch(self.house, AUDITOR, batch.batch_id, self.secret)

    def verify(self, batch: Batch, roles: Sequence[str] = ("verifier",), label: Any = None, instance: str = "labeling") -> None:
        """Give the sample out, answer it and pull."""
        people = [self.people[role] for role in roles]
        open_verification(self.house, self.actor, batch.batch_id, people, self.studio(instance=instance))
        self.answer(roles, label)
        self.pull()

    def adjudicate(self, batch: Batch, roles: Sequence[str] = ("adjudicator",), label: Any = None, instance: str = "labeling") -> bool:
        """Give disputes out, answer them and pull; False where there are none."""
        people = [self.people[role] for role in roles]
        entry = open_adjudication(self.house, self.actor, batch.batch_id, people, self.studio(instance=instance))
        self.answer(roles, label)
        self.pull()
        return entry is not None

    def labeled(self, size: int, label: Any = None, rule: Any = None, **more: Any) -> Batch:
        """Return a batch that was labeled, sealed and drawn."""
        batch = self.draft(size, **more)
        self.open(batch)
        self.answer(ANNOTATORS, label)
        self.pull()
        self.seal(batch, rule)
        self.draw(batch)
        return batch


@contextmanager
def more_members() -> Iterator[None]:
    """Give the fake server the accounts that verification needs."""
    with pytest.MonkeyPatch.context() as patch:
        for role, number in ROLES.items():
            patch.setitem(MEMBERS, role, number)
        yield


def make_project(folder: Path, size: int, policy: Mapping[str, object] = POLICY, **rule: Any) -> dict[str, str]:
    """Make a project with a snapshot, an approved rule, gold and qualified people; return pseudonyms by role, the snapshot among them."""
    house = init_project(folder, alone=True)
    change_policy(house, policy)
    approved(house, stated(**rule))
    made = house_rule(house)
    more_gold(house, made, 40)
    people = {}
    for role, function in FUNCTIONS.items():
        person = trained(house, role)
        map_account(house, house.os_user(), person, "labeling", {**MEMBERS, **ROLES}[role])
        map_account(house, house.os_user(), person, "verify", {**MEMBERS, **ROLES}[role])
        _, _, items = draw_exam(house, person, made.name, function)
        answers = {item.gold_id: as_result(made, {"quality": right_label(str(item.payload["text"]))}) for item in items}
        record_exam(house, house.os_user(), person, made.name, function, answers)
        qualify(house, house.os_user(), person, made.name, function, "exam passed")
        people[role] = person
    return {**people, "snapshot": make_snapshot(house, size)}


def house_rule(house: House) -> Any:
    """Return the kit's rule as approved."""
    from pipeline.flows.labeling_rules import approved_rule

    return approved_rule(house, "quality")[0]


def change_policy(house: House, policy: Mapping[str, object]) -> None:
    """Change the labeling policy and activate it."""
    publish = house.project / "policies" / "publish.yaml"
    publish.write_text(publish.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    path = house.project / "policies" / "labeling.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **policy}), encoding="utf-8")
    activate(house, house.os_user(), "test")


def world_in(folder: Path, made: Mapping[str, str]) -> World:
    """Open a project that was made, or copied, with an empty server."""
    people = {role: person for role, person in made.items() if role != "snapshot"}
    fake = FakeStudio(clock=datetime.now(UTC))
    return World(open_house(read_settings(str(folder))), fake, made["snapshot"], people, folder.parent / "secret")
