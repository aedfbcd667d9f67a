"""Remedies of private access: from an observation to a draft, without reading or changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from tasks.domain.azure.networking.private_access import PrivateAccessSpec, is_same, link_name, name_of
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.common.target import AzureTarget
from tasks.domain.remedy.plan import Change, Draft

LINKED_NETWORK: Final = "properties.virtualNetwork.id"
A_RECORDS: Final = "properties.aRecords"
SUBNET: Final = "properties.subnet.id"
ITSELF: Final = "id"


def connect_callers(target: AzureTarget, spec: PrivateAccessSpec | None) -> Draft:
    """Create the private endpoint that the workspace lacks; the subnet is the approver's to choose."""
    if spec is None:
        return Draft(
            summary=f"Workspace {target.workspace} has no private endpoint, and it has to be said in which subnet to "
            "create it: fill in Private access (private_access.subnet) of the remedy."
        )
    network = name_of(spec.network_id)
    return Draft(
        summary=f"Create a private endpoint of workspace {target.workspace} in virtual network {network}.",
        warning=f"Everyone in {network}, and in the networks that are peered with it, can then reach the workspace and "
        "its endpoints.",
        changes=(_created(target, spec),),
        private_access=spec,
    )


def replace_private_endpoints(target: AzureTarget, private_endpoints: Sequence[PrivateEndpoint]) -> Draft:
    """Replace a private endpoint that can't carry scoring by a new one in its subnet, with its DNS zones."""
    old = [one for one in private_endpoints if not one.scoring_addresses]
    if len(old) != 1:
        return Draft(summary=f"{len(old)} private endpoints have no address for scoring hosts: replace each manually.")
    (one,) = old
    spec = PrivateAccessSpec(subnet=one.subnet_id, zone_ids=one.zone_ids)
    if is_same(spec.private_endpoint_id(target), one.id):
        return Draft(summary=f"{one.name} is this project's own: delete it, and run the flow private-access.")
    deleted = Change(resource=one.id, what=f"private endpoint {one.name}", path=ITSELF, before=one.id, after=None)
    return Draft(
        summary=f"Delete private endpoint {one.name}, and create a new one in its subnet.",
        warning="Callers can't reach the workspace for some minutes, and its private addresses change: allow the new "
        "ones in firewalls and hosts files.",
        changes=(deleted, _created(target, spec)),
        private_access=spec,
    )


def write_record(private_endpoints: Sequence[PrivateEndpoint], record: str) -> Draft:
    """Let the private zone's record have the private endpoint's address for scoring hosts."""
    usable = [one for one in private_endpoints if one.scoring_addresses]
    wrong = [one for one in usable if one.zone and not _leads_there(one, record)]
    if len(usable) != 1 or len(wrong) != 1 or wrong[0].zone is None:
        return Draft(
            summary=f"The zone, or the private endpoint, that {record} belongs to is not clear: {len(usable)} private "
            "endpoints carry scoring. Run the flow private-access, which makes zones, links and records."
        )
    (one,), zone = wrong, wrong[0].zone
    before, after = _addresses(zone.addresses_of(record)), _addresses(one.scoring_addresses)
    what = f"record {record} of {zone.name}"
    change = Change(resource=f"{zone.id}/A/{record}", what=what, path=A_RECORDS, before=before or None, after=after)
    return Draft(
        summary=f"Let {record} in {zone.name} lead to {', '.join(one.scoring_addresses)}.",
        warning=f"All scoring hosts of the workspace lead to private endpoint {one.name} in network "
        f"{name_of(one.network.id)} then, for every network that sees this zone.",
        changes=(change,),
    )


def link_zone(private_endpoints: Sequence[PrivateEndpoint]) -> Draft:
    """Link the private zone to the private endpoint's network."""
    bare = [one for one in private_endpoints if one.zone and not one.zone.is_linked_to(one.network.id)]
    if len(bare) != 1 or bare[0].zone is None:
        return Draft(summary=f"The zone of {len(bare)} private endpoints is not linked: which one is yours to say.")
    (one,), zone = bare, bare[0].zone
    network = name_of(one.network.id)
    if any(is_same(link.network_id, one.network.id) for link in zone.links):
        return Draft(summary=f"{zone.name} is being linked to {network}: wait until that has ended.")
    link = f"{zone.id}/virtualNetworkLinks/{link_name(one.network.id)}"
    what = f"link of {zone.name} to {network}"
    return Draft(
        summary=f"Link private DNS zone {zone.name} to virtual network {network}.",
        warning=f"All machines in {network} resolve the names in {zone.name} by this zone then, and no longer by the "
        "public DNS.",
        changes=(Change(resource=link, what=what, path=LINKED_NETWORK, before=None, after=one.network.id),),
    )


def _created(target: AzureTarget, spec: PrivateAccessSpec) -> Change:
    identity = spec.private_endpoint_id(target)
    what = f"private endpoint {name_of(identity)} of workspace {target.workspace}"
    return Change(resource=identity, what=what, path=SUBNET, before=None, after=spec.subnet)


def _leads_there(private_endpoint: PrivateEndpoint, record: str) -> bool:
    present = private_endpoint.zone.addresses_of(record) if private_endpoint.zone else ()
    return bool(present) and set(present) <= set(private_endpoint.scoring_addresses)


def _addresses(addresses: Sequence[str]) -> list[JsonValue]:
    return [{"ipv4Address": one} for one in addresses]
