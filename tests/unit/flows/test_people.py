"""People from registration to leaving: training, exams, qualification, suspension by gold, contests."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.evidence_store import read
from pipeline.domain.digests import canonical_json, json_digest
from pipeline.domain.labeling import Function, Topic, Unfit
from pipeline.domain.tables import TABLE
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.exams import GOLD, VERDICT, contest, correct, draw_exam, plain_tasks, record_exam, uphold
from pipeline.flows.gold import add_gold, correct_gold, current_gold, find_gold, gold_for, gold_scores, result_of
from pipeline.flows.house import House, open_house
from pipeline.flows.people import (
    act_on_gold,
    add_person,
    leave,
    list_people,
    map_account,
    people_register,
    qualify,
    revoke,
    show_person,
    suspend,
    train,
    unfinished,
)
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import register
from pipeline.settings import read_settings
from pipeline.stages.check_qualification import may_work
from pipeline.stages.compare_results import Result, as_result
from pipeline.stages.digest_rows import rows_digest
from tests.labeling_kit import LABEL, RULE, approved, more_gold, rule_from, trained

RULE_OF = rule_from(RULE)
LATER = timedelta(seconds=1)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an approved rule, twenty gold items and exams of ten, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("people") / "corpus"
    made = init_project(folder, alone=True)
    path = folder / "policies" / "labeling.yaml"
    policy = yaml.safe_load(path.read_text(encoding="utf-8")) | {"exam_items": 10, "exam_max_errors": 1}
    path.write_text(yaml.safe_dump(policy), encoding="utf-8")
    activate(made, made.os_user(), "short exams")
    approved(made, RULE)
    return folder


@pytest.fixture
def ready(template: Path, tmp_path: Path) -> House:
    """A copy of the template, opened."""
    return open_house(read_settings(str(shutil.copytree(template, tmp_path / "corpus"))))


def answers(house: House, person: str, wrong: int = 0, function: Function = LABEL) -> dict[str, Result]:
    """Return a person's exam answers, so many of them wrong; an unlawful item is always reported."""
    _, _, items = draw_exam(house, person, "quality", function)
    right = {item.gold_id: item.answer for item in items}
    spoilt = [name for name in sorted(right) if right[name] != as_result(RULE_OF, {"quality": "illegal"})][:wrong]
    return {name: as_result(RULE_OF, {"quality": "unsure"}) if name in spoilt else answer for name, answer in right.items()}


def qualified(house: House, name: str, function: Function = LABEL) -> str:
    person = trained(house, name)
    record_exam(house, house.os_user(), person, "quality", function, answers(house, person, function=function))
    qualify(house, house.os_user(), person, "quality", function, "exam passed")
    return person


def may(house: House, person: str, function: Function = LABEL, at: datetime | None = None) -> Unfit | None:
    return may_work(people_register(house), person, "quality", 1, function, at or now() + LATER)


def test_a_name_is_in_one_table_only(ready: House) -> None:
    person = add_person(ready, ready.os_user(), "王小明")
    assert [(row["actor"], row["name"]) for row in register_rows(ready, "people")][-1:] == [(person, "王小明")]
    assert not any("王小明" in entry.body for entry in ready.entries())
    assert "王小明" not in json.dumps([list_people(ready), show_person(ready, person)], ensure_ascii=False, default=str)
    with pytest.raises(ConfigurationError, match=person):
        add_person(ready, ready.os_user(), " 王小明 ")
    with pytest.raises(ConfigurationError, match="expected a name"):
        add_person(ready, ready.os_user(), " ")


def test_the_ledger_s_digest_does_not_depend_on_a_name(ready: House) -> None:
    add_person(ready, ready.os_user(), "somebody")
    entry = ready.entries()[-1]
    table = ready.warehouse.dataset("people", {f"run-{json.loads(entry.body)['run_id']}"}).to_table()
    renamed = table.set_column(table.schema.get_field_index("name"), "name", [["somebody else"]])
    assert rows_digest(renamed.to_batches(), TABLE["people"])[1] == json.loads(entry.body)["tables"]["people"]["digest"]


