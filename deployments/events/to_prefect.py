"""Deliveries to Prefect by the team's gates, which are read anew each time: a changed block counts at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from tasks.deliver_events import Delivery, News, deliver
from tasks.domain.model_version import ModelVersion
from tasks.domain.rollout_gates import Gates
from tasks.model_routes import ModelRoutes
from tasks.prefect_events import prefect

log = logging.getLogger("deployments.events")


class ToPrefect:
    """Delivers to the server that PREFECT_API_URL names."""

    def __init__(self, routes: str) -> None:
        self._routes = routes

    async def __call__(self, news: Sequence[News]) -> Delivery:
        """Deliver news.

        Raises:
            EndpointOpsError: When Prefect may not have all of it.
        """
        async with prefect() as client:
            gates = await self._gates() if any(isinstance(one, ModelVersion) for one in news) else Gates()
            return await deliver(client, news, gates, datetime.now(UTC))

    async def _gates(self) -> Gates:
        try:
            return cast("ModelRoutes", await ModelRoutes.aload(self._routes)).as_gates()
        except ValueError:
            log.warning("there is no usable block model-routes/%s: no model is admitted", self._routes)
            return Gates()
