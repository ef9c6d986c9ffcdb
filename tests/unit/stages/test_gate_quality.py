"""Single decisions of the quality gate."""

import pyarrow as pa
import pytest

from pipeline.domain.dispositions import Disposition, Reason
from pipeline.domain.quality import Expectation, Importance, QualityPolicy, Suite
from pipeline.domain.tables import TABLE
from pipeline.errors import LawError
from pipeline.stages.gate_quality import gate_quality

METRICS = pa.schema([field.with_nullable(True) for field in TABLE["metrics"].schema if field.name != "run_id"])
ZERO = {pa.string(): "x", pa.int64(): 1, pa.float64(): 0.5, pa.bool_(): True}
POLICY = QualityPolicy("1", "s", dispositions={Reason.QUALITY_TOO_SHORT: Disposition.REJECT})


def expectation(id_: str, reason: Reason | None) -> Expectation:
    severity = Importance.WARNING if reason is None else Importance.CRITICAL
    return Expectation(id_, "expect_column_values_to_be_between", {"column": "chars"}, severity, "c", {"en": "e", "zh": "z"}, reason)


SUITE = Suite(
    "s",
    "1",
    (expectation("symbols", Reason.QUALITY_SYMBOLS), expectation("short", Reason.QUALITY_TOO_SHORT), expectation("odd", None)),
)
NONE_FAILED: dict[str, list[str]] = {"symbols": [], "short": []}


def decide(failed: dict[str, object], suite: Suite = SUITE, **changes: object) -> dict:
    records = pa.RecordBatch.from_pylist([{f.name: ZERO[f.type] for f in METRICS} | {"document_id": "d"} | changes], schema=METRICS)
    return gate_quality(records, failed, suite, POLICY, policy_sha256="p", stage_version=3).to_pylist()[0]


@pytest.mark.parametrize(
    ("failed", "changes", "disposition", "reason"),
    [
        pytest.param(NONE_FAILED, {}, "admit", None, id="all met"),
        pytest.param({**NONE_FAILED, "symbols": ["d"]}, {}, "quarantine", "quality.symbols", id="one unmet"),
        pytest.param({"symbols": ["d"], "short": ["d"]}, {}, "reject", "quality.too_short", id="the strictest wins"),
        pytest.param({**NONE_FAILED, "odd": ["d"]}, {}, "admit", None, id="a warning decides nothing"),
        pytest.param({"symbols": []}, {}, "quarantine", "quality.not_measured", id="one not checked"),
        pytest.param({}, {}, "quarantine", "quality.not_measured", id="none checked"),
        pytest.param(NONE_FAILED, {"chars": None}, "quarantine", "quality.not_measured", id="a missing number"),
        pytest.param(NONE_FAILED, {"letter_ratio": float("nan")}, "quarantine", "quality.not_measured", id="not a number"),
        pytest.param({**NONE_FAILED, "short": pa.array(["d"])}, {}, "reject", "quality.too_short", id="ids as an Arrow array"),
        pytest.param({**NONE_FAILED, "short": {"elsewhere"}}, {}, "admit", None, id="another document's fault"),
    ],
)
def test_decision(failed, changes, disposition, reason) -> None:
    row = decide(failed, **changes)
    assert (row["disposition"], row["reason"], row["gate"], row["stage_version"]) == (disposition, reason, "quality", 3)


def test_result_of_an_unknown_expectation_stops_the_run() -> None:
    with pytest.raises(LawError, match="check the metrics again"):
        decide({**NONE_FAILED, "other": []})


def test_inputs_change_with_suite_measures_and_declared_languages_only() -> None:
    digest = decide(NONE_FAILED)["inputs_sha256"]
    assert digest == decide({**NONE_FAILED, "symbols": ["d"]}, chars=5)["inputs_sha256"]
    assert digest != decide(NONE_FAILED, measure_version=2)["inputs_sha256"]
    assert digest != decide(NONE_FAILED, is_language_declared=False)["inputs_sha256"]
    assert digest != decide(NONE_FAILED, Suite("s", "2", SUITE.expectations))["inputs_sha256"]
