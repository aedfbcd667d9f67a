"""The lifecycle as a bare script of SDK calls, step after step, as a person would write it from the documentation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

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


if __name__ == "__main__":
    main(sys.argv[1])
