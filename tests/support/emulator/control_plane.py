"""An emulator without ports, on time that only the test moves: its control plane is asked directly."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from deployments.emulator.app import Application
from deployments.emulator.clock import Clock
from deployments.emulator.core import Emulator, Options
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.consistency import SHARE
from support.emulator.api_versions import version_of

SECONDS = 10.0
REGION = "westeurope"


class StandingClock(Clock):
    """Time that moves by `advance` alone."""

    def now(self) -> float:
        return 1_800_000_000.0 + self._offset


@dataclass
class ControlPlane:
    """Short ways to ask the emulator, and to let its long-running operations end."""

    app: Application
    group: str = ""
    made: dict[str, str] = field(default_factory=dict)

    @property
    def emulator(self) -> Emulator:
        return self.app.emulator

    async def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Answer:
        """One request with the first principal's token; `address` may have a query, and a host."""
        url = urlsplit(address if address.startswith("https://") else f"https://management.azure.com{address}")
        query = {"api-version": version_of(url.path)} | {name.lower(): value for name, value in parse_qsl(url.query)}
        principal = self.emulator.directory.first()
        token = self.emulator.directory.sign("https://management.azure.com", 3600, appid=principal.client_id)
        content = json.dumps(body).encode() if body is not None else b""
        sent = {"authorization": f"Bearer {token}", **headers}
        host = url.hostname or ""
        call = Call(self.emulator, method, host, url.path, query, sent, content, "virtual_network", str(uuid.uuid4()))
        return await self.app._answer(call, None)

    async def get(self, address: str) -> dict[str, Any]:
        """The body of a GET that has to succeed."""
        answer = await self.ask("GET", address)
        assert answer.status == 200, answer.body
        assert isinstance(answer.body, dict)
        return answer.body

    async def shown(self, address: str) -> dict[str, Any]:
        """The body of a GET of what is being created, when reads no longer lag behind its write."""
        self.emulator.clock.advance(SHARE * SECONDS)
        return await self.get(address)

    async def put(self, address: str, body: dict[str, Any]) -> str:
        """A PUT that has to succeed, and to have ended well; returns the address."""
        answer = await self.ask("PUT", address, body)
        assert answer.status in (200, 201, 202), answer.body
        self.settle()
        return address

    def settle(self) -> None:
        """Let everything end that is in flight."""
        self.emulator.clock.advance(SECONDS + 1)
        self.emulator.operations.settle()

    async def provider(self, kind: str, name: str, body: dict[str, Any]) -> str:
        """A resource of another provider in the group, e.g. a key vault."""
        place = f"{self.group}/providers/{kind}/{name}"
        answer = await self.ask("PUT", place, {"location": REGION, **body})
        assert answer.status in (200, 201, 202), answer.body
        self.settle()
        return place

    async def identity(self, name: str = "scorer") -> tuple[str, str]:
        """A user-assigned identity; returns its id and its principal's."""
        place = await self.provider("Microsoft.ManagedIdentity/userAssignedIdentities", name, {})
        return place, str((await self.get(place))["properties"]["principalId"])

    async def workspace(self, name: str = "ws", **properties: Any) -> str:
        """A workspace that has Succeeded, of the group's own parts."""
        wanted = {"properties": {**self.made, **properties}, "location": REGION}
        return await self.put(f"{self.group}/providers/Microsoft.MachineLearningServices/workspaces/{name}", wanted)

    async def endpoint(self, workspace: str, name: str = "scores", **properties: Any) -> str:
        """An endpoint that has Succeeded."""
        wanted = {"location": REGION, "properties": {"authMode": "Key", **properties}}
        return await self.put(f"{workspace}/onlineEndpoints/{name}", wanted)

    def deployment(self, endpoint: str, name: str, *, size: str = "Standard_DS3_v2", instances: int = 1) -> str:
        """An online deployment that has Succeeded, without anything that runs."""
        identity = f"{endpoint}/deployments/{name}"
        properties = {
            "provisioningState": "Succeeded",
            "instanceType": size,
            "egressPublicNetworkAccess": "Enabled",
            "properties": {},
        }
        body = {
            "id": identity,
            "name": name,
            "location": REGION,
            "properties": properties,
            "tags": {},
            "systemData": {},
        }
        self.emulator.resources.put(identity, {**body, "sku": {"name": "Default", "capacity": instances}})
        return identity


def error_of(answer: Answer) -> tuple[int, str, str]:
    """A refusal: status, code, and all that its messages say."""
    assert isinstance(answer.body, dict)
    error = answer.body["error"]
    details = " ".join(detail["message"] for detail in error.get("details", []))
    return answer.status, error["code"], f"{error['message']} {details}"


async def start_control_plane(folder: Path, **how: Any) -> ControlPlane:
    """An emulator with a group that holds what a workspace is made of; `how` are further options."""
    plane = ControlPlane(Application(Options(folder, operation_seconds=SECONDS, **how), StandingClock()))
    subscription = plane.emulator.resources.setting("subscription", str)
    plane.group = f"/subscriptions/{subscription}/resourceGroups/rules"
    await plane.put(f"{plane.group}?api-version=2021-04-01", {"location": REGION})
    plane.made = {
        "keyVault": await plane.provider("Microsoft.KeyVault/vaults", "rules-vault", VAULT),
        "storageAccount": await plane.provider("Microsoft.Storage/storageAccounts", "rulesstorage", STORAGE),
    }
    return plane


VAULT = {
    "properties": {
        "tenantId": "00000000-0000-0000-0000-000000000000",
        "sku": {"name": "standard", "family": "A"},
        "accessPolicies": [],
    }
}
STORAGE = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
