"""A step's way to Azure: the clients of a target, signed in as its identity says, and heard in the run's log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, cast

from prefect.logging import get_run_logger

from tasks.checks.engine.sources import Clock, Sources, open_sources, utc_now
from tasks.clients.connect import Azure, connect
from tasks.clients.transport.time_limits import TimeLimits
from tasks.clients.transport.waiting import Waiting
from tasks.domain.common.errors import AuthenticationFailed, TemporaryError
from tasks.domain.common.login import MACHINE, Login
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.scope import Scope
from tasks.runtime.azure_workspace import AzureIdentity
from tasks.runtime.prefect_api import asking_prefect, prefect_errors
from tasks.runtime.progress import TaskProgress
from tasks.runtime.stopping import STOPPABLE

# What each identity block said last, for the time that Prefect is away; never written down.
_LAST: Final[dict[str, Login]] = {}


@contextmanager
def opened(target: AzureTarget) -> Iterator[Azure]:
    """The clients of a target.

    Raises:
        AuthenticationFailed: When the block that its identity names is not there.
    """
    progress = TaskProgress()
    try:
        with connect(target, waiting=Waiting(progress=progress.say, clock=STOPPABLE), login=login_of(target)) as azure:
            yield azure
    finally:
        progress.end()


@asynccontextmanager
async def opened_sources(
    place: AzureTarget | Scope, *, time_limits: TimeLimits | None = None, clock: Clock = utc_now
) -> AsyncIterator[Sources]:
    """What the diagnostics read from.

    Raises:
        AuthenticationFailed: When the block that its identity names is not there.
    """
    login = await alogin_of(place)
    async with open_sources(
        place.cloud, place.internet_proxy, login=login, time_limits=time_limits, clock=clock
    ) as sources:
        yield sources


def login_of(place: AzureTarget | Scope) -> Login:
    """How to sign in: as the block says that is named, or else as the machine.

    While Prefect doesn't answer, as the block said last in this process: a way back must not wait for Prefect.

    Raises:
        AuthenticationFailed: When there is no such block.
        TemporaryError: When Prefect doesn't answer, and never did.
    """
    if place.identity is None:
        return MACHINE
    try:
        with asking_prefect():
            return _kept(place.identity, AzureIdentity.load(place.identity))
    except TemporaryError as error:
        return _last(place.identity, error)
    except ValueError as error:
        raise _missing(place.identity) from error


async def alogin_of(place: AzureTarget | Scope) -> Login:
    """The same, where the event loop must not be held up."""
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
    get_run_logger().warning("%s; signing in as the identity block %s said before", error.message, name)
    return _LAST[name]


def _missing(name: str) -> AuthenticationFailed:
    return AuthenticationFailed(
        f"there is no usable Azure identity block {name!r} any more", "Save it again in the Prefect UI, under Blocks."
    )
