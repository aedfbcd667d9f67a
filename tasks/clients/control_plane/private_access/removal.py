"""The removal of private access: only what this project made, and nothing that others use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tasks.clients.control_plane.private_access.connection import PrivateConnection
from tasks.clients.control_plane.private_access.network_async import NETWORK_API, ZONE_API, network_id_of
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json
from tasks.domain.azure.networking.private_access import Left, PrivateAccessParts, is_same, name_of
from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.resource_group import Resource
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_SECONDS: Final = 1800
_PRIVATE_ENDPOINT: Final = "Microsoft.Network/privateEndpoints"
_ZONE: Final = "Microsoft.Network/privateDnsZones"
_LINK: Final = f"{_ZONE}/virtualNetworkLinks"


class PrivateAccessRemoval:
    """Removes the links, the zones and the private endpoints of a workspace and its storage, in this order.

    The private endpoint names its zones, so it goes last: a removal that was killed finds the rest by it.
    """

    def __init__(self, target: AzureTarget, arm: Arm, connections: Sequence[PrivateConnection]) -> None:
        self._group = f"{target.resource_group_id}/".lower()
        self._arm = arm
        self._connections = connections
        # Zones and zone groups are read alike, whatever their private endpoints lead to.
        self._private_endpoints = connections[0].private_endpoints
        self._zones = connections[0].zones

    def parts(self) -> PrivateAccessParts:
        """What is removed, in order, and what is left with the reason; only reads."""
        removes: list[Resource] = []
        leaves: list[Left] = []
        endpoints = [one for connection in self._connections for one in connection.private_endpoints.readable()]
        ours = [one for one in endpoints if is_owned(one.get("tags"), one["id"])]
        for zone_id, users in self._zones_of(ours).items():
            parts = self._of_zone(zone_id, users)
            removes += parts.removes
            leaves += parts.leaves
        removes.sort(key=lambda one: one.type != _LINK)
        removes += [_resource(one, _PRIVATE_ENDPOINT) for one in ours]
        others = [one for one in endpoints if not is_owned(one.get("tags"), one["id"])]
        reason = "not made by this project; without the workspace it is disconnected"
        leaves += [Left(resource=_resource(one, _PRIVATE_ENDPOINT), reason=reason) for one in others]
        return PrivateAccessParts(removes=tuple(removes), leaves=tuple(leaves))

    def remove(self) -> PrivateAccessParts:
        """Remove what is ours, and wait until it is gone. Safe to run again: what is gone already is fine.

        Raises:
            NotOwned: When something in the workspace's own group, which is to go, has to stay. Nothing is removed then.
        """
        parts = self.parts()
        kept = [one for one in parts.leaves if one.resource.id.lower().startswith(self._group)]
        if kept:
            raise errors.NotOwned(
                f"{kept[0].resource.type} {kept[0].resource.name} has to stay: {kept[0].reason}",
                "Move it to another resource group first. Nothing was removed.",
            )
        for one in parts.removes:
            version = NETWORK_API if one.type == _PRIVATE_ENDPOINT else ZONE_API
            call = Call(f"delete {one.type.rpartition('/')[2]} {one.name}", "DELETE", one.id, version)
            self._arm.run(call, limit_seconds=_SECONDS)
        return parts

    def _zones_of(self, private_endpoints: list[Json]) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        for one in private_endpoints:
            for zone_id in self._private_endpoints.zone_ids(one["id"]):
                found.setdefault(zone_id.lower(), []).append(one)
        return found

    def _of_zone(self, zone_id: str, users: list[Json]) -> PrivateAccessParts:
        """A zone and its links to the networks of our private endpoints."""
        try:
            zone = self._zones.find(zone_id)
            links = self._zones.links(zone_id) if zone else []
            records = self._zones.records(zone_id) if zone else set()
        except (errors.AccessDenied, errors.NotFound):
            zone = None  # a hub's that only takes our records
        if zone is None:
            return PrivateAccessParts()
        own = [one for one in links if is_owned(one.get("tags"), one["id"]) and _leads_to(one, users)]
        foreign = [name_of(one["id"]) for one in links if one not in own]
        written = {name for one in users for at, name in self._private_endpoints.records(one["id"]) if at == zone_id}
        others = sorted(records - written)
        if others:
            reason = f"it also holds {len(others)} records of others, such as {others[0]}"
            kept = [
                *((one, _LINK) for one in own),
                *([(zone, _ZONE)] if is_owned(zone.get("tags"), zone["id"]) else []),
            ]
            return PrivateAccessParts(
                leaves=tuple(Left(resource=_resource(one, kind), reason=reason) for one, kind in kept)
            )
        removes = tuple(_resource(one, _LINK) for one in own)
        if not is_owned(zone.get("tags"), zone["id"]):
            return PrivateAccessParts(removes=removes)
        if foreign:
            left = Left(resource=_resource(zone, _ZONE), reason=f"it is linked to others: {', '.join(foreign)}")
            return PrivateAccessParts(removes=removes, leaves=(left,))
        return PrivateAccessParts(removes=(*removes, _resource(zone, _ZONE)))


def _leads_to(link: Json, private_endpoints: list[Json]) -> bool:
    network_id = link["properties"]["virtualNetwork"]["id"]
    return any(is_same(network_id, network_id_of(one)) for one in private_endpoints)


def _resource(body: Json, kind: str) -> Resource:
    name = f"{body['id'].split('/')[8]}/{body['name']}" if kind == _LINK else body["name"]
    return Resource(id=body["id"], name=name, type=kind, tags=body.get("tags") or {})
