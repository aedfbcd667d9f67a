"""Links of private DNS zones to virtual networks."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.http.access import require_linked
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import polling
from deployments.emulator.services.private_dns.shape import STATUSES, link_body
from deployments.emulator.services.private_dns.zones import ZONES, zones_seen_from
from deployments.emulator.services.tracked import begin_delete, status_address
from deployments.emulator.state import Resource

WRITE, DELETE = "virtualNetworkLinks.write", "virtualNetworkLinks.delete"
LINKS = ZONES.path + "/{name}/virtualNetworkLinks"


def routes() -> list[Route]:
    """Links."""
    return [
        Route("GET", LINKS, _list_links),
        Route("GET", LINKS + "/{link}", _get_link),
        Route("PUT", LINKS + "/{link}", _put_link),
        Route("DELETE", LINKS + "/{link}", _delete_link),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on links end."""
    emulator.operations.completes(WRITE, _linked)
    emulator.operations.completes(DELETE, _unlinked)


def _list_links(call: Call) -> Answer:
    zone = ZONES.require(call)
    links = call.emulator.resources.members(f"{zone.id}/virtualNetworkLinks")
    return Answer(200, {"value": [link.body for link in links]})


def _link_id(call: Call) -> str:
    return f"{ZONES.require(call).id}/virtualNetworkLinks/{call.params['link']}"


def _get_link(call: Call) -> Answer:
    link = call.emulator.resources.require(_link_id(call))
    return Answer(200, link.body, dict(polling.HINT) if call.emulator.operations.on(link.id) else {})


def _put_link(call: Call) -> Answer:
    identity = _link_id(call)
    desired = call.json().get("properties") or {}
    network_id = str((desired.get("virtualNetwork") or {}).get("id"))
    joins = {network_id: "Microsoft.Network/virtualNetworks/join/action"}
    require_linked(call, "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write", identity, joins)
    network = call.emulator.resources.get(network_id)
    if network is None:
        raise bad_request("BadRequest", "The virtual network that the link names does not exist.")
    existing = call.emulator.resources.get(identity)
    if existing is None:
        _refuse_second_zone(call, network)
    body = link_body(identity, network.id, registers=bool(desired.get("registrationEnabled")))
    link = call.emulator.resources.put(identity, {**body, "tags": call.json().get("tags") or {}})
    operations = call.emulator.operations
    operation = operations.on(link.id) or operations.start(WRITE, link.id)
    headers = polling.waiting_headers(status_address(STATUSES, call, link, operation))
    return Answer(200 if existing else 201, link.body, headers)


def _refuse_second_zone(call: Call, network: Resource) -> None:
    name = call.params["name"].lower()
    if any(zone.name.lower() == name for zone in zones_seen_from(call.emulator, network.id)):
        raise bad_request(
            "BadRequest",
            "A virtual network cannot be linked to multiple zones with overlapping namespaces. "
            f"You tried to link virtual network with '{name}' and '{name}' zones.",
        )


def _linked(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    link = emulator.resources.require(operation.resource_id)
    link.properties.update(provisioningState="Succeeded", virtualNetworkLinkState="Completed")
    emulator.resources.save(link)
    return link.body


def _delete_link(call: Call) -> Answer:
    link = call.emulator.resources.get(_link_id(call))
    return begin_delete(call, link, DELETE, STATUSES) if link else Answer(204)


def _unlinked(emulator: Emulator, operation: Operation) -> None:
    emulator.removal.remove(operation.resource_id)
