"""Log Analytics' query API: KQL over the records of the online endpoints."""

from __future__ import annotations

from deployments.emulator.services.log_analytics.routes import clear, routes

__all__ = ["clear", "routes"]
