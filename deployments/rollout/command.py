"""Play a rollout from a terminal: `python -m deployments.rollout SCENARIO`, or `make rollout SCENARIO=…`.

Starts an emulator and a Prefect server of its own, scores all the way as a user does, and leaves nothing behind. The
exit status is 0 when the new model was promoted, 1 when it was rolled back, 2 when nothing was changed, and 3 when the
rollout failed to start, or did to users what it may not.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from deployments.local import processes
from deployments.local.progress import QUIET_CONSOLE, Progress, follow
from deployments.local.scenario_stage import alone
from deployments.rollout import stage as rollout_stage
from deployments.rollout import view as rollout_view
from deployments.rollout.stage import Scenario, Stage


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m deployments.rollout", description=__doc__.partition("\n")[0])
    parser.add_argument("scenario", nargs="?", default="good", help="what is rolled out; list shows what there is")
    return parser.parse_args(arguments)


def run(name: str) -> int:
    """Play one scenario and show it; returns the exit status.

    Raises:
        ValueError: When there is no such scenario.
        StartFailedError: When the emulator or the Prefect server does not start.
    """
    if name == "list":
        say(rollout_view.scenarios_text())
        return 0
    scenario = rollout_stage.scenario_of(name)
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rollout-")))
        say("Starting a Prefect server and the Azure emulator on 127.0.0.1 …")
        prefect = stack.enter_context(processes.prefect_server(folder))
        variables = alone(stack.enter_context(processes.emulator(folder)))
        os.environ.update(prefect | QUIET_CONSOLE | variables)
        stage = rollout_stage.set_up(variables, scenario, folder)
        processes.wait_for(prefect["PREFECT_API_URL"])
        say(f"Both are up, and blue serves ({time.monotonic() - began:.1f} s). No packet leaves this machine.\n")
        status = play(scenario, stage)
        say("\nStopping the emulator and the Prefect server …")
    say(f"Nothing is left running ({time.monotonic() - began:.0f} s).")
    return status


def play(scenario: Scenario, stage: Stage) -> int:
    """Roll out on a stage that is set, with a client that scores all the way; returns the exit status."""
    # Prefect reads its settings when it is imported, so they come first.
    from deployments.rollout import play as rollout_play  # noqa: PLC0415

    follow(Progress())
    say(f"{scenario.name}: {scenario.sentence}\n")
    report, client = rollout_play.played(stage)
    say("\n" + rollout_view.rollout_text(report, client))
    return rollout_view.status_of(report, client)


def say(text: str) -> None:
    """A line on the terminal, at once."""
    print(text, flush=True)


def main() -> int:
    """Run the command; Ctrl-C and SIGTERM unwind as any failure does, so that nothing is left behind."""
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(options.scenario)
    except (processes.StartFailedError, ValueError) as error:
        say(f"FAILED: {error}")
        return rollout_view.BROKEN
    except KeyboardInterrupt:
        say("Interrupted. Nothing is left running.")
        # Prefect would try for a minute to tell its server, which is gone, of the runs that were cut off.
        os._exit(130)
