"""Find the rollout recorded in an endpoint's tags, and wait for one in progress."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks.clients.connect import Azure
from tasks.clients.transport.waiting import Pending, Waiting
from tasks.domain.common.errors import TemporaryError
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.plan import CLEAR_UNKNOWN_RECORD, require_no_other_rollout
from tasks.domain.rollout.state import Rollout, rollout_in
from tasks.rollout.probing import endpoint_of
from tasks.runtime.azure import opened
from tasks.runtime.flow_runs import run_status
from tasks.runtime.progress import TaskProgress
from tasks.runtime.results import UNCACHED


@task(task_run_name="find rollout of {endpoint}", **UNCACHED)
def find_rollout(target: AzureTarget, endpoint: EndpointName, wait_seconds: float) -> Rollout | None:
    """Return the abandoned rollout of an earlier attempt or finished run, or None; only reads.

    Raises:
        Conflict: When another rollout is in progress and ``wait_seconds`` is 0.
        WaitTimedOut: When it is still in progress after that time.
    """
    with opened(target) as azure:
        waiting = Waiting(progress=TaskProgress().say)
        what = f"the rollout in progress on {endpoint}"
        where = f"Check that run in Prefect, then run again. If Prefect has no such run: {CLEAR_UNKNOWN_RECORD}"
        found = waiting.until(
            what, lambda: _abandoned(azure, endpoint, wait_seconds), limit_seconds=wait_seconds, where=where
        )
    if found:
        get_run_logger().info("Flow run %s, which is over, had begun to roll out %s", found.run, found.color)
    return found


def _abandoned(azure: Azure, endpoint: str, wait_seconds: float) -> Rollout | Pending | None:
    shown = endpoint_of(azure, endpoint)
    found = rollout_in(shown.name, shown.tags)
    if found is None or found.run == flow_run.id:
        return found
    try:
        status = run_status(found.run)
    except TemporaryError as error:
        if not wait_seconds:
            raise
        return Pending(f"flow run {found.run} was rolling {found.color} out; {error.message}")
    if status == "over":
        return found
    if not wait_seconds:
        require_no_other_rollout(found, is_known=status != "unknown")
    doubt = ", and Prefect has no such run" if status == "unknown" else ""
    return Pending(f"flow run {found.run} is rolling {found.color} out{doubt}")
