"""Microsoft.MachineLearningServices: workspaces, their networks, assets, online endpoints and online deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.emulator.routing import Route
from deployments.emulator.services.machine_learning import (
    asset_versions,
    computes,
    datastores,
    diagnosis,
    endpoint_access,
    endpoints,
    managed_network,
    online_deployments,
    outbound_rules,
    pending_uploads,
    quota,
    waiting,
    workspace_keys,
    workspaces,
)

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

PARTS = (
    asset_versions,
    computes,
    datastores,
    diagnosis,
    endpoint_access,
    endpoints,
    managed_network,
    online_deployments,
    outbound_rules,
    pending_uploads,
    quota,
    waiting,
    workspace_keys,
    workspaces,
)
WITH_OPERATIONS = tuple(part for part in PARTS if hasattr(part, "set_up"))


def routes() -> list[Route]:
    """Everything that the provider serves."""
    return [route for part in PARTS for route in part.routes()]


def set_up(emulator: Emulator) -> None:
    """Register what the provider's operations do when they end."""
    for part in WITH_OPERATIONS:
        part.set_up(emulator)
