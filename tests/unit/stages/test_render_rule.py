"""The screen and the instructions made of a rule, against Label Studio's own reading of a config."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from label_studio_sdk.label_interface import LabelInterface

from pipeline.adapters.labeling_rules import read_rule
from pipeline.adapters.shipped import shipped
from pipeline.domain.labeling import ControlType, LabelingRule
from pipeline.stages.render_rule import TITLE_CHARS, WORDS, project_title, render_config, render_instructions
from tests.labeling_kit import RULE, rule_from, stated, with_spans

SHIPPED = sorted(shipped("labeling_rules").glob("*.yaml"))
RULES = [*(read_rule(path) for path in SHIPPED), rule_from(RULE), rule_from(with_spans())]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_label_studio_reads_the_rule_s_own_labels_out_of_the_screen(rule: LabelingRule) -> None:
    screen = LabelInterface(render_config(rule))
    screen.validate()
    asked = {control.name: control for control in rule.controls}
    assert {control.name for control in screen.controls} == set(asked)
    for control in screen.controls:
        assert control.to_name == [rule.text_field]
        if asked[control.name].type is not ControlType.NOTE:
            assert list(control.labels) == [option.value for option in asked[control.name].options]


def test_a_required_question_says_so_and_titles_are_shown_in_place_of_values() -> None:
    root = ET.fromstring(render_config(rule_from(RULE)))
    choices = next(iter(root.iter("Choices")))
    assert (choices.get("required"), choices.get("choice")) == ("true", "single")
    assert [(each.get("value"), each.get("alias"), each.get("hotkey")) for each in choices][:2] == [
        ("Usable", "usable", "1"),
        ("Broken", "broken", "2"),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_instructions_hold_every_definition_and_example_and_nothing_wide(rule: LabelingRule) -> None:
    html = render_instructions(rule)
    assert "<pre" not in html
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {"h3", "h4", "p", "b", "i", "ul", "ol", "li", "br"}
    shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&")
    for control in rule.controls:
        assert control.title in shown
        for option in control.options:
            assert option.definition in shown
            assert all(each.text in shown and each.why in shown for each in (*option.positive, *option.negative, *option.edge))
    assert rule.unsure.do in shown
    assert rule.illegal.do in shown


def test_what_a_rule_says_cannot_become_markup() -> None:
    rule = rule_from(stated(purpose="<script>x</script> & so", title='"a" <b>'))
    assert "<script" not in render_instructions(rule)
    assert ET.fromstring(render_config(rule)).find("Header").get("value") == '"a" <b>'  # type: ignore[union-attr]


@pytest.mark.parametrize(("language", "word"), [("zh-Hans", "目的"), ("en", "Purpose"), ("fr", "Purpose")])
def test_words_follow_the_rule_s_language(language: str, word: str) -> None:
    assert word in render_instructions(rule_from(stated(language=language)))


def test_all_languages_have_all_words() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1


def test_a_title_stays_within_the_limit_and_keeps_what_tells_projects_apart() -> None:
    rule = rule_from(stated(id="a-rule-with-a-rather-long-name"))
    titles = {project_title(rule, "b-0123456789ab", "r1", "adjudicate", f"p-000000000{number}") for number in range(3)}
    assert len(titles) == 3
    assert all(len(title) <= TITLE_CHARS and title.startswith("a-rule-") for title in titles)
    assert len(project_title(rule, "x" * 80)) == TITLE_CHARS


def test_rendering_is_the_same_every_time() -> None:
    first, again = read_rule(Path(SHIPPED[0])), read_rule(Path(SHIPPED[0]))
    assert render_config(first) == render_config(again)
