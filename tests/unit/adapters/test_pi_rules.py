"""Every shipped rule keeps its own examples, alone and within the pack, and a wrong file is refused by name."""

from pathlib import Path

import pytest

from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import expand, load_rules, parse_rule
from pipeline.adapters.policies import read_yaml
from pipeline.domain.pi import rule_pack_sha256
from pipeline.errors import ConfigurationError
from pipeline.stages.detect_pi import find_in_text

FOLDER = Path("pipeline/pi_rules")
RULES = load_rules([FOLDER])
PACK = build_detector(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_examples_and_nothing_in_its_counterexamples(rule):
    alone = build_detector([rule], engine="re2")
    missed = [example for example in rule.match if not find_in_text(example, alone)]
    alarmed = [example for example in rule.no_match if find_in_text(example, alone)]
    assert (missed, alarmed) == ([], [])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_pack_gives_a_rules_examples_its_kind(rule):
    missed = [example for example in rule.match if rule.kind not in {one.kind for one in find_in_text(example, PACK)}]
    alarmed = [example for example in rule.no_match if rule.kind in {one.kind for one in find_in_text(example, PACK)}]
    assert (missed, alarmed) == ([], [])


def stated(**changes):
    body = read_yaml(FOLDER / "qq.yaml")
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"pattern": "(unclosed"}, "pattern"),
        ({"pattern": "(?:x)?"}, "never matches nothing"),
        ({"triggers": []}, "triggers"),
        ({"match": []}, "examples"),
        ({"check": "astrology"}, "check"),
        ({"category_35273": None}, "category_35273"),
        ({"is_sensitive_45574": "perhaps"}, "is_sensitive_45574"),
        ({"id": "other"}, "qq"),
    ],
)
def test_a_wrong_rule_is_refused(changes, said):
    with pytest.raises(ConfigurationError, match=said):
        parse_rule("qq", stated(**changes))


def test_a_later_folder_replaces_a_rule_by_its_id_and_changes_the_digest(tmp_path):
    text = (FOLDER / "qq.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 2")
    (tmp_path / "qq.yaml").write_text(text, encoding="utf-8")
    rules = load_rules([FOLDER, tmp_path])
    assert {rule.id: rule.version for rule in rules}["qq"] == 2
    assert len(rules) == len(RULES)
    assert rule_pack_sha256(rules) != rule_pack_sha256(RULES)
    assert rule_pack_sha256(reversed(RULES)) == rule_pack_sha256(RULES)


def test_no_rules_are_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="found none"):
        load_rules([tmp_path])


def test_macros_are_written_out():
    assert expand("{d3}").count("{0,3}") == 1
    assert "{" not in expand("{D}")
    assert expand("a{2,3}") == "a{2,3}"


def test_an_unknown_engine_is_refused():
    with pytest.raises(ConfigurationError, match="engine"):
        build_detector(RULES, engine="grep")
