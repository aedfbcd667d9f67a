"""Azure's own diagnosis of a workspace: problems of the resources that it depends on."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services.machine_learning import waiting
from deployments.emulator.services.machine_learning.ids import WORKSPACE, workspace_of

DIAGNOSE = "workspace.diagnose"
ACTION = "Microsoft.MachineLearningServices/workspaces/diagnose/read"  # as it is registered, although it is a POST
RESULTS = {
    "userDefinedRouteResults": "",
    "networkSecurityRuleResults": "",
    "resourceLockResults": "",
    "dnsResolutionResults": "",
    "storageAccountResults": "storageAccount",
    "keyVaultResults": "keyVault",
    "containerRegistryResults": "containerRegistry",
    "applicationInsightsResults": "applicationInsights",
    "otherResults": "",
}


def routes() -> list[Route]:
    """The diagnosis."""
    return [Route("POST", WORKSPACE + "/diagnose", _diagnose, action=ACTION)]


def set_up(emulator: Emulator) -> None:
    """Register how a diagnosis ends."""
    emulator.operations.completes(DIAGNOSE, _complete)


def _diagnose(call: Call) -> Answer:
    workspace = workspace_of(call)
    operation = call.emulator.operations.start(DIAGNOSE, f"{workspace.id}/diagnose", data={"workspace": workspace.id})
    headers = waiting.workspace_headers(call, workspace, operation)
    headers.pop("Azure-AsyncOperation")  # recorded: this one has a Location only
    return Answer(202, None, headers)


def _complete(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    workspace = emulator.resources.require(operation.data["workspace"])
    further: dict[str, list[dict[str, str]]] = workspace.private.get("diagnosis", {})
    found: dict[str, Any] = {}
    for result, part in RESULTS.items():
        resource_id = str(workspace.properties.get(part) or "") if part else ""
        gone = bool(resource_id) and emulator.resources.get(resource_id) is None
        found[result] = [*(_absent(resource_id) if gone else []), *further.get(result, [])]
    return {"value": found}


def _absent(resource_id: str) -> list[dict[str, str]]:
    gone = (
        f"Resource {resource_id} has been removed, which is an essential resource to use Azure Machine Learning. "
        f"Please recover Resource {resource_id}."
    )
    unknown = f"Unable to check settings on resource '{resource_id}'."
    return [
        {"code": "DependencyResourceNotExist", "level": "Error", "message": gone},
        {"code": "UnableToCheckDependencyResource", "level": "Warning", "message": unknown},
    ]
