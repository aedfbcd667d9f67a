"""Turns requests, output and events of an online endpoint into records, where a diagnostic setting asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from deployments.emulator.clock import iso
from deployments.emulator.core import Emulator
from deployments.emulator.state import Resource, parent_of
from deployments.emulator.telemetry.records import Records
from deployments.emulator.telemetry.tables import CATEGORY_GROUPS, CONSOLE, EVENT, FOUND_FROM, TRAFFIC

ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
INSTANCE = "aml-emulated-instance-0"
INGESTION = "log_record.ingest"  # the operation that a fault delays, so that queries find records later


def console(emulator: Emulator, deployment_id: str, container: str, message: str) -> None:
    """Record a line that a container printed."""
    image = _image(emulator, deployment_id)
    record = {"ContainerName": container, "ContainerImageName": image, "Message": message}
    _of_deployment(emulator, deployment_id, CONSOLE, {"OperationName": f"{ENDPOINTS}/consoleLog", **record})


def event(emulator: Emulator, deployment_id: str, name: str, message: str) -> None:
    """Record an event of a container."""
    record = {"OperationName": f"{ENDPOINTS}/eventLog", "Name": name, "Message": message}
    _of_deployment(emulator, deployment_id, EVENT, record)


def traffic(emulator: Emulator, endpoint: Resource, record: dict[str, Any]) -> None:
    """Record a scoring request, and its answer."""
    for workspace in _interested(emulator, endpoint.id, TRAFFIC):
        _add(emulator, workspace, TRAFFIC, endpoint.id, {"OperationName": f"{ENDPOINTS}/trafficLog", **record})


def _of_deployment(emulator: Emulator, deployment_id: str, table: str, record: dict[str, Any]) -> None:
    endpoint_id = parent_of(deployment_id)
    for workspace in _interested(emulator, endpoint_id, table):
        whose = {"InstanceId": INSTANCE, "DeploymentName": deployment_id.rsplit("/", 1)[-1]}
        _add(emulator, workspace, table, endpoint_id, {**record, **whose})


def _image(emulator: Emulator, deployment_id: str) -> str:
    deployment = emulator.resources.get(deployment_id)
    environment = emulator.resources.get((deployment and deployment.properties.get("environmentId")) or "-")
    return str((environment and environment.properties.get("image")) or "")


def _add(emulator: Emulator, workspace: str, table: str, endpoint_id: str, record: dict[str, Any]) -> None:
    resource = endpoint_id.lower()
    common = {
        "TenantId": workspace,
        "SourceSystem": "Azure",
        "Type": table,
        "_ResourceId": resource,
        "_SubscriptionId": resource.split("/")[2],
        "_IsBillable": "true",
    }
    whole = {"TimeGenerated": emulator.clock.timestamp(), **record, **common}
    found = {**whole, "_BilledSize": len(json.dumps(whole))}
    fault = emulator.faults.for_operation(INGESTION, resource)
    if fault and fault.action == "delay":
        found[FOUND_FROM] = iso(emulator.clock.now() + fault.seconds)
    emulator.part(Records).add(workspace, table, found)


def _interested(emulator: Emulator, endpoint_id: str, table: str) -> Iterator[str]:
    """Yield the GUIDs of the workspaces that the endpoint's diagnostic settings send this table to."""
    for setting in emulator.resources.members(f"{endpoint_id}/providers/Microsoft.Insights/diagnosticSettings"):
        workspace = emulator.resources.get(setting.properties.get("workspaceId") or "-")
        if workspace and any(_wants(log, table) for log in setting.properties.get("logs") or []):
            yield str(workspace.properties.get("customerId") or "")


def _wants(log: dict[str, Any], table: str) -> bool:
    group = CATEGORY_GROUPS.get(str(log.get("categoryGroup") or "").lower(), frozenset())
    return bool(log.get("enabled")) and (str(log.get("category") or "").lower() == table.lower() or table in group)
