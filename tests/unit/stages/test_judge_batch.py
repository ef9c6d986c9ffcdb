"""Consequences: planted error rates lead to the right verdicts, and every edge case holds, voids or stops where it must."""

from dataclasses import replace

import pytest

from pipeline.domain.judging import (
    BatchFacts,
    Consequence,
    IllegalHit,
    JudgePolicy,
    RaisedAlarm,
    Scope,
    Sealing,
    Verified,
    VerifierGold,
    Why,
)
from pipeline.domain.labeling import Adjudication, Alarm, BatchState, Outcome, UsedFor
from pipeline.domain.sampling import MANUAL_CORPUS_RULE, ClaimPlan, SprtPlan
from pipeline.errors import ConfigurationError, DataError, EvidenceError
from pipeline.stages.draw_sample import draw
from pipeline.stages.judge_batch import judge_batch
from pipeline.stages.plan_sample import plan_lot

POLICY = JudgePolicy("0.05", "0.05", "0.80", "0.95", 3, Scope.FAILING)
SEALING = Sealing(1, 2, 3, 4, "auditor")
SIZE = 1000
PLAN = plan_lot(ClaimPlan("0.98"), SIZE)
PEOPLE = ("ann", "bob", "cid")


def item(position: int, outcome: Outcome = Outcome.MATCH, adjudication: Adjudication | None = None, **changed) -> Verified:
    said = "judge" if adjudication else None
    return replace(
        Verified(f"r{position:04d}", position, UsedFor.ACCEPTANCE, PEOPLE[position % 3], "vera", outcome, said, adjudication), **changed
    )


def wrong(position: int, **changed) -> Verified:
    return item(position, Outcome.MISMATCH, Adjudication.LABEL_WRONG, **changed)


def facts(errors: int = 0, plan=PLAN, **changed) -> BatchFacts:
    sample = tuple(wrong(i) if i < errors else item(i) for i in range(plan.sample_size))
    sizes = {"annotator": {"ann": 334, "bob": 333, "cid": 333}}
    return replace(BatchFacts(plan, SIZE, 1, sample, SEALING, POLICY, sizes=sizes), **changed)


def with_item(base: BatchFacts, changed: Verified) -> BatchFacts:
    return replace(base, sample=tuple(changed if known.position == changed.position else known for known in base.sample))


@pytest.mark.parametrize(
    ("errors", "consequence", "why"),
    [(0, Consequence.ACCEPTED, Why.PLAN_MET), (1, Consequence.ACCEPTED, Why.PLAN_MET), (2, Consequence.RELABEL, Why.TOO_MANY_ERRORS)],
)
def test_claim_plan(errors, consequence, why):
    judgement = judge_batch(facts(errors))
    assert (judgement.consequence, judgement.why) == (consequence, (why,))
    assert (judgement.statement.verified, judgement.statement.errors) == (206, errors)
    assert judgement.statement.meets_rule is (errors <= 1)
    assert judgement.statement.proved_at_95 is (errors <= 1)


