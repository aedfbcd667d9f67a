"""Private endpoints of a far end: those of a network, whoever made them, and the one that is made there."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.private_access.network_async import NETWORK_API, network_id_of
from tasks.clients.control_plane.registry import as_connection
from tasks.clients.control_plane.storage_accounts import STORAGE_API
from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.networking.private_access import (
    FarEnd,
    PrivateAccess,
    PrivateAccessSpec,
    Status,
    is_same,
    name_of,
    zones_by_name,
)
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.azure.ownership import is_owned, with_ownership
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.registry import PrivateEndpointConnection
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_SECONDS: Final = 1800
_AUTOMATIC, _MANUAL = "privateLinkServiceConnections", "manualPrivateLinkServiceConnections"
_APIS: Final = {"workspace": WORKSPACE_API, "storage account": STORAGE_API}
_STATUSES: Final[dict[str, Status]] = {"approved": "approved", "pending": "pending", "rejected": "rejected"}


class PrivateEndpoints:
    """The private endpoints of the target's workspace, or of its storage account."""

    def __init__(self, target: AzureTarget, arm: Arm, far_end: FarEnd) -> None:
        self._target = target
        self._arm = arm
        self._far_end = far_end
        self._api = _APIS[far_end.kind]

    def network(self, network_id: str) -> Json:
        """A virtual network as Azure shows it.

        Raises:
            NotFound: When it is not there.
        """
        return self._arm.read(f"read virtual network {name_of(network_id)}", network_id, NETWORK_API)

    def require_far_end(self) -> None:
        """Refuse to go on without the far end.

        Raises:
            NotFound: When it is not there.
        """
        doing = f"read {self._far_end.kind} {self._far_end.name}"
        if self._arm.find(doing, self._far_end.id, self._api, expected=True) is None:
            raise errors.NotFound(
                f"there is no {self._far_end.kind} {self._far_end.name}", "Create it by the lifecycle first."
            )

    def connections(self) -> tuple[PrivateEndpointConnection, ...]:
        """The far end's connections for callers; none while it is not there."""
        doing = f"read the private endpoint connections of {self._far_end.name}"
        body = self._arm.find(doing, self._far_end.id, self._api) or {"properties": {}}
        every = (as_connection(one) for one in body["properties"].get("privateEndpointConnections") or ())
        return tuple(one for one in every if one.private_endpoint_id and one.description != EGRESS_DESCRIPTION)

    def readable(self) -> list[Json]:
        """The private endpoints that the identity may read, the approved ones first.

        Those of the managed network are in a subscription of Azure's own, and not among them.
        """
        found = [self.find(one.private_endpoint_id) for one in self.connections()]
        usable = (one for one in found if one and self._far_end.group in _groups_of(one))
        return sorted(usable, key=lambda one: status_of(one) != "approved")

    def in_network(self, network_id: str) -> Json | None:
        """The far end's private endpoint in a network, whoever made it."""
        return next((one for one in self.readable() if is_same(network_id_of(one), network_id)), None)

    def find(self, resource_id: str) -> Json | None:
        """A private endpoint; None where there is none, or one that the identity may not read."""
        try:
            return self._arm.find(f"read private endpoint {name_of(resource_id)}", resource_id, NETWORK_API)
        except (errors.AccessDenied, errors.NotFound):
            return None

    def own(self, spec: PrivateAccessSpec) -> Json | None:
        """The private endpoint that this project makes, once nothing runs on it; None where it is still to be made.

        One that failed, or that led to an earlier resource of this name, is to be made again.
        """
        identity = spec.private_endpoint_id(self._target, self._far_end.id)
        what = f"private endpoint {name_of(identity)}"
        body = self._arm.settle(what, identity, NETWORK_API, limit_seconds=_SECONDS)
        if body and status_of(body) == "disconnected" and is_owned(body.get("tags"), body["id"]):
            call = Call(f"delete {what} of an earlier {self._far_end.kind}", "DELETE", identity, NETWORK_API)
            self._arm.run(call, limit_seconds=_SECONDS)
            return None
        return None if has_failed(state_of(body)) else body

    def create(self, spec: PrivateAccessSpec) -> Json:
        """Make the private endpoint in the spec's subnet, and wait until it is there."""
        identity = spec.private_endpoint_id(self._target, self._far_end.id)
        link = {"privateLinkServiceId": self._far_end.id, "groupIds": [self._far_end.group]}
        message = spec.approval_message if self._far_end.kind == "workspace" else ""
        if message:
            link["requestMessage"] = message
        kind = _MANUAL if message else _AUTOMATIC
        connection = {"name": self._far_end.name, "properties": link}
        body = {
            "location": self.network(spec.network_id)["location"],
            "tags": with_ownership(self._target.tags, identity),
            "properties": {"subnet": {"id": spec.subnet}, kind: [connection]},
        }
        call = Call(f"create private endpoint {name_of(identity)}", "PUT", identity, NETWORK_API, body)
        return self._arm.run(call, limit_seconds=_SECONDS)

    def zone_ids(self, private_endpoint_id: str) -> tuple[str, ...]:
        """The zones that Azure keeps a private endpoint's records in."""
        return tuple(one["properties"]["privateDnsZoneId"] for _, one in self._configurations(private_endpoint_id))

    def records(self, private_endpoint_id: str) -> set[tuple[str, str]]:
        """The records that a private endpoint's zone group keeps: zone id and name, in lower case."""
        return {
            (one["properties"]["privateDnsZoneId"].lower(), record["recordSetName"].lower())
            for _, one in self._configurations(private_endpoint_id)
            for record in one["properties"].get("recordSets") or ()
        }

    def join_zones(self, private_endpoint_id: str, zone_ids: tuple[str, ...]) -> None:
        """Let Azure keep the private endpoint's records in these zones, beside those that it keeps already.

        A private endpoint has one zone group, which grows; a zone of a name that it has stays.
        """
        known = self._configurations(private_endpoint_id)
        present = zones_by_name(tuple(one["properties"]["privateDnsZoneId"] for _, one in known))
        missing = [one for name, one in zones_by_name(zone_ids).items() if name not in present]
        path = known[0][0] if known else f"{private_endpoint_id}/privateDnsZoneGroups/default"
        what = f"DNS zone group of {name_of(private_endpoint_id)}"
        settled = self._arm.settle(what, path, NETWORK_API, limit_seconds=_SECONDS) if known else None
        if not missing and not has_failed(state_of(settled)):
            return
        kept = [_configuration(one["name"], one["properties"]["privateDnsZoneId"]) for _, one in known]
        added = [_configuration(name_of(one).replace(".", "-"), one) for one in missing]
        body = {"properties": {"privateDnsZoneConfigs": [*kept, *added]}}
        self._arm.run(Call(f"write the {what}", "PUT", path, NETWORK_API, body), limit_seconds=_SECONDS)

    def _configurations(self, private_endpoint_id: str) -> list[tuple[str, Json]]:
        """The zones' configurations, each with the id of the group that it is in."""
        doing = f"list the DNS zone groups of {name_of(private_endpoint_id)}"
        groups = self._arm.read_all(doing, f"{private_endpoint_id}/privateDnsZoneGroups", NETWORK_API)
        return [
            (group["id"], one) for group in groups for one in group["properties"].get("privateDnsZoneConfigs") or ()
        ]

    def describe(self, body: Json, note: str = "") -> PrivateAccess:
        """The value for a private endpoint's JSON."""
        return PrivateAccess(
            id=body["id"],
            network_id=network_id_of(body),
            status=status_of(body),
            zone_ids=self.zone_ids(body["id"]),
            is_ours=is_owned(body.get("tags"), body["id"]),
            note=note,
        )


def status_of(private_endpoint: Json) -> Status:
    """The state of a private endpoint's connection, as its far end decided."""
    properties = private_endpoint["properties"]
    for one in [*(properties.get(_AUTOMATIC) or ()), *(properties.get(_MANUAL) or ())]:
        state = one["properties"].get("privateLinkServiceConnectionState") or {}
        return _STATUSES.get(str(state.get("status") or "Pending").lower(), "disconnected")
    return "disconnected"


def _groups_of(private_endpoint: Json) -> set[str]:
    properties = private_endpoint["properties"]
    every = [*(properties.get(_AUTOMATIC) or ()), *(properties.get(_MANUAL) or ())]
    return {group.lower() for one in every for group in one["properties"].get("groupIds") or ()}


def _configuration(name: str, zone_id: str) -> Json:
    return {"name": name, "properties": {"privateDnsZoneId": zone_id}}
