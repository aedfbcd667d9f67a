"""Find abandoned rollouts: the endpoints' tags name their runs, and Prefect knows whether these are over."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.errors import Conflict
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.state import AbandonedRollouts, Rollout, rollout_in
from tasks.runtime.azure import opened
from tasks.runtime.flow_runs import run_status
from tasks.runtime.results import UNCACHED


@task(task_run_name="find abandoned rollouts", **UNCACHED)
def find_abandoned_rollouts(target: AzureTarget, endpoint: EndpointName | None) -> AbandonedRollouts:
    """Check one endpoint of the workspace, or all of them; only reads. A deleted endpoint has no abandoned rollout.

    A rollout whose run Prefect doesn't know may belong to another server, and is listed separately.
    """
    with opened(target) as azure:
        shown = [one for one in azure.endpoints.list() if endpoint is None or one.name.lower() == endpoint.lower()]
    abandoned, unknown, unreadable = list[Rollout](), list[Rollout](), list[str]()
    for one in shown:
        try:
            found = rollout_in(one.name, one.tags)
        except Conflict as error:
            unreadable.append(f"{error.message}. {error.hint}")
            continue
        if found is None:
            continue
        status = run_status(found.run)
        if status == "over":
            abandoned.append(found)
        elif status == "unknown":
            unknown.append(found)
        else:
            get_run_logger().info("%s: flow run %s is rolling %s out", one.name, found.run, found.color)
    get_run_logger().info("%d of %d endpoints have an abandoned rollout", len(abandoned), len(shown))
    return AbandonedRollouts(rollouts=tuple(abandoned), unreadable=tuple(unreadable), unknown=tuple(unknown))
