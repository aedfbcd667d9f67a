"""The processes of a local stack: started and ended here, on failure, too."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployments.paths import ROOT

LOOPBACK = "127.0.0.1"
PATIENCE = 15.0
PR_SET_PDEATHSIG = 1

Parts = MutableMapping[str, subprocess.Popen[bytes]]


class StartFailedError(Exception):
    """A process of the stack ended, or did not answer, before it was ready."""


def _end_with_parent() -> None:
    """Let the kernel end this process when its parent is gone, for whatever reason. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def child(
    command: Sequence[str],
    log: Path,
    environment: dict[str, str],
    *,
    pass_fds: Sequence[int] = (),
    parts: Parts | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process whose output goes to a file; it gets no Ctrl-C of its own, and ends with the block.

    It is registered in ``parts`` under the name of its log.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 -- the command is written in this package
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
            umask=0o077,  # databases, results and logs hold what the team's code wrote
            preexec_fn=_end_with_parent,  # noqa: PLW1509 -- runs one system call; no thread of ours holds a lock
        )
    if parts is not None:
        parts[log.stem] = process
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def emulator(folder: Path, *options: str, parts: Parts | None = None) -> Iterator[dict[str, str]]:
    """Run an emulator with its state in `folder`; yield the variables that its clients need.

    Raises:
        StartFailedError: It was not ready within a minute.
    """
    env_file, log = folder / "emulator.env", folder / "emulator.log"
    env_file.unlink(missing_ok=True)  # of one that was killed
    command = [sys.executable, "-m", "deployments.emulator", "--env-file", str(env_file), *options]
    command += ["--state-dir", str(folder / "emulator")]
    with child(command, log, dict(os.environ), parts=parts) as process:
        deadline = time.monotonic() + 60
        while not env_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailedError(f"the emulator did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield read_env_file(env_file)


def read_env_file(file: Path) -> dict[str, str]:
    """Return the variables of a file of `export` lines."""
    words = [shlex.split(line) for line in file.read_text().splitlines()]
    return dict(word.split("=", 1) for _, word in words)


@dataclass(frozen=True)
class ServerPlace:
    """The address and password of a Prefect server.

    Attributes:
        port: The preferred port; 0 for any free one.
        password: USER:PASSWORD, as clients send it.
        settings: Further settings of the server.
    """

    port: int = 0
    password: str = field(default_factory=lambda: f"demo:{secrets.token_urlsafe(16)}")
    settings: Mapping[str, str] = field(default_factory=dict)


def listener_at(port: int) -> socket.socket:
    """Return a listening socket on this port of the loopback address, or on a free one if it is in use."""
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError:
        return socket.create_server((LOOPBACK, 0))


@contextlib.contextmanager
def prefect_server(
    folder: Path, place: ServerPlace | None = None, parts: Parts | None = None
) -> Iterator[dict[str, str]]:
    """Run a Prefect server with its database in `folder`, behind a password; yield its clients' variables.

    The server is not ready yet when the block begins: `wait_for` waits. Its socket is bound here and passed on, so that
    no other process can take the port in between.
    """
    place = place or ServerPlace()
    listener = listener_at(place.port)
    port = listener.getsockname()[1]
    variables = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_API_AUTH_STRING": place.password,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    environment = (
        os.environ
        | variables
        | dict(place.settings)
        | {"PREFECT_SERVER_API_AUTH_STRING": place.password, "PREFECT_LOGGING_LEVEL": "WARNING"}
    )
    command = [sys.executable, "-m", "deployments.local.serve_prefect", str(listener.fileno())]
    with child(command, folder / "prefect.log", environment, pass_fds=[listener.fileno()], parts=parts):
        listener.close()
        yield variables


@contextlib.contextmanager
def worker(folder: Path, pool: str, variables: Mapping[str, str], parts: Parts) -> Iterator[None]:
    """Run a Prefect worker of a process pool, with its log in `folder`."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process"]
    with child(command, folder / "worker.log", os.environ | dict(variables), parts=parts):
        yield


def wait_for(api_url: str, seconds: float = 120) -> None:
    """Wait until a Prefect server answers; a request waits in its socket until it is up.

    Raises:
        StartFailedError: It ended, or did not answer in time.
    """
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=seconds):  # noqa: S310 -- our own loopback address
            return
    except OSError as error:
        raise StartFailedError(f"the Prefect server did not start: {error}") from error
