"""A person asks what is held: every spelling is found, nobody else's data is named, and the value is kept nowhere."""

import json

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.flows.subject import find_subject
from tests.conftest import add_source, declaration

MOBILE, OTHER, NOWHERE = "13912345678", "18812345679", "13512345670"
FULL_WIDTH = MOBILE.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
LONG = "会议纪要记载了参加人员的联系方式，供日后核对登记事项时使用，其余内容与联系方式无关，仅用于说明本次会议的经过。"


@pytest.fixture
def asked(house: House) -> House:
    texts = [
        f"{LONG}手机：{MOBILE}。",
        f"请拨打手机 {FULL_WIDTH[:3]}-{FULL_WIDTH[3:7]}-{FULL_WIDTH[7:]} 联系。{LONG[9:]}",
        f"手机：{OTHER}。{LONG[5:]}",
    ]
    add_source(house, declaration("s"), {"one.jsonl": [{"id": str(number), "text": text} for number, text in enumerate(texts)]})
    assert run_sources(house, house.os_user()) == {}
    publish(house, house.os_user(), "release")
    return house


def test_every_spelling_is_found_with_its_snapshots(asked: House) -> None:
    receipt = find_subject(asked, asked.os_user(), "mobile", [f" +86 {MOBILE[:3]} {MOBILE[3:]} "])
    found = receipt["documents"]
    locators = dict(asked.connect().execute("SELECT document_id, locator FROM documents").fetchall())
    assert isinstance(found, list)
    assert sorted(locators[each["document_id"]] for each in found) == ["0", "1"]
    assert isinstance(receipt["snapshots"], list)
    assert [each["documents"] for each in receipt["snapshots"]] == [2]
    assert receipt["label_tasks"] == []


def test_the_entry_and_the_receipt_hold_no_value(asked: House) -> None:
    receipt = find_subject(asked, asked.os_user(), "mobile", [MOBILE])
    last = asked.entries()[-1]
    assert (last.event, json.loads(last.body)["documents"]) == ("subject.sought", 2)
    for written in (last.body, json.dumps(receipt)):
        assert MOBILE not in written
        assert OTHER not in written


def test_nothing_held_is_an_answer_and_a_kind_nobody_looks_for_is_not(asked: House) -> None:
    assert find_subject(asked, asked.os_user(), "mobile", [NOWHERE])["documents"] == []
    with pytest.raises(ConfigurationError, match="PHONE_NUMBER"):
        find_subject(asked, asked.os_user(), "shoe-size", ["42"])
    with pytest.raises(ConfigurationError, match="value"):
        find_subject(asked, asked.os_user(), "mobile", [" "])


def test_the_value_is_asked_for_and_not_shown(asked: House) -> None:
    result = CliRunner().invoke(main, ["--project", str(asked.project), "subject", "find", "--type", "mobile"], input=f"{MOBILE}\n")
    assert result.exit_code == 0, result.output
    assert MOBILE not in result.output
    assert len(json.loads(result.stdout)["documents"]) == 2
