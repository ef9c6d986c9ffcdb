"""Laws of consent and lawfulness over two times: nothing recorded later changes what was known, nothing removed makes more lawful."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.rights import Consented, ConsentEvent, ConsentRow, LegalGround
from pipeline.domain.sources import SourceState
from pipeline.stages.hold_consent import KnownDeclaration, KnownState, consented_to, consents_in_force, standing_at

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.integers(0, 9).map(lambda days: START + timedelta(days=days))
BOUNDS = st.none() | DAYS
GROUNDS = st.lists(
    st.builds(LegalGround, st.sampled_from(["copyright", "data_protection"]), st.just("license"), st.just("c"), BOUNDS, BOUNDS), max_size=4
).map(tuple)
DECLARATIONS = st.lists(st.builds(KnownDeclaration, st.sampled_from("xyz"), GROUNDS, DAYS), max_size=4).map(
    lambda rows: sorted(rows, key=lambda row: row.recorded_at)
)
STATES = st.lists(st.builds(KnownState, st.sampled_from("xyz"), st.sampled_from(SourceState), DAYS), max_size=4).map(
    lambda rows: sorted(rows, key=lambda row: row.recorded_at)
)
KINDS = st.frozensets(st.sampled_from(["PERSON", "QQ", "*"]), max_size=3)
CONSENTS = st.lists(
    st.builds(
        ConsentRow,
        consent_id=st.sampled_from("ab"),
        source_id=st.just("s"),
        document_id=st.sampled_from([None, "d"]),
        event=st.sampled_from(ConsentEvent),
        purpose_sha256=st.sampled_from(["train", "sell"]),
        kinds=KINDS,
        is_separate=st.booleans(),
        is_guardian=st.booleans(),
        is_of_everybody=st.booleans(),
        valid_from=BOUNDS,
        valid_to=BOUNDS,
        position=st.integers(0, 9),
    ),
    max_size=5,
    unique_by=lambda row: row.position,
)


@given(DECLARATIONS, STATES, DAYS, DAYS, GROUNDS, st.sampled_from(SourceState))
def test_what_is_recorded_later_never_changes_what_was_known(declarations, states, valid_at, known_at, grounds, state):
    later = known_at + timedelta(hours=1)
    more = [each for each in declarations if each.recorded_at <= known_at] + [KnownDeclaration("x", grounds, later)]
    given_states = [each for each in states if each.recorded_at <= known_at] + [KnownState("x", state, later)]
    assert standing_at(declarations, states, valid_at, known_at) == standing_at(more, given_states, valid_at, known_at)


@given(DECLARATIONS, STATES, DAYS, DAYS)
def test_lawful_means_grounds_that_hold_and_no_refusal(declarations, states, valid_at, known_at):
    found = standing_at(declarations, states, valid_at, known_at)
    assert found.is_lawful == (found.why == "lawful")
    assert all(each.holds_at(valid_at) for each in found.grounds)
    assert not any(each.holds_at(valid_at) for each in found.lapsed)
    if found.is_lawful:
        assert found.grounds
        assert found.state not in {None, "refused", "suspended"}
        assert {each.regime for each in found.lapsed} <= {each.regime for each in found.grounds}


@given(DECLARATIONS, STATES, DAYS, DAYS, st.integers(0, 9))
def test_a_ground_that_ends_earlier_never_makes_more_lawful(declarations, states, valid_at, known_at, which):
    shorter = [
        replace(each, grounds=tuple(replace(g, valid_to=START) if n == which else g for n, g in enumerate(each.grounds)))
        for each in declarations
    ]
    before, after = (standing_at(rows, states, valid_at, known_at).is_lawful for rows in (declarations, shorter))
    assert before or not after


def covered(rows, moment, purposes=("train",)):
    found = consented_to(consents_in_force(rows, moment), "s", "d", purposes)
    asked = [(kind, sensitive) for kind in ("PERSON", "QQ", "ADDRESS") for sensitive in (False, True)]
    return {each for each in asked if found.covers(each[0], is_sensitive=each[1])} | ({"guardian"} if found.has_guardian else set())


@given(CONSENTS, DAYS, st.data())
def test_a_withdrawal_never_covers_more_and_leaves_what_was_before_it(rows, moment, data):
    if not rows:
        return
    taken = data.draw(st.sampled_from(rows))
    ends = data.draw(DAYS)
    withdrawn = [*rows, replace(taken, event=ConsentEvent.WITHDRAWN, valid_from=ends, valid_to=None, position=10)]
    assert covered(withdrawn, moment) <= covered(rows, moment)
    if moment < ends:
        assert covered(withdrawn, moment) == covered(rows, moment)
    assert consents_in_force(withdrawn, moment, known_position=9) == consents_in_force(rows, moment)


@given(CONSENTS, DAYS)
def test_one_more_purpose_never_covers_more_and_order_changes_nothing(rows, moment):
    assert covered(rows, moment, ("train", "sell")) <= covered(rows, moment)
    assert covered(rows[::-1], moment) == covered(rows, moment)
    assert covered(rows, moment, ()) == set()


@given(st.builds(Consented, KINDS, KINDS, st.booleans()), st.builds(Consented, KINDS, KINDS, st.booleans()))
def test_what_two_consents_share_is_what_each_covers(one, other):
    for kind in ("PERSON", "QQ", "ADDRESS"):
        for sensitive in (False, True):
            both = one.covers(kind, is_sensitive=sensitive) and other.covers(kind, is_sensitive=sensitive)
            shared = one.shared(other).covers(kind, is_sensitive=sensitive)
            assert not shared or both
            assert both <= one.joined(other).covers(kind, is_sensitive=sensitive)
