"""Live progress on a terminal: a line when a step begins, a line when it ends."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import TextIO

MARKS = {"Completed": "✓", "Cached": "✓", "Failed": "✗", "Crashed": "✗"}


class Progress(logging.Handler):
    """Follows Prefect's log records of flow and task runs in this process.

    Prefect logs "Executing task …" when a run begins and "Finished in state …" when it ends. What the steps log at INFO
    is shown below them, and the flow's warnings between them.
    """

    def __init__(self, out: TextIO = sys.stdout) -> None:
        super().__init__(logging.DEBUG)
        self._out = out
        self._began: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        name = getattr(record, "task_run_name", None)
        text = record.getMessage()
        if name and text.startswith("Executing task "):
            self._began.setdefault(name, time.monotonic())
            self._write(f"  ▸ {name}")
        elif name and text.startswith("Finished in state "):
            self._ended(name, text.removeprefix("Finished in state "))
        elif name and record.levelno >= logging.INFO and not text.startswith("Task run failed"):
            self._write(f"      {text}")
        elif not name and record.levelno == logging.WARNING:
            self._write(f"  ! {text}")

    def _ended(self, name: str, state: str) -> None:
        kind = re.split(r"\W", state, maxsplit=1)[0]
        seconds = time.monotonic() - self._began.pop(name, time.monotonic())
        self._write(f"  {MARKS.get(kind, '·')} {name:<52} {kind.lower():<10} {seconds:6.1f} s")

    def _write(self, line: str) -> None:
        print(line, file=self._out, flush=True)


# Read by Prefect when it is imported: silences its own console log; the server's copy stays complete.
QUIET_CONSOLE = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}


def follow(progress: Progress) -> None:
    """Show the progress of the runs in this process."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(progress)
