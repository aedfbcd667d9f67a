"""Command line: starts an emulator and stops it on SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from deployments.emulator.core import Options
from deployments.emulator.server import running, write_env_file


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.emulator", description="Azure on loopback, for the real Azure SDKs."
    )
    parser.add_argument(
        "--env-file",
        type=Path,
        required=True,
        help="where to write the variables that a client process needs (export lines)",
    )
    parser.add_argument(
        "--state-dir", type=Path, help="keep resources, uploads and the journal here (default: a temporary folder)"
    )
    parser.add_argument(
        "--operation-seconds",
        type=float,
        default=0.2,
        metavar="S",
        help="how long a long-running operation takes (default: %(default)s)",
    )
    parser.add_argument(
        "--assignment-seconds",
        type=float,
        default=0.2,
        metavar="S",
        help="how long a new role assignment takes to count (default: %(default)s; minutes in Azure)",
    )
    parser.add_argument(
        "--request-limits",
        action="store_true",
        help="enforce Azure's limits of the management plane (429 with Retry-After)",
    )
    parser.add_argument(
        "--scoring-backend",
        choices=("server", "static"),
        default="server",
        help="server: run online deployments in Azure's inference server (default); "
        "static: run nothing and answer every scoring request alike, for fleets of thousands",
    )
    return parser.parse_args(arguments)


async def serve(options: Options, env_file: Path) -> None:
    """Run until SIGTERM or SIGINT; the env file is there as long as the emulator is."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(options) as variables:
        write_env_file(env_file, variables)
        try:
            print(f"emulator ready: source {env_file}", flush=True)
            await stop.wait()
        finally:
            env_file.unlink(missing_ok=True)  # noqa: ASYNC240 -- one system call, at the very end


def main() -> None:
    """Start, and clean up whatever happens."""
    options = parse(sys.argv[1:])
    os.umask(0o077)  # its state has the keys of everything
    with contextlib.ExitStack() as stack:
        folder = (
            options.state_dir.resolve()
            if options.state_dir
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="azure-emulator-")))
        )
        how = Options(
            folder,
            operation_seconds=options.operation_seconds,
            assignment_seconds=options.assignment_seconds,
            request_limits=options.request_limits,
            scoring_backend=options.scoring_backend,
        )
        asyncio.run(serve(how, options.env_file))


if __name__ == "__main__":
    main()
