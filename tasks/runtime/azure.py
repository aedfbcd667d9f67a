"""A step's access to Azure: the clients of a target, signed in with its identity, with progress in the run's log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, cast

from prefect.logging import get_run_logger

from tasks.checks.engine.sources import Sources, open_sources
from tasks.clients.connect import Azure, connect
from tasks.clients.transport.time_limits import TimeLimits
from tasks.clients.transport.waiting import Waiting
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import AuthenticationFailed, EndpointOpsError, TemporaryError
from tasks.domain.common.failures import named
from tasks.domain.common.login import MACHINE, Login
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.scope import Scope
from tasks.runtime.azure_workspace import AzureIdentity
from tasks.runtime.prefect_api import prefect_errors, short_prefect_timeouts
from tasks.runtime.progress import TaskProgress
from tasks.runtime.stopping import STOPPABLE

# The last login of each identity block, for when Prefect is down; in memory only.
_LAST: Final[dict[str, Login]] = {}


@contextmanager
def opened(target: AzureTarget) -> Iterator[Azure]:
    """Open the clients of a target.

    Raises:
        AuthenticationFailed: When the identity block that it names does not exist.
    """
    progress = TaskProgress()
    try:
        with connect(target, waiting=Waiting(progress=progress.say, clock=STOPPABLE), login=login_of(target)) as azure:
            yield azure
    except EndpointOpsError:
        raise
    except Exception as error:
        # Its text becomes the run's state, so it passes the gate of our errors.
        raise named("the step", error) from error
    finally:
        progress.end()


@asynccontextmanager
async def opened_sources(
    place: AzureTarget | Scope, *, time_limits: TimeLimits | None = None, clock: Clock = SYSTEM
) -> AsyncIterator[Sources]:
    """Open the sources of the diagnostics.

    Raises:
        AuthenticationFailed: When the identity block that the target or scope names does not exist.
    """
    login = await alogin_of(place)
    async with open_sources(
        place.cloud, place.internet_proxy, login=login, time_limits=time_limits, clock=clock
    ) as sources:
        yield sources


def login_of(place: AzureTarget | Scope) -> Login:
    """Return the login of the named identity block; the machine's without one.

    While Prefect doesn't answer, returns the block's last login in this process: a rollback must not wait for Prefect.

    Raises:
        AuthenticationFailed: When the block does not exist.
        TemporaryError: When Prefect doesn't answer, and there is no earlier login.
    """
    if place.identity is None:
        return MACHINE
    try:
        with short_prefect_timeouts():
            return _kept(place.identity, AzureIdentity.load(place.identity))
    except TemporaryError as error:
        return _last(place.identity, error)
    except ValueError as error:
        raise _missing(place.identity) from error


async def alogin_of(place: AzureTarget | Scope) -> Login:
    """Return the same without blocking the event loop."""
    if place.identity is None:
        return MACHINE
    try:
        with prefect_errors():
            return _kept(place.identity, await AzureIdentity.aload(place.identity))
    except TemporaryError as error:
        return _last(place.identity, error)
    except ValueError as error:
        raise _missing(place.identity) from error


def _kept(name: str, block: object) -> Login:
    _LAST[name] = cast("AzureIdentity", block).as_login()
    return _LAST[name]


def _last(name: str, error: TemporaryError) -> Login:
    if name not in _LAST:
        raise error
    get_run_logger().warning("%s; signing in with the last known value of identity block %s", error.message, name)
    return _LAST[name]


def _missing(name: str) -> AuthenticationFailed:
    return AuthenticationFailed(
        f"Azure identity block {name!r} is missing or not valid", "Save it again in the Prefect UI, under Blocks."
    )
