"""Waiting for what another process brings about: the one place where tests sleep."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_SECONDS = 90.0


def until(
    look: Callable[[], T | None],
    what: str = "it",
    seconds: float = PATIENCE_SECONDS,
    process: subprocess.Popen[str] | None = None,
) -> T:
    """What a look finds, once it finds something.

    Args:
        look: Looks once; what is false counts as nothing.
        what: What is waited for, in words.
        seconds: How long.
        process: What is to bring it about, as long as it lives.

    Raises:
        AssertionError: It was not there in time, or the process ended before.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if process and process.poll() is not None:
            raise AssertionError(f"the process ended before {what}: {process.stdout and process.stdout.read()[-3000:]}")
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.05)
    return found
