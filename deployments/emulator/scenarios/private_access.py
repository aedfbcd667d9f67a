"""States of private access: private endpoint, private DNS, resolvers, and the caller's network."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.emulator.scenarios.changes import (
    connections,
    private_endpoints,
    removes,
    resolver_says,
    scoring_meets,
    sets,
)
from deployments.emulator.scenarios.scenario import Act, Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services import private_dns, private_link
from deployments.emulator.state import Resource

ZONE = "privatelink.api.azureml.ms"
OLD_ADDRESS = "10.20.15.99"  # in the callers' network, and unused
NOT_FORWARDED = "NotForwarded"
MOVE = {"action": "move"}


def _zones(scene: Scene) -> Iterable[Resource]:
    return scene.emulator.resources.named(private_dns.ZONES.type, ZONE)


def _links(scene: Scene) -> Iterable[Resource]:
    return [one for zone in _zones(scene) for one in scene.emulator.resources.members(f"{zone.id}/virtualNetworkLinks")]


def _records(scene: Scene) -> Iterable[Resource]:
    guid = str(scene.workspace.properties["workspaceId"])
    found = [one for zone in _zones(scene) for one in scene.emulator.resources.members(f"{zone.id}/A")]
    return [one for one in found if one.name.lower().startswith(f"*.{guid}.inference.")]


def _interfaces(scene: Scene) -> Iterable[Resource]:
    resources = scene.emulator.resources
    references = [one for way in scene.private_endpoints() for one in way.properties["networkInterfaces"]]
    return [resources.require(reference["id"]) for reference in references]


def _loses_its_scoring_address(scene: Scene, interface: Resource) -> None:
    """Let private endpoints be as they were before 24 May 2022."""
    known = interface.properties["ipConfigurations"]
    others = [
        one
        for one in known
        if one["properties"]["privateLinkConnectionProperties"]["requiredMemberName"] != "inference"
    ]
    sets("properties.ipConfigurations", others)(scene, interface)


def _is(status: str) -> Act:
    return sets("properties.privateLinkServiceConnectionState", {"status": status, "description": ""})


SCENARIOS = (
    Scenario(
        "private_endpoint_deleted",
        "The workspace's private endpoint was deleted.",
        Diagnosis("unhealthy", "SCORE-PE-001", "az network private-endpoint create"),
        (Change(private_endpoints, removes),),
        cure="PUT private endpoint",
    ),
    Scenario(
        "private_endpoint_pending",
        "The private endpoint's connection is pending manual approval.",
        Diagnosis("unhealthy", "SCORE-PE-001", "az network private-endpoint-connection approve"),
        (Change(connections, _is(private_link.PENDING)),),
        cure="PUT private endpoint connection",
    ),
    Scenario(
        "private_endpoint_rejected",
        "The private endpoint's connection was rejected.",
        Diagnosis("unhealthy", "SCORE-PE-001", "az network private-endpoint create"),
        (Change(connections, _is(private_link.REJECTED)),),
        cure="PUT private endpoint connection",
    ),
    Scenario(
        "private_endpoint_is_old",
        "The private endpoint was made before 24 May 2022, and has no address for scoring hosts.",
        Diagnosis("unhealthy", "SCORE-PE-002", "Delete the workspace's private endpoint and make it again"),
        (Change(_records, removes), Change(_interfaces, _loses_its_scoring_address)),
        cure="DELETE and PUT private endpoint",
    ),
    Scenario(
        "record_missing",
        "The private zone has no record for the workspace's scoring hosts.",
        Diagnosis("unhealthy", "SCORE-DNS-003", "make it again with a DNS zone group"),
        (Change(_records, removes),),
        cure="PUT record set",
    ),
    Scenario(
        "record_outdated",
        "The private zone's record still has the address of a former private endpoint.",
        Diagnosis("unhealthy", "SCORE-DNS-003", "make it again with a DNS zone group"),
        (Change(_records, sets("properties.aRecords", [{"ipv4Address": OLD_ADDRESS}])),),
        cure="PUT record set",
    ),
    Scenario(
        "zone_deleted",
        "The private zone was deleted, with its records and links.",
        Diagnosis("unhealthy", "SCORE-DNS-003", "az network private-endpoint dns-zone-group create"),
        (Change(_zones, removes),),
        cure="PUT zone, link and record set",
    ),
    Scenario(
        "zone_not_linked",
        "The private zone is not linked to the virtual network.",
        Diagnosis("unhealthy", "SCORE-DNS-004", "az network private-dns link vnet create"),
        (Change(_links, removes),),
        cure="PUT virtual network link",
    ),
    Scenario(
        "zone_link_under_way",
        "The private zone's link to the virtual network is still being made.",
        Diagnosis("unhealthy", "SCORE-DNS-004", "az network private-dns link vnet create"),
        (Change(_links, sets("properties.virtualNetworkLinkState", "InProgress")),),
        cure="PUT virtual network link",
    ),
    Scenario(
        "forwarder_wrong",
        "The team's DNS server doesn't forward the zones of Azure ML to Azure's DNS.",
        Diagnosis("unhealthy", "SCORE-DNS-005", "forward the public zones api.azureml.ms"),
        (resolver_says("system|custom", "fail", NOT_FORWARDED),),
    ),
    Scenario(
        "custom_dns_silent",
        "The team's DNS server doesn't answer.",
        Diagnosis("unhealthy", "SCORE-DNS-005", "On DNS server"),
        (resolver_says("system|custom", "hang"),),
    ),
    Scenario(
        "custom_dns_fails",
        "The team's DNS server answers SERVFAIL, since it can't reach Azure's DNS.",
        Diagnosis("unhealthy", "SCORE-DNS-005", "168.63.129.16"),
        (resolver_says("system|custom", "fail", "SERVFAIL"),),
    ),
    Scenario(
        "hosts_file_outdated",
        "The caller's own machine still resolves the scoring host to the address of a former private endpoint.",
        Diagnosis("unhealthy", "SCORE-DNS-005", "remove entries in its hosts file"),
        (resolver_says("system", "fail", OLD_ADDRESS),),
    ),
    Scenario(
        "caller_outside",
        "The caller is outside of every virtual network.",
        Diagnosis("unhealthy", "SCORE-DNS-006", "inside the private endpoint's virtual network"),
        (
            resolver_says("system|custom", "fail", NOT_FORWARDED),
            resolver_says("azure", "hang"),
            scoring_meets(**MOVE),
        ),
    ),
    Scenario(
        "caller_in_other_network",
        "The caller is in a virtual network that the private zone is not linked to.",
        Diagnosis("unhealthy", "SCORE-DNS-006", "az network private-dns link vnet create"),
        (resolver_says("system|custom|azure", "fail", NOT_FORWARDED), scoring_meets(**MOVE)),
    ),
)