@pytest.mark.parametrize(
    ("rates", "claim", "consequence"),
    [
        ((1, 1, 1), "0.90", Consequence.ACCEPTED),
        ((1, 3, 12), "0.90", Consequence.ACCEPTED),
        ((1, 3, 12), "0.95", Consequence.RELABEL),
        ((12, 12, 12), "0.90", Consequence.RELABEL),
    ],
)
def test_planted_error_rates_of_three_annotators(rates, claim, consequence):
    records = [f"r{i:04d}" for i in range(SIZE)]
    labeler = {record: PEOPLE[i % 3] for i, record in enumerate(records)}
    rate = dict(zip(PEOPLE, rates, strict=True))
    planted = {record for i, record in enumerate(records) if (i // 3) % 100 < rate[labeler[record]]}
    plan = plan_lot(ClaimPlan(claim, "0.95", 20), SIZE)
    drawn = draw(records, b"planted", plan.sample_size)
    sample = tuple((wrong if record in planted else item)(i, record_id=record, labeler=labeler[record]) for i, record in enumerate(drawn))
    judgement = judge_batch(facts(plan=plan, sample=sample))
    assert judgement.consequence is consequence
    if rates == (1, 3, 12) and consequence is Consequence.RELABEL:
        worst = max(judgement.posteriors, key=lambda p: p.mean)
        assert worst.person == "cid"


def test_an_unverifiable_item_counts_as_wrong_and_is_not_replaced():
    lost = with_item(with_item(facts(), item(0, Outcome.UNVERIFIABLE)), item(1, Outcome.MISMATCH, Adjudication.UNVERIFIABLE))
    judgement = judge_batch(lost)
    assert (judgement.consequence, judgement.statement.errors, judgement.unverifiable) == (Consequence.RELABEL, 2, 2)


def test_a_verifiers_error_is_not_the_labelers():
    sample = facts()
    for i in range(9):
        sample = with_item(sample, item(i, Outcome.MISMATCH, Adjudication.VERIFIER_WRONG))
    assert judge_batch(sample).consequence is Consequence.ACCEPTED


def test_ambiguity_sends_the_rule_back_and_not_the_annotator():
    sample = facts(5)
    for i in range(5, 16):
        sample = with_item(sample, item(i, Outcome.MISMATCH, Adjudication.RULE_AMBIGUOUS))
    judgement = judge_batch(sample)
    assert (judgement.consequence, judgement.why, judgement.ambiguous) == (Consequence.RULE_BACK, (Why.RULE_AMBIGUOUS,), 11)
    assert judgement.consequence.state is BatchState.HELD
    assert judge_batch(with_item(sample, item(15))).consequence is Consequence.RELABEL


ILLEGAL_ITEM = item(3, Outcome.ILLEGAL, Adjudication.ILLEGAL)


@pytest.mark.parametrize(
    "changed",
    [
        {"sample": (*facts().sample[:3], ILLEGAL_ITEM, *facts().sample[4:])},
        {"sample": (*facts().sample, replace(ILLEGAL_ITEM, record_id="x", position=700, used_for=UsedFor.DIAGNOSTIC))},
        {"illegal": (IllegalHit("never-drawn", "label", is_confirmed=True),)},
        {"illegal": (IllegalHit("never-drawn", "screen", is_confirmed=True),)},
        {"illegal": (IllegalHit("never-drawn", "complaint", is_confirmed=True),), "sample": ()},
    ],
)
def test_one_confirmed_unlawful_item_from_any_channel_voids(changed):
    judgement = judge_batch(facts(**changed))
    assert (judgement.consequence, judgement.why, judgement.illegal) == (Consequence.VOID, (Why.ILLEGAL_CONFIRMED,), 1)


def test_from_the_first_report_the_batch_is_held():
    assert judge_batch(facts(illegal=(IllegalHit("r", "label"),))).why == (Why.ILLEGAL_UNCONFIRMED,)
    assert judge_batch(with_item(facts(), item(0, Outcome.ILLEGAL))).why == (Why.ILLEGAL_UNCONFIRMED,)
    assert judge_batch(facts(illegal=(IllegalHit("r", "label", is_confirmed=False),))).consequence is Consequence.ACCEPTED


def test_a_safety_batch_is_not_void_for_what_it_is_about():
    policy = replace(POLICY, does_illegal_void=False)
    judgement = judge_batch(facts(illegal=(IllegalHit("r", "label", is_confirmed=True),), policy=policy))
    assert (judgement.consequence, judgement.illegal) == (Consequence.ACCEPTED, 1)


@pytest.mark.parametrize("kind", [Alarm.EDITED_AFTER_FREEZE, Alarm.DELETED_AFTER_FREEZE, Alarm.TASK_EDITED])
def test_tampering_with_a_drawn_item_holds_until_the_auditor_has_decided(kind):
    assert judge_batch(facts(alarms=(RaisedAlarm(kind, "r0005", "ann"),))).why == (Why.TAMPERED,)
    assert judge_batch(facts(alarms=(RaisedAlarm(kind, "r0005", "ann", is_settled=True),))).consequence is Consequence.ACCEPTED
    assert judge_batch(facts(alarms=(RaisedAlarm(kind, "not-drawn", "ann"),))).consequence is Consequence.ACCEPTED


def test_two_edits_by_one_person_suspend():
    alarms = (RaisedAlarm(Alarm.EDITED_AFTER_FREEZE, "x", "ann"), RaisedAlarm(Alarm.EDITED_AFTER_FREEZE, "y", "ann"))
    assert judge_batch(facts(alarms=alarms)).suspend == ("ann",)
    assert judge_batch(facts(alarms=alarms[:1])).suspend == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"sample": (item(0, verifier="ann"), *facts().sample[1:])},
        {"sample": (wrong(0, adjudicator="vera"), *facts().sample[1:])},
        {"sample": (wrong(0, adjudicator="ann"), *facts().sample[1:])},
        {"sample": (wrong(0, adjudicator="bob"), *facts().sample[1:])},
        {"sample": (item(0, verifier="auditor"), *facts().sample[1:])},
    ],
)
def test_without_independence_the_batch_is_held(changed):
    assert judge_batch(facts(**changed)).why == (Why.NOT_INDEPENDENT,)


