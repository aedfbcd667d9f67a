"""The scoring hosts of online endpoints, `https://{endpoint}.{region}.inference.ml.azure.com`."""

from __future__ import annotations

from deployments.emulator.services.scoring.front import resolves, routes, tear_down

__all__ = ["resolves", "routes", "tear_down"]
