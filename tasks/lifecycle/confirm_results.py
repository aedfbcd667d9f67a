"""Check that the resources of a failed run's finished steps still exist, before its retry reuses their results."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger
from pydantic import BaseModel

from tasks.clients.connect import Azure
from tasks.domain.azure.networking.network import ManagedNetwork
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


class Confirmed(BaseModel, frozen=True):
    """The steps whose kept results may be reused; by default none."""

    workspace: bool = False
    network: bool = False
    endpoint: bool = False
    online_deployment: bool = False


@task(task_run_name="confirm results of the failed run", **UNCACHED)
def confirm_results(target: AzureTarget, spec: WorkspaceSpec, endpoint: str, online_deployment: str) -> Confirmed:
    """Compare the present resources with the results of the finished steps; only reads."""
    with opened(target) as azure:
        confirmed = _compare(azure, spec, endpoint, online_deployment)
    summary = ", ".join(f"{name} {'kept' if kept else 'repeated'}" for name, kept in confirmed)
    get_run_logger().info("Results of the failed run: %s", summary)
    return confirmed


def _compare(azure: Azure, spec: WorkspaceSpec, endpoint: str, online_deployment: str) -> Confirmed:
    workspace = azure.workspace.get()
    if workspace is None or not _succeeded(workspace.provisioning_state):
        return Confirmed()
    served = azure.endpoints.get(endpoint)
    made = azure.online_deployments.get(endpoint, online_deployment) if served else None
    return Confirmed(
        workspace=True,
        network=_network_holds(azure, workspace.managed_network, spec),
        endpoint=served is not None and _succeeded(served.provisioning_state),
        online_deployment=made is not None and _succeeded(made.provisioning_state),
    )


def _network_holds(azure: Azure, network: ManagedNetwork, spec: WorkspaceSpec) -> bool:
    active = {rule.name.lower() for rule in azure.network.rules() if rule.status.lower() == "active"}
    return network.is_active and active.issuperset(rule.name.lower() for rule in spec.outbound_rules)


def _succeeded(provisioning_state: str) -> bool:
    return provisioning_state.lower() == "succeeded"
