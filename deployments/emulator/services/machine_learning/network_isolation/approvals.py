"""Who may approve the private endpoint of an outbound rule: both the caller and the workspace's identity have to.

Azure no longer gives the identity this right on what isn't the workspace's own. Source:
learn.microsoft.com/azure/machine-learning/how-to-managed-network (approval of private endpoints).
"""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http import access
from deployments.emulator.http.call import Call
from deployments.emulator.rights import Rights
from deployments.emulator.services.machine_learning.identities.managed import principals
from deployments.emulator.services.machine_learning.network_isolation.isolation import Rules
from deployments.emulator.state import Resource, type_of


def require(call: Call, action: str, scope: str, rules: dict[str, dict[str, Any] | None]) -> None:
    """Require the caller's right to approve connections on the targets of the private endpoint rules that it writes.

    Raises:
        ArmError: 403 LinkedAuthorizationFailed.
    """
    targets = [_target(rule) for rule in rules.values() if rule and rule.get("type") == "PrivateEndpoint"]
    access.require_linked(call, action, scope, {target: approval_of(target) for target in targets})


def approval_of(target: str) -> str:
    """Return the action that approves connections on a resource.

    The built-in approver has another one for storage accounts, which are approved by writing the connection.
    """
    kind = type_of(target)
    at_storage = kind.lower() == "microsoft.storage/storageaccounts"
    return f"{kind}/{'privateEndpointConnections/write' if at_storage else 'privateEndpointConnectionsApproval/action'}"


def unapproved(emulator: Emulator, workspace: Resource, rules: Rules) -> set[str]:
    """Return the user's private endpoint rules whose connections wait for an approval, by name."""
    own = {n: one for n, one in rules.items() if one["type"] == "PrivateEndpoint" and one["category"] != "Required"}
    return {name for name, rule in own.items() if not _may_approve(emulator, workspace, _target(rule))}


def _may_approve(emulator: Emulator, workspace: Resource, target: str) -> bool:
    rights = emulator.part(Rights)
    who = principals(emulator, workspace)
    return any(rights.allows(one, approval_of(target), target) for one in who)


def _target(rule: dict[str, Any]) -> str:
    return str(rule["destination"]["serviceResourceId"])
