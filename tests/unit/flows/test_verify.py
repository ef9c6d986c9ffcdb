"""Verification from plan to judgement, every consequence, and everything that is refused on the way."""

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.digests import canonical_json
from pipeline.domain.judging import Consequence, Why
from pipeline.domain.labeling import BatchState, Purpose
from pipeline.domain.sampling import AqlPlan, ClaimPlan, SprtPlan
from pipeline.errors import ConfigurationError, EvidenceError, LawError
from pipeline.flows.batch_facts import gather_facts
from pipeline.flows.batches import Batch, Move, subject_of
from pipeline.flows.change_batch import change_batch
from pipeline.flows.export_labels import export_labels
from pipeline.flows.freeze_batch import open_alarms, resolve_alarm
from pipeline.flows.house import open_house
from pipeline.flows.judge import judge, relabel_records, replay, report_item, reveal, write_verdict_files
from pipeline.flows.labeling_rules import retire_rule
from pipeline.flows.open_batch import open_batch
from pipeline.flows.open_verification import open_adjudication, open_verification, server_for
from pipeline.flows.people import leave, revoke
from pipeline.flows.reassign import reassign
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import register
from pipeline.flows.stand_batch import stand_batch
from pipeline.flows.verdicts import draws_of, take_verdicts, verdicts_of
from pipeline.flows.verify import commit_secret, draw_batch, rule_named, store_plan
from pipeline.flows.verify_report import write_report
from pipeline.flows.verify_status import verification_status
from pipeline.settings import read_settings
from pipeline.stages.batch_transitions import blockers
from pipeline.stages.judge_batch import judge_batch
from tests.verification_kit import ANNOTATORS, AUDITOR, World, change_policy, make_project, more_members, right_label, world_in

