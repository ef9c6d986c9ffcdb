"""One more finding, or a lost scan, never moves a document towards admission."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.dispositions import SEVERITY
from pipeline.domain.pi import PiPolicy
from pipeline.stages.gate_pi import Found, decide

POLICY = as_policy(PiPolicy, read_yaml(Path("pipeline/policies/pi.yaml")), "pi")
KINDS = st.sampled_from([*POLICY.kinds, "MINOR", "QQ", "CN_ID_CARD_15", "ADDRESS", "SOMETHING_ELSE"])
FINDINGS = st.builds(Found, KINDS, st.floats(0, 1), st.text("abc", max_size=2), st.booleans(), st.booleans(), st.booleans())


@given(st.lists(FINDINGS, max_size=12), FINDINGS, st.integers(0, 2000), st.booleans())
def test_one_more_finding_is_never_milder(findings, more, chars, has_consent):
    before = decide(findings, chars, POLICY, has_consent=has_consent)
    after = decide([*findings, more], chars, POLICY, has_consent=has_consent)
    assert SEVERITY[after[0]] >= SEVERITY[before[0]]


@given(st.lists(FINDINGS, max_size=12), st.integers(0, 2000))
def test_consent_is_never_stricter_and_order_changes_no_disposition(findings, chars):
    plain = decide(findings, chars, POLICY)
    assert SEVERITY[decide(findings, chars, POLICY, has_consent=True)[0]] <= SEVERITY[plain[0]]
    assert decide(findings[::-1], chars, POLICY)[0] is plain[0]
    assert (plain[0].value == "admit") == (plain[1] is None)
