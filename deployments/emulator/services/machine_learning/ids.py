"""The paths of Microsoft.MachineLearningServices' resources in the management plane."""

from __future__ import annotations

from deployments.emulator.http.call import Call
from deployments.emulator.state import Resource

PROVIDER = "Microsoft.MachineLearningServices"
SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}"
WORKSPACES = GROUP + f"/providers/{PROVIDER}/workspaces"
WORKSPACE = WORKSPACES + "/{workspace}"
LOCATION = SUBSCRIPTION + f"/providers/{PROVIDER}/locations/{{location}}"

WORKSPACE_TYPE = f"{PROVIDER}/workspaces"
ENDPOINT_TYPE = f"{WORKSPACE_TYPE}/onlineEndpoints"
DEPLOYMENT_TYPE = f"{ENDPOINT_TYPE}/deployments"


def workspace_id(call: Call) -> str:
    """The id of the workspace that a call is about, in the spelling that Azure gives back."""
    return WORKSPACE.format(**call.params)


def workspace_of(call: Call) -> Resource:
    """The workspace that a call is about.

    Raises:
        ArmError: 404, where there is none.
    """
    return call.emulator.resources.require(workspace_id(call))


def location_of(resource: Resource) -> str:
    """The region, in the form without spaces."""
    return str(resource.body["location"]).replace(" ", "").lower()


def author(call: Call) -> str:
    """Return the identity that systemData names as the creator or the last modifier."""
    return call.principal.object_id if call.principal else "service"
