"""Recheck endpoints that are not healthy, or that were not healthy before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from prefect import task
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from tasks.checks.engine.context import gather_context
from tasks.checks.engine.diagnose import Round, diagnose_endpoint, workspace_findings
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.control_plane.endpoints_async import read_endpoint
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.diagnostics.context import DiagnosisContext
from tasks.domain.diagnostics.summary import EndpointObservation, Summary, summary_of
from tasks.runtime.results import UNCACHED_NO_RETRY


class Rechecked:
    """The results of one task run, with a short repr, since Prefect logs the results of failed runs."""

    def __init__(self, results: tuple[EndpointObservation, ...]) -> None:
        self.results = results

    def __repr__(self) -> str:
        return f"rechecked: {len(self.results)}"


@task(task_run_name="recheck {title}", **UNCACHED_NO_RETRY)
async def recheck_endpoints(
    round_: Round, workspace: WorkspaceFacts, first: Sequence[Summary], title: str
) -> State[Rechecked]:
    """Diagnose endpoints of one workspace again; a single endpoint with its diagnosis context.

    The task run fails, with the cause as its message, when one of them is not healthy, so that the UI shows it in red.
    Safe to run again: it only reads and scores.

    Args:
        workspace: The workspace in the second round, which shares no cache with the first.
        first: The results of the first round, which stay valid if an endpoint can't be rechecked.
        title: The endpoints, for the task run's name.
    """
    del title
    rechecked = await asyncio.gather(*(_recheck(round_, workspace, one, is_alone=len(first) == 1) for one in first))
    return _state(tuple(rechecked))


async def _recheck(round_: Round, workspace: WorkspaceFacts, first: Summary, *, is_alone: bool) -> EndpointObservation:
    cases: list[DiagnosisContext] = []

    async def keep(facts: EndpointFacts) -> None:
        cases.append(await gather_context(facts))

    try:
        endpoint = await read_endpoint(workspace.sources.reads, first.id)
        found = await diagnose_endpoint(round_, workspace, endpoint, keep if is_alone else None)
    except EndpointOpsError as error:
        get_run_logger().warning("%s not rechecked: %s", first.name, error)
        return EndpointObservation(summary=first)
    summary = summary_of(found)
    if summary.health == "healthy":
        return EndpointObservation(summary=summary)
    above = await workspace_findings(round_, workspace, deep=True)
    return EndpointObservation(summary=summary, findings=(*above, *found.findings), case=cases[0] if cases else None)


def _state(results: tuple[EndpointObservation, ...]) -> State[Any]:
    summaries = [one.summary for one in results]
    troubled = [one for one in summaries if one.health in {"unhealthy", "unknown"}]
    if troubled:
        return Failed(message="; ".join(f"{one.name}: {one.sentence}" for one in troubled), data=Rechecked(results))
    return Completed(message=", ".join(f"{one.name} is {one.health}" for one in summaries), data=Rechecked(results))
