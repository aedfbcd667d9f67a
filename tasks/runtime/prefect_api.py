"""Access to Prefect's server for steps: with short timeouts, since steps are retried, and with translated errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import Final

import httpx
from prefect.context import SyncClientContext
from prefect.settings import (
    PREFECT_API_REQUEST_TIMEOUT,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED,
    temporary_settings,
)

from tasks.domain.common.errors import RequestRefused, ServiceUnavailable, Unreachable

_SECONDS: Final = 10.0
_HINT: Final = "Check that the Prefect server is up, and check PREFECT_API_URL and PREFECT_API_AUTH_STRING."


@contextmanager
def short_prefect_timeouts() -> Iterator[None]:
    """Limit Prefect's synchronous client to one attempt of ten seconds in the block; by default it retries for minutes.

    Raises:
        TemporaryError: When Prefect is unreachable or temporarily unavailable.
        RequestRefused: When Prefect rejects the request.
    """
    brief = {
        PREFECT_CLIENT_MAX_RETRIES: 0,
        PREFECT_API_REQUEST_TIMEOUT: _SECONDS,
        PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED: False,
    }
    # Without a context of its own, Prefect would return the run's client, with the run's timeouts.
    apart = SyncClientContext(httpx_settings={"timeout": _SECONDS})
    with prefect_errors(), temporary_settings(brief), apart:
        yield


@contextmanager
def prefect_errors() -> Iterator[None]:
    """Translate the exceptions of Prefect's client in the block into this project's errors.

    Raises:
        TemporaryError: When Prefect is unreachable or temporarily unavailable.
        RequestRefused: When Prefect rejects the request.
    """
    try:
        yield
    except httpx.HTTPStatusError as error:
        status, summary = error.response.status_code, str(error).splitlines()[0]
        kind = ServiceUnavailable if status >= 500 or status == 429 else RequestRefused
        raise kind(f"Prefect rejected the request: {summary}", _HINT) from error
    except httpx.RequestError as error:
        raise Unreachable(f"Prefect does not answer: {type(error).__name__}", _HINT) from error
    except JSONDecodeError as error:
        raise ServiceUnavailable("the server at Prefect's address is not a Prefect server", _HINT) from error
