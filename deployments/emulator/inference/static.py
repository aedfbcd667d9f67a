"""Scoring backends that cost nothing, for fleets of thousands: no code runs, and every request gets the same answer."""

from __future__ import annotations

from deployments.emulator.inference.servers import InferenceServers
from deployments.emulator.state import Resource


class StaticServers(InferenceServers):
    """Every deployment is ready at once, and has no process and nothing in its log."""

    def warm_up(self) -> None:
        """There is nothing to import."""

    async def start(self, deployment: Resource) -> None:
        """There is nothing to start; whether code and model exist was checked before."""

    async def stop(self, deployment_id: str) -> None:
        """There is nothing to stop."""
