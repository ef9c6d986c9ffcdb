"""Laws of judging: the same facts give the same judgement, order changes nothing, and one more fault never helps a batch."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.digests import canonical_json
from pipeline.domain.judging import BatchFacts, Consequence, IllegalHit, JudgePolicy, RaisedAlarm, Scope, Sealing, Verified, facts_from
from pipeline.domain.labeling import Adjudication, Alarm, Outcome, UsedFor
from pipeline.domain.sampling import AqlPlan, ClaimPlan, SamplingPlan
from pipeline.stages.judge_batch import confirmed_illegal, is_wrong, judge_batch

POLICY = JudgePolicy("0.10", "0.05", "0.80", "0.95", 3, Scope.FAILING)
GOODNESS = {Consequence.VOID: 0, Consequence.HELD: 1, Consequence.RULE_BACK: 2, Consequence.RELABEL: 2, Consequence.ACCEPTED: 3}
SAID = [
    (Outcome.MATCH, None),
    (Outcome.UNVERIFIABLE, None),
    (Outcome.ILLEGAL, None),
    *((Outcome.MISMATCH, adjudication) for adjudication in Adjudication),
    (Outcome.ILLEGAL, Adjudication.VERIFIER_WRONG),
    (Outcome.ILLEGAL, Adjudication.ILLEGAL),
]


@st.composite
def batches(draw):
    n = draw(st.integers(1, 12))
    size = draw(st.integers(n, 60))
    most = draw(st.integers(0, 3))
    rule = draw(st.sampled_from([ClaimPlan("0.60", "0.80", most), AqlPlan("4.0")]))
    said = st.one_of(st.just(SAID[0]), st.just(SAID[0]), st.sampled_from(SAID))
    sample = []
    for position in range(n + draw(st.integers(0, 4))):
        outcome, adjudication = draw(said)
        used_for = UsedFor.ACCEPTANCE if position < n else UsedFor.DIAGNOSTIC
        adjudicator = "judge" if adjudication else None
        labeler = draw(st.sampled_from(["ann", "bob"]))
        sample.append(Verified(f"r{position}", position, used_for, labeler, "vera", outcome, adjudicator, adjudication))
    alarm = RaisedAlarm(Alarm.EDITED_AFTER_FREEZE, f"r{draw(st.integers(0, 40))}", "ann", draw(st.booleans()))
    hits = (IllegalHit("z", "screen", draw(st.sampled_from([None, False, True]))),)
    return BatchFacts(
        SamplingPlan(rule, size, n, most),
        size,
        draw(st.integers(1, 3)),
        tuple(sample),
        Sealing(1, 2, 3, 4, "auditor"),
        POLICY,
        alarms=draw(st.sampled_from([(), (alarm,)])),
        illegal=draw(st.sampled_from([(), (), hits])),
        sizes={"annotator": {"ann": size // 2, "bob": size - size // 2}},
    )


@given(batches(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_replayed_in_any_order(facts, random):
    shuffled = list(facts.sample)
    random.shuffle(shuffled)
    assert judge_batch(replace(facts, sample=tuple(shuffled))).body() == judge_batch(facts).body()


@given(batches())
@settings(max_examples=60, deadline=None)
def test_stored_facts_replay(facts):
    stored = json.loads(canonical_json(facts.body()))
    assert facts_from(stored) == facts
    assert judge_batch(facts_from(stored)) == judge_batch(facts)
    assert canonical_json(judge_batch(facts).body())


@given(batches())
@settings(max_examples=120, deadline=None)
def test_what_was_accepted_deserved_it(facts):
    judgement = judge_batch(facts)
    errors = sum(is_wrong(item) for item in facts.sample if item.used_for is UsedFor.ACCEPTANCE)
    assert judgement.statement.errors == errors
    if confirmed_illegal(facts):
        assert judgement.consequence is Consequence.VOID
    if judgement.consequence is Consequence.ACCEPTED:
        assert errors <= facts.plan.max_errors
        assert not any(item.outcome is Outcome.ILLEGAL and item.adjudication is None for item in facts.sample)
        assert judgement.statement.proved_at_95 is not None or facts.plan.claim is None


@given(batches(), st.integers(0, 11), st.sampled_from([Adjudication.LABEL_WRONG, Adjudication.ILLEGAL, Adjudication.UNVERIFIABLE]))
@settings(max_examples=120, deadline=None)
def test_one_more_fault_never_helps(facts, place, fault):
    place %= facts.plan.sample_size
    known = facts.sample[place]
    if known.adjudication is Adjudication.RULE_AMBIGUOUS or is_wrong(known):
        return
    worse = replace(known, outcome=Outcome.MISMATCH, adjudicator="judge", adjudication=fault)
    sample = (*facts.sample[:place], worse, *facts.sample[place + 1 :])
    after = judge_batch(replace(facts, sample=sample))
    before = judge_batch(facts)
    assert GOODNESS[after.consequence] <= GOODNESS[before.consequence]
    assert (after.statement.lower_bound or 0) <= (before.statement.lower_bound or 0)
