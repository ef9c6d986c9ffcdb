"""Consents decide documents again, names never enter the register, and a correction leaves what was known as it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.acquire import acquire
from pipeline.flows.consents import add_consents, consents_at, listed, withdraw_consent
from pipeline.flows.gate import gate, pending_count
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.standing import standing_on
from tests.conftest import add_source, declaration, put

Ask = Callable[[str], list[tuple[object, ...]]]
MARCH, JUNE = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
CSV = """consent,source,subject,purpose,kinds,separate,guardian,valid_from,valid_to,evidence
everybody,s,,ai-pre-training,PHONE_NUMBER,true,false,2026-01-01,,record.txt
mrs-li,s,Li Hua,ai-pre-training,*,false,false,2026-01-01,,
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A project with one admitted source, for tests that leave each other alone."""
    folder = tmp_path_factory.mktemp("shared") / "corpus"
    (folder / "sources" / ".keep").mkdir(parents=True)
    made = init_project(folder, alone=True)
    activate(made, made.os_user(), "test")
    add_source(made, declaration("s"), {})
    return made


def test_consent_opens_and_its_withdrawal_closes(house: House, rows: Ask) -> None:
    policy = house.project / "policies" / "pi.yaml"
    stated = policy.read_text(encoding="utf-8")
    needs = "PHONE_NUMBER: {action: require_consent, operator: replace, fallback: quarantine}"
    policy.write_text(stated.replace("PHONE_NUMBER: {action: redact, operator: replace}", needs), encoding="utf-8")
    activate(house, house.os_user(), "telephone numbers by consent only")
    text = "这一段文字足够长，联系电话是13812345678，请在工作日的上午九点到下午五点之间来电咨询办理。"
    source = add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": text}]})
    acquire(house, house.os_user(), source)
    gate(house, house.os_user(), source)
    reason = "SELECT reason FROM current_decisions WHERE gate = 'pi'"
    assert rows(reason) == [("pi.consent_missing",)]

    put(house.project, {"consents.csv": CSV, "record.txt": "signed"})
    entry, count = add_consents(house, house.os_user(), house.project / "consents.csv")
    assert (entry.event, count) == ("consent.recorded", 2)
    assert pending_count(house, source) == 1
    gate(house, house.os_user(), source)
    assert rows(reason) == [(None,)]
    stored = str(rows("SELECT * FROM consents")) + entry.body
    assert not any(name in stored for name in ("Li Hua", "mrs-li", "everybody"))

    withdraw_consent(house, house.os_user(), "everybody", "asked for by mail")
    gate(house, house.os_user(), source)
    assert rows(reason) == [("pi.consent_missing",)]
    assert sorted(row["in_force"] for row in listed(house, source)) == [False, True]
    before = consents_at(house, datetime.now(UTC) - timedelta(days=1)).of(source)
    assert before.separate_kinds == {"PHONE_NUMBER"}, "what was done before a withdrawal stays lawful"
    assert rows("SELECT event FROM current_consents ORDER BY 1") == [("granted",), ("withdrawn",)]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("consent,source,purpose\nc,s,p\n", "expected kinds, found nothing"),
        ("consent,source,purpose,kinds\nc,elsewhere,p,*\n", "expected a declared source"),
        ("consent,source,purpose,kinds,separate\nc,s,p,*,true\n", "a separate consent names its kinds"),
        ("consent,source,purpose,kinds,valid_to\nc,s,p,*,never\n", "valid_to: expected a date"),
        ("consent,source,purpose,kinds,guardian\nc,s,p,*,maybe\n", "guardian: expected true or false"),
        ("consent,source,purpose,kinds,colour\nc,s,p,*,red\n", "unknown column colour"),
        ("consent,source,purpose,kinds\n", "at least one consent"),
    ],
)
def test_every_problem_is_told_before_anything_is_recorded(shared: House, content: str, found: str) -> None:
    put(shared.project, {"wrong.csv": content})
    with pytest.raises(ConfigurationError, match=found):
        add_consents(shared, shared.os_user(), shared.project / "wrong.csv")


def test_evidence_must_be_there_and_a_consent_known(shared: House) -> None:
    put(shared.project, {"bare.yaml": "- {consent: c, source: s, purpose: p, kinds: ['*'], evidence: gone.txt}\n"})
    with pytest.raises(EvidenceError, match=r"gone\.txt"):
        add_consents(shared, shared.os_user(), shared.project / "bare.yaml")
    with pytest.raises(ConfigurationError, match="expected one consent"):
        withdraw_consent(shared, shared.os_user(), "nobody-s", "why")


def test_a_back_dated_correction_changes_todays_answer_and_not_yesterdays(shared: House) -> None:
    def declared(**basis: str) -> dict[str, object]:
        grounds = [{"regime": "copyright", "basis": "license", "clause": "licence of 2026", **basis}]
        return declaration("licensed", legal_basis=[*grounds, {"regime": "contract", "basis": "contract", "clause": "section 4"}])

    add_source(shared, declared(), {})
    then = datetime.now(UTC)
    assert standing_on(shared, "licensed", MARCH, then).why == "lawful"
    add_source(shared, declared(valid_from="2026-05-01"), {})
    now = datetime.now(UTC)
    corrected = standing_on(shared, "licensed", MARCH, now)
    assert (corrected.is_lawful, corrected.why) == (False, "source.no_legal_basis")
    assert [each.regime for each in corrected.grounds] == ["contract"]
    assert standing_on(shared, "licensed", JUNE, now).is_lawful
    assert standing_on(shared, "licensed", MARCH, then).is_lawful
    assert standing_on(shared, "licensed", MARCH, MARCH).why == "source.not_assessed"
