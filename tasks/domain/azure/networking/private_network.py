"""Private access to a workspace: private endpoint, its addresses, its network, and its private DNS zone."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

# Azure's description of the connections that legacy isolation creates for each online deployment.
EGRESS_DESCRIPTION: Final = "Egress for Microsoft.MachineLearningServices/workspaces/onlineEndpoints"


class PrivateAddress(BaseModel, frozen=True):
    """One address of a private endpoint's network interface, with the public names that resolve to it."""

    address: str
    member: str = ""
    host_names: tuple[str, ...] = ()

    @property
    def is_for_scoring(self) -> bool:
        """True when scoring hosts are reached by it."""
        return self.member.lower() == "inference" or any(".inference." in name.lower() for name in self.host_names)


class VirtualNetwork(BaseModel, frozen=True):
    """A virtual network: its address ranges (CIDR) and the DNS servers that its machines use."""

    id: str
    ranges: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()


class ZoneLink(BaseModel, frozen=True):
    """A private DNS zone's link to a virtual network. ``state`` is Completed once it works."""

    network_id: str
    state: str


class PrivateZone(BaseModel, frozen=True):
    """A private DNS zone with its A records, by name relative to the zone."""

    id: str
    name: str
    records: dict[str, tuple[str, ...]] = {}
    links: tuple[ZoneLink, ...] = ()

    def addresses_of(self, record: str) -> tuple[str, ...]:
        """Return the addresses of a record; names are case-insensitive."""
        return next((ips for name, ips in self.records.items() if name.lower() == record.lower()), ())

    def is_linked_to(self, network_id: str) -> bool:
        """Return whether machines in a network can resolve names in the zone."""
        return any(
            link.network_id.lower() == network_id.lower() and link.state.lower() == "completed" for link in self.links
        )


class PrivateEndpoint(BaseModel, frozen=True):
    """A private endpoint of the workspace in one of the caller's virtual networks.

    Attributes:
        status: Of its connection to the workspace: Approved, Pending, Rejected or Disconnected.
        zone: The private zone for scoring hosts; None when no zone group maintains its records.
        zone_ids: All private zones that its zone group maintains the records in.
    """

    id: str
    status: str
    addresses: tuple[PrivateAddress, ...] = ()
    network: VirtualNetwork
    zone: PrivateZone | None = None
    subnet_id: str = ""
    zone_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its short name."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def scoring_addresses(self) -> tuple[str, ...]:
        """The addresses that scoring hosts must resolve to."""
        return tuple(one.address for one in self.addresses if one.is_for_scoring)
