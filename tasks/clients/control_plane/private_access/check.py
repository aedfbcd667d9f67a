"""The preflight of private access: what is missing is known, and said, before anything is created."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tasks.clients.control_plane.governance.access import permissions_at
from tasks.clients.control_plane.private_access.connection import PrivateConnection
from tasks.clients.control_plane.private_access.zones import PrivateZones
from tasks.clients.transport.arm import Arm
from tasks.domain.azure.governance.access import (
    APPROVE,
    APPROVE_STORAGE,
    JOIN_NETWORK,
    JOIN_SUBNET,
    JOIN_ZONE,
    advice_on,
    missing_actions,
)
from tasks.domain.azure.governance.roles import CREATE_PRIVATE_ENDPOINT, CREATE_ZONES
from tasks.domain.azure.networking.dns import BLOB_ZONES
from tasks.domain.azure.networking.private_access import PrivateAccessSpec, is_same, link_advice, name_of, zones_by_name
from tasks.domain.common import errors
from tasks.domain.common.commands import argument
from tasks.domain.common.failures import combined_error
from tasks.domain.common.target import AzureTarget

_GROUP_API: Final = "2021-04-01"
_WHO: Final = "OBJECT_ID_OF_THE_IDENTITY"


class PrivateAccessCheck:
    """Judges a spec by what is there; only reads."""

    def __init__(self, target: AzureTarget, arm: Arm, to_workspace: PrivateConnection) -> None:
        self._target = target
        self._arm = arm
        self._private_endpoints = to_workspace.private_endpoints
        self._zones = to_workspace.zones
        self._warnings: list[str] = []

    def run(self, spec: PrivateAccessSpec | None) -> tuple[str, ...]:
        """Check everything that the spec names.

        Returns:
            Warnings: what was not checked, and may be missing.

        Raises:
            EndpointOpsError: With everything that is missing, and what to do about each.
        """
        if spec is None:
            self._require_some()
            return ()
        self._warnings = []
        checks: dict[str, Callable[[PrivateAccessSpec], None]] = {"subnet": self._subnet}
        if self._private_endpoints.in_network(spec.network_id) is None and not spec.policy_minutes:
            checks |= {"private DNS zones": self._zones_named, "rights": self._rights}
        failures = {name: failure for name, check in checks.items() if (failure := _failure_of(check, spec))}
        if failures:
            raise combined_error("private access, nothing was created", failures)
        return tuple(self._warnings)

    def require_uploads(self, spec: PrivateAccessSpec | None, to_storage: PrivateConnection | None, zone: str) -> None:
        """Check that files can be uploaded to a storage account that takes no public callers.

        Args:
            spec: The access that is requested, if any.
            to_storage: The account's connection; None while the workspace has yet to be created.
            zone: The private DNS zone of the account's blobs.

        Raises:
            InvalidSpec: Without a way to the account, or a zone that leads there.
            AccessDenied: Without the right to approve the account's private endpoint.
        """
        connections = to_storage.private_endpoints.connections() if to_storage else ()
        if spec is None:
            if not any(one.status.lower() == "approved" for one in connections):
                raise errors.InvalidSpec(
                    "the workspace's storage account takes no public callers, and has no approved private endpoint: "
                    "no file could be uploaded",
                    "Fill in Private access (private_access.subnet, and zone_ids or create_zones_in): it makes one for "
                    "the storage account, too.",
                )
            return
        is_there = to_storage is not None and to_storage.private_endpoints.in_network(spec.network_id) is not None
        if is_there or spec.policy_minutes:
            return
        scope = to_storage.far_end.id if to_storage else self._target.resource_group_id
        if self._missing(scope, (APPROVE_STORAGE,)):
            raise errors.AccessDenied(
                f"the identity may not approve the storage account's private endpoint: {APPROVE_STORAGE} on {scope}",
                advice_on([(scope, APPROVE_STORAGE)], _WHO),
            )
        if spec.create_zones_in or zone in zones_by_name(spec.zone_ids):
            return
        if zone not in PrivateZones(self._target, self._arm, (zone,)).seen_from(spec.network_id):
            raise errors.InvalidSpec(
                f"no private DNS zone {zone} is named, so the storage account's name would not lead to its private "
                f"endpoint in {name_of(spec.network_id)}, and no file could be uploaded",
                f"Add the hub's zone {zone} to private_access.zone_ids, or set private_access.create_zones_in.",
            )

    def _require_some(self) -> None:
        if any(one.status.lower() == "approved" for one in self._private_endpoints.connections()):
            return
        raise errors.InvalidSpec(
            f"the endpoint takes no public callers, and workspace {self._target.workspace} has no approved private "
            "endpoint: no caller could reach it",
            "Fill in Private access (private_access.subnet, and zone_ids or create_zones_in), or set the endpoint's "
            "public_network_access to enabled.",
        )

    def _subnet(self, spec: PrivateAccessSpec) -> None:
        name = name_of(spec.network_id)
        try:
            network = self._private_endpoints.network(spec.network_id)
        except errors.NotFound as error:
            raise errors.InvalidSpec(
                f"virtual network {name} of the subnet {spec.subnet} is not there",
                "Correct private_access.subnet. List the subnets of a network with: az network vnet subnet list "
                f"--resource-group {argument(spec.network_id.split('/')[4])} --vnet-name {name} --query [].id",
                error.origin,
            ) from error
        except errors.AccessDenied as error:
            raise errors.AccessDenied(
                f"the identity may not read virtual network {name}",
                f"Give it the role Reader there: az role assignment create --assignee-object-id {_WHO} --role Reader "
                f"--scope {argument(spec.network_id)}",
                error.origin,
            ) from error
        present = [one["id"] for one in network["properties"].get("subnets") or ()]
        if not any(is_same(one, spec.subnet) for one in present):
            raise errors.InvalidSpec(
                f"virtual network {name} has no subnet {name_of(spec.subnet)}; it has: "
                f"{', '.join(name_of(one) for one in present) or 'none'}",
                "Correct private_access.subnet, or create it: az network vnet subnet create --resource-group "
                f"{argument(spec.network_id.split('/')[4])} --vnet-name {name} --name {name_of(spec.subnet)} "
                "--address-prefixes RANGE",
            )

    def _zones_named(self, spec: PrivateAccessSpec) -> None:
        if spec.zone_ids:
            self._hub(spec)
        elif spec.create_zones_in:
            self._group(spec.create_zones_in)
        elif set(self._zones.names) - self._zones.seen_from(spec.network_id).keys():
            raise errors.InvalidSpec(
                f"no private DNS zones are named, so the endpoints' names would not lead to the private endpoint in "
                f"{name_of(spec.network_id)}",
                "Set private_access.zone_ids to a hub's zones, or private_access.create_zones_in to a resource group, "
                "or private_access.policy_minutes if an Azure Policy makes all of it.",
            )

    def _hub(self, spec: PrivateAccessSpec) -> None:
        known = zones_by_name(spec.zone_ids)
        lacking = [name for name in self._zones.names if name not in known]
        others = known.keys() - {*self._zones.names, BLOB_ZONES[self._target.cloud]}
        if lacking or others:
            raise errors.InvalidSpec(
                f"private_access.zone_ids has to name the two zones {' and '.join(self._zones.names)}, and may name "
                f"{BLOB_ZONES[self._target.cloud]} of the storage account; "
                f"missing: {', '.join(lacking) or 'none'}",
                "List a hub's zones with: az network private-dns zone list --subscription HUB --query [].id",
            )
        for zone_id in spec.zone_ids:
            self._zone(spec, zone_id)

    def _zone(self, spec: PrivateAccessSpec, zone_id: str) -> None:
        try:
            if self._zones.find(zone_id) is None:
                raise errors.InvalidSpec(
                    f"private DNS zone {zone_id} is not there",
                    "Correct private_access.zone_ids, or set private_access.create_zones_in instead.",
                )
            linked = self._zones.is_linked(zone_id, spec.network_id)
        except errors.AccessDenied:
            self._warnings.append(
                f"Not checked: whether {zone_id} is linked to {spec.network_id}; reading it takes Reader"
            )
            return
        if linked:
            return
        advice = link_advice(zone_id, spec.network_id)
        servers = (self._private_endpoints.network(spec.network_id)["properties"].get("dhcpOptions") or {}).get(
            "dnsServers"
        )
        if not servers:
            raise errors.InvalidSpec(
                f"private DNS zone {name_of(zone_id)} is not linked to virtual network {name_of(spec.network_id)}, so "
                "callers there would not see its records",
                f"Ask the zone's owner to link it: {advice}",
            )
        self._warnings.append(
            f"{name_of(zone_id)} is not linked to {name_of(spec.network_id)}: its DNS servers {', '.join(servers)} "
            f"have to forward that zone. Otherwise: {advice}"
        )

    def _group(self, name: str) -> None:
        path = f"{self._target.subscription_path}/resourceGroups/{name}"
        is_made = name.lower() == self._target.resource_group.lower()
        if not is_made and self._arm.find(f"read resource group {name}", path, _GROUP_API) is None:
            raise errors.InvalidSpec(
                f"resource group {name} of private_access.create_zones_in is not there",
                f"Create it: az group create --name {argument(name)} --location {self._target.location}",
            )

    def _rights(self, spec: PrivateAccessSpec) -> None:
        """The rights on what the private endpoint points at; a scope that can't be read may still allow it."""
        groups = f"{self._target.subscription_path}/resourceGroups"
        needed: dict[str, tuple[str, ...]] = {spec.subnet: (JOIN_SUBNET,)}
        needed |= dict.fromkeys(spec.zone_ids, (JOIN_ZONE,))
        if spec.create_zones_in:
            needed[spec.network_id] = (JOIN_NETWORK,)
            needed[f"{groups}/{spec.create_zones_in}"] = CREATE_ZONES
        if spec.resource_group:
            needed[f"{groups}/{spec.resource_group}"] = CREATE_PRIVATE_ENDPOINT
        if not spec.approval_message:
            needed[self._target.workspace_id] = (APPROVE,)
        missing = [(scope, action) for scope, actions in needed.items() for action in self._missing(scope, actions)]
        if missing:
            raise errors.AccessDenied(
                f"the identity lacks rights for private access: {_listed(missing)}", advice_on(missing, _WHO)
            )

    def _missing(self, scope: str, actions: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return missing_actions(permissions_at(self._arm, scope), actions)
        except (errors.AccessDenied, errors.NotFound):
            return ()


def _listed(missing: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{action} on {scope}" for scope, action in missing)


def _failure_of(check: Callable[[PrivateAccessSpec], None], spec: PrivateAccessSpec) -> errors.EndpointOpsError | None:
    try:
        check(spec)
    except errors.EndpointOpsError as error:
        return error
    return None
