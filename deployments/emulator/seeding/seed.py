"""Makes workspaces and endpoints of given shapes, each by the requests that a client would send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from deployments.emulator.arm_template.hashing import unique_string
from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.internal import Request, carry_out
from deployments.emulator.seeding.code import SCRIPT, put_code
from deployments.emulator.seeding.copying import copy_endpoint
from deployments.emulator.seeding.shapes import EndpointShape, WorkspaceShape
from deployments.emulator.services import kubernetes, network, private_link
from deployments.emulator.state import Resource

GROUPS, VAULTS, ACCOUNTS, REGISTRIES = "2021-04-01", "2023-07-01", "2023-01-01", "2023-07-01"
LOG_WORKSPACES, DIAGNOSTIC_SETTINGS = "2023-09-01", "2021-05-01-preview"
ML = "2024-10-01"
CLUSTER = "image-builder"
# Takes any JSON, so that one sample request fits every endpoint.
SCORES = """import json


def init():
    print("ready to score")


def run(raw_data):
    return {"characters": len(json.dumps(json.loads(raw_data)))}
"""


async def seed(emulator: Emulator, shapes: Iterable[WorkspaceShape]) -> list[dict[str, Any]]:
    """Make everything, and wait until it can score; safe to repeat. Returns what exists.

    Raises:
        ArmError: what Azure would refuse.
    """
    return [await _Seeding(emulator, shape).done() for shape in shapes]


class _Seeding:
    """One workspace in the making."""

    def __init__(self, emulator: Emulator, shape: WorkspaceShape) -> None:
        self._emulator = emulator
        self._shape = shape
        subscription = emulator.resources.setting("subscription", str)
        self._group = f"/subscriptions/{subscription}/resourceGroups/{shape.group}"
        self._id = f"{self._group}/providers/Microsoft.MachineLearningServices/workspaces/{shape.name}"
        self._principal = emulator.directory.first()

    async def done(self) -> dict[str, Any]:
        """The workspace's id, its names and those of its endpoints."""
        workspace = await self._workspace()
        names = []
        for shape in self._shape.endpoints:
            await self._endpoint(workspace, shape)
            names.append(shape.name)
        names += await self._copies()
        group, location = self._shape.group, self._shape.location
        place = {"id": self._id, "name": self._shape.name, "resource_group": group, "location": location}
        return {**place, "endpoints": names}

    async def _workspace(self) -> Resource:
        if self._emulator.resources.get(self._group) is None:  # it may be in another region
            await self._put(self._group, GROUPS, {})
        mode, registry = self._shape.isolation_mode, await self._registry()
        properties: dict[str, Any] = {
            "keyVault": await self._vault(),
            "storageAccount": await self._storage(),
            "managedNetwork": {"isolationMode": mode},
            "provisionNetworkNow": mode != "Disabled",
            "publicNetworkAccess": self._shape.public_network_access,
            **({"containerRegistry": registry} if registry else {}),
        }
        workspace = await self._put(self._id, ML, {"properties": properties})
        if self._shape.private_endpoint and not private_link.connections_of(self._emulator, workspace.id):
            network.connect_workspace(self._emulator, workspace)
        if self._shape.registry == "Private":
            cluster = {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2"}}
            await self._put(f"{self._id}/computes/{CLUSTER}", ML, {"properties": cluster})
            await self._put(self._id, ML, {"properties": {"imageBuildCompute": CLUSTER}})
        put_code(self._emulator, workspace, "seeded", SCORES)
        environment = {"properties": {"image": "mcr.microsoft.com/azureml/minimal-py311-inference:latest"}}
        await self._put(f"{self._id}/environments/seeded/versions/1", ML, environment)
        return workspace

    def _name(self, prefix: str) -> str:
        return f"{prefix}{unique_string([self._id.lower()])}"

    async def _vault(self) -> str:
        action = "Deny" if self._shape.vault == "Closed" else "Allow"
        rules = {"bypass": "AzureServices", "defaultAction": action, "ipRules": [], "virtualNetworkRules": []}
        properties = {"sku": {"name": "standard", "family": "A"}, "accessPolicies": [], "networkAcls": rules}
        properties["tenantId"] = self._emulator.directory.tenant_id
        identity = f"{self._group}/providers/Microsoft.KeyVault/vaults/{self._name('kv')}"
        return (await self._put(identity, VAULTS, {"properties": properties})).id

    async def _storage(self) -> str:
        identity = f"{self._group}/providers/Microsoft.Storage/storageAccounts/{self._name('st')}"
        desired = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
        return (await self._put(identity, ACCOUNTS, desired)).id

    async def _registry(self) -> str:
        tier = self._shape.registry
        if tier == "none":
            return ""
        identity = f"{self._group}/providers/Microsoft.ContainerRegistry/registries/{self._name('cr')}"
        private = {"publicNetworkAccess": "Disabled"} if tier == "Private" else {}
        desired = {"sku": {"name": "Premium" if tier == "Private" else tier}, "properties": private}
        return (await self._put(identity, REGISTRIES, desired)).id

    async def _endpoint(self, workspace: Resource, shape: EndpointShape) -> None:
        place = f"{self._id}/onlineEndpoints/{shape.name}"
        properties: dict[str, Any] = {"authMode": shape.auth_mode, "publicNetworkAccess": shape.public_network_access}
        desired: dict[str, Any] = {"identity": {"type": "SystemAssigned"}, "tags": shape.tags, "properties": properties}
        await self._put(place, ML, desired)
        if shape.logged:
            await self._logs(place)
        for name in shape.deployments:
            await self._deployment(f"{place}/deployments/{name}", workspace, shape)
        properties |= {"traffic": shape.traffic, "mirrorTraffic": shape.mirror_traffic}
        endpoint = await self._put(place, ML, desired)
        if shape.cluster:
            kubernetes.serve_from_cluster(self._emulator, endpoint, shape.cluster)

    async def _logs(self, endpoint: str) -> None:
        workspace = f"{self._group}/providers/Microsoft.OperationalInsights/workspaces/{self._name('log')}"
        await self._put(workspace, LOG_WORKSPACES, {"properties": {}})
        logs = [{"categoryGroup": "allLogs", "enabled": True}]
        setting = f"{endpoint}/providers/Microsoft.Insights/diagnosticSettings/all"
        await self._put(setting, DIAGNOSTIC_SETTINGS, {"properties": {"workspaceId": workspace, "logs": logs}})

    async def _deployment(self, place: str, workspace: Resource, shape: EndpointShape) -> None:
        properties = {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS2_v2",
            "codeConfiguration": {"codeId": f"{workspace.id}/codes/seeded/versions/1", "scoringScript": SCRIPT},
            "environmentId": f"{workspace.id}/environments/seeded/versions/1",
            "requestSettings": {"maxConcurrentRequestsPerInstance": 4},
            **({"egressPublicNetworkAccess": shape.egress} if shape.egress == "Disabled" else {}),
        }
        await self._put(place, ML, {"sku": {"name": "Default", "capacity": 1}, "properties": properties})

    async def _copies(self) -> list[str]:
        if not self._shape.copies:
            return []
        original = self._emulator.resources.require(f"{self._id}/onlineEndpoints/{self._shape.endpoints[0].name}")
        names = [f"{original.name}-{number:04}" for number in range(1, self._shape.copies + 1)]
        for at, name in enumerate(names):
            copy_endpoint(self._emulator, original, name)
            if at % 50 == 0:
                await asyncio.sleep(0)
        return names

    async def _put(self, identity: str, version: str, body: dict[str, Any]) -> Resource:
        """Send a PUT that has to succeed, and wait for the end of its operation."""
        document = {"location": self._shape.location, **body}
        await carry_out(self._emulator, Request("PUT", identity, version, document, self._principal))
        await self._emulator.operations.expedite(identity)
        made = self._emulator.resources.require(identity)
        state = made.properties.get("provisioningState", "Succeeded")
        if state != "Succeeded":
            raise ArmError(409, "SeedingFailed", f"{identity} ended as {state}.")
        return made
