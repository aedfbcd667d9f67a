"""What a step's client says while it waits goes to the run's log, where the Prefect UI shows it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from prefect.logging import get_run_logger

_QUICK_SECONDS: Final = 5.0


def to_log() -> Callable[[str], None]:
    """The callback for `connect`.

    The first line of each wait is told, and what changes later than five seconds after the step began; the quick
    changes in between are detail.
    """
    logger, began = get_run_logger(), time.monotonic()
    told: set[str] = set()

    def say(text: str) -> None:
        what = text.partition(":")[0]
        is_news = what not in told or time.monotonic() - began > _QUICK_SECONDS
        told.add(what)
        logger.log(logging.INFO if is_news else logging.DEBUG, "waiting for %s", text)

    return say
