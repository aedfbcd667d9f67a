"""Deliveries to Prefect by the team's admission rules, read each time so that a changed block counts at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from tasks.domain.azure.model import ModelVersion
from tasks.domain.events.admission import AdmissionRules
from tasks.events.deliver_events import Delivery, News, send_new_events
from tasks.events.prefect_events import known, prefect
from tasks.runtime.model_routes import load_admission_rules


class ToPrefect:
    """The server that PREFECT_API_URL names."""

    def __init__(self, routes: str) -> None:
        self._routes = routes

    async def send_new_events(self, news: Sequence[News], under_way: Collection[UUID]) -> Delivery:
        """Send what is new.

        Raises:
            EndpointOpsError: Prefect may not have accepted all of it.
        """
        async with prefect() as client:
            rules = (
                await load_admission_rules(self._routes)
                if any(isinstance(one, ModelVersion) for one in news)
                else AdmissionRules()
            )
            return await send_new_events(client, news, rules, datetime.now(UTC), under_way)

    async def stored(self, ids: Collection[UUID]) -> set[UUID]:
        """Return which of these events Prefect has stored.

        Raises:
            EndpointOpsError: It does not answer.
        """
        async with prefect() as client:
            return await known(client, ids)
