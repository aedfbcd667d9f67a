"""Removes what the lifecycle made, and nothing else, after a person has seen the list."""

from typing import Annotated, Any, Final, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from flows.common.approval import Minutes, decision_on
from flows.common.cancellation import told_if_cancelled
from tasks.azure_workspace import AzureWorkspace
from tasks.domain.naming import EndpointName
from tasks.domain.teardown import TeardownPlan, TeardownScope, proposal_of, teardown_markdown
from tasks.plan_teardown import plan_teardown
from tasks.publish_report import publish_report
from tasks.tear_down import tear_down

Approval = Literal["ask", "dry_run", "given"]
_CANCELLED: Final = (
    "The run was cancelled. What Azure was asked to delete goes on being deleted. Run the teardown again to see what "
    "is left, and to remove it."
)


# Annotations are types here, not text (no `from __future__ import annotations`): a flow that is sent to another process
# as an object leaves the names in them behind.
@flow(flow_run_name="teardown {scope} {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_teardown(  # noqa: PLR0913 -- a flow's parameters are the fields of its form
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    endpoint: Annotated[EndpointName, Field(title="Endpoint")],
    scope: Annotated[TeardownScope, Field(title="Remove")] = "endpoint",
    approval: Annotated[Approval, Field(title="Approval")] = "ask",
    approval_minutes: Annotated[Minutes, Field(title="Minutes to approve")] = 60,
    *,
    wait: Annotated[bool, Field(title="Wait until it is gone")] = True,
) -> State[Any]:
    """Remove an endpoint, or the whole resource group, if these flows made all of it.

    A person approves the exact list first. Nothing is removed before that, nor after a refusal, nor when nobody answers
    in time; and what came to the list later is asked for anew. Safe to run again.

    Args:
        target: The workspace to work on.
        endpoint: The endpoint to remove, with all its online deployments.
        scope: The endpoint, or the resource group with everything in it.
        approval: ask: a person approves the list. dry_run: only show the list. given: it was approved elsewhere.
        approval_minutes: How long the approval is waited for. The run fails after that.
        wait: A name can't be used again before it is gone.
    """
    place = target.as_target()
    plan = plan_teardown(place, endpoint, scope)
    if plan.foreign:
        _publish(plan, endpoint, "Refused: it holds what these flows did not make. Nothing was removed.")
        plan.require_ours()
    if not plan.removes:
        return _ended(plan, endpoint, "Nothing is there to remove.")
    if approval == "dry_run":
        return _ended(plan, endpoint, "Dry run: nothing was removed.")
    if approval == "ask":
        decision = decision_on(proposal_of(plan), approval_minutes)
        if not decision.approve:
            return _ended(plan, endpoint, f"Refused by {decision.decided_by}: nothing was removed.")
    with told_if_cancelled(_CANCELLED, lambda told: _publish(plan, endpoint, told)):
        tear_down(place, endpoint, scope, wait=wait)
    return _ended(plan, endpoint, "Removed." if wait else "Deletion accepted; it goes on in Azure.")


def _ended(plan: TeardownPlan, endpoint: str, done: str) -> State[Any]:
    _publish(plan, endpoint, done)
    return Completed(message=f"{plan.what}: {done}", data=plan)


def _publish(plan: TeardownPlan, endpoint: str, done: str) -> None:
    publish_report(
        key=f"teardown-{endpoint.lower()}",
        markdown=teardown_markdown(plan, done=done),
        description=f"{plan.what}: {done}",
    )