def test_a_vendor_s_person_needs_the_contract(ready: House, tmp_path: Path) -> None:
    contract = tmp_path / "contract.txt"
    contract.write_text("we label\n", encoding="utf-8")
    for given in ({"vendor": "Example"}, {"contract": contract}):
        with pytest.raises(EvidenceError, match="both the vendor's name and the contract"):
            add_person(ready, ready.os_user(), "x", **given)  # type: ignore[arg-type]
    contract.write_text("", encoding="utf-8")
    with pytest.raises(EvidenceError, match="empty"):
        add_person(ready, ready.os_user(), "x", vendor="Example", contract=contract)
    contract.write_text("we label\n", encoding="utf-8")
    person = add_person(ready, ready.os_user(), "x", vendor="Example", contract=contract)
    assert [(row["employment"], row["vendor"]) for row in list_people(ready) if row["person"] == person] == [("vendor", "Example")]


def test_training_is_asked_for_topic_by_topic(ready: House, tmp_path: Path) -> None:
    material = tmp_path / "slides.txt"
    material.write_text("slides\n", encoding="utf-8")
    person = add_person(ready, ready.os_user(), "new")
    train(ready, ready.os_user(), person, (Topic.TOOL, Topic.QUALITY), material, now())
    with pytest.raises(EvidenceError, match="missing: task_rules, data_security"):
        draw_exam(ready, person, "quality", LABEL)
    with pytest.raises(EvidenceError, match="missing: task_rules, data_security"):
        qualify(ready, ready.os_user(), person, "quality", LABEL, "in a hurry")
    with pytest.raises(EvidenceError, match="a time that has come"):
        train(ready, ready.os_user(), person, (Topic.TASK_RULES,), material, now() + timedelta(days=1))
    with pytest.raises(EvidenceError, match="no readable file"):
        train(ready, ready.os_user(), person, (Topic.TASK_RULES,), tmp_path / "nothing", now())
    with pytest.raises(ConfigurationError, match="expected a registered annotator"):
        train(ready, ready.os_user(), "p-nobody", (Topic.TASK_RULES,), material, now())


def test_only_who_passed_is_qualified_and_only_for_that_function(ready: House) -> None:
    person = trained(ready, "ann")
    assert may(ready, person) is Unfit.UNQUALIFIED
    _, grade = record_exam(ready, ready.os_user(), person, "quality", LABEL, answers(ready, person, wrong=2))
    assert (grade.is_passed, grade.errors) == (False, 2)
    with pytest.raises(EvidenceError, match="expected a passed exam"):
        qualify(ready, ready.os_user(), person, "quality", LABEL, "in a hurry")
    _, grade = record_exam(ready, ready.os_user(), person, "quality", LABEL, answers(ready, person, wrong=1))
    assert grade.is_passed
    qualify(ready, ready.os_user(), person, "quality", LABEL, "exam passed")
    assert may(ready, person) is None
    assert may(ready, person, Function.VERIFY) is Unfit.UNQUALIFIED
    assert may(ready, person, at=now() + timedelta(days=181)) is Unfit.EXPIRED


def test_an_exam_is_drawn_anew_for_each_attempt_and_ends_with_the_attempts(ready: House) -> None:
    person = trained(ready, "ann")
    first = [item.gold_id for item in draw_exam(ready, person, "quality", LABEL)[2]]
    assert [item.gold_id for item in draw_exam(ready, person, "quality", LABEL)[2]] == first
    seen = {tuple(first)}
    for attempt in (1, 2, 3):
        assert draw_exam(ready, person, "quality", LABEL)[1] == attempt
        record_exam(ready, ready.os_user(), person, "quality", LABEL, {})
        seen.add(tuple(first)) if attempt == 3 else seen.add(tuple(i.gold_id for i in draw_exam(ready, person, "quality", LABEL)[2]))
    assert len(seen) == 3
    with pytest.raises(EvidenceError, match="allows 3"):
        draw_exam(ready, person, "quality", LABEL)
    assert draw_exam(ready, person, "quality", Function.VERIFY)[1] == 1


