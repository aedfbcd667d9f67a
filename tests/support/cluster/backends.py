"""PostgreSQL and Redis from Debian's packages, each with its data in a folder of its own, on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deployments.local.processes import LOOPBACK, child
from support.waiting import until


def environment(own: dict[str, str]) -> dict[str, str]:
    """This process's environment without what would lead a process of the cluster elsewhere."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PG"))}
    return inherited | own


@contextlib.contextmanager
def postgres(folder: Path, port: int, password: str) -> Iterator[subprocess.Popen[bytes]]:
    """A PostgreSQL cluster with the user and the database `prefect`."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    data = _new_data(folder, programs, password)
    serve = [str(programs / "postgres"), "-D", str(data), "-c", f"listen_addresses={LOOPBACK}", "-c", f"port={port}"]
    command = [*_as_postgres(), *serve, "-c", f"unix_socket_directories={data}"]
    with child(command, folder / "postgres.log", environment({})) as process:
        address = ["--host", LOOPBACK, "--port", str(port), "--username", "prefect"]
        create = [str(programs / "createdb"), *address, "prefect"]
        until(lambda: _succeeds(create, {"PGPASSWORD": password}), "PostgreSQL")
        yield process


def _new_data(folder: Path, programs: Path, password: str) -> Path:
    data, words = folder / "postgres", folder / "postgres.password"
    data.mkdir(mode=0o700)
    words.write_text(password)
    if os.geteuid() == 0:
        for path in (data, words):
            shutil.chown(path, "postgres", "postgres")
    make = [str(programs / "initdb"), "--pgdata", str(data), "--encoding=UTF8", "--no-locale"]
    login = ["--auth=scram-sha-256", "--username=prefect", f"--pwfile={words}"]
    made = subprocess.run([*_as_postgres(), *make, *login], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return data


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root. A change of user clears who is to be told of the parent's end: set it anew."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=TERM"]


def _succeeds(command: list[str], own: dict[str, str]) -> bool:
    return subprocess.run(command, env=environment(own), capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def redis(folder: Path, port: int, password: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis server that keeps what it is told on disk."""
    data, config = folder / "redis", folder / "redis.conf"
    data.mkdir()
    lines = [f"bind {LOOPBACK}", f"port {port}", f"dir {data}", "appendonly yes", f"requirepass {password}"]
    config.write_text("\n".join([*lines, ""]))
    with child(["redis-server", str(config)], folder / "redis.log", environment({})) as process:
        until(lambda: _accepts(port), "Redis")
        yield process


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False
