"""The screens made from rules are ones that Label Studio's own SDK accepts, and a broken one is refused by name."""

from pathlib import Path

import pytest

from pipeline.adapters.label_studio import check_config
from pipeline.adapters.labeling_rules import read_rule
from pipeline.errors import ConfigurationError
from pipeline.stages.adjudicate import adjudication_rule
from pipeline.stages.render_rule import render_config

ROOT = Path(__file__).resolve().parents[2]
RULES = [*sorted((ROOT / "labeling_rules").glob("*.yaml")), *sorted((ROOT / "examples" / "labeling").glob("*.yaml"))]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_shipped_rule_has_a_screen_for_labelers_and_for_adjudicators(path: Path) -> None:
    rule = read_rule(path)
    for each in (rule, adjudication_rule(rule)):
        check_config(render_config(each))


def test_a_question_about_a_text_that_is_not_shown_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="toName"):
        check_config('<View><Choices name="a" toName="zz"><Choice value="1"/></Choices></View>')
