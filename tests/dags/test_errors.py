"""Only a service error is retried, and no text leaves a task by an exception."""

import traceback

import pytest

from pipeline.adapters.airflow import retry_only_service_errors
from pipeline.errors import DataError, ServiceError

SECRET = "身份证 110101190001011009"

pytestmark = pytest.mark.usefixtures("airflow_home")


def _fail(error: Exception) -> None:
    try:
        int(SECRET)
    except ValueError as cause:
        raise error from cause


def _raised(error: Exception) -> BaseException:
    with pytest.raises(Exception) as caught, retry_only_service_errors():  # noqa: PT011
        _fail(error)
    return caught.value


def test_a_service_error_stays_one_so_that_airflow_retries() -> None:
    assert type(_raised(ServiceError("store did not answer"))) is ServiceError


@pytest.mark.parametrize("error", [DataError("file 3f2a: expected 3 columns, found 2"), TypeError(SECRET), KeyError(SECRET)])
def test_everything_else_fails_at_once(error: Exception) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    raised = _raised(error)
    assert type(raised) is AirflowFailException
    assert type(error).__name__ in str(raised)


@pytest.mark.parametrize("error", [ServiceError("no answer"), DataError("bad digest"), TypeError(SECRET)])
def test_no_text_is_in_what_airflow_logs(error: Exception) -> None:
    assert SECRET not in "".join(traceback.format_exception(_raised(error)))


def test_a_skip_passes() -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException), retry_only_service_errors():
        raise AirflowSkipException
