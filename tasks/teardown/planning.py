"""What a teardown would remove, as Azure is now: for the approval, and again right before the deletion."""

from __future__ import annotations

from tasks.clients.connect import Azure
from tasks.domain.azure.networking.private_access import PrivateAccessParts
from tasks.domain.azure.ownership import Holdings
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.teardown.plan import TeardownPlan, TeardownScope, plan_endpoint, plan_resource_group


def plan_of(
    azure: Azure, target: AzureTarget, endpoint: EndpointName, scope: TeardownScope, *, purge: bool = False
) -> TeardownPlan:
    """List what would be removed, and what is not ours; only reads."""
    return _of_endpoint(azure, endpoint) if scope == "endpoint" else _of_group(azure, target, purge=purge)


def _of_endpoint(azure: Azure, name: str) -> TeardownPlan:
    endpoint = azure.endpoints.get(name)
    return plan_endpoint(name, endpoint, azure.online_deployments.list(name) if endpoint else ())


def _of_group(azure: Azure, target: AzureTarget, *, purge: bool) -> TeardownPlan:
    group = azure.resource_groups.get()
    holdings = azure.resource_groups.holdings() if group else Holdings()
    private_access = azure.private_access.parts() if group else PrivateAccessParts()
    plan = plan_resource_group(target.resource_group, group, holdings, private_access)
    names = azure.names.taken_by(plan.removes) + (azure.names.deleted_vaults() if group and purge else ())
    return plan.model_copy(update={"names": names, "purge": purge})