Label = Callable[[str, Row], str | None]
STRICT = {"claim": "0.80", "confidence": "0.95", "max_errors": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A project with a snapshot of 40 texts, an approved rule and seven qualified people, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("verification") / "corpus"
    with more_members():
        yield folder, make_project(folder, 40, acceptance=STRICT)


@pytest.fixture
def world(made: tuple[Path, Mapping[str, str]], tmp_path: Path) -> World:
    """The project with an empty server."""
    shutil.copytree(made[0], tmp_path / "corpus")
    return world_in(tmp_path / "corpus", made[1])


@pytest.fixture(scope="module")
def drawn_once(made: tuple[Path, Mapping[str, str]], tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Batch]:
    """The project with a batch that was labeled without an error, sealed and drawn, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("drawn") / "corpus"
    shutil.copytree(made[0], folder)
    world = world_in(folder, made[1])
    return world, world.labeled(40)


@pytest.fixture
def drawn(drawn_once: tuple[World, Batch], tmp_path: Path) -> tuple[World, Batch]:
    """A world of its own with a batch that is drawn."""
    known, batch = drawn_once
    shutil.copytree(known.house.project, tmp_path / "corpus")
    secret = Path(shutil.copy(known.secret, tmp_path / "secret"))
    house = open_house(read_settings(str(tmp_path / "corpus")))
    return replace(known, house=house, fake=deepcopy(known.fake), secret=secret), batch


def flipped(texts: set[int], to: str | None = "flip") -> Label:
    """Return a labeler who errs on some items, by their number."""

    def label(text: str, row: Row) -> str | None:
        number = int(text.split()[2]) if text.startswith("Item number") else -1
        if number not in texts:
            return right_label(text)
        return {"usable": "broken", "broken": "usable"}[right_label(text)] if to == "flip" else to

    return label


def test_good_work_is_accepted_and_recomputed_by_the_script_alone(drawn: tuple[World, Batch], tmp_path: Path) -> None:
    world, batch = drawn
    assert stat.S_IMODE(world.secret.stat().st_mode) == 0o600
    secret = world.secret.read_text(encoding="ascii").strip()
    assert all(secret not in entry.body for entry in world.house.entries())
    world.verify(batch)
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, world.state(batch)) == (Consequence.ACCEPTED, BatchState.ACCEPTED)
    facts, again = replay(world.house, world.now(batch))
    assert again == judgement
    assert canonical_json(gather_facts(world.house, world.now(batch)).body()) == canonical_json(facts.body())
    with pytest.raises(EvidenceError, match="not revealed"):
        write_verdict_files(world.house, batch.batch_id, tmp_path / "files")
    reveal(world.house, AUDITOR, batch.batch_id, world.secret)
    with pytest.raises(EvidenceError, match="revealed already"):
        reveal(world.house, AUDITOR, batch.batch_id, world.secret)
    write_verdict_files(world.house, batch.batch_id, tmp_path / "files")
    script = [sys.executable, "-I", str(tmp_path / "files" / "recompute_verdict.py"), str(tmp_path / "files")]
    done = subprocess.run(script, check=False, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert (done.returncode, found["agrees"], found["consequence"]) == (0, True, "accepted")
    (row,) = verification_status(world.house, batch.batch_id)
    assert (row["judged"], row["drawn"], row["verdicts"], row["disputed"]) == ("accepted", len(facts.sample), len(facts.sample), 0)
    for lang in ("zh", "en"):
        write_report(world.house, batch.batch_id, lang, tmp_path / f"{lang}.html")
        page = (tmp_path / f"{lang}.html").read_text(encoding="utf-8")
        assert page.count("<svg") == 4
        assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    # Recall after acceptance lists what contains the labels; a judgement on the same facts may accept it again.
    digest = export_labels(world.house, world.actor, "labels")
    entry, holdings = report_item(world.house, world.actor, batch.batch_id, facts.sample[0].record_id, "complaint 1")
    assert holdings["snapshots"] == [digest]
    assert json.loads(entry.body)["snapshots"] == [digest]
    assert world.state(batch) is BatchState.HELD
    with pytest.raises(EvidenceError, match="only accepted"):
        export_labels(world.house, world.actor, "again", [batch.batch_id])
    with pytest.raises(EvidenceError, match="reports of unlawful items wait"):
        world.step("resume", batch)
    assert world.adjudicate(batch, label=lambda *_: "a_right")
    world.step("resume", batch)
    assert world.state(batch) is BatchState.ADJUDICATING
    assert judge(world.house, world.actor, batch.batch_id)[1].consequence is Consequence.ACCEPTED


def test_every_mismatch_goes_to_a_third_person_and_a_bad_batch_is_labeled_again(world: World) -> None:
    change_policy(world.house, {"error_limit": "0.60"})
    batch = world.labeled(40, flipped(set(range(0, 40, 3))))
    world.verify(batch)
    with pytest.raises(EvidenceError, match="every mismatch adjudicated"):
        judge(world.house, world.actor, batch.batch_id)
    with pytest.raises(EvidenceError, match="already holds verify"):
        world.adjudicate(batch, ("verifier",))
    assert world.adjudicate(batch)
    assert not world.adjudicate(batch, ("adjudicator-2",))
    shown = register_rows(world.house, "placements", purpose=Purpose.ADJUDICATE.value)
    tasks = {task["data"]["record_id"]: task["data"]["text"] for task in world.fake.tasks.values()}
    texts = [tasks[row["token"]] for row in shown]
    assert all(person not in text for text in texts for person in world.people.values())
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.why) == (Consequence.RELABEL, (Why.TOO_MANY_ERRORS,))
    assert judgement.statement.errors == len(shown)
    assert world.state(batch) is BatchState.RELABEL
    # The next round: a plan at least as strict, a secret of its own, by the same people; then it is accepted.
    world.open(world.now(batch))
    again = world.now(batch)
    assert (again.round, again.state) == (2, BatchState.OPEN)
    world.answer(ANNOTATORS)
    world.pull()
    with pytest.raises(ConfigurationError, match="weaker than that of round 1"):
        store_plan(world.house, AUDITOR, batch.batch_id, ClaimPlan("0.60"))
    world.seal(again)
    world.draw(again)
    world.verify(again)
    assert judge(world.house, world.actor, batch.batch_id)[1].consequence is Consequence.ACCEPTED
    facts = gather_facts(world.house, world.now(batch))
    assert sum(errors for errors, _ in facts.history.values()) == judgement.statement.errors


def test_only_failing_peoples_items_go_back_where_policy_says_so(world: World) -> None:
    change_policy(world.house, {"relabel_scope": "failing", "error_limit": "0.20", "suspend_at": "0.60", "diagnostic_items": 10})
    bad = world.people["annotator-2"]
    batch = world.draft(40)
    world.open(batch)
    mine = {row["token"] for row in register_rows(world.house, "placements", person=bad)}
    world.answer(ANNOTATORS, lambda text, row: "unsure" if row["token"] in mine and row["purpose"] == "label" else right_label(text))
    world.pull()
    world.seal(batch)
    world.draw(batch)
    world.verify(batch)
    world.adjudicate(batch)
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.relabel) == (Consequence.RELABEL, (bad,))
    assert bad in judgement.suspend
    state = register_rows(world.house, "qualifications", person=bad)[-1]["state"]
    assert state == "suspended"
    body = json.loads(register_rows(world.house, "judgements")[-1]["body"])
    assert body["relabel_records"] == relabel_records(world.house, batch, judgement)
    assert len(body["relabel_records"]) == len(mine) - 2
    with pytest.raises(EvidenceError, match="suspended"):
        world.open(world.now(batch))
    world.open(world.now(batch), ("annotator-1", "annotator-3"))
    given = register_rows(world.house, "assignments", batch_id=batch.batch_id, round=2)
    assert {row["record_id"] for row in given} == set(body["relabel_records"])


def test_an_unlawful_item_from_any_label_holds_the_batch_and_voids_it_once_confirmed(world: World) -> None:
    batch = world.draft(40)
    world.open(batch)
    world.answer(ANNOTATORS, flipped({3}, "illegal"))
    world.pull()
    assert world.state(batch) is BatchState.HELD
    with pytest.raises(EvidenceError, match="wait for an adjudicator"):
        world.step("resume", batch)
    assert world.adjudicate(batch, label=lambda *_: "illegal")
    world.pull()
    open_adjudication(world.house, world.actor, batch.batch_id, [world.people["adjudicator"]], world.studio())
    for step in ("resume", "relabel"):
        with pytest.raises(EvidenceError, match="can only become void"):
            world.step(step, batch)
    with pytest.raises(EvidenceError, match="a person confirms a void"):
        change_batch(world.house, world.actor, world.now(batch), Move(BatchState.VOID, "by no one"))
    world.step("void", batch, "confirmed by the adjudicator")
    assert world.state(batch) is BatchState.VOID


def test_a_verifiers_report_is_judged_void_and_waits_for_a_person(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    first = draws_of(world.house, batch)[0]["record_id"]
    world.verify(batch, label=lambda text, row: "illegal" if row["record_id"] == first else right_label(text))
    assert world.state(batch) is BatchState.HELD
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.why) == (Consequence.HELD, (Why.ILLEGAL_UNCONFIRMED,))
    world.adjudicate(batch, label=lambda *_: "illegal")
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, world.state(batch)) == (Consequence.VOID, BatchState.HELD)
    world.step("void", batch)


def test_a_denied_report_lets_the_batch_go_on(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    first = draws_of(world.house, batch)[0]["record_id"]
    world.verify(batch, label=lambda text, row: "illegal" if row["record_id"] == first else right_label(text))
    world.adjudicate(batch, label=lambda text, row: "a_right" if "A】\nIs it usable?: Illegal" not in text else "b_right")
    with pytest.raises(EvidenceError, match="resume"):
        judge(world.house, world.actor, batch.batch_id)
    world.step("resume", batch)
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.statement.errors) == (Consequence.ACCEPTED, 0)


def test_an_edit_after_the_draw_holds_the_batch_until_the_auditor_has_looked(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    first = draws_of(world.house, batch)[0]["record_id"]
    token = next(row["token"] for row in register_rows(world.house, "placements", record_id=first, purpose="label"))
    task = next(task for task in world.fake.tasks.values() if task["data"]["record_id"] == token)
    made = task["annotations"][0]
    role = next(role for role in ANNOTATORS if world.people[role] == register_rows(world.house, "placements", token=token)[0]["person"])
    world.fake.patch_annotation(made["completed_by"], {"result": world.body("unsure", {"purpose": "label"})["result"]}, {}, made["id"])
    world.verify(batch)
    assert verdicts_of(world.house, batch) == {}
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.why) == (Consequence.HELD, (Why.TAMPERED,))
    assert judgement.statement.errors == 0, role
    with pytest.raises(EvidenceError, match="alarms of tampering"):
        world.step("resume", batch)
    (alarm,) = [row for row in open_alarms(world.house, batch.batch_id) if row["kind"] == "edited_after_freeze"]
    resolve_alarm(world.house, AUDITOR, alarm["alarm_id"], "a slip, frozen label stands")
    world.step("resume", batch)
    assert judge(world.house, world.actor, batch.batch_id)[1].consequence is Consequence.ACCEPTED


def test_what_cannot_be_verified_counts_as_an_error(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    two = [row["record_id"] for row in draws_of(world.house, batch)[:2]]
    world.verify(batch, label=lambda text, row: None if row["record_id"] in two else right_label(text))
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.unverifiable, judgement.statement.errors) == (Consequence.RELABEL, 2, 2)


def test_ambiguity_sends_the_rule_back(world: World) -> None:
    batch = world.labeled(40, flipped(set(range(0, 40, 4))))
    world.verify(batch)
    world.adjudicate(batch, label=lambda *_: "ambiguous")
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, world.state(batch)) == (Consequence.RULE_BACK, BatchState.HELD)
    assert [facts["rule_version"] for entry, facts in world.house.facts() if entry.event == "rule.sent_back"] == ["1.0"]


def test_a_verifier_who_misses_planted_items_holds_the_round(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    world.verify(batch, label=lambda text, row: "unsure" if row["purpose"] == "verify_gold" else right_label(text))
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.why) == (Consequence.HELD, (Why.VERIFIER_UNFIT,))


def test_order_of_plan_secret_freeze_and_draw(world: World, tmp_path: Path) -> None:
    batch = world.draft(40)
    with pytest.raises(EvidenceError, match="before the freeze"):
        store_plan(world.house, AUDITOR, batch.batch_id)
    world.open(batch)
    with pytest.raises(ConfigurationError, match="cannot prove it"):
        store_plan(world.house, AUDITOR, batch.batch_id, ClaimPlan("0.99", "0.95", 2))
    plan, cost = store_plan(world.house, AUDITOR, batch.batch_id, rule_named("claim", {"max_errors": "0"}, batch))
    assert (plan.max_errors, "prove" in cost.en) == (0, True)
    with pytest.raises(EvidenceError, match="a plan is final"):
        store_plan(world.house, AUDITOR, batch.batch_id)
    labeler = replace(AUDITOR, actor=world.people["annotator-1"])
    with pytest.raises(EvidenceError, match="works on it"):
        commit_secret(world.house, labeler, batch.batch_id, tmp_path / "s0")
    assert not (tmp_path / "s0").exists()
    commit_secret(world.house, AUDITOR, batch.batch_id, tmp_path / "s1")
    with pytest.raises(EvidenceError, match="which is final"):
        commit_secret(world.house, AUDITOR, batch.batch_id, tmp_path / "s2")
    with pytest.raises(EvidenceError, match="neither labeled nor skipped"):
        world.step("close", batch)
    with pytest.raises(EvidenceError, match="from a frozen batch"):
        draw_batch(world.house, AUDITOR, batch.batch_id, tmp_path / "s1")
    with pytest.raises(EvidenceError, match="is judged once"):
        judge(world.house, world.actor, batch.batch_id)
    with pytest.raises(EvidenceError, match="has no judgement"):
        reveal(world.house, AUDITOR, batch.batch_id, tmp_path / "s1")


def test_a_lost_or_other_secret_draws_nothing(world: World, tmp_path: Path) -> None:
    batch = world.draft(40)
    world.open(batch)
    world.answer(ANNOTATORS)
    world.pull()
    world.seal(batch)
    (tmp_path / "other").write_text("00" * 32, encoding="ascii")
    with pytest.raises(EvidenceError, match="needs a new round"):
        draw_batch(world.house, AUDITOR, batch.batch_id, tmp_path / "other")
    with pytest.raises(EvidenceError, match="needs a new round"):
        draw_batch(world.house, AUDITOR, batch.batch_id, tmp_path / "gone")
    with pytest.raises(EvidenceError, match="no sample is drawn"):
        change_batch(world.house, world.actor, world.now(batch), Move(BatchState.SAMPLED, "without a draw"))
    world.step("hold", batch, "the secret is lost")
    world.step("relabel", batch, "the secret is lost")
    assert world.state(batch) is BatchState.RELABEL


def test_roles_hold(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    for role, why in (("annotator-1", "unqualified"), ("adjudicator", "unqualified")):
        with pytest.raises(EvidenceError, match=why):
            open_verification(world.house, world.actor, batch.batch_id, [world.people[role]], world.studio())
    with pytest.raises(EvidenceError, match="nobody was named"):
        open_verification(world.house, world.actor, batch.batch_id, [], world.studio())
    with pytest.raises(EvidenceError, match="have no independent verifier"):
        change_batch(world.house, world.actor, world.now(batch), Move(BatchState.VERIFYING, "without verifiers"))
    assert verdicts_of(world.house, batch) == {}
    world.verify(batch, ("verifier", "verifier-2"))
    assert judge(world.house, world.actor, batch.batch_id)[1].consequence is Consequence.ACCEPTED
    with pytest.raises(EvidenceError, match="after that comes held"):
        change_batch(world.house, world.actor, world.now(batch), Move(BatchState.RELABEL, "no"))


def test_the_verifier_is_blind_and_verifies_on_another_server_where_functions_are_kept_apart(world: World) -> None:
    batch = world.labeled(40, separation="hard")
    with pytest.raises(EvidenceError, match="verify on another server"):
        world.verify(batch)
    assert server_for(world.house, batch.batch_id) == "verify"
    world.verify(batch, instance="verify")
    tokens = {row["token"] for row in register_rows(world.house, "placements", instance="verify")}
    seen = [task for task in world.fake.tasks.values() if task["data"]["record_id"] in tokens]
    assert {key for task in seen for key in task["data"]} == {"text", "record_id"}
    assert len({row["purpose"] for row in register_rows(world.house, "placements", instance="verify")}) == 2
    assert judge(world.house, world.actor, batch.batch_id)[1].consequence is Consequence.ACCEPTED


def test_a_revoked_annotator_is_looked_at_more_closely(world: World) -> None:
    batch = world.draft(40)
    world.open(batch)
    world.answer(ANNOTATORS)
    world.pull()
    world.seal(batch, ClaimPlan("0.50", "0.80", 0))
    revoke(world.house, world.actor, world.people["annotator-1"], "shared an account")
    world.draw(batch)
    frozen = {row["record_id"]: row["person"] for row in register_rows(world.house, "frozen_items")}
    rows = draws_of(world.house, batch)
    drawn = [frozen[row["record_id"]] for row in rows]
    assert drawn.count(world.people["annotator-1"]) == list(frozen.values()).count(world.people["annotator-1"])
    places = [row["position"] for row in rows if row["used_for"] == "acceptance"]
    assert places == list(range(len(places)))
    world.verify(batch)
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert judgement.statement.verified == len(places) < len(rows)


def test_open_work_of_who_left_goes_to_others(world: World) -> None:
    batch = world.draft(40)
    world.open(batch)
    world.answer(("annotator-2", "annotator-3"))
    world.pull()
    give = [world.people["annotator-2"]]
    assert reassign(world.house, world.actor, batch.batch_id, give, world.studio(), "nobody left") is None
    leave(world.house, world.actor, world.people["annotator-1"], "contract ended")
    with pytest.raises(EvidenceError, match="unqualified"):
        reassign(world.house, world.actor, batch.batch_id, [world.people["verifier"]], world.studio(), "left")
    entry = reassign(world.house, world.actor, batch.batch_id, give, world.studio(), "left")
    assert entry is not None
    world.answer(("annotator-1", "annotator-2"))
    world.pull()
    assert "unqualified" in {row["kind"] for row in open_alarms(world.house, batch.batch_id)}
    world.seal(batch)
    frozen = {row["person"] for row in register_rows(world.house, "frozen_items")}
    assert frozen == {world.people["annotator-2"], world.people["annotator-3"]}
    with pytest.raises(EvidenceError, match="is frozen"):
        reassign(world.house, world.actor, batch.batch_id, give, world.studio(), "late")


def test_a_retired_rule_holds_what_was_labeled_under_it(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    world.verify(batch)
    retire_rule(world.house, world.actor, "quality@1.0", "an error was found")
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert (judgement.consequence, judgement.why) == (Consequence.HELD, (Why.RULE_RECALLED,))
    with pytest.raises(EvidenceError, match="was recalled"):
        world.step("resume", batch)


@pytest.mark.parametrize("rule", [AqlPlan("4.0"), SprtPlan("0.01", "0.30", look_every=5, longest=30)])
def test_stream_and_sequential_plans(world: World, rule: AqlPlan | SprtPlan) -> None:
    batch = world.labeled(40, rule=rule)
    world.verify(batch)
    _, judgement = judge(world.house, world.actor, batch.batch_id)
    assert judgement.consequence is Consequence.ACCEPTED
    assert (judgement.statement.lower_bound is None) == isinstance(rule, SprtPlan)
    replay(world.house, world.now(batch))


def test_a_judgement_written_by_hand_moves_nothing_and_does_not_replay(world: World) -> None:
    batch = world.labeled(40, flipped(set(range(0, 40, 3))))
    world.verify(batch)
    world.adjudicate(batch)
    take_verdicts(world.house, world.actor, world.now(batch))
    facts = gather_facts(world.house, world.now(batch))
    honest = judge_batch(facts)
    false = {**honest.body(), "consequence": "accepted", "why": ["plan_met"]}
    body = canonical_json({"facts": {**facts.body(), "size": 41}, "judgement": false, "agreement": {}, "relabel_records": None})
    row = {
        **subject_of(batch), "outcome": "accepted", "size": 40, "sample_size": 1, "errors": 0, "illegal": 0, "point": "1",
        "lower_bound": "1", "confidence": "0.95", "body": body, "recorded_at": world.house.entries()[-1].at,
    }  # fmt: skip
    register(world.house, world.actor, "forged", batch.batch_id, {"judgements": [row]}, {"batch_id": batch.batch_id})
    with pytest.raises(EvidenceError, match="judgement on these facts is not accepted"):
        change_batch(world.house, world.actor, world.now(batch), Move(BatchState.ACCEPTED, "forged"))
    with pytest.raises(LawError, match="judged otherwise"):
        replay(world.house, world.now(batch))


def test_twice_changes_nothing(drawn: tuple[World, Batch]) -> None:
    world, batch = drawn
    world.verify(batch)
    judge(world.house, world.actor, batch.batch_id)
    size = len(world.house.entries())
    with pytest.raises(EvidenceError, match="is accepted"):
        judge(world.house, world.actor, batch.batch_id)
    with pytest.raises(EvidenceError):
        open_batch(world.house, world.actor, batch.batch_id, [world.people["annotator-1"]], world.studio(), "again")
    assert world.pull()["new_revisions"] == 0
    assert len(world.house.entries()) == size


def test_no_state_is_entered_around_a_check(drawn: tuple[World, Batch]) -> None:
    """At each point of a batch's way only these states can be entered by a bare word, by nobody and by a person."""
    world, batch = drawn

    def enterable(*, is_by_person: bool = False) -> set[BatchState]:
        standing = stand_batch(world.house, world.now(batch), Move(BatchState.HELD, "forced", is_by_person=is_by_person))
        return {state for state in BatchState if not blockers(standing, state)}

    assert enterable() == enterable(is_by_person=True) == {BatchState.HELD}
    world.step("hold", batch)
    assert enterable() == {BatchState.SAMPLED}
    assert enterable(is_by_person=True) == {BatchState.SAMPLED, BatchState.RELABEL, BatchState.VOID}
    world.step("resume", batch)
    world.verify(batch)
    assert enterable(is_by_person=True) == {BatchState.HELD}
    take_verdicts(world.house, world.actor, world.now(batch))
    assert enterable(is_by_person=True) == {BatchState.HELD, BatchState.ADJUDICATING}
    judge(world.house, world.actor, batch.batch_id)
    assert enterable() == set()
    assert enterable(is_by_person=True) == {BatchState.HELD}
    report_item(world.house, world.actor, batch.batch_id, draws_of(world.house, batch)[0]["record_id"], "complaint")
    assert enterable(is_by_person=True) == {BatchState.VOID}
