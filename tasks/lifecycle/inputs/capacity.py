"""Check, before anything is created, that the region has room for the online deployment."""

from __future__ import annotations

from collections.abc import Callable

from tasks.clients.connect import Azure
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeployment, OnlineDeploymentSpec
from tasks.domain.azure.quota import cores_needed, quota_sentence
from tasks.domain.common.errors import EndpointOpsError, QuotaExceeded


def check_capacity(azure: Azure, endpoint: EndpointSpec, spec: OnlineDeploymentSpec) -> tuple[str, ...]:
    """Check the quota of the instance type, and that the subscription may have it in the region.

    Both lists are the subscription's: an identity with rights in one group alone often can't read them.

    Returns:
        Warnings: what could not be checked.

    Raises:
        QuotaExceeded: When Azure would refuse the deployment, or never finish it.
        InvalidSpec: See ``OnlineDeployments.machines``.
    """
    machines = azure.online_deployments.machines(spec)
    if not machines.instance_type:
        return ()
    present = _present(azure, endpoint, spec)
    if present and (present.instance_type, present.instance_count) == (machines.instance_type, machines.instance_count):
        return ()  # its cores are in use by itself

    def check_quota() -> None:
        quota = azure.quotas.read(machines.instance_type)
        if quota:
            grows = present is not None and present.instance_type.lower() == machines.instance_type.lower()
            freed = cores_needed(present.instance_count, quota.cores, present.instance_type) if grows and present else 0
            quota_sentence(machines, quota, freed)

    looks: dict[str, Callable[[], None]] = {
        "the quota": check_quota,
        f"whether {machines.instance_type} is available": lambda: azure.quotas.require_available(
            machines.instance_type
        ),
    }
    return tuple(doubt for what, look in looks.items() if (doubt := _doubt(what, look)))


def _present(azure: Azure, endpoint: EndpointSpec, spec: OnlineDeploymentSpec) -> OnlineDeployment | None:
    workspace = azure.workspace.get()
    return azure.online_deployments.get(endpoint.name, spec.name) if workspace else None


def _doubt(what: str, look: Callable[[], None]) -> str:
    """Why something could not be read; what was read and is not enough is raised."""
    try:
        look()
    except QuotaExceeded:
        raise
    except EndpointOpsError as error:
        return f"Not checked: {what}, so Azure may still refuse the deployment: {error.message}"
    return ""
