"""Network access to a scoring host: the callers that it admits, by where they call from.

Microsoft's matrix: only the endpoint's own setting decides whether public callers get in; a workspace that takes
selected addresses takes these for its endpoints too.
learn.microsoft.com/azure/machine-learning/how-to-configure-private-link
"""

from __future__ import annotations

import ipaddress
from typing import Any

from deployments.emulator.http.call import PUBLIC_CALLER, Call
from deployments.emulator.services import network
from deployments.emulator.services.scoring import refusals
from deployments.emulator.state import Resource


def require(call: Call, endpoint: Resource, workspace: Resource) -> None:
    """Admit only callers that may reach the endpoint.

    Raises:
        RefusalError: 403, from the public internet where the endpoint or the workspace doesn't take the caller.
    """
    if network.reaches(call.emulator, call.vantage, workspace):
        return
    if str(endpoint.properties.get("publicNetworkAccess") or "Enabled").lower() != "enabled":
        raise refusals.refused_publicly()
    selected = _selected_addresses(workspace.properties)
    caller = ipaddress.ip_address(PUBLIC_CALLER)
    if selected and not any(caller in ipaddress.ip_network(network, strict=False) for network in selected):
        raise refusals.refused_publicly()


def _selected_addresses(properties: dict[str, Any]) -> list[str]:
    """Return the public addresses that a workspace admits; empty where it makes no selection."""
    listed = [str(address) for address in properties.get("ipAllowlist") or []]
    rules = properties.get("networkAcls") or {}
    if str(rules.get("defaultAction") or "").lower() == "deny":
        listed += [str(rule.get("value")) for rule in rules.get("ipRules") or [] if rule.get("value")]
    return listed
