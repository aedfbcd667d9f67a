"""Microsoft.MachineLearningServices: workspaces, their networks, assets, online endpoints and online deployments."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning import computes, quota, waiting
from deployments.emulator.services.machine_learning.assets import pending_uploads
from deployments.emulator.services.machine_learning.assets import versions as asset_versions
from deployments.emulator.services.machine_learning.identities import assigned_roles
from deployments.emulator.services.machine_learning.network_isolation import managed_network, outbound_rules
from deployments.emulator.services.machine_learning.online_endpoints import (
    endpoint_access,
    endpoints,
    online_deployments,
)
from deployments.emulator.services.machine_learning.workspaces import datastores, diagnosis
from deployments.emulator.services.machine_learning.workspaces import keys as workspace_keys
from deployments.emulator.services.machine_learning.workspaces import routes as workspaces

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


def routes() -> list[Route]:
    """Everything that the provider serves."""
    return [route for part in PARTS for route in part.routes()]


def set_up(emulator: Emulator) -> None:
    """Register what the provider's operations do when they end."""
    for part in PARTS:
        if hasattr(part, "set_up"):
            part.set_up(emulator)
    assigned_roles.set_up(emulator)
