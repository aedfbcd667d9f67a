"""Serve Azure's events to Prefect: `python -m deployments.events --port 8080`. Settings: see README.md."""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import socket
import sys
from typing import Final

import uvicorn

from deployments.apply.settings import SettingsError
from deployments.events.access import Access
from deployments.events.app import Service, application
from deployments.events.limits import Rate
from deployments.events.outbox import Outbox
from deployments.events.requests import BoundedRequests
from deployments.events.settings import EventSettings, read_settings
from deployments.events.to_prefect import ToPrefect

LOOPBACK: Final = "127.0.0.1"
MOST_CONNECTIONS: Final = 4000
OTHER_FILES: Final = 200


def serve(settings: EventSettings, host: str, port: int) -> int:
    """Serve until SIGTERM; the exit status is 1 when deliveries have ended by themselves."""
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
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=75,  # longer than callers keep theirs: none is closed while a request is on its way
        timeout_graceful_shutdown=30,
    )
    server = uvicorn.Server(config)
    _allow_connections(MOST_CONNECTIONS + OTHER_FILES)
    with socket.create_server((host, port)) as listener:
        print(f"events are taken at http://{host}:{listener.getsockname()[1]}/events", flush=True)
        server.run(sockets=[listener])
    return 1 if failed else 0


def _allow_connections(files: int) -> None:
    """Each takes an open file, of which a process has 1,024 on many machines: too few for one burst of Event Grid's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _log_plainly() -> None:
    """A line for each event by Prefect's own console would cost more than the event."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("deployments.events")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def main() -> int:
    """Read the settings, then serve."""
    parser = argparse.ArgumentParser(prog="python -m deployments.events", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help=f"the address to bind; {LOOPBACK} unless told otherwise")
    parser.add_argument("--port", type=int, default=8080, help="the port; 0: any free one, which is printed")
    arguments = parser.parse_args()
    _log_plainly()
    try:
        return serve(read_settings(), arguments.host, arguments.port)
    except SettingsError as error:
        print(f"Not started: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
