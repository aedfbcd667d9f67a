"""Refusals of callers without a valid key or token: limited in their rate, and logged once in a while."""

from __future__ import annotations

import logging
from typing import Final

from starlette.responses import Response

from deployments.events.answers import refused, refused_for
from deployments.events.limits import Rate
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import EndpointOpsError, TemporaryError

PER_SECOND: Final = 1.0
BURST: Final = 20
LOG_SECONDS: Final = 60.0
log = logging.getLogger("deployments.events")


class Refusals:
    """Answers refused callers; one with a valid key never gets here, so that a flood of others can't lock it out."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock, self._rate = clock, Rate(PER_SECOND, BURST, clock)
        self._count, self._logged_at = 0, -LOG_SECONDS

    def answer(self, error: EndpointOpsError) -> Response:
        """Return the refusal for an error: the error's own, or 429 where there were too many in a short time."""
        self._note(error)
        if isinstance(error, TemporaryError):
            return refused_for(error)
        seconds = self._rate.take()
        if seconds:
            return refused(429, "too many requests without a valid key", "Wait.", headers={"Retry-After": str(seconds)})
        return refused_for(error)

    def _note(self, error: EndpointOpsError) -> None:
        """Log the first at once, and those that follow within a minute as a number, with the next one."""
        self._count += 1
        now = self._clock.seconds()
        if now - self._logged_at >= LOG_SECONDS:
            log.warning("refused %d callers since the last line like this: %s", self._count, error.message)
            self._count, self._logged_at = 0, now
