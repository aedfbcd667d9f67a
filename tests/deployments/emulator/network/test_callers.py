"""The callers' network, a company's policy that connects new workspaces to it, and the names that resolve there."""

from __future__ import annotations

import pytest
from support.emulator.control_plane import ControlPlane, error_of

from deployments.emulator.dns_view import Resolution, resolve
from deployments.emulator.services.network import assign_policy, open_hub, reaches

GROUP = "resourceGroups/network/providers/Microsoft.Network"
DNS, NETWORK = "?api-version=2020-06-01", "?api-version=2023-11-01"


def home(plane: ControlPlane) -> str:
    return f"{plane.group.rsplit('/', 2)[0]}/{GROUP}"


async def connected(plane: ControlPlane) -> str:
    """A workspace that a company's policy has connected to the network."""
    assign_policy(plane.emulator, plane.group)
    workspace = await plane.workspace()
    plane.settle()
    return workspace


async def records(plane: ControlPlane, zone: str) -> dict[str, list[str]]:
    found = (await plane.get(f"{home(plane)}/privateDnsZones/{zone}/A{DNS}"))["value"]
    return {one["name"]: [a["ipv4Address"] for a in one["properties"]["aRecords"]] for one in found}


def chain(found: Resolution) -> list[tuple[str, str]]:
    return [(record.type, record.value) for record in found.records]


async def test_a_new_workspace_has_three_addresses_among_the_callers(plane: ControlPlane) -> None:
    """For its API, its notebooks and its endpoints, with the names that Azure gives them."""
    workspace = await connected(plane)
    guid = (await plane.get(workspace))["properties"]["workspaceId"]
    assert await records(plane, "privatelink.api.azureml.ms") == {
        f"{guid}.workspace.westeurope": ["10.20.0.4"],
        f"{guid}.workspace.westeurope.cert": ["10.20.0.4"],
        f"*.{guid}.inference.westeurope": ["10.20.0.6"],
    }
    assert await records(plane, "privatelink.notebooks.azure.net") == {
        f"ml-ws-westeurope-{guid}.westeurope": ["10.20.0.5"]
    }
    interfaces = (await plane.get(f"{home(plane)}/networkInterfaces{NETWORK}"))["value"]
    configurations = [one["properties"] for one in interfaces[0]["properties"]["ipConfigurations"]]
    assert [one["privateLinkConnectionProperties"]["requiredMemberName"] for one in configurations] == [
        "default",
        "notebook",
        "inference",
    ]
    assert configurations[2]["privateLinkConnectionProperties"]["fqdns"] == ["*.westeurope.inference.ml.azure.com"]


async def test_a_workspace_is_reached_from_inside_while_its_connection_is_approved(plane: ControlPlane) -> None:
    """Not from the internet, not once the connection is rejected."""
    identity = await connected(plane)
    workspace = plane.emulator.resources.require(identity)
    assert reaches(plane.emulator, "virtual_network", workspace)
    assert not reaches(plane.emulator, "internet", workspace)
    connection = (await plane.get(identity))["properties"]["privateEndpointConnections"][0]["id"]
    rejected = {"properties": {"privateLinkServiceConnectionState": {"status": "Rejected"}}}
    await plane.put(f"{connection}?api-version=2024-04-01-preview", rejected)
    assert not reaches(plane.emulator, "virtual_network", workspace)


async def test_a_private_endpoint_outlives_its_workspace(plane: ControlPlane) -> None:
    """It is Disconnected then, and its records stay; a workspace of the same name is connected anew."""
    workspace = await connected(plane)
    before = await records(plane, "privatelink.api.azureml.ms")
    await plane.ask("DELETE", f"{workspace}?forceToPurge=true")
    plane.settle()
    (left,) = (await plane.get(f"{home(plane)}/privateEndpoints{NETWORK}"))["value"]
    state = left["properties"]["privateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"]
    assert (state["status"], await records(plane, "privatelink.api.azureml.ms")) == ("Disconnected", before)
    again = plane.emulator.resources.require(await connected(plane))
    assert reaches(plane.emulator, "virtual_network", again)
    assert len((await plane.get(f"{home(plane)}/privateEndpoints{NETWORK}"))["value"]) == 1


async def test_the_policy_acts_some_time_after_a_workspace_is_there(plane: ControlPlane) -> None:
    """A team sees its workspace before the private endpoint; one that has a private endpoint gets no second one."""
    assign_policy(plane.emulator, plane.group)
    workspace = plane.emulator.resources.require(await plane.workspace())
    assert not reaches(plane.emulator, "virtual_network", workspace)
    plane.settle()
    assert reaches(plane.emulator, "virtual_network", workspace)


