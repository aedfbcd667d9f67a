"""Reject inputs that can't work before anything is created."""

from __future__ import annotations

from collections.abc import Callable

from prefect import task
from prefect.logging import get_run_logger
from pydantic import BaseModel

from tasks.clients.connect import Azure
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.governance.roles import Part, lifecycle_actions
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.traffic import TrafficMap, check_named
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.errors import AccessDenied, EndpointOpsError, InvalidSpec
from tasks.domain.common.failures import combined_error
from tasks.domain.common.target import AzureTarget
from tasks.lifecycle.inputs.capacity import check_capacity
from tasks.lifecycle.inputs.identity import check_identity
from tasks.lifecycle.inputs.image import check_image
from tasks.lifecycle.inputs.outbound import check_outbound
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


class Inputs(BaseModel, frozen=True):
    """The inputs of the lifecycle flow, besides the target."""

    workspace: WorkspaceSpec
    endpoint: EndpointSpec
    online_deployment: OnlineDeploymentSpec
    sample_request: str
    private_access: PrivateAccessSpec | None
    traffic: TrafficMap


# One retry only: nothing is lost by failing here, and a user waits for the result.
@task(task_run_name="check inputs", **{**UNCACHED, "retries": 1})
def check_inputs(target: AzureTarget, inputs: Inputs) -> tuple[str, ...]:
    """Check the connection to Azure, the permissions, the workspace and every file; only reads.

    Files are checked even when Azure is unreachable, so that the user gets all errors at once.

    Returns:
        Warnings: possible problems that do not stop the run.

    Raises:
        EndpointOpsError: With everything that must be fixed.
    """
    doubts: list[str] = []
    with opened(target) as azure:
        checks: dict[str, Callable[[], object]] = {
            "internet proxy": azure.scoring.check_internet_proxy,
            "sample request": lambda: azure.scoring.load_request(inputs.sample_request),
            "endpoint": lambda: azure.endpoints.check(inputs.endpoint),
            "online deployment": lambda: doubts.extend(azure.online_deployments.check(inputs.online_deployment)),
        }
        not_signed_in = _failure_of(azure.access.sign_in)
        if not_signed_in is None:
            doing: dict[str, Callable[[], object]] = {
                "Azure": lambda: doubts.extend(_check_azure(azure, inputs)),
                "names and policies": lambda: doubts.extend(_check_company_rules(azure)),
                "private access": lambda: doubts.extend(_check_private_access(azure, inputs)),
                "storage": lambda: azure.storage_access.check(inputs.workspace),
                "uploads": lambda: azure.private_access.check_uploads(inputs.private_access),
                "resource providers": lambda: doubts.extend(azure.access.require_providers()),
                "registry": lambda: doubts.extend(azure.registry.check(inputs.workspace)),
                "identity": lambda: doubts.extend(_check_identity(azure, target, inputs)),
                "outbound rules": lambda: doubts.extend(check_outbound(azure, target, inputs.workspace)),
                "image": lambda: doubts.extend(_check_image(azure, inputs)),
                "capacity": lambda: doubts.extend(_check_capacity(azure, inputs)),
            }
            checks = {**doing, **checks}
        failures = {"Azure": not_signed_in} if not_signed_in else {}
        failures |= {name: failure for name, check in checks.items() if (failure := _failure_of(check))}
        if failures:
            raise combined_error("the inputs, nothing was created", failures)
        warnings = (*azure.endpoints.unused_fields(inputs.endpoint), *doubts)
    logger = get_run_logger()
    for warning in warnings:
        logger.warning(warning)
    logger.info("Signed in; permissions, region, files and traffic are valid")
    return warnings


def _failure_of(check: Callable[[], object]) -> EndpointOpsError | None:
    try:
        check()
    except EndpointOpsError as error:
        return error
    return None


def _check_private_access(azure: Azure, inputs: Inputs) -> tuple[str, ...]:
    """Callers reach the endpoint from the internet, or by a private endpoint that is there or can be made."""
    if inputs.private_access is None and inputs.endpoint.public_network_access == "enabled":
        return ()
    return azure.private_access.check(inputs.private_access)


def _check_company_rules(azure: Azure) -> tuple[str, ...]:
    """Nothing that is to be created has a name that stays taken, or lacks a tag that a policy demands."""
    group = azure.resource_groups.get()
    is_new = group is None or azure.workspace.get() is None
    names = azure.names.check(is_group_there=group is not None) if is_new else ()
    return (*names, *azure.policies.check(new_group=group is None))


def _check_azure(azure: Azure, inputs: Inputs) -> tuple[str, ...]:
    """The rights that this run needs, and what is there already."""
    present, warnings = _require_rights(azure, inputs)
    workspace = azure.workspace.check(inputs.workspace) if present else None
    endpoint = azure.endpoints.get(inputs.endpoint.name) if workspace else None
    online_deployments = azure.online_deployments.list(inputs.endpoint.name) if endpoint else ()
    check_named(inputs.traffic, [inputs.online_deployment.name, *(one.name for one in online_deployments)])
    return warnings


def _require_rights(azure: Azure, inputs: Inputs) -> tuple[Workspace | None, tuple[str, ...]]:
    """Return the workspace, if it is there, with what was not checked."""
    try:
        workspace = azure.workspace.get()
    except AccessDenied:  # reported with everything else that is missing
        workspace = None
    spec = inputs.workspace
    parts: dict[Part, bool] = {
        "workspace": workspace is None,
        "outbound rules": bool(spec.outbound_rules),
        "registry": bool(spec.container_registry or (workspace and workspace.container_registry)),
        "build compute": bool(spec.image_build_compute),
        "storage by identity": spec.storage_access == "identity",
        "private endpoint": inputs.private_access is not None and not inputs.private_access.policy_minutes,
    }
    mode = azure.endpoints.auth_mode(inputs.endpoint)
    needed = lifecycle_actions(mode, [name for name, is_needed in parts.items() if is_needed])
    return workspace, azure.access.require(needed)


def _check_capacity(azure: Azure, inputs: Inputs) -> tuple[str, ...]:
    return check_capacity(azure, inputs.endpoint, inputs.online_deployment) if _is_readable(azure, inputs) else ()


def _check_image(azure: Azure, inputs: Inputs) -> tuple[str, ...]:
    return check_image(azure, inputs.workspace, inputs.online_deployment) if _is_readable(azure, inputs) else ()


def _check_identity(azure: Azure, target: AzureTarget, inputs: Inputs) -> tuple[str, ...]:
    if not (_is_readable(azure, inputs) and _failure_of(lambda: azure.endpoints.check(inputs.endpoint)) is None):
        return ()
    return check_identity(azure, target, inputs.workspace, inputs.endpoint, inputs.online_deployment)


def _is_readable(azure: Azure, inputs: Inputs) -> bool:
    """False for a file that can't be read: its own check says so."""
    try:
        azure.online_deployments.check(inputs.online_deployment)
    except InvalidSpec:
        return False
    return True
