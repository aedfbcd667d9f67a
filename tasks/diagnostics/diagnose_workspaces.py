"""Diagnose several workspaces with all their endpoints concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from prefect import task
from prefect.logging import get_run_logger

from tasks.checks.engine.diagnose import Round, diagnose_workspace
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.common.failures import named
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.results import WorkspaceDiagnosis
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.summary import EndpointObservation, Summary, summaries_of, troubled
from tasks.runtime.results import UNCACHED_NO_RETRY


@task(task_run_name="diagnose {title}", **UNCACHED_NO_RETRY)
async def diagnose_workspaces(
    round_: Round, workspaces: Sequence[WorkspaceFacts], scope: Scope, title: str
) -> tuple[EndpointObservation, ...]:
    """Diagnose every endpoint of the workspaces once; only reads and scoring calls.

    A workspace that can't be checked is reported, and affects no other. Healthy endpoints have no findings.

    Args:
        title: The workspaces' names, for the task run's name.
    """
    del title
    found = await asyncio.gather(
        *(diagnose_workspace(round_, one, scope) for one in workspaces), return_exceptions=True
    )
    diagnosed: list[EndpointObservation] = []
    for workspace, one in zip(workspaces, found, strict=True):
        diagnosed += _results(one, scope) if isinstance(one, WorkspaceDiagnosis) else [_broken(workspace, one)]
    count = len([one for one in diagnosed if one.summary.health != "healthy"])
    get_run_logger().info("%d endpoints checked, %d not healthy", len(diagnosed), count)
    return tuple(diagnosed)


def _results(diagnosis: WorkspaceDiagnosis, scope: Scope) -> list[EndpointObservation]:
    findings = {one.id: one.findings for one in diagnosis.endpoints}
    return [
        _kept(one, (*diagnosis.findings, *findings.get(one.id, ())))
        for one in summaries_of(diagnosis, bare=not scope.is_narrowed)
    ]


def _kept(summary: Summary, findings: tuple[Finding, ...]) -> EndpointObservation:
    return EndpointObservation(summary=summary, findings=() if summary.health == "healthy" else findings)


def _broken(workspace: WorkspaceFacts, error: BaseException) -> EndpointObservation:
    target = workspace.target
    reason = str(named(f"the diagnosis of {target.workspace}", error))
    return EndpointObservation(summary=troubled(target.workspace_id, target.workspace, reason))
