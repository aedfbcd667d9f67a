"""Removes the resources that the lifecycle created, and nothing else, after manual approval of the list."""

from typing import Annotated, Any, Final, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from flows.common.approval import Minutes, decision_on, is_unattended
from flows.common.cancellation import warn_if_cancelled
from tasks.domain.common.clock import SYSTEM
from tasks.domain.common.naming import EndpointName
from tasks.domain.teardown.plan import TeardownPlan, TeardownScope, proposal_of, taken_markdown, teardown_markdown
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.publish_report import publish_report
from tasks.teardown.plan_teardown import plan_teardown
from tasks.teardown.tear_down import tear_down

Approval = Literal["ask", "dry_run"]
_CANCELLED: Final = (
    "The run was cancelled. Azure completes the deletions that have started. Run the teardown again to list and "
    "remove what remains."
)


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="teardown {scope} {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_teardown(  # noqa: PLR0913 -- a flow's parameters are the fields of its form
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    endpoint: Annotated[EndpointName, Field(title="Endpoint")],
    scope: Annotated[TeardownScope, Field(title="Remove")] = "endpoint",
    approval: Annotated[Approval, Field(title="Approval")] = "ask",
    approval_minutes: Annotated[Minutes, Field(title="Minutes to approve")] = 60,
    *,
    wait: Annotated[bool, Field(title="Wait for the deletion")] = True,
    purge: Annotated[bool, Field(title="Purge")] = False,
) -> State[Any]:
    """Remove an endpoint, or the whole resource group, if these flows created all of it.

    The exact list needs manual approval. Nothing is removed before that, after a rejection, or without a decision in
    time; a list that has grown needs a new approval. Safe to run again.

    Args:
        target: The workspace of the endpoint.
        endpoint: The endpoint to remove, with all its online deployments.
        scope: The endpoint, or the resource group with everything in it.
        approval: ask: manual approval of the list. dry_run: only show the list.
        approval_minutes: Time limit of the approval. The run fails after that.
        wait: Wait until Azure has completed the deletion; the name can't be used again before that.
        purge: With the resource group, delete its workspace and key vault for good, so that their names are free. Else
            Azure keeps them for recovery, and their names stay taken.
    """
    place = target.as_target()
    plan = plan_teardown(place, endpoint, scope, purge=purge)
    if plan.foreign:
        _publish(plan, endpoint, "Refused: it contains resources that these flows did not create. Nothing was removed.")
        plan.require_ours()
    if not plan.removes:
        return _ended(plan, endpoint, "Nothing to remove.")
    if approval == "dry_run":
        return _ended(plan, endpoint, "Dry run: nothing was removed.")
    if not is_unattended():
        decision = decision_on(proposal_of(plan), approval_minutes)
        if not decision.approve:
            return _ended(plan, endpoint, f"Rejected by {decision.decided_by}: nothing was removed.")
    with warn_if_cancelled(_CANCELLED, lambda message: _publish(plan, endpoint, message)):
        kept = tear_down(place, endpoint, scope, plan, wait=wait)
    taken = tuple(one.deleted_at(SYSTEM.now()) for one in (kept if purge else plan.names))
    done = "Removed." if wait else "Azure accepted the deletion, and completes it without this run."
    still = "".join(f" The name of {one.kind} {one.name} stays taken until {one.until}." for one in taken)
    return _ended(plan, endpoint, done + still, taken_markdown(taken))


def _ended(plan: TeardownPlan, endpoint: str, done: str, taken: str = "") -> State[Any]:
    _publish(plan, endpoint, done, taken)
    return Completed(message=f"{plan.what}: {done}", data=plan)


def _publish(plan: TeardownPlan, endpoint: str, done: str, taken: str = "") -> None:
    key, text = f"teardown-{endpoint.lower()}", f"{plan.what}: {done}"
    publish_report(key=key, markdown=teardown_markdown(plan, done=done, taken=taken), description=text)
