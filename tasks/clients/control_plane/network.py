"""The managed network: write outbound rules in sequence, provision, wait until all of it is Active."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.workspaces import WORKSPACE_API, as_workspace
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.waiting import Pending, Waiting
from tasks.clients.transport.wire import Call, Json
from tasks.domain.azure.networking.network import ManagedNetwork, OutboundRule, OutboundRuleSpec, check_rules
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_WIRE_TYPES: Final = {"private_endpoint": "PrivateEndpoint", "fqdn": "FQDN", "service_tag": "ServiceTag"}
# Provisioning takes up to half an hour; the operation in the way may be somebody else's.
_STALLED_SECONDS: Final = 2700.0
_BUSY_PAUSE_SECONDS: Final = 30.0
_WHERE: Final = (
    "Check Networking > Workspace managed outbound access in the Azure ML studio: a private endpoint rule is inactive "
    "until its connection is approved at the destination. Run again to resume waiting."
)


class Network:
    """The managed network of the target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm, waiting: Waiting) -> None:
        self._arm = arm
        self._waiting = waiting
        self._path = target.workspace_id
        self._what = f"managed network of {target.workspace}"

    def status(self) -> ManagedNetwork:
        """Read the network's present state.

        Raises:
            NotFound: When the workspace does not exist.
        """
        body = self._arm.read(f"read the {self._what}", self._path, WORKSPACE_API, expected=True)
        return as_workspace(body).managed_network

    def rules(self) -> tuple[OutboundRule, ...]:
        """List all outbound rules, including Azure's own."""
        listing = self._arm.read_all(
            f"list outbound rules of the {self._what}", f"{self._path}/outboundRules", WORKSPACE_API, expected=True
        )
        return tuple(as_rule(one) for one in listing)

    def provision(self, spec: WorkspaceSpec, *, limit_seconds: float = 5400) -> ManagedNetwork:
        """Write the spec's outbound rules, provision the network, and wait until all of it is Active.

        Rules are written in sequence, since parallel writes lose some (terraform-provider-azapi#453), and before
        provisioning, since the first FQDN rule makes Azure add a firewall to it. Safe to run again: leaves equal rules
        and an active network unchanged, and waits for a provisioning in progress. Rules that the spec does not name
        stay.

        Raises:
            InvalidSpec: When the isolation mode doesn't allow a rule, or a rule has the name of one of Azure's own.
            ProvisioningFailed: When the network or a rule ends as failed.
        """
        check_rules(spec.isolation_mode, spec.outbound_rules)
        present = {one.name.lower(): one for one in self.rules()} if spec.outbound_rules else {}
        for rule in spec.outbound_rules:
            self._write(rule, present.get(rule.name.lower()), limit_seconds)
        network = self.status()
        if not network.is_active:
            spark = any(rule.type == "private_endpoint" and rule.spark_enabled for rule in spec.outbound_rules)
            network = self._provision(limit_seconds, spark=spark)
        if spec.outbound_rules:
            self._await_rules({rule.name.lower() for rule in spec.outbound_rules}, limit_seconds)
        return network

    def _write(self, rule: OutboundRuleSpec, present: OutboundRule | None, limit_seconds: float) -> None:
        if present and present.category.lower() != "userdefined":
            raise errors.InvalidSpec(
                f"outbound rule {rule.name} has the name of a rule that Azure manages ({present.category})",
                "Give it another name.",
            )
        if present and is_equal(rule, present) and present.status.lower() != "failed":
            return
        path = f"{self._path}/outboundRules/{rule.name}"
        call = Call(f"write outbound rule {rule.name}", "PUT", path, WORKSPACE_API, {"properties": _as_wire(rule)})
        self._arm.run(call, limit_seconds=limit_seconds)

    def _provision(self, limit_seconds: float, *, spark: bool) -> ManagedNetwork:
        path = f"{self._path}/provisionManagedNetwork"
        call = Call(f"provision the {self._what}", "POST", path, WORKSPACE_API, {"includeSpark": spark})

        def attempt() -> str:
            """Provision, and return Azure's reason where another operation is in the way."""
            try:
                self._arm.run(call, limit_seconds=limit_seconds)
            except errors.OperationInProgress as error:
                return f"{error.message} ({error.origin.code})"
            return ""

        obstacle = attempt()

        def observe() -> ManagedNetwork | Pending:
            nonlocal obstacle
            network = self.status()
            if obstacle and not network.is_active:
                obstacle = attempt()
                network = network if obstacle else self.status()
            if network.is_active:
                return network
            state = (
                f"{network.status.lower()}, another operation is in the way: {obstacle}" if obstacle else network.status
            )
            return Pending(state, _BUSY_PAUSE_SECONDS if obstacle else None, _STALLED_SECONDS)

        return self._waiting.until(self._what, observe, limit_seconds=limit_seconds, where=_WHERE)

    def _await_rules(self, names: set[str], limit_seconds: float) -> None:
        def observe() -> bool | Pending:
            statuses = {one.name: one.status.lower() for one in self.rules() if one.name.lower() in names}
            failed = sorted(name for name, status in statuses.items() if status == "failed")
            if failed:
                raise errors.ProvisioningFailed(
                    f"outbound rules of the {self._what} ended as failed: {', '.join(failed)}",
                    "Check that each destination exists, and that the workspace's identity may approve private "
                    "endpoint connections on it (role Azure AI Enterprise Network Connection Approver).",
                )
            waiting = sorted(name for name, status in statuses.items() if status != "active")
            missing = sorted(names - {name.lower() for name in statuses})
            return Pending(f"not active: {', '.join(waiting + missing)}") if waiting or missing else True

        self._waiting.until("outbound rules", observe, limit_seconds=limit_seconds, where=_WHERE)


def _as_wire(rule: OutboundRuleSpec) -> Json:
    destination: str | Json
    if rule.type == "private_endpoint":
        destination = {
            "serviceResourceId": rule.service_resource_id,
            "subresourceTarget": rule.subresource_target,
            "sparkEnabled": rule.spark_enabled,
        }
    elif rule.type == "fqdn":
        destination = rule.destination
    else:
        destination = {"serviceTag": rule.service_tag, "protocol": rule.protocol, "portRanges": rule.port_ranges}
    return {"type": _WIRE_TYPES[rule.type], "category": "UserDefined", "destination": destination}


def as_rule(body: Json) -> OutboundRule:
    """Return the value for an outbound rule's JSON."""
    properties = body["properties"]
    return OutboundRule(
        name=body["name"],
        type=properties.get("type") or "",
        category=properties.get("category") or "",
        status=properties.get("status") or "",
        destination=_flat(properties.get("destination")),
    )


def is_equal(rule: OutboundRuleSpec, present: OutboundRule) -> bool:
    """Return whether a rule in Azure has the spec's type and destination."""
    desired = _as_wire(rule)
    shown = {name: value.lower() for name, value in present.destination.items()}
    same = all(shown.get(name) == value.lower() for name, value in _flat(desired["destination"]).items())
    return same and present.type.lower() == str(desired["type"]).lower()


def _flat(destination: object) -> dict[str, str]:
    if isinstance(destination, dict):
        return {str(name): str(value) for name, value in destination.items()}
    return {"fqdn": str(destination)} if destination else {}
