"""One more finding, or a lost scan, never moves a document towards admission."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.dispositions import SEVERITY
from pipeline.domain.pi import PiPolicy
from pipeline.domain.rights import Consented
from pipeline.stages.gate_pi import Found, decide

POLICY = as_policy(PiPolicy, read_yaml(Path("pipeline/policies/pi.yaml")), "pi")
KINDS = st.sampled_from([*POLICY.kinds, "MINOR", "QQ", "CN_ID_CARD_15", "ADDRESS", "SOMETHING_ELSE"])
NAMED = st.frozensets(KINDS | st.just("*"), max_size=4)
CONSENTS = st.builds(Consented, NAMED, NAMED, st.booleans())
FINDINGS = st.builds(Found, KINDS, st.floats(0, 1), st.text("abc", max_size=2), st.booleans(), st.booleans(), st.booleans())


@given(st.lists(FINDINGS, max_size=12), FINDINGS, st.integers(0, 2000), CONSENTS)
def test_one_more_finding_is_never_milder(findings, more, chars, consented):
    before = decide(findings, chars, POLICY, consented)
    after = decide([*findings, more], chars, POLICY, consented)
    assert SEVERITY[after[0]] >= SEVERITY[before[0]]


@given(st.lists(FINDINGS, max_size=12), st.integers(0, 2000), CONSENTS)
def test_consent_is_never_stricter_and_order_changes_no_disposition(findings, chars, consented):
    plain = decide(findings, chars, POLICY)
    assert SEVERITY[decide(findings, chars, POLICY, consented)[0]] <= SEVERITY[plain[0]]
    assert decide(findings[::-1], chars, POLICY)[0] is plain[0]
    assert (plain[0].value == "admit") == (plain[1] is None)
