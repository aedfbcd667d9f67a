"""What the identity of an endpoint needs so that an online deployment starts: pulling its image, reading its files.

Source: learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints (BadArgument).
"""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.rights import Rights
from deployments.emulator.services.container_registry import REGISTRIES
from deployments.emulator.services.machine_learning.identities.managed import principals
from deployments.emulator.state import Resource

PULL = "Microsoft.ContainerRegistry/registries/pull/read"
READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
HOST = ".azurecr.io"


def check(emulator: Emulator, workspace: Resource, endpoint: Resource, deployment: Resource) -> None:
    """Check the roles of each identity of an endpoint, once the image is built.

    Raises:
        ArmError: 400 BadArgument, where an identity may not pull the image, or may not read the model and the code.
    """
    who, rights = principals(emulator, endpoint), emulator.part(Rights)
    registry = _registry(emulator, workspace, deployment)
    if registry and not (who and all(rights.allows(one, PULL, registry) for one in who)):
        raise _no_pull()
    account = str(workspace.properties.get("storageAccount") or "")
    reads = deployment.properties.get("model") or deployment.properties.get("codeConfiguration")
    if account and reads and not (who and all(rights.allows_data(one, READ, account) for one in who)):
        raise bad_request(
            "BadArgument",
            "Startup task failed due to authorization error. Please see troubleshooting guide, available here: "
            "https://aka.ms/oe-tsg#error-badargument",
        )


def _registry(emulator: Emulator, workspace: Resource, deployment: Resource) -> str:
    """Return the id of the registry that the image comes from, or its host where it isn't there; empty if it's public.

    Built images are in the workspace's registry; Microsoft's registry takes no identity.
    """
    environment = emulator.resources.get(str(deployment.properties.get("environmentId") or ""))
    if environment is None:
        return ""
    if environment.properties.get("condaFile") or environment.properties.get("build"):
        return str(workspace.properties.get("containerRegistry") or "")
    host = str(environment.properties.get("image") or "").split("/")[0].lower()
    if not host.endswith(HOST):
        return ""
    found = emulator.resources.named(REGISTRIES.type, host.removesuffix(HOST))
    return found[0].id if found else host


def _no_pull() -> ArmError:
    return bad_request(
        "BadArgument",
        "Endpoint identity does not have pull permission on the registry. For System Assigned Identity case and "
        "workspace ACR, platform will wire up the permissions but if user is creating deployment with User Assigned "
        "Identity or if using non-workspace ACR, then User should grant pull permissions to identity on the registry. "
        "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#authorization-error",
    )
