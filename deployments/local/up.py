"""Start and stop the local stack in the background."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from deployments.console import complain, say
from deployments.local.stack import Folder, holder
from deployments.paths import ROOT

READY_SECONDS: Final = 300.0
DOWN_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1


def up(folder: Folder) -> int:
    """Start the stack in the background, and wait until it is ready; return the exit status."""
    began = time.monotonic()
    if holder(folder) is None:
        say("Starting the emulator, a Prefect server and a worker on 127.0.0.1 …")
        _spawn(folder)
    try:
        ready = _wait_until_ready(folder, began)
    except KeyboardInterrupt:
        down(folder)
        return 130
    if not ready:
        complain(f"FAILED. The end of {_short(folder)}/stack.log:\n\n{_tail(folder)}")
        down(folder)
        return 1
    say(_greeting(folder, time.monotonic() - began))
    return 0


def down(folder: Folder) -> int:
    """Stop the stack and keep its state; return the exit status."""
    process = holder(folder)
    if process is None:
        say("Nothing is running.")
        return 0
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while holder(folder) is not None:
        if time.monotonic() > deadline:
            complain(f"Process {process} is still running after {DOWN_SECONDS:.0f} s; see {_short(folder)}/stack.log.")
            return 1
        time.sleep(_POLL_SECONDS)
    say(f"Stopped. The state is kept in {_short(folder)}; `make clean` removes it.")
    return 0


def _spawn(folder: Folder) -> None:
    folder.make()
    folder.ready.unlink(missing_ok=True)
    with folder.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deployments.local.stack"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    while holder(folder) is None and process.poll() is None:
        time.sleep(_POLL_SECONDS)


def _wait_until_ready(folder: Folder, began: float) -> bool:
    while not folder.ready.exists():
        if holder(folder) is None or time.monotonic() > began + READY_SECONDS:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _greeting(folder: Folder, seconds: float) -> str:
    place = folder.place()
    return f"""
Ready after {seconds:.0f} s.

  Prefect UI   http://127.0.0.1:{place.port}/v2/runs
  Password     {place.password}

What to click first:
  1. Runs → the run "lifecycle diabetes-demo @ ml-demo" → Artifacts: endpoint, scoring, proof of isolation.
  2. Runs → "diagnostics …" → Artifacts: the nightly report.
  3. Deployments → teardown → Run → Custom run: it shows what it would remove, and waits for your approval.

In a terminal:
  {_command()} shell                      # a subshell that talks to this stack; exit leaves it
  {_command()} diagnose --scenario list   # failures to put an endpoint into, each with its root cause
  tail -f {_short(folder)}/notifications.jsonl   # the notifications that would have paged you

`{_command()} down` stops it.
"""


def _command() -> str:
    """Return the command as this user can type it here."""
    if shutil.which("endpoint-ops"):
        return "endpoint-ops"
    file = Path(sys.executable).with_name("endpoint-ops")
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


def _short(folder: Folder) -> str:
    return str(folder.path.relative_to(ROOT)) if folder.path.is_relative_to(ROOT) else str(folder.path)


def _tail(folder: Folder) -> str:
    return folder.log.read_text(errors="replace")[-2500:] if folder.log.exists() else ""
