"""A virtual network resolves names of a private zone only if the zone is linked to it."""

from __future__ import annotations

from tasks.checks.engine.applies import to_private
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import DNS_SYMPTOMS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.private_access import link_zone


async def observe(facts: EndpointFacts) -> tuple[PrivateEndpoint, ...]:
    """The private endpoints with their networks and zones."""
    return await facts.workspace.private_endpoints()


def judge(_subject: Subject, private_endpoints: tuple[PrivateEndpoint, ...]) -> Verdict:
    """Fail unless the zone has a Completed link to the private endpoint's network."""
    zoned = [one for one in private_endpoints if one.zone]
    if not zoned:
        return skipped("No private endpoint of the workspace has a private zone.")
    bare = [one for one in zoned if one.zone and not one.zone.is_linked_to(one.network.id)]
    lines = tuple(seen(f"link to {_short(one.network.id)}", _link(one), "Completed") for one in bare)
    if len(bare) == len(zoned):
        return failed(
            f"The private zone is not linked to the virtual network {_short(bare[0].network.id)}.",
            *lines,
            remedy=_remedy(bare[0]),
        )
    if bare:
        return warned("The private zone is not linked to one of the networks.", *lines, remedy=_remedy(bare[0]))
    return passed("The private zone is linked to the private endpoint's network.")


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Link the private zone to the private endpoint's network."""
    return link_zone(await facts.workspace.private_endpoints())


def _link(private_endpoint: PrivateEndpoint) -> str:
    links = private_endpoint.zone.links if private_endpoint.zone else ()
    states = [one.state for one in links if one.network_id.lower() == private_endpoint.network.id.lower()]
    return states[0] if states else f"none; linked are: {', '.join(_short(one.network_id) for one in links) or 'none'}"


def _remedy(private_endpoint: PrivateEndpoint) -> str:
    zone = private_endpoint.zone.id if private_endpoint.zone else ""
    group, name = zone.split("/")[4] if zone else "GROUP", _short(zone)
    return (
        f"az network private-dns link vnet create --resource-group {argument(group)} --zone-name {argument(name)} "
        f"--name {argument(_short(private_endpoint.network.id))} "
        f"--virtual-network {argument(private_endpoint.network.id)} "
        "--registration-enabled false"
    )


def _short(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]


CHECK = Check(
    code="SCORE-DNS-004",
    title="The private DNS zone is linked to the virtual network",
    severity="major",
    scope="endpoint",
    inputs=("private_endpoints",),
    observe=observe,
    judge=judge,
    applies=to_private,
    remedy="az network private-dns link vnet create --zone-name privatelink.api.azureml.ms --virtual-network ID …",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-custom-dns",
    explains=("SCORE-DNS-005", "SCORE-DNS-006", *DNS_SYMPTOMS),
    because="A network does not resolve a zone that is not linked to it.",
    plan=plan,
)
