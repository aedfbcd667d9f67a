"""The managed virtual network of a workspace: its state, its rules and its provisioning."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import private_link
from deployments.emulator.services.machine_learning import waiting
from deployments.emulator.services.machine_learning.ids import WORKSPACE, workspace_of
from deployments.emulator.services.machine_learning.network_isolation import approvals, isolation
from deployments.emulator.services.machine_learning.network_isolation.isolation import APPROVED, DISABLED, Rules
from deployments.emulator.services.machine_learning.refusals import busy, validation_error
from deployments.emulator.state import Resource, type_of

PROVISION = "managed_network.provision"


def routes() -> list[Route]:
    """Return the route of manual provisioning."""
    return [Route("POST", WORKSPACE + "/provisionManagedNetwork", _provision)]


def set_up(emulator: Emulator) -> None:
    """Register how provisioning ends."""
    emulator.operations.completes(PROVISION, _complete_provision)


def mode_of(workspace: Resource) -> str:
    """Disabled, AllowInternetOutbound or AllowOnlyApprovedOutbound."""
    return str(workspace.properties.get("managedNetwork", {}).get("isolationMode", DISABLED))


def is_ready(workspace: Resource) -> bool:
    """Return whether the network allows online deployments to be created."""
    network = workspace.properties.get("managedNetwork", {})
    return mode_of(workspace) == DISABLED or network["status"]["status"] == "Active"


def rules_of(workspace: Resource) -> Rules:
    """All outbound rules by name, the user's first."""
    rules: Rules = workspace.properties.get("managedNetwork", {}).get("outboundRules", {})
    return rules


def check(emulator: Emulator, workspace: Resource, desired: dict[str, Any]) -> None:
    """Check settings before they are applied.

    Raises:
        ArmError: 400, where a rule of the managed network is broken.
    """
    old, new = mode_of(workspace), desired.get("isolationMode") or mode_of(workspace)
    isolation.check_mode(old, new)
    if old == DISABLED != new and _users(emulator, workspace):
        raise validation_error(
            "The managed network can only be enabled on a workspace without computes and online endpoints. "
            f"Delete these first: {', '.join(_users(emulator, workspace))}."
        )
    present = {**rules_of(workspace), **isolation.required_rules(emulator, workspace, new)} if new != DISABLED else {}
    for name, rule in (desired.get("outboundRules") or {}).items():
        if rule is not None:
            isolation.check_rule(name, rule, new, present)
            check_target(emulator, name, rule)


def check_target(emulator: Emulator, name: str, rule: dict[str, Any]) -> None:
    """Check that a private endpoint rule leads to a resource that is there, and to a part that it has.

    Raises:
        ArmError: 400; NotImplementedByEmulator for the types of resources that the emulator doesn't have.
    """
    if rule["type"] != "PrivateEndpoint":
        return
    identity, part = str(rule["destination"]["serviceResourceId"]), str(rule["destination"]["subresourceTarget"])
    known = private_link.TARGETS.get(type_of(identity).lower())
    if known is None:
        raise ArmError(
            501,
            "NotImplementedByEmulator",
            f"Outbound rule '{name}': the emulator has no resources of the type '{type_of(identity)}', so no private "
            "endpoint can lead to one.",
        )
    if part not in known.groups:
        raise validation_error(
            f"Outbound rule '{name}': '{part}' is not a subresource of '{identity}'; it has {', '.join(known.groups)}."
        )
    if emulator.resources.get(identity) is None:
        raise validation_error(f"Outbound rule '{name}': the resource '{identity}' could not be found.")


def _users(emulator: Emulator, workspace: Resource) -> list[str]:
    folders = ("computes", "onlineEndpoints")
    return [found.name for folder in folders for found in emulator.resources.members(f"{workspace.id}/{folder}")]


