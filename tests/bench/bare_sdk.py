"""The lifecycle as a bare script of SDK calls, step after step, as a person would write it from the documentation."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import requests
from azure.ai.ml import MLClient, load_online_deployment, load_online_endpoint
from azure.ai.ml.constants._workspace import IsolationMode
from azure.ai.ml.entities import ManagedNetwork, Workspace
from azure.identity import DefaultAzureCredential

SAMPLES = Path("deployments/samples")
MANAGEMENT = "https://management.azure.com"


def main(name: str) -> None:
    """Resource group, workspace, network, endpoint, deployment, traffic, scoring, both logs."""
    group, endpoint_name = f"rg-{name}", f"{name}-endpoint"
    subscription = os.environ["AZURE_SUBSCRIPTION_ID"]
    credential = DefaultAzureCredential()
    token = credential.get_token(f"{MANAGEMENT}/.default").token
    address = f"{MANAGEMENT}/subscriptions/{subscription}/resourceGroups/{group}?api-version=2021-04-01"
    headers = {"Authorization": f"Bearer {token}"}
    requests.put(address, json={"location": "westeurope"}, headers=headers, timeout=10).raise_for_status()
    # Its default interval of 30 s would make every comparison a walkover.
    client = MLClient(credential, subscription, group, name, show_progress=False, polling_interval=0.1)
    network = ManagedNetwork(isolation_mode=IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND)
    client.workspaces.begin_create(Workspace(name=name, location="westeurope", managed_network=network)).result()
    client.workspaces.begin_provision_network(workspace_name=name, include_spark=False).result()
    connect_privately(f"{MANAGEMENT}/subscriptions/{subscription}/resourceGroups", group, name, headers)
    endpoint = load_online_endpoint(
        SAMPLES / "endpoint.yml", params_override=[{"name": endpoint_name}, {"public_network_access": "disabled"}]
    )
    client.online_endpoints.begin_create_or_update(endpoint).result()
    blue = load_online_deployment(SAMPLES / "blue-deployment.yml", params_override=[{"endpoint_name": endpoint_name}])
    client.online_deployments.begin_create_or_update(blue).result()
    endpoint = client.online_endpoints.get(endpoint_name)
    endpoint.traffic = {"blue": 100}
    client.online_endpoints.begin_create_or_update(endpoint).result()
    print(client.online_endpoints.invoke(endpoint_name, request_file=str(SAMPLES / "sample-request.json")))
    for container in ("inference-server", "storage-initializer"):
        client.online_deployments.get_logs("blue", endpoint_name, lines=200, container_type=container)


def connect_privately(groups: str, group: str, workspace: str, headers: dict[str, str]) -> None:
    """The private endpoint in the network that is there, its two zones, their links, and one zone group."""

    def put(path: str, version: str, body: dict[str, Any]) -> str:
        address = f"{groups}/{path}"
        requests.put(f"{address}?api-version={version}", json=body, headers=headers, timeout=10).raise_for_status()
        while True:
            shown = requests.get(f"{address}?api-version={version}", headers=headers, timeout=10).json()
            if shown["properties"]["provisioningState"] == "Succeeded":
                return str(shown["id"])
            time.sleep(0.05)

    network, own = "network/providers/Microsoft.Network", f"{group}/providers/Microsoft.Network"
    scope = groups.removeprefix(MANAGEMENT)
    callers = f"{scope}/{network}/virtualNetworks/callers"
    configurations = []
    for name in ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"):
        zone = put(f"{network}/privateDnsZones/{name}", "2020-06-01", {"location": "global"})
        link = {"virtualNetwork": {"id": callers}, "registrationEnabled": False}
        put(
            f"{network}/privateDnsZones/{name}/virtualNetworkLinks/callers",
            "2020-06-01",
            {"location": "global", "properties": link},
        )
        configurations.append({"name": name.replace(".", "-"), "properties": {"privateDnsZoneId": zone}})
    target = (
        f"{groups.removeprefix(MANAGEMENT)}/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
    )
    connection = {"name": workspace, "properties": {"privateLinkServiceId": target, "groupIds": ["amlworkspace"]}}
    properties = {"subnet": {"id": f"{callers}/subnets/default"}, "privateLinkServiceConnections": [connection]}
    put(f"{own}/privateEndpoints/pe", "2023-11-01", {"location": "eastus", "properties": properties})
    zone_group = {"properties": {"privateDnsZoneConfigs": configurations}}
    put(f"{own}/privateEndpoints/pe/privateDnsZoneGroups/default", "2023-11-01", zone_group)


if __name__ == "__main__":
    main(sys.argv[1])