def test_exam_items_are_shown_without_answers_and_foreign_answers_are_refused(ready: House) -> None:
    person = trained(ready, "ann")
    shown = [json.loads(line) for line in plain_tasks(draw_exam(ready, person, "quality", LABEL)[2]).splitlines()]
    assert [set(row) for row in shown] == [{"gold_id", "text"}] * 10
    with pytest.raises(EvidenceError, match="its own items"):
        record_exam(ready, ready.os_user(), person, "quality", LABEL, {"0" * 64: ()})


def test_a_rule_with_too_little_gold_gives_no_exam(ready: House) -> None:
    for gold_id in list(current_gold(ready, "quality", 1))[:11]:
        correct_gold(ready, ready.os_user(), gold_id, None, "withdrawn")
    person = trained(ready, "ann")
    with pytest.raises(EvidenceError, match="expected 10 gold items for an exam, found 9"):
        draw_exam(ready, person, "quality", LABEL)


def test_suspension_and_revocation(ready: House) -> None:
    person = qualified(ready, "ann")
    suspend(ready, ready.os_user(), person, "answers too fast")
    assert may(ready, person) is Unfit.SUSPENDED
    with pytest.raises(EvidenceError, match="not suspended yet"):
        suspend(ready, ready.os_user(), person, "again")
    qualify(ready, ready.os_user(), person, "quality", LABEL, "explained")
    assert may(ready, person) is None
    began = now() - timedelta(hours=1)
    revoke(ready, ready.os_user(), person, "account was shared", rule_id="quality", since=began)
    assert may(ready, person) is Unfit.REVOKED
    with pytest.raises(EvidenceError, match="a revocation is final"):
        qualify(ready, ready.os_user(), person, "quality", LABEL, "begged")
    with pytest.raises(EvidenceError, match="for other"):
        revoke(ready, ready.os_user(), person, "x", rule_id="other")
    with pytest.raises(EvidenceError, match="a time that has come"):
        revoke(ready, ready.os_user(), person, "x", since=now() + timedelta(days=1))


def test_an_account_is_one_person_s(ready: House) -> None:
    ann, bob = trained(ready, "ann"), trained(ready, "bob")
    map_account(ready, ready.os_user(), ann, "labeling", 5)
    map_account(ready, ready.os_user(), bob, "verification", 5)
    with pytest.raises(EvidenceError, match=f"is {ann}'s"):
        map_account(ready, ready.os_user(), bob, "labeling", 5)
    leave(ready, ready.os_user(), ann, "contract ended")
    map_account(ready, ready.os_user(), bob, "labeling", 5)


def opened(house: House, person: str, items: list[str], gold: list[str], said: dict[str, str]) -> None:
    """Put a batch's rows where opening and pulling would: items and gold before a person, and what the person said."""
    at, common = now(), {"batch_id": "b-1", "round": 1, "person": person}
    shown = [(name, "label") for name in items] + [(name, "gold") for name in gold]
    server = {"instance": "labeling", "project": 1, "task_created_at": at}
    placements = [
        {**server, **common, "task": number, "token": f"{person}-{name}", "record_id": name, "purpose": purpose, "payload_sha256": "0" * 64}
        for number, (name, purpose) in enumerate(shown)
    ]
    revisions: list[Row] = []
    for number, (name, value) in enumerate(said.items()):
        body = canonical_json(as_result(RULE_OF, {"quality": value}))
        revisions.append(
            {
                **server,
                "task": number,
                "annotation": number,
                "annotation_created_at": at,
                "token": f"{person}-{name}",
                "content_sha256": json_digest(json.loads(body)),
                "status": "submitted",
                "completed_by": 5,
                "updated_by": 5,
                "person": person,
                "updated_at": at,
                "body": body,
                "recorded_at": at,
            }
        )
    assignments = [{**common, "record_id": name, "function": "label", "assigned_at": at, "revoked_at": None, "why": "t"} for name in items]
    state = {"batch_id": "b-1", "round": 1, "state": "open", "why": "t", "recorded_at": at}
    rows: dict[str, list[Row]] = {"placements": placements, "assignments": assignments, "batch_states": [state]}
    rows |= {"annotation_revisions": revisions} if revisions else {}
    register(house, house.os_user(), "batch.open", f"b-1 {person}", rows, {"person": person})