def apply(emulator: Emulator, workspace: Resource, desired: dict[str, Any]) -> None:
    """Apply settings that were checked: what is named is changed or, if null, removed; other rules stay."""
    mode = desired.get("isolationMode") or mode_of(workspace)
    if mode == DISABLED:
        modes = isolation.changeable(DISABLED)
        workspace.properties["managedNetwork"] = {"isolationMode": DISABLED, "changeableIsolationModes": modes}
        return
    own = {name: rule for name, rule in rules_of(workspace).items() if rule["category"] != "Required"}
    for name, rule in (desired.get("outboundRules") or {}).items():
        own.pop(name, None)
        if rule is not None:
            own[name] = _stored(rule)
    _arrange(emulator, workspace, mode, own)


def _arrange(emulator: Emulator, workspace: Resource, mode: str, own: Rules) -> None:
    network = workspace.properties.get("managedNetwork", {})
    status = network.get("status") or {"status": "Inactive", "sparkReady": False}
    rules = {**own, **isolation.required_rules(emulator, workspace, mode)}
    found: dict[str, Any] = {"isolationMode": mode, "networkId": workspace.properties["workspaceId"]}
    found |= {"outboundRules": rules, "status": status, "changeableIsolationModes": isolation.changeable(mode)}
    if mode == APPROVED:
        found["firewallSku"] = network.get("firewallSku", "Standard")
    workspace.properties["managedNetwork"] = found
    _show_states(emulator, workspace)


def _stored(rule: dict[str, Any]) -> dict[str, Any]:
    destination = rule["destination"]
    if rule["type"] == "PrivateEndpoint":
        destination = {**destination, "sparkEnabled": destination.get("sparkEnabled", False)}
    named = {"fqdns": rule["fqdns"]} if rule["type"] == "PrivateEndpoint" and rule.get("fqdns") else {}
    return {"type": rule["type"], "destination": destination, "status": "Inactive", "category": "UserDefined", **named}


def _show_states(emulator: Emulator, workspace: Resource) -> None:
    rules, status = rules_of(workspace), workspace.properties["managedNetwork"]["status"]
    waiting_for_approval = approvals.unapproved(emulator, workspace, rules)
    for name, rule in rules.items():
        rule["status"] = "Inactive" if name in waiting_for_approval else status["status"]
        if rule["type"] == "PrivateEndpoint":
            spark = status["sparkReady"] and rule["destination"].get("sparkEnabled")
            rule["destination"]["sparkStatus"] = "Active" if spark else "Inactive"


def set_rule(emulator: Emulator, workspace: Resource, name: str, rule: dict[str, Any] | None) -> None:
    """Write one rule, or remove it."""
    apply(emulator, workspace, {"outboundRules": {name: rule}})
    emulator.resources.save(workspace)


def activate(emulator: Emulator, workspace: Resource, *, spark: bool) -> dict[str, Any]:
    """Make the network active, with all its rules; returns its status."""
    network = workspace.properties["managedNetwork"]
    network["status"] = {"status": "Active", "sparkReady": spark or network["status"]["sparkReady"]}
    _show_states(emulator, workspace)
    return dict(network["status"])


def begin(call: Call, workspace: Resource, kind: str, data: dict[str, Any]) -> Operation:
    """Start an operation on a workspace, or return the same one that is running already.

    One change at a time: what Azure does with two rules at once is to lose one of them (azapi#453).

    Raises:
        ArmError: 409, while another operation runs on the workspace or its network.
    """
    running = call.emulator.operations.on(workspace.id)
    if running is None:
        return call.emulator.operations.start(kind, workspace.id, data=data)
    if (running.kind, running.data) == (kind, data):
        return running
    raise busy(
        f"Another operation ({running.kind}) is in progress on workspace '{workspace.name}' "
        f"or its managed network. Wait for operation '{running.id}' to end, then try again."
    )


def _provision(call: Call) -> Answer:
    workspace = workspace_of(call)
    if mode_of(workspace) == DISABLED:
        raise validation_error(
            f"The managed network of workspace '{workspace.name}' is disabled: nothing to provision."
        )
    operation = begin(call, workspace, PROVISION, {"spark": bool(call.json().get("includeSpark"))})
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _complete_provision(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    workspace = emulator.resources.require(operation.resource_id)
    status = activate(emulator, workspace, spark=bool(operation.data.get("spark")))
    emulator.resources.save(workspace)
    return status
