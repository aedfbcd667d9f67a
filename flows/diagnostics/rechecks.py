"""The rechecks of a diagnostics run: a task run for each endpoint that is unhealthy, or was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from prefect.client.schemas.objects import State

from tasks.checks.engine.diagnose import Round
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.diagnostics.recheck_endpoints import Rechecked, recheck_endpoints
from tasks.domain.diagnostics.summary import EndpointObservation, Summary

# When a whole network is down, the rest share a task run per workspace, and have no support bundles.
OWN_RUNS: Final = 50


@dataclass(frozen=True)
class Group:
    """Endpoints of one workspace that are rechecked in one task run."""

    title: str
    endpoints: tuple[Summary, ...]


async def recheck(
    round_: Round, workspaces: Mapping[str, WorkspaceFacts], due: Sequence[Summary]
) -> dict[str, EndpointObservation]:
    """Recheck the endpoints that are due, side by side; return the results by endpoint id.

    The sources of the round have nothing cached from the first one; the workspaces are that one's, by id in lower case.
    An endpoint whose recheck failed is missing from the results: its first result stands.
    """
    fresh = {one.workspace_id: WorkspaceFacts(round_.sources, workspaces[one.workspace_id].target) for one in due}
    try:
        results = await asyncio.gather(*(_recheck(round_, fresh, one) for one in grouped(due)))
    finally:
        for one in fresh.values():
            one.close()
    return {one.summary.id: one for result in results if isinstance(result, Rechecked) for one in result.results}


async def _recheck(round_: Round, workspaces: Mapping[str, WorkspaceFacts], group: Group) -> object:
    """Return the task run's result, also if it failed."""
    workspace = workspaces[group.endpoints[0].workspace_id]
    # Prefect's types say that return_state gives the state at once, for steps that are awaited too.
    run = cast(
        "Awaitable[State[Any]]", recheck_endpoints(round_, workspace, group.endpoints, group.title, return_state=True)
    )
    return await (await run).aresult(raise_on_failure=False)


def grouped(due: Sequence[Summary]) -> tuple[Group, ...]:
    """Return the first fifty endpoints in groups of their own, and the rest by workspace."""
    alone = [Group(one.path, (one,)) for one in due[:OWN_RUNS]]
    rest: dict[str, list[Summary]] = {}
    for one in due[OWN_RUNS:]:
        rest.setdefault(one.workspace_id, []).append(one)
    return (*alone, *(Group(f"{len(some)} endpoints of {some[0].workspace}", tuple(some)) for some in rest.values()))
