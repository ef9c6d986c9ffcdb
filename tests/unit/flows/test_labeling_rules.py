"""A rule's way from file to approval: immutable once approved, piloted before, approved by another."""

import json
from pathlib import Path

import pytest

from pipeline.adapters.evidence_store import read
from pipeline.domain.labeling import RuleFault, RuleState
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.gold import current_gold
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import (
    approve_rule,
    approved_rule,
    check_rule,
    draft_rule,
    history_of_rule,
    list_rules,
    record_pilot,
    recorded_rule,
    retire_rule,
    rule_of_digest,
    rule_path,
    rule_paths,
    rules_of_major,
)
from pipeline.flows.people import add_person
from pipeline.flows.policies import activate
from tests.labeling_kit import LEAD, RULE, approved, pilot_of, right_results, rule_from, stated, texts, trained, write_rule


def drafted(house: House, **changed: object) -> str:
    values = stated(**changed)
    draft_rule(house, house.os_user(), write_rule(house.project, values))
    return f"{values['id']}@{values['version']}"


def piloted(house: House, name: str, wrong: int = 0) -> bool:
    rule = recorded_rule(house, name)
    people = [trained(house, f"{name} {wrong} {number}") for number in range(2)]
    given = pilot_of(rule, people, 20, wrong)
    return record_pilot(house, house.os_user(), name, given, texts(20), right_results(rule, 5))[2]


def test_init_copies_the_shipped_rules_and_they_can_be_named(house: House) -> None:
    assert [path.stem for path in rule_paths(house.project)] == ["harmful-content", "pi-spans-zh", "text-quality-zh"]
    assert rule_path(house.project, "pi-spans-zh") == rule_path(house.project, "pi-spans-zh.yaml")
    with pytest.raises(ConfigurationError, match="labeling_rules/ holds: harmful-content"):
        rule_path(house.project, "nothing")


def test_check_says_what_cannot_be_read_and_what_is_not_clear(house: House) -> None:
    path = write_rule(house.project, stated(method=" "))
    assert [(each.code, each.where) for each in check_rule(path)] == [(RuleFault.EMPTY, "method")]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("value: usable", "value: yes", 1), encoding="utf-8")
    assert [(each.code, each.where.partition(":")[0]) for each in check_rule(path)] == [(RuleFault.UNQUOTED_WORD, path.name)]
    path.write_text(text.replace("kind: functional", "kind: odd"), encoding="utf-8")
    assert [each.code for each in check_rule(path)] == [RuleFault.UNREADABLE]


def test_a_rule_is_drafted_piloted_approved_and_retired(house: House) -> None:
    rule = approved(house, RULE)
    assert approved_rule(house, "quality") == (rule, rule.sha256)
    assert approved_rule(house, "quality@1.0") == (rule, rule.sha256)
    assert rule_of_digest(house, rule.sha256) == rule
    assert [row["agreement"] for row in list_rules(house)] == ["1.0000"]
    retire_rule(house, LEAD, rule.name, "replaced")
    assert [row["state"] for row in list_rules(house)] == [RuleState.RETIRED]
    with pytest.raises(EvidenceError, match="expected an approved rule"):
        approved_rule(house, "quality")
    events = [str(entry.event) for entry in house.entries() if entry.event.startswith("rule.")]
    assert events == ["rule.drafted", "rule.piloted", "rule.approved", "rule.retired"]
    assert [each["event"] for each in history_of_rule(house, "quality")["history"]] == events  # type: ignore[index, attr-defined]


def test_a_draft_may_change_and_an_approved_rule_may_not(house: House) -> None:
    assert draft_rule(house, house.os_user(), write_rule(house.project, RULE)) is not None
    assert draft_rule(house, house.os_user(), write_rule(house.project, RULE)) is None
    assert draft_rule(house, house.os_user(), write_rule(house.project, stated(purpose="Other."))) is not None
    draft_rule(house, house.os_user(), write_rule(house.project, RULE))
    piloted(house, "quality@1.0")
    approve_rule(house, LEAD, "quality@1.0", "pilot read")
    with pytest.raises(EvidenceError, match="give the file a new version"):
        drafted(house, purpose="Other.")
    retire_rule(house, LEAD, "quality@1.0", "wrong")
    with pytest.raises(EvidenceError, match="retired"):
        drafted(house, purpose="Other.")
    with pytest.raises(EvidenceError, match="only a draft is approved"):
        approve_rule(house, LEAD, "quality@1.0", "again")


def test_an_older_version_cannot_follow_an_approved_one(house: House) -> None:
    approved(house, stated(version="1.10"))
    with pytest.raises(EvidenceError, match=r"version 1\.10 was approved before"):
        drafted(house, version="1.9")
    assert drafted(house, version="1.11") == "quality@1.11"