def test_leaving_ends_accounts_and_qualifications_and_frees_what_is_not_done(ready: House) -> None:
    person = qualified(ready, "ann")
    map_account(ready, ready.os_user(), person, "labeling", 5)
    opened(ready, person, ["x", "y", "z"], [], {"y": "usable"})
    assert [row["record_id"] for row in unfinished(ready, person)] == ["x", "z"]
    assert leave(ready, ready.os_user(), person, "contract ended") == {"b-1": 2}
    assert unfinished(ready, person) == []
    assert may(ready, person) is Unfit.LEFT
    assert [row["state"] for row in list_people(ready) if row["person"] == person] == ["left"]
    assert register_rows(ready, "studio_accounts", person=person)[-1]["valid_to"] is not None
    freed = [row["record_id"] for row in register_rows(ready, "assignments", person=person) if row["revoked_at"] is not None]
    assert sorted(freed) == ["x", "z"]
    with pytest.raises(EvidenceError, match="left on"):
        leave(ready, ready.os_user(), person, "again")


def test_gold_is_drawn_by_a_seed_and_the_project_s_key(ready: House) -> None:
    drawn = [item.gold_id for item in gold_for(ready, "quality", 1, 5, "b-1/1/ann")]
    assert [item.gold_id for item in gold_for(ready, "quality", 1, 5, "b-1/1/ann")] == drawn
    assert [item.gold_id for item in gold_for(ready, "quality", 1, 7, "b-1/1/ann")][:5] == drawn
    assert [item.gold_id for item in gold_for(ready, "quality", 1, 5, "b-1/1/bob")] != drawn
    assert len(gold_for(ready, "quality", 1, 99, "x")) == 20
    assert gold_for(ready, "quality", 2, 5, "x") == []


def test_gold_is_added_once_and_another_answer_is_a_correction(ready: House) -> None:
    rule = rule_from(RULE)
    more_gold(ready, rule, 3)
    more_gold(ready, rule, 3)
    assert len(current_gold(ready, "quality", 1)) == 23
    with pytest.raises(EvidenceError, match="is there with another answer"):
        add_gold(ready, ready.os_user(), rule.name, [({"text": "gold text 1."}, as_result(rule, {"quality": "broken"}))], "changed my mind")
    with pytest.raises(ConfigurationError, match="expected one item"):
        find_gold(ready, "zz")
    gold_id = next(iter(current_gold(ready, "quality", 1)))
    with pytest.raises(EvidenceError, match="found the same"):
        correct_gold(ready, ready.os_user(), gold_id, result_of(find_gold(ready, gold_id)["answer"]), "no change")


def test_gold_suspends_whom_it_speaks_against_and_a_correction_brings_them_back(ready: House) -> None:
    more_gold(ready, rule_from(RULE), 20)
    good, bad = qualified(ready, "good"), qualified(ready, "bad")
    gold = current_gold(ready, "quality", 1)
    right = {name: result_of(row["answer"])[0]["value"]["choices"][0] for name, row in gold.items()}
    # Not what the exam asked: a corrected item that was answered "right" there would cost the exam.
    asked = json.loads(read(ready.settings.warehouse, register_rows(ready, "exams", person=bad)[-1]["answers_sha256"]))
    wrong = dict.fromkeys([name for name in right if name not in asked][:12], "unsure")
    opened(ready, good, [], list(right), right)
    opened(ready, bad, [], list(right), right | wrong)
    assert gold_scores(ready, "quality", 1, now()) == {good: (0, 40), bad: (12, 40)}
    found = act_on_gold(ready, ready.os_user(), "quality", 1)
    assert (found.suspended, found.warned) == ((bad,), ())
    assert (may(ready, good), may(ready, bad)) == (None, Unfit.SUSPENDED)
    assert act_on_gold(ready, ready.os_user(), "quality", 1).suspended == ()
    with pytest.raises(EvidenceError, match="gold still says"):
        qualify(ready, ready.os_user(), bad, "quality", LABEL, "begged")
    for gold_id in wrong:
        correct_gold(ready, ready.os_user(), gold_id, as_result(RULE_OF, {"quality": "unsure"}), "they were right")
    assert gold_scores(ready, "quality", 1, now())[bad] == (0, 40)
    qualify(ready, ready.os_user(), bad, "quality", LABEL, "gold was wrong")
    assert may(ready, bad) is None
    assert gold_scores(ready, "quality", 1, now() + timedelta(days=31)) == {good: (0, 0), bad: (0, 0)}


