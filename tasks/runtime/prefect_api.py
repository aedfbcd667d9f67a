"""Ask Prefect's server for what a step needs: briefly, since the step is repeated, and with its errors told as ours."""

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
_HINT: Final = "Is the Prefect server up, and are PREFECT_API_URL and PREFECT_API_AUTH_STRING right?"


@contextmanager
def asking_prefect() -> Iterator[None]:
    """In the block, Prefect's synchronous client asks once and waits ten seconds; left alone it tries for minutes.

    Raises:
        TemporaryError: When Prefect can't be reached, or not now.
        RequestRefused: When it refuses what it is asked.
    """
    brief = {
        PREFECT_CLIENT_MAX_RETRIES: 0,
        PREFECT_API_REQUEST_TIMEOUT: _SECONDS,
        PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED: False,
    }
    # Prefect hands out the run's own client, which has its timeouts already, only where its settings are the context's.
    apart = SyncClientContext(httpx_settings={"timeout": _SECONDS})
    with prefect_errors(), temporary_settings(brief), apart:
        yield


@contextmanager
def prefect_errors() -> Iterator[None]:
    """What Prefect's client raises in the block, as our errors.

    Raises:
        TemporaryError: When Prefect can't be reached, or not now.
        RequestRefused: When it refuses what it is asked.
    """
    try:
        yield
    except httpx.HTTPStatusError as error:
        status, told = error.response.status_code, str(error).splitlines()[0]
        kind = ServiceUnavailable if status >= 500 or status == 429 else RequestRefused
        raise kind(f"Prefect refused: {told}", _HINT) from error
    except httpx.RequestError as error:
        raise Unreachable(f"Prefect does not answer: {type(error).__name__}", _HINT) from error
    except JSONDecodeError as error:
        raise ServiceUnavailable("what answers at Prefect's address is no Prefect server", _HINT) from error
