"""The last message of a cancelled run: what remains in Azure, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect.exceptions import TerminationSignal
from prefect.logging import get_run_logger


@contextmanager
def warn_if_cancelled(message: str, publish: Callable[[str], object]) -> Iterator[None]:
    """Log and publish the message if the run is cancelled in the block."""
    try:
        yield
    except TerminationSignal:
        get_run_logger().warning(message)
        publish(message)
        raise
