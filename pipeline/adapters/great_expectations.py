"""A suite of expectations asked of a frame of metrics, by Great Expectations itself.

The library sees numbers and ids, never text. An expectation that could not be computed is an error here, since its own
result would otherwise read as "not met" without documents, or be overlooked. Importing it takes seconds: import this
module inside the task that needs it.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache, reduce
from operator import and_, eq, ge, gt, le, lt, ne
from typing import Any

# Before the import: 1.24 sends nothing, and an older or newer release shall not either.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.expectations.row_conditions import Column

from pipeline.domain.digests import canonical_json
from pipeline.domain.quality import PER_CHAR, Checked, Expectation, Suite
from pipeline.errors import ConfigurationError, DataError

__all__ = ["Checked", "check_suite"]

_OURS = "expectation_id"
_DOCUMENT = "document_id"
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}


def check_suite(metrics: pa.Table, suite: Suite) -> list[Checked]:
    """Return what became of each expectation of the suite, in its order, over all rows of ``metrics``.

    Raises ConfigurationError for an expectation that Great Expectations does not know or accept, and DataError for one
    that could not be computed.
    """
    expectations = [_as_theirs(each) for each in suite.expectations]
    batch = _batch_definition().get_batch({"dataframe": _frame(metrics)})
    try:
        outcome = batch.validate(
            gx.ExpectationSuite(name=suite.suite, expectations=expectations),
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": [_DOCUMENT],
                "return_unexpected_index_query": False,
                "include_unexpected_rows": False,
            },
        )
    except GreatExpectationsError as error:
        raise DataError(f"suite {suite.suite}: Great Expectations stopped ({type(error).__name__})") from None
    results = {str(result.expectation_config.meta[_OURS]): result for result in outcome.results}
    return [_checked(each, results.get(each.id), metrics.num_rows, suite.suite) for each in suite.expectations]


@cache
def _batch_definition() -> Any:
    """Return where frames are handed in: a context in memory that draws no progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("metrics").add_dataframe_asset("metrics")
    return asset.add_batch_definition_whole_dataframe("metrics")


def _frame(metrics: pa.Table) -> Any:
    """Return the metrics as pandas columns, with the counts per character that suites may name."""
    chars = pc.max_element_wise(metrics["chars"], 1).cast(pa.float64())
    for name, count in PER_CHAR.items():
        metrics = metrics.append_column(name, pc.divide(metrics[count].cast(pa.float64()), chars))
    return metrics.to_pandas()


def _as_theirs(expectation: Expectation) -> Any:
    try:
        kind = get_expectation_impl(expectation.type)
        kwargs = {**expectation.kwargs, **_condition(expectation)}
        return kind(**kwargs, severity=expectation.severity.value, meta={_OURS: expectation.id})
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"expectation {expectation.id}: {expectation.type} is not known or does not take these kwargs ({type(error).__name__}); "
            "see Great Expectations' gallery"
        ) from None


def _condition(expectation: Expectation) -> dict[str, Any]:
    """Return the rows that an expectation applies to, as the library's own condition; it evaluates strings as code."""
    theirs = [_COMPARE[operator](Column(column), value) for column, operator, value in expectation.conditions]
    return {"row_condition": reduce(and_, theirs)} if theirs else {}


def _checked(expectation: Expectation, result: ExpectationValidationResult | None, rows: int, suite: str) -> Checked:
    if result is None:
        raise DataError(f"suite {suite}: expected a result for {expectation.id}, found none")
    if failure := _failure(result.exception_info):
        raise DataError(f"suite {suite}: {expectation.id} could not be computed ({failure}); is every column it names measured?")
    found = result.result
    unexpected = frozenset(str(each[_DOCUMENT]) for each in found.get("unexpected_index_list") or ())
    count = int(found.get("unexpected_count") or 0)
    if expectation.judges_rows and len(unexpected) != count:
        raise DataError(f"suite {suite}: {expectation.id} found {count} documents but names {len(unexpected)}; are document ids distinct?")
    return Checked(
        expectation.id,
        expectation.type,
        expectation.severity.value,
        expectation.clause,
        int(found.get("element_count", rows)) - int(found.get("missing_count") or 0),
        count,
        bool(result.success),
        _observed(found),
        unexpected,
    )


def _failure(info: Mapping[str, Any]) -> str | None:
    """Name what was raised while an expectation was computed; the message may quote values, so it is left out."""
    if "raised_exception" in info:
        info = {"": info}
    raised = [each for each in info.values() if each.get("raised_exception")]
    return str(raised[0].get("exception_message", "")).partition("(")[0].partition(":")[0][:60] or "unnamed exception" if raised else None


def _observed(found: Mapping[str, Any]) -> str | None:
    value = found.get("observed_value")
    if value is None:
        return None
    return canonical_json({"observed_value": value.item() if hasattr(value, "item") else value})