def test_separation_by_item_lets_people_change_sides_between_items():
    changed = facts(sample=(wrong(0, adjudicator="bob"), *facts().sample[1:]), policy=replace(POLICY, separation="item"))
    assert judge_batch(changed).consequence is Consequence.ACCEPTED


@pytest.mark.parametrize(
    "sealing",
    [
        Sealing(3, 2, 3, 4, "auditor"),
        Sealing(1, 3, 3, 4, "auditor"),
        Sealing(1, 2, 3, 3, "auditor"),
        Sealing(1, 2, 3, 4, "auditor", ("verify",)),
    ],
)
def test_what_was_not_sealed_in_order_is_held(sealing):
    assert judge_batch(facts(sealing=sealing)).why == (Why.NOT_SEALED,)


def test_other_grounds_for_holding():
    assert judge_batch(facts(is_rule_recalled=True)).why == (Why.RULE_RECALLED,)
    assert judge_batch(facts(is_stream_stopped=True)).why == (Why.STREAM_STOPPED,)
    assert judge_batch(facts(gold=(VerifierGold("vera", 10, 6, 0, 0),))).why == (Why.VERIFIER_UNFIT,)
    assert judge_batch(facts(gold=(VerifierGold("vera", 9, 0, 0, 0),))).consequence is Consequence.ACCEPTED
    assert judge_batch(facts(gold=(VerifierGold("other", 10, 0, 0, 0),))).consequence is Consequence.ACCEPTED


def test_verifier_gold_corrects_the_rate():
    judgement = judge_batch(facts(2, gold=(VerifierGold("vera", 20, 16, 0, 0),)))
    assert judgement.corrected.rate == pytest.approx(2 / 206 / 0.8)
    assert judge_batch(facts(2)).corrected is None


def test_missing_verdicts_and_adjudications_stop_the_judgement():
    with pytest.raises(EvidenceError, match="verdict on each of 206"):
        judge_batch(facts(sample=facts().sample[:-1]))
    with pytest.raises(EvidenceError, match="verdict on each of 206"):
        judge_batch(facts(sample=facts().sample[1:]))
    with pytest.raises(EvidenceError, match="1 waiting"):
        judge_batch(with_item(facts(), item(0, Outcome.MISMATCH)))


def test_a_sample_is_not_enlarged_after_the_plan():
    with pytest.raises(DataError, match="not enlarged"):
        judge_batch(facts(sample=(*facts().sample, item(206))))
    with pytest.raises(DataError, match="found one twice"):
        judge_batch(facts(sample=(*facts().sample, replace(item(0), used_for=UsedFor.DIAGNOSTIC, position=900))))
    with pytest.raises(DataError, match="each position"):
        judge_batch(facts(sample=(*facts().sample, item(0, record_id="other"))))


