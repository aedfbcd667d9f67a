"""Removes what the lifecycle made, and nothing else."""

from prefect import flow

from tasks.domain.naming import EndpointName
from tasks.domain.target import AzureTarget
from tasks.domain.teardown import TeardownPlan, TeardownScope, teardown_markdown
from tasks.plan_teardown import plan_teardown
from tasks.publish_report import publish_report
from tasks.tear_down import tear_down


# Annotations are types here, not text (no `from __future__ import annotations`): a flow that is sent to another process
# as an object leaves the names in them behind.
@flow(flow_run_name="teardown of {scope} {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_teardown(
    target: AzureTarget,
    endpoint: EndpointName,
    scope: TeardownScope = "endpoint",
    *,
    dry_run: bool = True,
    wait: bool = True,
) -> TeardownPlan:
    """Remove an endpoint, or the whole resource group, if these flows made all of it.

    Args:
        target: The workspace to work on.
        endpoint: The endpoint to remove, with all its online deployments.
        scope: What to remove: the endpoint, or the resource group with everything in it.
        dry_run: Only show what would be removed. On by default.
        wait: Wait until it is gone. A name can't be used again before that.
    """
    plan = plan_teardown(target, endpoint, scope)
    if plan.foreign:
        _publish(plan, endpoint, "Refused: it holds what these flows did not make. Nothing was removed.")
        plan.require_ours()
    if dry_run:
        _publish(plan, endpoint, "Dry run: nothing was removed. Run again with dry_run off to remove this.")
    elif plan.removes:
        tear_down(target, endpoint, scope, wait=wait)
        _publish(plan, endpoint, "Removed." if wait else "Deletion accepted; it goes on in Azure.")
    return plan


def _publish(plan: TeardownPlan, endpoint: str, done: str) -> None:
    publish_report(
        key=f"teardown-{endpoint.lower()}",
        markdown=teardown_markdown(plan, done=done),
        description=f"{plan.what}: {done}",
    )
