"""Microsoft.Network: virtual networks, private endpoints, the callers' network, and what a company put around it."""

from deployments.emulator.services.network.callers import connect_workspace, network_id, reaches
from deployments.emulator.services.network.landing_zones import assign_policy, open_hub, workspace_created
from deployments.emulator.services.network.routes import routes, set_up

__all__ = [
    "assign_policy",
    "connect_workspace",
    "network_id",
    "open_hub",
    "reaches",
    "routes",
    "set_up",
    "workspace_created",
]
