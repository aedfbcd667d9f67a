"""Look whether what a failed run's finished steps made is still there, before its retry trusts them."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger
from pydantic import BaseModel, ConfigDict

from tasks.clients.connect import Azure
from tasks.domain.azure.network import ManagedNetwork
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_AGAIN


class Confirmed(BaseModel):
    """Whose kept results may be trusted. Without a look, nobody's."""

    model_config = ConfigDict(frozen=True)

    workspace: bool = False
    network: bool = False
    endpoint: bool = False
    online_deployment: bool = False


@task(task_run_name="confirm results of the failed run", **LOOK_AGAIN)
def confirm_results(target: AzureTarget, spec: WorkspaceSpec, endpoint: str, online_deployment: str) -> Confirmed:
    """Compare what is there with what the finished steps left behind; only reads."""
    with opened(target) as azure:
        confirmed = _look(azure, spec, endpoint, online_deployment)
    told = ", ".join(f"{name} {'kept' if kept else 'done again'}" for name, kept in confirmed)
    get_run_logger().info("Results of the failed run: %s", told)
    return confirmed


def _look(azure: Azure, spec: WorkspaceSpec, endpoint: str, online_deployment: str) -> Confirmed:
    workspace = azure.workspace.get()
    if workspace is None or not _is_settled_well(workspace.provisioning_state):
        return Confirmed()
    served = azure.endpoints.get(endpoint)
    made = azure.online_deployments.get(endpoint, online_deployment) if served else None
    return Confirmed(
        workspace=True,
        network=_network_holds(azure, workspace.managed_network, spec),
        endpoint=served is not None and _is_settled_well(served.provisioning_state),
        online_deployment=made is not None and _is_settled_well(made.provisioning_state),
    )


def _network_holds(azure: Azure, network: ManagedNetwork, spec: WorkspaceSpec) -> bool:
    active = {rule.name.lower() for rule in azure.network.rules() if rule.status.lower() == "active"}
    return network.is_active and active.issuperset(rule.name.lower() for rule in spec.outbound_rules)


def _is_settled_well(provisioning_state: str) -> bool:
    return provisioning_state.lower() == "succeeded"
