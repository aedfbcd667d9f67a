"""Read a workspace and its dependencies, with one control-plane request each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from tasks.clients.control_plane.key_vault import as_key_vault_network
from tasks.clients.control_plane.network import as_rule
from tasks.clients.control_plane.registry import as_connection, as_registry
from tasks.clients.control_plane.workspaces import WORKSPACE_API, as_workspace
from tasks.clients.transport.arm_async import Reads
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.networking.network import OutboundRule
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.common import errors
from tasks.domain.diagnostics.diagnosed import (
    Compute,
    DiagnosedVault,
    DiagnosedWorkspace,
    DiagnosisResult,
    Level,
    StorageAccount,
)

_REGISTRY_API: Final = "2023-07-01"
_VAULT_API: Final = "2023-07-01"
_STORAGE_API: Final = "2023-01-01"
_COMPUTE_API: Final = "2023-08-01-preview"
_DIAGNOSE_SECONDS: Final = 120.0
_DIAGNOSE_PAUSE: Final = 0.5
_LEVELS: Final[Mapping[str, Level]] = {"error": "Error", "warning": "Warning"}


async def list_workspaces(reads: Reads, scope_path: str) -> tuple[DiagnosedWorkspace, ...]:
    """List all workspaces of a subscription or resource group."""
    path = f"{scope_path}/providers/Microsoft.MachineLearningServices/workspaces"
    return tuple(_as_workspace(one) for one in await reads.read_all("list workspaces", path, WORKSPACE_API))


async def read_workspace(reads: Reads, resource_id: str) -> DiagnosedWorkspace:
    """Read a workspace.

    Raises:
        NotFound: When it does not exist.
    """
    return _as_workspace(await reads.read(f"read workspace {_short(resource_id)}", resource_id, WORKSPACE_API))


async def list_outbound_rules(reads: Reads, workspace_id: str) -> tuple[OutboundRule, ...]:
    """List all outbound rules of a workspace's managed network, including Azure's own."""
    doing = f"list outbound rules of {_short(workspace_id)}"
    return tuple(as_rule(one) for one in await reads.read_all(doing, f"{workspace_id}/outboundRules", WORKSPACE_API))


async def read_vault(reads: Reads, resource_id: str) -> DiagnosedVault:
    """Read a key vault's firewall."""
    body = await reads.read(f"read key vault {_short(resource_id)}", resource_id, _VAULT_API)
    tenant = body["properties"].get("tenantId") or ""
    return DiagnosedVault(**dict(as_key_vault_network(body)), tenant_id=tenant)


async def read_registry(reads: Reads, resource_id: str) -> ContainerRegistry:
    """Read a container registry with its private endpoint connections."""
    return as_registry(await reads.read(f"read container registry {_short(resource_id)}", resource_id, _REGISTRY_API))


async def read_storage(reads: Reads, resource_id: str) -> StorageAccount:
    """Read a storage account with its private endpoint connections."""
    body = await reads.read(f"read storage account {_short(resource_id)}", resource_id, _STORAGE_API)
    properties = body["properties"]
    return StorageAccount(
        id=body["id"],
        name=body["name"],
        public_network_access=(properties.get("publicNetworkAccess") or "Enabled").lower(),
        private_endpoint_connections=tuple(
            as_connection(one) for one in properties.get("privateEndpointConnections") or ()
        ),
    )


async def read_compute(reads: Reads, workspace_id: str, name: str) -> Compute:
    """Read a compute of the workspace, which may be absent."""
    try:
        body = await reads.read(f"read compute {name}", f"{workspace_id}/computes/{name}", _COMPUTE_API)
    except errors.NotFound:
        return Compute(name=name, exists=False)
    return _as_compute(body)


async def list_computes(reads: Reads, workspace_id: str) -> tuple[Compute, ...]:
    """List all computes of a workspace."""
    doing = f"list computes of {_short(workspace_id)}"
    return tuple(_as_compute(one) for one in await reads.read_all(doing, f"{workspace_id}/computes", _COMPUTE_API))


async def diagnose_workspace(reads: Reads, workspace_id: str) -> tuple[DiagnosisResult, ...]:
    """Run Azure's own diagnosis: one write, and reads until it ends.

    Raises:
        WaitTimedOut: When it takes longer than two minutes.
    """
    doing = f"diagnose workspace {_short(workspace_id)}"
    started = await reads.exchange(Call(doing, "POST", f"{workspace_id}/diagnose", WORKSPACE_API, {"value": {}}))
    answer = started
    deadline = asyncio.get_running_loop().time() + _DIAGNOSE_SECONDS
    while answer.status == 202:
        if asyncio.get_running_loop().time() > deadline:
            raise errors.WaitTimedOut(f"{doing}: still running after {_DIAGNOSE_SECONDS:.0f} s", "Run again later.")
        await asyncio.sleep(_pause(answer.headers))
        location = answer.headers.get("location") or started.headers["location"]
        answer = await reads.exchange(Call(doing, "GET", location))
    return _as_results(answer.body.get("value") or {})


def _pause(headers: Mapping[str, str]) -> float:
    """Return the pause that Azure requests, in seconds, with this client's own pause as the maximum."""
    requested = headers.get("x-ms-retry-after-ms") or ""
    return min(int(requested) / 1000, _DIAGNOSE_PAUSE) if requested.isdigit() else _DIAGNOSE_PAUSE


def _as_workspace(body: Json) -> DiagnosedWorkspace:
    properties = body["properties"]
    return DiagnosedWorkspace(
        **dict(as_workspace(body)),
        tenant_id=properties.get("tenantId") or "",
        connections=tuple(as_connection(one) for one in properties.get("privateEndpointConnections") or ()),
    )


def _as_compute(body: Json) -> Compute:
    properties = body["properties"]
    return Compute(
        name=body["name"],
        kind=properties.get("computeType") or "",
        location=properties.get("computeLocation") or body.get("location") or "",
        provisioning_state=state_of(body),
    )


def _as_results(results: Json) -> tuple[DiagnosisResult, ...]:
    return tuple(
        DiagnosisResult(
            subject=name.removesuffix("Results"),
            code=one.get("code") or "",
            level=_LEVELS.get((one.get("level") or "").lower(), "Information"),
            message=one.get("message") or "",
        )
        for name, lines in results.items()
        for one in lines or ()
    )


def _short(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]
