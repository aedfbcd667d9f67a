"""Starts and ends the local stack: `python -m deployments.local.up`, `python -m deployments.local.up --down`."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from typing import Final

from deployments.local.stack import FOLDER, Folder, holder
from deployments.paths import ROOT

READY_SECONDS: Final = 300.0
DOWN_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1


def up(folder: Folder) -> int:
    """Start the stack in the background, and wait until it is ready; returns the exit status."""
    began = time.monotonic()
    if holder(folder) is None:
        print("Starting the emulator, a Prefect server and a worker on 127.0.0.1 …", flush=True)
        _spawn(folder)
    try:
        ready = _wait_until_ready(folder, began)
    except KeyboardInterrupt:
        down(folder)
        return 130
    if not ready:
        print(f"FAILED. The end of {_short(folder)}/stack.log:\n\n{_tail(folder)}", file=sys.stderr)
        down(folder)
        return 1
    print(_greeting(folder, time.monotonic() - began))
    return 0


def down(folder: Folder) -> int:
    """End the stack; its state stays for the next time. Returns the exit status."""
    process = holder(folder)
    if process is None:
        print("Nothing is running.")
        return 0
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while holder(folder) is not None:
        if time.monotonic() > deadline:
            print(
                f"Process {process} has not ended within {DOWN_SECONDS:.0f} s; see {_short(folder)}.", file=sys.stderr
            )
            return 1
        time.sleep(_LOOK_SECONDS)
    print(f"Everything is down. What it knows stays in {_short(folder)}; `make clean` removes that too.")
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
        )
    while holder(folder) is None and process.poll() is None:
        time.sleep(_LOOK_SECONDS)


def _wait_until_ready(folder: Folder, began: float) -> bool:
    while not folder.ready.exists():
        if holder(folder) is None or time.monotonic() > began + READY_SECONDS:
            return False
        time.sleep(_LOOK_SECONDS)
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
  3. Deployments → teardown → Run → Custom run: it shows what it would remove, and asks.

In a shell:
  source {_short(folder)}/env          # PREFECT_API_URL, its password, and the emulator's AZURE_* and proxy variables
  make diagnose SCENARIO=list      # states to break an endpoint into, and what a diagnosis has to say
  tail -f {_short(folder)}/notifications.jsonl   # what would have paged you

`make down` ends it.
"""


def _short(folder: Folder) -> str:
    return str(folder.path.relative_to(ROOT)) if folder.path.is_relative_to(ROOT) else str(folder.path)


def _tail(folder: Folder) -> str:
    return folder.log.read_text(errors="replace")[-2500:] if folder.log.exists() else ""


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m deployments.local.up", description="The local stack.")
    parser.add_argument("--down", action="store_true", help="end it")
    options = parser.parse_args()
    folder = Folder(FOLDER)
    return down(folder) if options.down else up(folder)


if __name__ == "__main__":
    sys.exit(main())