def test_a_later_exam_brings_back_who_was_suspended_by_gold(ready: House) -> None:
    more_gold(ready, rule_from(RULE), 20)
    person, other = qualified(ready, "ann"), qualified(ready, "bob")
    gold = current_gold(ready, "quality", 1)
    right = {name: result_of(row["answer"])[0]["value"]["choices"][0] for name, row in gold.items()}
    opened(ready, person, [], list(right), dict.fromkeys(right, "unsure"))
    opened(ready, other, [], list(right), right)
    assert act_on_gold(ready, ready.os_user(), "quality", 1).suspended == (person,)
    record_exam(ready, ready.os_user(), person, "quality", LABEL, answers(ready, person))
    qualify(ready, ready.os_user(), person, "quality", LABEL, "trained again")
    assert may(ready, person) is None


def test_a_person_contests_once_and_corrected_gold_grades_the_exam_again(ready: House) -> None:
    person = trained(ready, "ann")
    given = answers(ready, person, wrong=2)
    _, grade = record_exam(ready, ready.os_user(), person, "quality", LABEL, given)
    assert not grade.is_passed
    wrong = [name for name, result in given.items() if result != result_of(find_gold(ready, name)["answer"])]
    contest(ready, ready.os_user(), person, GOLD, wrong[0], "the edge case says otherwise")
    with pytest.raises(EvidenceError, match="contested once"):
        contest(ready, ready.os_user(), person, GOLD, wrong[0], "again")
    changes = correct(ready, ready.os_user(), person, wrong[0], given[wrong[0]], "agreed")
    assert [(each["person"], each["before"]["is_passed"], each["after"]["is_passed"]) for each in changes] == [(person, False, True)]
    assert [entry.event for entry in ready.entries()][-3:] == ["gold.corrected", "exam.regraded", "contest.answered"]
    with pytest.raises(EvidenceError, match="expected one open contest"):
        uphold(ready, ready.os_user(), person, wrong[0], "again")
    qualify(ready, ready.os_user(), person, "quality", LABEL, "regraded")
    contest(ready, ready.os_user(), person, GOLD, wrong[1], "this too")
    uphold(ready, ready.os_user(), person, wrong[1], "the rule is plain")
    assert find_gold(ready, wrong[1])["answer"] is not None


def test_a_verdict_is_contested_by_batch_round_and_record(ready: House) -> None:
    person = trained(ready, "ann")
    with pytest.raises(ConfigurationError, match="joined by slashes"):
        contest(ready, ready.os_user(), person, VERDICT, "b-1", "wrong")
    with pytest.raises(ConfigurationError, match="found none"):
        contest(ready, ready.os_user(), person, VERDICT, "b-1/1/x", "wrong")
    verdict = {"subject": "batch", "subject_id": "b-1", "round": 1, "record_id": "x", "verifier": "p-v", "outcome": "mismatch", "why": "t"}
    rows: dict[str, list[Row]] = {"sample_verdicts": [{**verdict, "recorded_at": now()}]}
    register(ready, ready.os_user(), "batch.verified", "b-1", rows, {})
    contest(ready, ready.os_user(), person, VERDICT, "b-1/1/x", "wrong")
    assert correct(ready, ready.os_user(), person, "b-1/1/x", None, "agreed") == []
