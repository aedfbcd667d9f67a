"""A Prefect server on a socket that its parent has bound: `python -m deployments.local.serve_prefect FILE_DESCRIPTOR`.

uvicorn's own `--fd` treats the socket as a Unix one and leaves Nagle's algorithm on: 40 ms more for each answer.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from prefect.server.api.server import create_app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import temporary_database_config
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


class PatientSqlite(AioSqliteConfiguration):
    """SQLite whose transactions wait for each other from their beginning.

    Prefect begins them as readers. One that then writes, after another has written, fails at once with "database is
    locked", whatever its timeout; after four such failures an automation misses its event.
    """

    @asynccontextmanager
    async def begin_transaction(
        self,
        session: AsyncSession,
        with_for_update: bool = True,  # noqa: FBT001, FBT002 -- Prefect's signature
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        """Begin as a writer in every case."""
        del with_for_update
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def main() -> None:
    """Serve until SIGTERM."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    with temporary_database_config(PatientSqlite(PREFECT_API_DATABASE_CONNECTION_URL.value())):
        uvicorn.Server(uvicorn.Config(create_app(), log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