async def test_a_subscription_begins_plain(plane: ControlPlane) -> None:
    """A network with a subnet; no zone, and a new workspace is reached by nobody."""
    workspace = plane.emulator.resources.require(await plane.workspace())
    plane.settle()
    assert not reaches(plane.emulator, "virtual_network", workspace)
    assert (await plane.get(f"{home(plane)}/privateDnsZones{DNS}"))["value"] == []
    subnets = (await plane.get(f"{home(plane)}/virtualNetworks/callers{NETWORK}"))["properties"]["subnets"]
    assert [one["name"] for one in subnets] == ["default"]


async def test_a_hub_owns_the_zones(plane: ControlPlane) -> None:
    """In another subscription, where the team has the role that it was given; unknown subscriptions stay unknown."""
    hub = open_hub(plane.emulator, "Reader")
    zones = hub["zone_ids"]
    assert isinstance(zones, list)
    assert (await plane.get(f"{zones[0]}{DNS}"))["name"] == "privatelink.api.azureml.ms"
    refused = await plane.ask("PUT", f"{zones[0]}/A/x{DNS}", {"properties": {"aRecords": []}})
    assert error_of(refused)[:2] == (403, "AuthorizationFailed")
    listed = (await plane.get("/subscriptions?api-version=2020-01-01"))["value"]
    assert hub["subscription_id"] in [one["subscriptionId"] for one in listed]
    elsewhere = await plane.ask("GET", f"/subscriptions/{'0' * 8}-0000-0000-0000-{'0' * 12}?api-version=2020-01-01")
    assert error_of(elsewhere)[:2] == (404, "SubscriptionNotFound")


async def test_the_network_is_there_again_after_a_reset(plane: ControlPlane) -> None:
    """It belongs to the state of the first start."""
    await plane.app.reset()
    assert (await plane.get(f"{home(plane)}/virtualNetworks/callers{NETWORK}"))["name"] == "callers"


async def test_a_scoring_host_leads_to_the_private_address(plane: ControlPlane) -> None:
    """By way of the workspace's name in the private link zone."""
    workspace = await connected(plane)
    await plane.endpoint(workspace)
    guid = (await plane.get(workspace))["properties"]["workspaceId"]
    alias = f"scores.{guid}.inference.westeurope.privatelink.api.azureml.ms."
    found = resolve(plane.emulator, "scores.westeurope.inference.ml.azure.com", "A")
    assert (chain(found), found.exists) == ([("CNAME", alias), ("A", "10.20.0.6")], True)
    outside = resolve(plane.emulator, "scores.westeurope.inference.ml.azure.com", "A", private=False)
    assert [record.type for record in outside.records] == ["CNAME", "A"]
    assert outside.records[-1].value.startswith("203.0.113.")


async def test_a_missing_record_is_no_such_name_and_a_missing_link_is_the_public_address(plane: ControlPlane) -> None:
    """The two ways in which private resolution breaks look different."""
    workspace = await connected(plane)
    await plane.endpoint(workspace)
    guid = (await plane.get(workspace))["properties"]["workspaceId"]
    zone = f"{home(plane)}/privateDnsZones/privatelink.api.azureml.ms"
    host = "scores.westeurope.inference.ml.azure.com"
    await plane.ask("DELETE", f"{zone}/A/*.{guid}.inference.westeurope{DNS}")
    found = resolve(plane.emulator, host, "A")
    assert ([record.type for record in found.records], found.exists) == (["CNAME"], False)
    await plane.ask("DELETE", f"{zone}/virtualNetworkLinks/callers{DNS}")
    plane.settle()
    found = resolve(plane.emulator, host, "A")
    assert (found.records[-1].value.startswith("203.0.113."), found.exists) == (True, True)


@pytest.mark.parametrize(
    ("name", "kind", "types", "exists"),
    [
        ("management.azure.com", "A", ["A"], True),
        ("management.azure.com", "AAAA", [], True),
        ("rules-vault.vault.azure.net", "A", ["A"], True),
        ("nobody.westeurope.inference.ml.azure.com", "A", [], False),
        ("example.org", "A", [], False),
        ("privatelink.api.azureml.ms", "A", [], True),
        ("nothing.privatelink.api.azureml.ms", "A", [], False),
    ],
)
async def test_other_names(plane: ControlPlane, name: str, kind: str, types: list[str], exists: bool) -> None:
    """Known services have a public address, the rest is unknown; a linked zone answers for all its names."""
    await connected(plane)
    found = resolve(plane.emulator, name, kind)
    assert ([record.type for record in found.records], found.exists) == (types, exists)
