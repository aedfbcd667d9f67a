"""The firewall of a storage account: the callers that its services admit, by where they call from."""

from __future__ import annotations

import ipaddress
from typing import Any

from deployments.emulator.http.call import PUBLIC_CALLER, Call
from deployments.emulator.services import network
from deployments.emulator.services.storage.refusals import StorageError
from deployments.emulator.state import Resource


def require(call: Call, account: Resource) -> None:
    """Admit a caller that reaches the account by a private endpoint, or that its public network rules take.

    Raises:
        StorageError: 403 AuthorizationFailure (docs: storage/common/storage-network-security).
    """
    service = call.host.split(".")[1]
    if not network.reaches(call.emulator, call.vantage, account, service) and not _is_public_to(call, account):
        raise StorageError(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")


def _is_public_to(call: Call, account: Resource) -> bool:
    if _lower(account.properties.get("publicNetworkAccess")) in ("disabled", "securedbyperimeter"):
        return False
    rules: dict[str, Any] = account.properties.get("networkAcls") or {}
    if _lower(rules.get("defaultAction")) != "deny":
        return True
    if call.vantage == "virtual_network":
        subnets = [_lower(rule.get("id")) for rule in rules.get("virtualNetworkRules") or []]
        return any(one.startswith(f"{network.network_id(call.emulator).lower()}/subnets/") for one in subnets)
    caller = ipaddress.ip_address(PUBLIC_CALLER)
    ranges = [str(rule.get("value")) for rule in rules.get("ipRules") or [] if rule.get("value")]
    return any(caller in ipaddress.ip_network(one, strict=False) for one in ranges)


def _lower(value: Any) -> str:
    return str(value or "").lower()