def test_a_lot_smaller_than_the_sample_is_verified_whole():
    judgement = judge_batch(facts(size=100, sample=facts().sample[:100], sizes={}))
    assert judgement.consequence is Consequence.ACCEPTED
    assert judgement.statement.lower_bound == 1


def test_a_lot_that_grew_after_the_plan_may_not_be_proved():
    assert judge_batch(facts(1, size=50_000)).why == (Why.CLAIM_NOT_PROVED,)


def test_point_rules_are_for_corpora():
    with pytest.raises(ConfigurationError, match="for corpora"):
        judge_batch(facts(plan=plan_lot(MANUAL_CORPUS_RULE, SIZE)))


def test_rounds_are_spent():
    judgement = judge_batch(facts(9, round_number=3))
    assert (judgement.consequence, judgement.why) == (Consequence.HELD, (Why.TOO_MANY_ERRORS, Why.ROUNDS_SPENT))


def test_diagnostic_items_never_enter_the_lots_bound():
    extra = tuple(wrong(500 + i, used_for=UsedFor.DIAGNOSTIC, labeler="ann") for i in range(20))
    plain, more = judge_batch(facts()), judge_batch(facts(sample=(*facts().sample, *extra)))
    assert more.statement == plain.statement
    assert more.consequence is Consequence.ACCEPTED
    ann = {s.name: s for s in more.strata if s.dimension == "annotator"}["ann"]
    assert (ann.errors, ann.size) == (20, 334)
    assert more.suspend == ("ann",)


def test_scope_of_the_next_round():
    bad = tuple(wrong(i) if i % 3 == 0 and i < 90 else item(i) for i in range(206))
    judgement = judge_batch(facts(sample=bad))
    assert (judgement.consequence, judgement.scope, judgement.relabel) == (Consequence.RELABEL, Scope.FAILING, ("ann",))
    assert len(judgement.relabel_records) == 30
    assert judge_batch(facts(sample=bad, policy=replace(POLICY, relabel_scope=Scope.ALL))).scope is Scope.ALL
    assert judge_batch(facts(2)).scope is Scope.ALL


def test_strata_by_source_language_and_label():
    placed = tuple(replace(known, strata={"source": "s", "language": "zh", "label": "yes"}) for known in facts(1).sample)
    sizes = {"annotator": {"ann": 334}, "source": {"s": 1000}, "language": {"zh": 1000}, "label": {"yes": 600, "no": 400}}
    judgement = judge_batch(facts(sample=placed, sizes=sizes))
    found = {(s.dimension, s.name): s for s in judgement.strata}
    assert found["source", "s"].lower_bound == judgement.statement.lower_bound
    assert (found["label", "no"].verified, found["label", "no"].lower_bound) == (0, 0)
    assert found["annotator", "bob"].size is None


def test_a_sequential_plan_stops_at_a_look_and_states_no_bound():
    plan = plan_lot(SprtPlan("0.01", "0.04", look_every=10, longest=391), SIZE)
    judgement = judge_batch(facts(plan=plan, sample=tuple(item(i) for i in range(100))))
    assert (judgement.consequence, judgement.statement.verified) == (Consequence.ACCEPTED, 100)
    assert (judgement.statement.lower_bound, judgement.statement.upper_defects) == (None, None)
    late = (*(item(i) for i in range(100)), *(wrong(i) for i in range(100, 200)))
    assert judge_batch(facts(plan=plan, sample=late)).consequence is Consequence.ACCEPTED
    with pytest.raises(EvidenceError, match="look that decides"):
        judge_batch(facts(plan=plan, sample=tuple(item(i) for i in range(99))))
    early = (*(wrong(i) for i in range(3)), *(item(i) for i in range(3, 10)))
    assert judge_batch(facts(plan=plan, sample=early)).why == (Why.SEQUENTIAL_REFUSED,)


def test_body_is_canonical():
    body = judge_batch(facts(1, gold=(VerifierGold("vera", 20, 16, 0, 0),))).body()
    assert body["statement"]["lower_bound"] == "0.980000"
    assert "0.9" in body["corrected"]["apparent"] or body["corrected"]["apparent"] == "0.004854"
