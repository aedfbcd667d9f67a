"""What a cancelled run says before it ends: what it leaves behind, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect.exceptions import TerminationSignal
from prefect.logging import get_run_logger


@contextmanager
def told_if_cancelled(what: str, also: Callable[[str], object]) -> Iterator[None]:
    """Say what is left when the run is cancelled in the block, in the log and to ``also``."""
    try:
        yield
    except TerminationSignal:
        get_run_logger().warning(what)
        also(what)
        raise
