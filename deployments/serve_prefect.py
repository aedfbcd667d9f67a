"""A Prefect server on a socket that its parent has bound: `python -m deployments.serve_prefect FILE_DESCRIPTOR`.

uvicorn's own `--fd` takes the socket for a Unix one, and so leaves Nagle's algorithm on: 40 ms more for each answer.
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from prefect.server.api.server import create_app


def main() -> None:
    """Serve until SIGTERM."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    uvicorn.Server(uvicorn.Config(create_app(), log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
