"""An emulator and a Prefect server for one command: started, used and gone."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from deployments.console import complain, say
from deployments.local import processes
from deployments.local.progress import QUIET_CONSOLE
from deployments.local.scenario_stage import alone


@contextlib.contextmanager
def playground(prefix: str) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Run both for as long as the block lasts; yield their folder and the emulator's variables.

    This process talks to them. Prefect reads its settings when it is imported: import it inside the block.

    Raises:
        StartFailedError: One of them did not start.
    """
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
        say("Starting a Prefect server and the Azure emulator on 127.0.0.1 …")
        prefect = stack.enter_context(processes.prefect_server(folder))
        variables = alone(stack.enter_context(processes.emulator(folder)))
        os.environ.update(prefect | QUIET_CONSOLE | variables)
        processes.wait_for(prefect["PREFECT_API_URL"])
        say(f"Both are up ({time.monotonic() - began:.1f} s). No packet leaves this machine.\n")
        yield folder, variables
        say("\nStopping the emulator and the Prefect server …")


def interruptible(play: Callable[[], int], broken: int = 1) -> int:
    """Return the exit status of a command that may be interrupted; nothing is left running.

    Args:
        play: The command. Ctrl-C and SIGTERM unwind it as any failure does.
        broken: The exit status where it could not be carried out.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return play()
    except (processes.StartFailedError, ValueError) as error:
        complain(f"FAILED: {error}")
        return broken
    except KeyboardInterrupt:
        say("Interrupted. Nothing is left running.")
        # Prefect would try for a minute to report the interrupted runs to its server, which is gone.
        os._exit(130)
