"""The templates for Azure Container Instances and Kubernetes, by the code of the workers that will read them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deployments.paths import ROOT

NETWORK = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/callers"
IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/flows"
VALUES = {
    "azure_container_instances": {
        "subscription_id": "s",
        "resource_group_name": "rg",
        "location": "westeurope",
        "subnet_ids": [f"{NETWORK}/subnets/flows"],
        "identities": [IDENTITY],
    },
    "kubernetes": {"node_selector": {"agentpool": "flows"}},
}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the workers would ask for. No block is named, so nothing is asked of the API."""
    script = Path(__file__).with_name("build_jobs.py")
    settings = {
        "PREFECT_HOME": str(tmp_path_factory.mktemp("home")),
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PREFECT_API_AUTH_STRING": "somebody:secret",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    }
    command = [sys.executable, str(script), str(ROOT / "deployments" / "work_pools"), json.dumps(VALUES)]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_container_group_is_inside_the_network(jobs: dict[str, Any]) -> None:
    """It is in the subnet and its region, has the identity but no address, and keeps the auth string secret."""
    (group,) = jobs["azure_container_instances"]["resources"]
    properties = group["properties"]
    assert properties["subnetIds"] == [{"id": f"{NETWORK}/subnets/flows"}]
    assert "ipAddress" not in properties
    assert group["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    assert jobs["azure_container_instances"]["parameters"]["location"]["defaultValue"] == "westeurope"
    container = properties["containers"][0]["properties"]
    assert container["command"] == ["prefect", "flow-run", "execute"]
    told = {one["name"]: one for one in container["environmentVariables"]}
    assert told["PREFECT_API_URL"]["value"] == "http://127.0.0.1:9/api"
    assert told["PREFECT_API_AUTH_STRING"] == {"name": "PREFECT_API_AUTH_STRING", "secureValue": "somebody:secret"}
    assert told["AZURE_TOKEN_CREDENTIALS"]["value"] == "prod"
    assert told["PREFECT_HOME"]["value"] == "/home/endpoint-ops/.prefect"


def test_a_job_signs_in_by_workload_identity(jobs: dict[str, Any]) -> None:
    """Its pod carries the label and the service account, runs on the nodes asked for, and not as root."""
    pod = jobs["kubernetes"]["spec"]["template"]
    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert pod["spec"]["serviceAccountName"] == "endpoint-ops"
    assert pod["spec"]["nodeSelector"] == {"agentpool": "flows"}
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    assert container["args"] == ["prefect", "flow-run", "execute"]
    assert container["resources"]["limits"] == {"cpu": "2", "memory": "2Gi"}
    told = {one["name"]: one["value"] for one in container["env"]}
    assert told["AZURE_TOKEN_CREDENTIALS"] == "prod"
    assert told["PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR"] == "reschedule"
