"""What a step's client says while it waits goes to the run's log, where the Prefect UI shows it."""

from __future__ import annotations

from collections.abc import Callable

from prefect.logging import get_run_logger


def to_log() -> Callable[[str], None]:
    """The callback for `connect`: a line on each change of what is waited for, and one a minute."""
    logger = get_run_logger()

    def say(text: str) -> None:
        logger.info("waiting for %s", text)

    return say
