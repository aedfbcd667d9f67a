"""The process of the event service: its socket, its limits and its log. Settings: see README.md."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from typing import Final

import uvicorn

from deployments.console import complain, say
from deployments.events.access import Access
from deployments.events.app import Service, application
from deployments.events.limits import Rate
from deployments.events.outbox import Outbox
from deployments.events.requests import BoundedRequests
from deployments.events.settings import EventSettings
from deployments.events.to_prefect import ToPrefect
from deployments.validation import SettingsError, read_environment

MAX_CONNECTIONS: Final = 4000
OTHER_FILES: Final = 200


def serve(settings: EventSettings, host: str, port: int) -> int:
    """Serve until SIGTERM; return 1 when the deliveries ended by themselves."""
    outbox = Outbox(ToPrefect(settings.routes))
    failed: list[asyncio.Task[None]] = []

    def stop(task: asyncio.Task[None]) -> None:
        failed.append(task)
        server.should_exit = True

    service = Service(settings, Access(settings), outbox, Rate(settings.per_second, settings.burst))
    config = uvicorn.Config(
        application(service, outbox, stop),
        http=BoundedRequests,
        ws="none",
        access_log=False,  # addresses may hold the key
        log_level="warning",
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=75,  # longer than callers keep theirs: none is closed while a request is on its way
        timeout_graceful_shutdown=30,
    )
    server = uvicorn.Server(config)
    _allow_connections(MAX_CONNECTIONS + OTHER_FILES)
    with socket.create_server((host, port)) as listener:
        say(f"Accepting events at http://{host}:{listener.getsockname()[1]}/events")
        server.run(sockets=[listener])
    return 1 if failed else 0


def _allow_connections(files: int) -> None:
    """Raise the limit of open files, one for each connection: 1,024, as on many machines, is too few for a burst."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _set_up_log() -> None:
    """Log without Prefect's console, whose lines cost more than the events."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("deployments.events")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def start(host: str, port: int) -> int:
    """Read the settings, then serve; return the exit status."""
    _set_up_log()
    try:
        return serve(read_environment(EventSettings), host, port)
    except SettingsError as error:
        complain(f"Not started: {error}")
        return 2
