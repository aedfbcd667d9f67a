"""Clusters of the team's own that serve online endpoints: their extension, and the inference router azureml-fe.

Such endpoints can't be created here: `serve_from_cluster` turns a managed one into one, for diagnosis.
"""

from __future__ import annotations

import re
import time
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.resources.groups import GROUP
from deployments.emulator.services.scoring import front, refusals
from deployments.emulator.state import Resource, parent_of

CLUSTERS = "Microsoft.ContainerService/managedClusters"
EXTENSION = "Microsoft.AzureML.Kubernetes"
EXTENSIONS = f"{GROUP}/providers/{CLUSTERS}/{{cluster}}/providers/Microsoft.KubernetesConfiguration/extensions"
# The name that AKS gives a load balancer, or the address of one inside the network.
HOST = r"[a-z0-9-]+\.[a-z0-9]+\.cloudapp\.azure\.com|10\.\d+\.\d+\.\d+"
NAME = "inference-cluster"


def routes() -> list[Route]:
    """The cluster's extensions, and the router's addresses."""
    one = "/api/v1/endpoint/{endpoint}"
    return [
        Route("GET", EXTENSIONS, _list_extensions),
        Route("GET", one + "/swagger.json", _swagger, HOST, open=True),
        Route("POST", one + "/score", _score, HOST, open=True),
        Route("HEAD", "/{path*}", _nothing, HOST, open=True),
    ]


def takes_plain_http(host: str) -> bool:
    """The router listens on ports 80 and 443."""
    return re.fullmatch(HOST, host, re.IGNORECASE) is not None


def serve_from_cluster(emulator: Emulator, endpoint: Resource, scheme: str = "https") -> Resource:
    """Let an endpoint run in a cluster that is attached to its workspace; returns the cluster's extension.

    By the name that the cluster is configured for, or, over HTTP, by the address of its load balancer.
    """
    workspace_id = parent_of(endpoint.id)
    extension = _attached(emulator, emulator.resources.require(workspace_id))
    settings = extension.properties["configurationSettings"]
    host = settings["sslCname"] if scheme == "https" else "10.20.15.250"
    if scheme == "http":
        settings.update(sslCname=None, allowInsecureConnections="true")
        emulator.resources.save(extension)
    uri = f"{scheme}://{host}/api/v1/endpoint/{endpoint.name}"
    endpoint.body["kind"] = "K8S"
    endpoint.properties.update(
        compute=f"{workspace_id}/computes/{NAME}",
        scoringUri=f"{uri}/score",
        swaggerUri=f"{uri}/swagger.json",
        publicNetworkAccess="Enabled",
        authMode="Key",  # a cluster takes no Microsoft Entra tokens
    )
    emulator.resources.save(endpoint)
    return extension


def _attached(emulator: Emulator, workspace: Resource) -> Resource:
    region = str(workspace.body["location"])
    cluster = f"{parent_of(workspace.id)}/providers/{CLUSTERS}/{NAME}-{workspace.name.lower()}"
    identity = f"{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/azureml"
    known = emulator.resources.get(identity)
    if known:
        return known
    compute: dict[str, Any] = {"computeType": "Kubernetes", "resourceId": cluster, "computeLocation": region}
    compute |= {"provisioningState": "Succeeded", "isAttachedCompute": True, "properties": {"namespace": "default"}}
    emulator.resources.create(f"{workspace.id}/computes/{NAME}", compute, location=region)
    emulator.resources.create(cluster, {"provisioningState": "Succeeded"}, location=region)
    settings = {
        "enableInference": "true",
        "sslCname": f"{workspace.name.lower()}-models.{region}.cloudapp.azure.com",
        "allowInsecureConnections": "false",
    }
    extension = {"extensionType": EXTENSION, "provisioningState": "Succeeded", "configurationSettings": settings}
    return emulator.resources.create(identity, extension)


def _list_extensions(call: Call) -> Answer:
    return Answer(200, {"value": [found.body for found in call.emulator.resources.members(call.path)]})


def _swagger(_call: Call) -> Answer:
    return Answer(404, "Swagger not found", {"content-type": "text/plain"})


def _nothing(_call: Call) -> Answer:
    return Answer(404)


async def _score(call: Call) -> Answer:
    began = time.perf_counter()
    endpoint = _endpoint(call)
    if endpoint is None:
        return refusals.no_deployment().answer()
    call.target = "/score"
    return await front.served(call, endpoint, began)


def _endpoint(call: Call) -> Resource | None:
    found = call.emulator.resources.named(
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints", call.params["endpoint"]
    )
    return next((one for one in found if f"//{call.host}/" in str(one.properties.get("scoringUri"))), None)
