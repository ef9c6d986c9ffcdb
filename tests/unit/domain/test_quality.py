"""Suites and policies that would let a fault pass unseen are refused when they are read."""

from dataclasses import replace

import pytest

from pipeline.domain.dispositions import Disposition, Reason
from pipeline.domain.quality import Expectation, Importance, QualityPolicy, Suite, may_be_found
from pipeline.errors import ConfigurationError

LONG_ENOUGH = Expectation(
    "long_enough",
    "expect_column_values_to_be_between",
    {"column": "chars", "min_value": 10},
    Importance.CRITICAL,
    "Measures Art. 7(4)",
    {"en": "long enough", "zh": "足够长"},
    Reason.QUALITY_TOO_SHORT,
)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"reason": None}, "reason exactly where", id="critical without a reason"),
        pytest.param({"severity": Importance.WARNING}, "reason exactly where", id="warning with a reason"),
        pytest.param({"reason": Reason.PI_MINOR}, "quality gate", id="another gate's reason"),
        pytest.param({"type": "expect_table_row_count_to_be_between"}, "only be a warning", id="critical on the whole table"),
        pytest.param({"type": "expect_column_mean_to_be_between"}, "only be a warning", id="critical on a mean"),
        pytest.param({"kwargs": {"column": "chars", "mostly": 0.9}}, "mostly", id="critical that excuses a tenth"),
        pytest.param({"kwargs": {"column": "chars", "row_condition": "@x > 1"}}, "row_condition", id="condition that is code"),
        pytest.param({"kwargs": {"column": "chars", "row_condition": ""}}, "row_condition", id="condition that is empty"),
        pytest.param({"kwargs": {"column": "chars", "row_condition": "f(chars) > 1"}}, "row_condition", id="condition that calls"),
        pytest.param({"text": {"en": "long enough"}}, "zh", id="no Chinese text"),
    ],
)
def test_expectation_that_cannot_decide_what_it_says_is_refused(changes, says) -> None:
    with pytest.raises(ConfigurationError, match=says):
        replace(LONG_ENOUGH, **changes)


@pytest.mark.parametrize("condition", ["chars >= 100", 'lines >= 8 and script == "Hani"', 'language != "und"', "letter_ratio < 0.5"])
def test_comparisons_are_conditions(condition) -> None:
    replace(LONG_ENOUGH, kwargs={"column": "chars", "row_condition": condition})


def test_conditions_are_read_into_column_operator_and_value() -> None:
    each = replace(LONG_ENOUGH, kwargs={"column": "chars", "row_condition": 'lines >= 8 and script == "Hani"'})
    assert each.conditions == (("lines", ">=", 8.0), ("script", "==", "Hani"))
    assert LONG_ENOUGH.conditions == ()


def test_suite_that_decides_nothing_or_names_an_id_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="admit everything"):
        Suite("s", "1", (replace(LONG_ENOUGH, severity=Importance.WARNING, reason=None),))
    with pytest.raises(ConfigurationError, match="each id once"):
        Suite("s", "1", (LONG_ENOUGH, LONG_ENOUGH))


def test_suite_digest_covers_thresholds_order_and_wording() -> None:
    other = replace(LONG_ENOUGH, id="other")
    suite = Suite("s", "1", (LONG_ENOUGH, other))
    changed = [
        Suite("s", "1", (other, LONG_ENOUGH)),
        Suite("s", "2", (LONG_ENOUGH, other)),
        Suite("s", "1", (replace(LONG_ENOUGH, kwargs={"column": "chars", "min_value": 10.5}), other)),
        Suite("s", "1", (replace(LONG_ENOUGH, text={"en": "x", "zh": "y"}), other)),
    ]
    assert len({each.sha256 for each in [suite, *changed]}) == 5
    assert suite.sha256 == Suite("s", "1", (LONG_ENOUGH, other)).sha256


def test_policy_quarantines_what_it_does_not_list_and_cannot_admit_a_fault() -> None:
    policy = QualityPolicy("1", "documents", dispositions={Reason.QUALITY_TOO_SHORT: Disposition.REJECT})
    assert policy.disposition(Reason.QUALITY_TOO_SHORT) is Disposition.REJECT
    assert policy.disposition(Reason.QUALITY_NOT_MEASURED) is Disposition.QUARANTINE
    with pytest.raises(ConfigurationError, match="change the suite"):
        QualityPolicy("1", "documents", otherwise=Disposition.ADMIT)
    with pytest.raises(ConfigurationError, match="change the suite"):
        QualityPolicy("1", "documents", dispositions={Reason.QUALITY_SYMBOLS: Disposition.REDACT})
    with pytest.raises(ConfigurationError, match="quality gate"):
        QualityPolicy("1", "documents", dispositions={Reason.PI_MINOR: Disposition.REJECT})


@pytest.mark.parametrize(
    ("tags", "found", "is_accepted", "has_untold"),
    [
        pytest.param(["yue-Hant"], "zh", True, False, id="Cantonese read as Chinese"),
        pytest.param(["lzh"], "wuu", True, False, id="classical Chinese read as Wu"),
        pytest.param(["zh-Hans"], "ja", False, False, id="Japanese is not Chinese"),
        pytest.param(["pt_BR"], "pt", True, False, id="underscore as in locales"),
        pytest.param(["mn-Cyrl"], "mn", True, False, id="Mongolian as usually written"),
        pytest.param(["mn-Mong"], "zh", False, True, id="Mongolian script is not known to the identifier"),
        pytest.param(["en", "tzm"], "fr", False, True, id="one declared language is not known to the identifier"),
        pytest.param([], "en", False, False, id="nothing declared, nothing accepted"),
        pytest.param(["und"], "und", False, True, id="undetermined is no language"),
    ],
)
def test_languages_that_may_be_found(tags, found, is_accepted, has_untold) -> None:
    declared = may_be_found(tags)
    assert (found in declared.accepted, declared.has_untold) == (is_accepted, has_untold)
