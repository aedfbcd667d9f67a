"""Legacy isolation: online deployments with private endpoints of their own."""

from __future__ import annotations

from support.emulator.control_plane import ControlPlane

from deployments.emulator.services.machine_learning.network_isolation import legacy_isolation
from deployments.emulator.services.private_link import connections_of


async def test_three_connections_come_and_go_with_a_deployment(plane: ControlPlane) -> None:
    """At the workspace, its storage account and its registry, approved, under the description that Azure gives them."""
    registry = await plane.provider("Microsoft.ContainerRegistry/registries", "legacyacr", {"sku": {"name": "Premium"}})
    workspace = await plane.workspace(containerRegistry=registry)
    endpoint = await plane.endpoint(workspace)
    deployment = plane.emulator.resources.require(plane.deployment(endpoint, "blue"))
    deployment.properties["egressPublicNetworkAccess"] = "Disabled"
    before = len(connections_of(plane.emulator, workspace))
    for _ in range(2):
        legacy_isolation.connect(plane.emulator, deployment)
    ends = (workspace, plane.made["storageAccount"], registry)
    for end in ends:
        (connection,) = legacy_isolation.connections_of(plane.emulator, end)
        state = connection.properties["privateLinkServiceConnectionState"]
        assert state["status"] == "Approved"
        assert state["description"] == "Egress for Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
    shown = (await plane.get(f"{registry}?api-version=2023-07-01"))["properties"]["privateEndpointConnections"]
    assert len(shown) == 1
    plane.emulator.removal.remove(deployment.id)
    assert [legacy_isolation.connections_of(plane.emulator, end) for end in ends] == [[], [], []]
    assert len(connections_of(plane.emulator, workspace)) == before


async def test_a_deployment_that_goes_out_publicly_has_none(plane: ControlPlane) -> None:
    """It needs none."""
    endpoint = await plane.endpoint(await plane.workspace())
    deployment = plane.emulator.resources.require(plane.deployment(endpoint, "blue"))
    legacy_isolation.connect(plane.emulator, deployment)
    assert legacy_isolation.connections_of(plane.emulator, plane.made["storageAccount"]) == []
