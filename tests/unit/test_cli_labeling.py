"""Rules, gold and people on the command line: the way of a rule and of a person, from the shipped files to a qualification."""

import csv
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.flows.house import open_house
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.settings import read_settings
from tests.unit.test_cli import Answer

RULE = "text-quality-zh"
NAME = "王小明"
RIGHT = ("usable", "fragment", "template")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one person with short pilots and exams."""
    folder = tmp_path_factory.mktemp("labeling") / "corpus"
    house = init_project(folder, alone=True)
    for path, changes in (
        (folder / "policies" / "labeling.yaml", {"exam_items": 5}),
        (folder / "labeling_rules" / f"{RULE}.yaml", {"pilot": {"people": 2, "items": 20, "measure": "gwet_ac1", "floor": "0.70"}}),
    ):
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | changes, allow_unicode=True), encoding="utf-8")
    activate(house, house.os_user(), "short")
    (folder / "training.txt").write_text("what was taught\n", encoding="utf-8")
    (folder / "contract.txt").write_text("we label\n", encoding="utf-8")
    return folder


def person(project: Path, name: str, *more: str) -> str:
    """Register and train a person; return the pseudonym."""
    (project / "name.txt").write_text(name + "\n", encoding="utf-8")
    found = Answer(project, "people", "add", "--name-file", str(project / "name.txt"), *more)
    assert found.code == 0, found.err
    topics = [word for topic in ("task_rules", "tool", "quality", "data_security") for word in ("--topic", topic)]
    pseudonym = found.out.strip()
    trained = Answer(project, "people", "train", pseudonym, *topics, "--material", str(project / "training.txt"), "--at", "2026-01-01")
    assert trained.code == 0, trained.err
    return pseudonym


def write_rows(path: Path, rows: list[dict[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


@pytest.fixture(scope="module")
def approved(project: Path) -> str:
    """The shipped rule, drafted, piloted below and above its floor, and approved."""
    assert Answer(project, "labeling", "rules", "check", RULE).code == 0
    assert Answer(project, "labeling", "rules", "add", RULE).out.startswith(f"{RULE}: draft")
    assert "stands already" in Answer(project, "labeling", "rules", "add", RULE).out
    people = [
        person(project, "pilot one"),
        person(project, "pilot two", "--vendor", "Example", "--contract", str(project / "contract.txt")),
    ]
    rows = [
        {"item": str(number), "person": each, "text": f"第{number}条文本。", "quality": RIGHT[number % 3]}
        for each in people for number in range(20)
    ]  # fmt: skip
    right = write_rows(project / "right.csv", [{"item": row["item"], "quality": row["quality"]} for row in rows[:20]])
    apart = [row | {"quality": RIGHT[(number + number // 20 * 2) % 3]} for number, row in enumerate(rows)]
    refused = Answer(project, "labeling", "rules", "pilot", RULE, "--answers", write_rows(project / "apart.csv", apart))
    assert refused.code == 1
    assert Answer(project, "labeling", "rules", "approve", RULE, "--why", "hurry").code == 3
    pilot = Answer(
        project, "labeling", "rules", "pilot", RULE, "--answers", write_rows(project / "pilot.csv", rows), "--adjudicated", right
    )
    assert (pilot.code, "gwet_ac1 1.0000" in pilot.out) == (0, True)
    done = Answer(project, "labeling", "rules", "approve", RULE, "--why", "pilot read", "--format", "json")
    assert (done.code, json.loads(done.out)) == (0, [])
    return f"{RULE}@1.0"


@pytest.fixture(scope="module")
def qualified(project: Path, approved: str) -> str:
    """A person who sat the exam and was qualified."""
    pseudonym = person(project, NAME)
    questions, answers = project / "exam.jsonl", project / "answers.jsonl"
    assert Answer(project, "people", "exam", pseudonym, approved, "--questions", str(questions)).code == 0
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    said = [{"gold_id": row["gold_id"], "quality": RIGHT[int(row["text"][1:-4]) % 3]} for row in rows]
    answers.write_text("".join(json.dumps(row) + "\n" for row in said), encoding="utf-8")
    assert "passed; 0 of 5 wrong" in Answer(project, "people", "exam", pseudonym, approved, "--answers", str(answers)).out
    assert Answer(project, "people", "qualify", pseudonym, approved, "--why", "exam passed").code == 0
    return pseudonym


def test_the_frame_says_what_is_to_be_filled_in(project: Path) -> None:
    found = Answer(project, "labeling", "rules", "check", "harmful-content", "--format", "json")
    assert found.code == 1
    assert {row["code"] for row in json.loads(found.out)} == {"placeholder"}


def test_the_rule_and_its_gold_are_listed_and_shown(project: Path, approved: str) -> None:
    listed = Answer(project, "labeling", "rules", "list", "--format", "json").rows()
    assert [(row["rule_id"], row["state"], row["agreement"]) for row in listed] == [(RULE, "approved", "1.0000")]
    assert json.loads(Answer(project, "labeling", "rules", "show", approved).out)["state"] == "approved"
    assert "<ol>" in Answer(project, "labeling", "rules", "show", approved, "--as", "instructions").out
    assert Answer(project, "labeling", "rules", "show", approved, "--as", "config").out.startswith("<View>")
    gold = Answer(project, "labeling", "gold", "list", approved, "--format", "json").rows()
    assert len(gold) == 20
    assert not any("条文本" in str(row) for row in gold)


def test_gold_by_hand_is_added_and_withdrawn(project: Path, approved: str) -> None:
    file = write_rows(project / "gold.csv", [{"text": "春眠不觉晓。", "quality": "usable"}])
    assert "1 gold items added" in Answer(project, "labeling", "gold", "add", approved, file, "--why", "agreed").out
    found = Answer(project, "labeling", "gold", "list", approved, "--format", "json").rows()
    gold_id = next(str(row["gold_id"]) for row in found if row["origin"] == "hand")
    (project / "one.jsonl").write_text('{"quality": "fragment"}\n', encoding="utf-8")
    assert Answer(project, "labeling", "gold", "correct", gold_id, "--right", str(project / "one.jsonl"), "--why", "too short").code == 0
    assert Answer(project, "labeling", "gold", "correct", gold_id, "--why", "withdrawn").code == 0


def test_a_person_is_listed_by_pseudonym_and_the_name_is_nowhere(project: Path, qualified: str) -> None:
    listed = Answer(project, "people", "list", "--format", "json").rows()
    assert [row["may"] for row in listed if row["person"] == qualified] == [f"{RULE}@1 label"]
    shown = Answer(project, "people", "show", qualified).out
    assert NAME not in shown
    house = open_house(read_settings(str(project)))
    assert not any(NAME in entry.body for entry in house.entries())


def test_a_name_is_asked_for(project: Path) -> None:
    found = CliRunner().invoke(main, ["--project", str(project), "people", "add"], input="李雷\n")
    assert found.exit_code == 0
    assert found.stdout.startswith("p-")


def test_who_was_qualified_is_a_question(project: Path, qualified: str) -> None:
    now = Answer(project, "ask", "who-was-qualified", "--rule", RULE, "--on", "2100-01-01", "--format", "json")
    assert now.rows() == []
    day = Answer(project, "people", "show", qualified)
    until = json.loads(day.out)["qualifications"][0]["valid_to"][:10]
    before_the_end = f"{int(until[:4])}-{until[5:7]}-01"
    found = Answer(project, "ask", "who-was-qualified", "--rule", RULE, "--on", before_the_end, "--format", "json").rows()
    assert [row["person"] for row in found] == [qualified]


def test_a_contest_and_the_end_of_a_person_s_work(project: Path, qualified: str) -> None:
    gold_id = str(Answer(project, "labeling", "gold", "list", RULE, "--format", "json").rows()[0]["gold_id"])
    about = ("people", "contest", qualified, "--gold", gold_id, "--why", "edge case")
    assert Answer(project, *about).code == 0
    assert Answer(project, *about).code == 3
    assert Answer(project, *about, "--answer", "upheld").code == 0
    assert Answer(project, "people", "contest", qualified, "--why", "nothing named").code == 2
    assert Answer(project, "people", "map", qualified, "7").code == 0
    assert f"suspended for {RULE}@1 label" in Answer(project, "people", "suspend", qualified, "--why", "too fast").out
    assert f"revoked for {RULE}@1 label" in Answer(project, "people", "revoke", qualified, "--since", "2026-01-01", "--why", "shared").out
    left = Answer(project, "people", "leave", qualified, "--why", "contract ended", "--format", "json")
    assert (left.code, json.loads(left.out)) == (0, [])


def test_an_exam_is_either_drawn_or_graded(project: Path, approved: str) -> None:
    assert Answer(project, "people", "exam", person(project, "nobody yet"), approved).code == 2


def test_an_approved_rule_is_retired_last(project: Path, qualified: str, approved: str) -> None:
    assert qualified
    assert Answer(project, "labeling", "rules", "retire", approved, "--why", "replaced").code == 0
    assert Answer(project, "labeling", "rules", "retire", approved, "--why", "again").code == 3
