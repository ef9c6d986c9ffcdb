"""What our adapter relies on in Great Expectations, asked of the real library."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.adapters.great_expectations import check_suite
from pipeline.domain.dispositions import Reason
from pipeline.domain.quality import Expectation, Importance, Suite
from pipeline.domain.tables import TABLE
from pipeline.errors import ConfigurationError, DataError

METRICS = pa.schema([field.with_nullable(True) for field in TABLE["metrics"].schema if field.name != "run_id"])
ZERO = {pa.string(): "x", pa.int64(): 0, pa.float64(): 0.5, pa.bool_(): True}


def metrics(*rows: dict[str, object]) -> pa.Table:
    filled = [{f.name: ZERO[f.type] for f in METRICS} | {"document_id": f"d{i}", "chars": 100} | row for i, row in enumerate(rows)]
    return pa.Table.from_pylist(filled, schema=METRICS)


def expectation(type_: str, reason: Reason | None = Reason.QUALITY_SYMBOLS, /, id_: str = "e", **kwargs: object) -> Expectation:
    severity = Importance.WARNING if reason is None else Importance.CRITICAL
    return Expectation(id_, type_, kwargs, severity, "Measures Art. 7(4)", {"en": "e", "zh": "z"}, reason)


BETWEEN = "expect_column_values_to_be_between"
ANCHOR = expectation(BETWEEN, id_="anchor", column="chars", min_value=0)


def check(each: Expectation, table: pa.Table):
    return check_suite(table, Suite("s", "1", (ANCHOR, each)))[1]


@pytest.mark.parametrize(
    ("kwargs", "ids", "evaluated"),
    [
        pytest.param({"column": "chars", "min_value": 10}, {"d1"}, 3, id="below the least value"),
        pytest.param({"column": "chars", "min_value": 5}, set(), 3, id="the bound itself is met"),
        pytest.param({"column": "markup_ratio", "max_value": 0.01}, {"d2"}, 3, id="a count over chars"),
        pytest.param(
            {"column": "letter_ratio", "min_value": 0.9, "row_condition": "chars >= 100"}, {"d0", "d2"}, 2, id="only some rows"
        ),
    ],
)  # fmt: skip
def test_row_level_expectations_name_the_documents(kwargs, ids, evaluated) -> None:
    found = check(expectation(BETWEEN, **kwargs), metrics({}, {"chars": 5}, {"markup_count": 2}))
    assert (found.unexpected_ids, found.unexpected_count) == (frozenset(ids), len(ids))
    assert (found.evaluated_count, found.is_met) == (evaluated, not ids)


def test_a_condition_on_a_text_column_and_a_set_of_booleans() -> None:
    each = expectation(
        "expect_column_values_to_be_in_set",
        column="is_language_declared",
        value_set=[True],
        row_condition='language != "und"',
    )
    rows = ({"language": "en"}, {"language": "fr", "is_language_declared": False}, {"language": "und", "is_language_declared": False})
    assert check(each, metrics(*rows)).unexpected_ids == {"d1"}


def test_all_unexpected_ids_are_named_not_the_first_twenty() -> None:
    found = check(expectation(BETWEEN, column="chars", min_value=1000), metrics(*({} for _ in range(500))))
    assert len(found.unexpected_ids) == found.unexpected_count == 500


def test_expectations_on_the_whole_say_what_was_observed() -> None:
    found = check(expectation("expect_column_mean_to_be_between", None, column="chars", max_value=10), metrics({}, {"chars": 50}))
    assert (found.is_met, found.observed, found.unexpected_ids) == (False, '{"observed_value":75.0}', frozenset())


def test_a_warning_may_tolerate_some_documents_and_still_names_them() -> None:
    found = check(expectation(BETWEEN, None, column="chars", min_value=10, mostly=0.5), metrics({}, {"chars": 5}))
    assert (found.is_met, found.unexpected_ids) == (True, {"d1"})


def test_nulls_are_not_evaluated() -> None:
    found = check(expectation(BETWEEN, column="lines", min_value=0), metrics({}, {"lines": None}))
    assert (found.evaluated_count, found.unexpected_ids) == (1, frozenset())


def test_no_rows_are_no_fault() -> None:
    found = check(expectation(BETWEEN, column="chars", min_value=10), metrics())
    assert (found.evaluated_count, found.unexpected_count, found.is_met) == (0, 0, True)


def test_results_stand_in_the_suites_order_and_repeat() -> None:
    suite = Suite("s", "1", tuple(expectation(BETWEEN, id_=f"e{i}", column="chars", min_value=i * 50) for i in range(5)))
    table = metrics({}, {"chars": 60})
    first = check_suite(table, suite)
    assert [each.expectation_id for each in first] == ["e0", "e1", "e2", "e3", "e4"]
    assert [each.unexpected_count for each in first] == [0, 0, 1, 2, 2]
    assert check_suite(table, suite) == first


def test_what_could_not_be_computed_is_an_error_never_met() -> None:
    with pytest.raises(DataError, match="e could not be computed"):
        check(expectation(BETWEEN, column="no_such_column", min_value=1), metrics({}))
    with pytest.raises(DataError, match="e could not be computed"):
        check(expectation("expect_column_mean_to_be_between", None, column="language", min_value=1), metrics({}))
    with pytest.raises(DataError, match="distinct"):
        check(expectation(BETWEEN, column="chars", min_value=1000), metrics({"document_id": "d"}, {"document_id": "d"}))


def test_an_expectation_the_library_does_not_know_is_a_wrong_file() -> None:
    with pytest.raises(ConfigurationError, match="expect_column_values_to_shine"):
        check(expectation("expect_column_values_to_shine", column="chars"), metrics({}))
    with pytest.raises(ConfigurationError, match="kwargs"):
        check(expectation(BETWEEN, colum="chars"), metrics({}))


def test_checking_writes_nothing_and_draws_nothing(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    check(expectation(BETWEEN, column="chars", min_value=1), metrics({}))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
