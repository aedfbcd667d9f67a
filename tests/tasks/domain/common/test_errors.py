"""Errors keep their story through text, pickle and JSON."""

import json
import pickle

import pytest

from tasks.domain.common import errors
from tasks.domain.common.errors import (
    EndpointOpsError,
    Origin,
    PermanentError,
    QuotaExceeded,
    TemporaryError,
    Throttled,
)

FULL = QuotaExceeded(
    "create online deployment blue: not enough cores",
    "Ask for more quota.",
    Origin(code="OutOfQuota", status=400, request_id="r-1"),
)


def test_text_tells_the_whole_story() -> None:
    """The text holds message, code, status, request id and the next action."""
    assert str(FULL) == (
        "create online deployment blue: not enough cores (OutOfQuota, HTTP 400, request id r-1)\n"
        "Next: Ask for more quota."
    )


def test_text_without_an_answer_is_the_message() -> None:
    """An error of our own needs no code, status or hint."""
    assert str(TemporaryError("no answer")) == "no answer"


def test_pickle_keeps_everything() -> None:
    """A pickled error comes back with its class and all attributes."""
    error = Throttled("too fast", "Wait.", Origin("TooManyRequests", 429, retry_after=7.5))
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is Throttled
    assert copy.as_dict() == error.as_dict()
    assert str(copy) == str(error)


def test_text_alone_rebuilds_an_equal_text() -> None:
    """Prefect's JSON results keep class and text only; both survive."""
    assert str(QuotaExceeded(str(FULL))) == str(FULL)


def test_dict_is_json() -> None:
    """The error is expressible in JSON."""
    assert json.loads(json.dumps(FULL.as_dict()))["code"] == "OutOfQuota"


@pytest.mark.parametrize(
    "kind",
    [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, EndpointOpsError)],
)
def test_every_error_belongs_to_one_family(kind: type[EndpointOpsError]) -> None:
    """Every error but the base is either temporary or permanent, never both."""
    families = issubclass(kind, TemporaryError) + issubclass(kind, PermanentError)
    assert families == (kind is not EndpointOpsError)
