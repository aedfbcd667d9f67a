"""Known errors of one kind: Azure refuses an online deployment for what its files or the subscription lack.

Sources: learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints,
learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits.
"""

from __future__ import annotations

from typing import Final

from tasks.clients.transport.recognition import KnownError, same
from tasks.domain.common import errors

_SCRIPT: Final = (
    "Add code_configuration with code and scoring_script to the online deployment's file. A model of type mlflow_model "
    "needs none; an image with a server of its own needs an inference_config in its environment instead."
)
_ASSIGNMENTS: Final = (
    "The subscription has no role assignments left (maximum 4,000). Count them: az role assignment list --all --query "
    "'length(@)'. Delete unused ones, or assign roles to groups instead of single identities."
)
_CAPACITY: Final = (
    "The region has no free machines of this size: run again later, or choose another instance_type or region. More "
    "quota doesn't help."
)

_ROLE: Final = (
    "az role assignment create --assignee-object-id $(az identity show --ids IDENTITY_ID --query principalId --output "
    "tsv) --assignee-principal-type ServicePrincipal"
)
_WORKSPACE: Final = "$(az ml workspace show --name {workspace} --resource-group {resource_group} --query"
_PULL: Final = (
    "Give the endpoint's identity AcrPull on the registry of the image, then run again. A user-assigned one: "
    f"{_ROLE} --role AcrPull --scope {_WORKSPACE} container_registry --output tsv). A system-assigned one needs this "
    "only on a registry that is not the workspace's: use the registry's id, and as the assignee the result of az ml "
    "online-endpoint show --name {endpoint} --workspace-name {workspace} --resource-group {resource_group} --query "
    "identity.principal_id --output tsv. A new assignment takes up to ten minutes."
)
_READ: Final = (
    "Give the endpoint's user-assigned identity Storage Blob Data Reader on the workspace's storage account, then run "
    f"again: {_ROLE} --role 'Storage Blob Data Reader' --scope {_WORKSPACE} storage_account --output tsv). A new "
    "assignment takes up to ten minutes."
)
_IDENTITY: Final = (
    "Write the endpoint's present identity into its file, or delete the endpoint and create it again: az ml "
    "online-endpoint delete --name {endpoint} --workspace-name {workspace} --resource-group {resource_group}."
)

REFUSED_DEPLOYMENTS: Final[tuple[KnownError, ...]] = (
    KnownError(errors.AccessDenied, _PULL, phrase=r"does not have pull permission on the registry"),
    KnownError(errors.AccessDenied, _READ, phrase=r"startup task failed due to authorization error"),
    KnownError(errors.InvalidSpec, _IDENTITY, phrase=r"identit(y|ies) .*(immutable|cannot be changed)"),
    *same(errors.InvalidSpec, _SCRIPT, "MissingDriverProgram"),
    KnownError(
        errors.RequestRefused,
        "Nothing is wrong with your files: the emulator lacks this. Run it against Azure.",
        code="NotImplementedByEmulator",
    ),
    KnownError(errors.InvalidSpec, _SCRIPT, phrase=r"missing ?driver ?program|could not find driver program"),
    KnownError(errors.QuotaExceeded, _ASSIGNMENTS, code="RoleAssignmentLimitExceeded"),
    KnownError(errors.QuotaExceeded, _ASSIGNMENTS, phrase=r"role ?assignments? limit|no more role ?assignments"),
    *same(errors.QuotaExceeded, _CAPACITY, "OutOfCapacity", "AllocationFailed", "ZonalAllocationFailed"),
    KnownError(
        errors.InvalidSpec,
        "Remove egress_public_network_access from the online deployment's file: the managed network decides.",
        phrase=r"EgressPublicNetworkAccess under online deployment is no longer supported",
    ),
    KnownError(
        errors.InvalidSpec,
        "Make the workspace's container registry Premium: az acr update --name REGISTRY --sku Premium.",
        phrase=r"require a premium tier ACR",
    ),
    KnownError(
        errors.NotReady,
        "Wait until the endpoint's deletion has ended, then create the endpoint again. Its state: az ml "
        "online-endpoint show --name {endpoint} --workspace-name {workspace} --resource-group {resource_group}.",
        phrase=r"endpoint has not been created successfully or is in deleting provisioning state",
    ),
    KnownError(
        errors.NotReady,
        "Reattach the Kubernetes compute to the workspace, then check its relayserver pods: kubectl get pods "
        "--namespace azureml.",
        phrase=r"k8s-extension of the kubernetes cluster is not connectable",
    ),
)
# Azure's frame around any refusal of its inferencing service: looked up after everything inside it.
INFERENCING_FRAMES: Final = same(
    errors.InvalidSpec,
    "Correct the setting of the online deployment that the message names under errors.",
    "InferencingClientCallFailed",
    "InferencingClientCreateDeploymentFailed",
)
