"""Microsoft.Network: virtual networks and private endpoints, and the network that the callers are in."""

from deployments.emulator.services.network.callers import connect_workspace, disconnect_workspace, reaches
from deployments.emulator.services.network.routes import routes, set_up

__all__ = ["connect_workspace", "disconnect_workspace", "reaches", "routes", "set_up"]
