"""The local stack: emulator, Prefect server, worker, everything deployed, and a sample endpoint.

`python -m deployments.local.stack` runs it until SIGTERM; `endpoint-ops up` starts that in the background.
Its state is kept in a folder, so that the next start continues from there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from deployments.local import processes
from deployments.local.pager import pager
from deployments.local.processes import Parts, ServerPlace, StartFailedError
from deployments.paths import ROOT

GROUP, WORKSPACE, REGION = "rg-endpoints", "ml-demo", "westeurope"
NETWORK_GROUP: Final = "network"
POOL: Final = "endpoint-ops"
FOLDER: Final = Path(os.environ.get("ENDPOINT_OPS_STACK", ROOT / ".local"))
SERVER_SETTINGS: Final = {"PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true"}
WORKER_SETTINGS: Final = {
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_LOGGING_LEVEL": "INFO",
}
_STEP_SECONDS: Final = 180


class Folder:
    """The folder of the stack's state: databases, the emulator's resources, logs, ports and the password."""

    def __init__(self, path: Path = FOLDER) -> None:
        self.path = path
        self.lock = path / "lock"
        self.environment = path / "env"
        self.ready = path / "ready"
        self.log = path / "stack.log"
        self.notifications = path / "notifications.jsonl"

    def make(self) -> None:
        """Create it for this user alone, with the notifications' file, so that `tail` can follow it from the start."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)  # also where it was there before
        self.notifications.touch()

    def place(self) -> ServerPlace:
        """Return the server's last port and password; a new password the first time."""
        file = self.path / "server.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        return ServerPlace(
            port=known.get("port", 0),
            password=known.get("password") or f"admin:{secrets.token_urlsafe(12)}",
            settings=SERVER_SETTINGS,
        )

    def keep(self, variables: Mapping[str, str]) -> None:
        """Save the server's port and password."""
        port = int(variables["PREFECT_API_URL"].rpartition(":")[2].partition("/")[0])
        _write(self.path / "server.json", json.dumps({"port": port, "password": variables["PREFECT_API_AUTH_STRING"]}))


def serve(folder: Folder) -> None:
    """Run the stack until SIGTERM, or until a part of it ends.

    Raises:
        StartFailedError: It is already running, or a part of it does not start, or ends.
    """
    folder.make()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with held(folder), contextlib.ExitStack() as stack:
        parts = _started(stack, folder, stop)
        while not stop.wait(1):
            ended = [name for name, process in parts.items() if process.poll() is not None]
            if ended:
                raise StartFailedError(
                    f"the process {' and the process '.join(ended)} ended; read its log beside this one"
                )


@contextlib.contextmanager
def held(folder: Folder) -> Iterator[None]:
    """Hold the folder's lock, with this process id in it.

    Raises:
        StartFailedError: Another stack holds it.
    """
    with folder.lock.open("a+") as lock:
        deadline = time.monotonic() + 2  # `holder` holds it for a moment
        while not (is_ours := _lock(lock)) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not is_ours:
            raise StartFailedError("the stack is already running")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            for file in (folder.ready, folder.environment):
                file.unlink(missing_ok=True)


def holder(folder: Folder) -> int | None:
    """Return the process id of the stack that runs in this folder; None when none does."""
    if not folder.lock.exists():
        return None
    with folder.lock.open("r+") as lock:
        return None if _lock(lock) else int(lock.read() or 0) or None


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _started(stack: contextlib.ExitStack, folder: Folder, stop: threading.Event) -> Parts:
    """Start all parts in order; return those that must stay alive."""
    parts: Parts = {}
    prefect = stack.enter_context(processes.prefect_server(folder.path, folder.place(), parts))
    azure = stack.enter_context(processes.emulator(folder.path, parts=parts))
    page = stack.enter_context(pager(folder.notifications))
    processes.wait_for(prefect["PREFECT_API_URL"])
    folder.keep(prefect)
    variables = {**prefect, **azure, **settings(azure)}
    _write(folder.environment, "".join(f"export {name}={shlex.quote(one)}\n" for name, one in variables.items()))
    _step("deployments.local.blocks", page, variables=variables)
    _require_not_stopped(stop)
    _step("deployments.apply", variables=variables)
    _step("deployments.local.sample_parameters", variables=variables)
    _require_not_stopped(stop)
    stack.enter_context(processes.worker(folder.path, POOL, variables | WORKER_SETTINGS, parts))
    _step("deployments.local.first_runs", variables=variables)
    _require_not_stopped(stop)
    _write(folder.ready, prefect["PREFECT_API_URL"])
    return parts


def _require_not_stopped(stop: threading.Event) -> None:
    """Stop between steps, not within one, so that no run is left without its worker."""
    if stop.is_set():
        raise StartFailedError("it was stopped before it was ready")


def settings(azure: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a team whose Azure is the emulator."""
    return {
        "ENDPOINT_OPS_SUBSCRIPTION_ID": azure["AZURE_SUBSCRIPTION_ID"],
        "ENDPOINT_OPS_RESOURCE_GROUP": GROUP,
        "ENDPOINT_OPS_WORKSPACE": WORKSPACE,
        "ENDPOINT_OPS_LOCATION": REGION,
        "ENDPOINT_OPS_SUBNET": subnet_in(azure["AZURE_SUBSCRIPTION_ID"]),
        "ENDPOINT_OPS_CREATE_ZONES_IN": NETWORK_GROUP,
        "ENDPOINT_OPS_INTERNET_PROXY": azure["EMULATOR_INTERNET_PROXY"],
        "ENDPOINT_OPS_DNS_SYSTEM": azure["EMULATOR_DNS_SYSTEM"],
        "ENDPOINT_OPS_DNS_CUSTOM": azure["EMULATOR_DNS_CUSTOM"],
        "ENDPOINT_OPS_DNS_AZURE": azure["EMULATOR_DNS_AZURE"],
        "ENDPOINT_OPS_NOTIFY": "custom-webhook/local-pager",
        "ENDPOINT_OPS_REDEPLOY_ON_MODEL": "true",
        "ENDPOINT_OPS_TIME_ZONE": "UTC",
        "ENDPOINT_OPS_WORK_POOL": POOL,
    }


def subnet_in(subscription: str) -> str:
    """The subnet that the callers' network of an emulated subscription begins with."""
    group = f"/subscriptions/{subscription}/resourceGroups/{NETWORK_GROUP}"
    return f"{group}/providers/Microsoft.Network/virtualNetworks/callers/subnets/default"


def _step(module: str, *arguments: str, variables: Mapping[str, str]) -> None:
    """Run a module of this package to its end.

    Raises:
        StartFailedError: It failed; carries its output.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(  # noqa: S603 -- the command is written here
        command,
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=_STEP_SECONDS,
    )
    print(done.stdout, done.stderr, sep="", flush=True)
    if done.returncode:
        raise StartFailedError(f"{module} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def _write(file: Path, text: str) -> None:
    """Write a file completely or not at all, readable by this user alone."""
    draft = file.with_name(f".{file.name}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    draft.replace(file)


def main() -> int:
    """Run it; a failure is the last line of the output."""
    try:
        serve(Folder())
    except (StartFailedError, subprocess.TimeoutExpired) as error:
        print(f"FAILED: {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
