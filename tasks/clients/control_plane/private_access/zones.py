"""Private DNS zones of a far end and their links to virtual networks: found anywhere, created where requested."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.private_access.network_async import RESOURCES_API, ZONE_API, zones_path
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.networking.private_access import PrivateAccessSpec, is_same, link_name, name_of, zones_by_name
from tasks.domain.azure.ownership import with_ownership
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_SECONDS: Final = 600
_LINK: Final = "virtualNetworkLinks"


class PrivateZones:
    """The private DNS zones of these names."""

    def __init__(self, target: AzureTarget, arm: Arm, names: tuple[str, ...]) -> None:
        self._target = target
        self._arm = arm
        self.names = names

    def find(self, zone_id: str) -> Json | None:
        """A zone, or None."""
        return self._arm.find(f"read private DNS zone {name_of(zone_id)}", zone_id, ZONE_API)

    def links(self, zone_id: str) -> list[Json]:
        """The links of a zone."""
        return self._arm.read_all(f"list the links of {name_of(zone_id)}", f"{zone_id}/{_LINK}", ZONE_API)

    def is_linked(self, zone_id: str, network_id: str) -> bool:
        """Whether machines in a network see a zone, or will once its link is made."""
        return _link_to(self.links(zone_id), network_id) is not None

    def records(self, zone_id: str) -> set[str]:
        """The names of the address records of a zone."""
        listing = self._arm.read_all(f"list the A records of {name_of(zone_id)}", f"{zone_id}/A", ZONE_API)
        return {one["name"].lower() for one in listing}

    def seen_from(self, network_id: str) -> dict[str, str]:
        """The zones of these names that a network is linked to, by name, as far as the identity may list them."""
        linked = [one for one in self._listed(network_id) if self.is_linked(one, network_id)]
        return zones_by_name(tuple(linked))

    def _listed(self, network_id: str) -> list[str]:
        subscriptions = {"/".join(network_id.split("/")[:3]).lower(), self._target.subscription_path.lower()}
        found = []
        for one in sorted(subscriptions):
            try:
                listing = self._arm.read_all("list private DNS zones", zones_path(one), RESOURCES_API)
            except errors.AccessDenied:
                continue
            found += [zone["id"] for zone in listing if zone["name"].lower() in self.names]
        return found

    def wanted(self, spec: PrivateAccessSpec) -> tuple[str, ...]:
        """The zones that records belong into: a hub's, those that the network sees, or new ones that are made here.

        Safe to run again: what exists is not changed, and an operation in progress is waited for.
        """
        given = zones_by_name(spec.zone_ids)
        if all(name in given for name in self.names):
            return tuple(given[name] for name in self.names)
        seen = self.seen_from(spec.network_id)
        if not spec.create_zones_in:
            return tuple(seen.values())
        made = {name: spec.created_zone_id(self._target, name) for name in self.names if name not in seen}
        for zone_id in made.values():
            self._create(zone_id)
            self._link(zone_id, spec.network_id)
        return tuple((seen | made)[name] for name in self.names)

    def _create(self, zone_id: str) -> None:
        what = f"private DNS zone {name_of(zone_id)}"
        present = self._arm.settle(what, zone_id, ZONE_API, limit_seconds=_SECONDS)
        if present is None or has_failed(state_of(present)):
            body = {"location": "global", "tags": with_ownership(self._target.tags, zone_id)}
            self._arm.run(Call(f"create {what}", "PUT", zone_id, ZONE_API, body), limit_seconds=_SECONDS)

    def _link(self, zone_id: str, network_id: str) -> None:
        present = _link_to(self.links(zone_id), network_id)
        path = present["id"] if present else f"{zone_id}/{_LINK}/{link_name(network_id)}"
        what = f"link of {name_of(zone_id)} to {name_of(network_id)}"
        settled = self._arm.settle(what, path, ZONE_API, limit_seconds=_SECONDS) if present else None
        if settled is None or has_failed(state_of(settled)):
            properties = {"virtualNetwork": {"id": network_id}, "registrationEnabled": False}
            body = {"location": "global", "tags": with_ownership(self._target.tags, path), "properties": properties}
            self._arm.run(Call(f"make the {what}", "PUT", path, ZONE_API, body), limit_seconds=_SECONDS)


def _link_to(links: list[Json], network_id: str) -> Json | None:
    return next((one for one in links if is_same(one["properties"]["virtualNetwork"]["id"], network_id)), None)
