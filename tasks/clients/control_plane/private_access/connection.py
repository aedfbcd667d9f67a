"""Private access of callers to one far end: adopted where it is there, else made; approval is waited for."""

from __future__ import annotations

from tasks.clients.control_plane.private_access.endpoints import PrivateEndpoints, status_of
from tasks.clients.control_plane.private_access.zones import PrivateZones
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.waiting import Pending, Waiting
from tasks.clients.transport.wire import Json
from tasks.domain.azure.networking.private_access import (
    FarEnd,
    PrivateAccess,
    PrivateAccessSpec,
    approval_advice,
    is_same,
    name_of,
)
from tasks.domain.azure.ownership import is_owned
from tasks.domain.common import errors
from tasks.domain.common.commands import argument
from tasks.domain.common.target import AzureTarget


class PrivateConnection:
    """The private access to the target's workspace, or to its storage account."""

    def __init__(self, target: AzureTarget, arm: Arm, waiting: Waiting, far_end: FarEnd) -> None:
        self._target = target
        self._waiting = waiting
        self.far_end = far_end
        self.private_endpoints = PrivateEndpoints(target, arm, far_end)
        self.zones = PrivateZones(target, arm, far_end.zones)

    def connect(self, spec: PrivateAccessSpec) -> PrivateAccess:
        """Give callers in the spec's network a private endpoint to the far end, with its names.

        Safe to run again: each part is looked for first, and one in the making is waited for. A private endpoint that
        others made is used as it is, and nothing of it is changed.

        Raises:
            NotFound: Without the far end.
            AccessDenied: Without a right that this takes, or when the connection was rejected.
            WaitTimedOut: Without an approval, or without an act of the policy, in time.
        """
        self.private_endpoints.require_far_end()
        present = self.private_endpoints.own(spec) or self.private_endpoints.in_network(spec.network_id)
        if present is None and spec.policy_minutes:
            present = self._made_by_policy(spec)
        private_endpoint = present or self.private_endpoints.create(spec)
        ours = is_owned(private_endpoint.get("tags"), private_endpoint["id"])
        if ours:
            self.private_endpoints.join_zones(private_endpoint["id"], self.zones.wanted(spec))
        approved = self._approved(spec, private_endpoint)
        return self.private_endpoints.describe(approved, "" if ours else self._note(approved))

    def _made_by_policy(self, spec: PrivateAccessSpec) -> Json:
        """The private endpoint that a policy makes, once it has a zone group."""

        def look() -> Json | Pending:
            found = self.private_endpoints.in_network(spec.network_id)
            if found is None:
                return Pending("no private endpoint yet")
            return found if self.private_endpoints.zone_ids(found["id"]) else Pending("no DNS zone group yet")

        return self._waiting.until(
            f"the company policy that connects {self.far_end.name}",
            look,
            limit_seconds=spec.policy_minutes * 60,
            where=f"Ask whoever assigned the policy whether it acts in resource group {self._target.resource_group} "
            f"and on the network {name_of(spec.network_id)} (az policy state list --resource-group "
            f"{argument(self._target.resource_group)}); or set policy_minutes to 0, and this run makes the private "
            "endpoint.",
        )

    def _approved(self, spec: PrivateAccessSpec, private_endpoint: Json) -> Json:
        if status_of(private_endpoint) == "approved":
            return private_endpoint
        name = name_of(private_endpoint["id"])
        advice = self._approval(spec, private_endpoint["id"])

        def look() -> Json | Pending:
            found = self.private_endpoints.find(private_endpoint["id"]) or private_endpoint
            status = status_of(found)
            if status in {"rejected", "disconnected"}:
                raise errors.AccessDenied(
                    f"the connection of private endpoint {name} to {self.far_end.kind} {self.far_end.name} is {status}",
                    f"Ask whoever decided that. To request it again: az network private-endpoint delete --ids "
                    f"{argument(private_endpoint['id'])}, then run again.",
                )
            return found if status == "approved" else Pending(f"pending: {advice}")

        limit = spec.approval_minutes * 60
        return self._waiting.until(f"private endpoint {name}", look, limit_seconds=limit, where=advice)

    def _approval(self, spec: PrivateAccessSpec, private_endpoint_id: str) -> str:
        connections = self.private_endpoints.connections()
        ids = [one.id for one in connections if is_same(one.private_endpoint_id, private_endpoint_id)]
        return approval_advice(self.far_end, ids[0] if ids else "CONNECTION", spec.approval_message)

    def _note(self, private_endpoint: Json) -> str:
        """What is missing of a private endpoint that others made, and that is not ours to add."""
        name, present = name_of(private_endpoint["id"]), self.private_endpoints.zone_ids(private_endpoint["id"])
        missing = set(self.zones.names) - {name_of(one).lower() for one in present}
        if not missing:
            return ""
        return (
            f"Private endpoint {name}, which this project did not make, has no DNS zone group with "
            f"{', '.join(sorted(missing))}. Unless the records are kept elsewhere, its owner adds it: az network "
            f"private-endpoint dns-zone-group add --endpoint-name {argument(name)} --resource-group "
            f"{argument(private_endpoint['id'].split('/')[4])} --name default --private-dns-zone ZONE_ID "
            "--zone-name ZONE"
        )