def test_no_approval_without_a_pilot_or_below_its_floor(house: House) -> None:
    name = drafted(house)
    with pytest.raises(EvidenceError, match="expected a pilot, found none"):
        approve_rule(house, LEAD, name, "in a hurry")
    assert piloted(house, name, wrong=15) is False
    with pytest.raises(EvidenceError, match=r"krippendorff_alpha of at least 0\.60 in its pilot, found -0\."):
        approve_rule(house, LEAD, name, "in a hurry")
    assert piloted(house, name) is True
    approve_rule(house, LEAD, name, "second pilot read")


def test_a_changed_draft_needs_its_own_pilot(house: House) -> None:
    name = drafted(house)
    piloted(house, name)
    drafted(house, purpose="Other.")
    with pytest.raises(EvidenceError, match="expected a pilot, found none"):
        approve_rule(house, LEAD, name, "in a hurry")


def test_an_unclear_rule_is_not_approved(house: House) -> None:
    name = drafted(house, method="Choose the appropriate label.")
    piloted(house, name)
    with pytest.raises(EvidenceError, match="method: vague_word"):
        approve_rule(house, LEAD, name, "in a hurry")


def test_who_drafted_cannot_approve_where_governance_says_so(house: House) -> None:
    path = house.project / "policies" / "governance.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("approver_must_differ: false", "approver_must_differ: true"), encoding="utf-8")
    activate(house, house.os_user(), "two people now")
    name = drafted(house)
    piloted(house, name)
    with pytest.raises(EvidenceError, match="whoever drafted it cannot approve it"):
        approve_rule(house, house.os_user(), name, "mine")
    approve_rule(house, LEAD, name, "read")


def test_a_new_version_lists_the_labels_to_revisit_and_wording_alone_keeps_the_pilot(house: House) -> None:
    approved(house, RULE)
    _, revisit = approve_rule(house, LEAD, drafted(house, version="1.1", purpose="Other."), "wording")
    assert revisit == ()
    _, revisit = approve_rule(house, LEAD, drafted(house, version="1.2", title="Other"), "wording again")
    assert revisit == ()
    changed = stated(version="2.0")
    changed["controls"][0]["options"][1]["definition"] = "The first or last sentence has no end."
    draft_rule(house, house.os_user(), write_rule(house.project, changed))
    with pytest.raises(EvidenceError, match="expected a pilot, found none"):
        approve_rule(house, LEAD, "quality@2.0", "in a hurry")
    piloted(house, "quality@2.0")
    entry, revisit = approve_rule(house, LEAD, "quality@2.0", "clearer")
    assert [(each.control, each.value) for each in revisit] == [("quality", "broken")]
    assert json.loads(entry.body)["revisit"][0]["value"] == "broken"
    assert approved_rule(house, "quality")[0].version == "2.0"
    assert rules_of_major(house, "quality", 1).version == "1.2"
    with pytest.raises(ConfigurationError, match="major version 7"):
        rules_of_major(house, "quality", 7)


def test_adjudicated_pilot_items_are_the_first_gold_and_answers_are_kept_without_text(house: House) -> None:
    rule = approved(house, RULE, gold=12)
    gold = current_gold(house, "quality", 1)
    assert len(gold) == 12
    assert {row["origin"] for row in gold.values()} == {"pilot"}
    piloted_entry = next(entry for entry in house.entries() if entry.event == "rule.piloted")
    answers = read(house.settings.warehouse, json.loads(piloted_entry.body)["answers_sha256"]).decode()
    assert len(json.loads(answers)) == 40
    assert "text number" not in answers
    assert rule.name == "quality@1.0"


def test_only_trained_people_who_sat_no_exam_pilot_a_draft(house: House) -> None:
    rule = rule_from(RULE)
    name = drafted(house)
    untrained = add_person(house, house.os_user(), "untrained")
    good = trained(house, "trained")
    for person, says in ((untrained, "lacks training in task_rules, tool"), ("p-nobody", "is not registered")):
        with pytest.raises(EvidenceError, match=says):
            record_pilot(house, house.os_user(), name, pilot_of(rule, [good, person], 20), texts(20), {})
    with pytest.raises(EvidenceError, match="the text of each adjudicated item"):
        record_pilot(house, house.os_user(), name, pilot_of(rule, [good], 20), {}, right_results(rule, 1))
    piloted(house, name)
    approve_rule(house, LEAD, name, "read")
    with pytest.raises(EvidenceError, match="a pilot is run on a draft"):
        record_pilot(house, house.os_user(), name, pilot_of(rule, [good], 20), texts(20), {})


def test_an_unknown_rule_is_named_with_those_there_are(house: House) -> None:
    drafted(house)
    with pytest.raises(ConfigurationError, match=r"recorded are: quality@1\.0"):
        recorded_rule(house, "quality@3.0")
    with pytest.raises(ConfigurationError, match="recorded are: none"):
        recorded_rule(house, "other")
    with pytest.raises(ConfigurationError, match="expected it in the register"):
        rule_of_digest(house, "0" * 64)


def test_a_rule_file_that_is_no_file_is_refused(house: House, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        draft_rule(house, house.os_user(), tmp_path / "nothing.yaml")
