"""Diagnose one endpoint, one workspace, or every endpoint in scope, concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from tasks.checks import ALL_CHECKS
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import AnyCheck
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.running import not_deep, run_checks
from tasks.checks.engine.sources import Sources
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.control_plane.endpoints_async import read_endpoint
from tasks.clients.control_plane.workspaces_async import list_workspaces, read_workspace
from tasks.domain.common.errors import EndpointOpsError, NotFound
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.diagnosed import DiagnosedEndpoint, DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.results import Diagnosis, DiagnosisRequest, EndpointDiagnosis, WorkspaceDiagnosis
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.diagnostics.verdict import judge_endpoint

Keep = Callable[[EndpointFacts], Awaitable[None]]

AT_ONCE: Final = 100  # endpoints; more would only wait for Azure's request limits, and use memory


@dataclass
class Round:
    """One run over many endpoints: its sources and request, and the limit of concurrent endpoints."""

    sources: Sources
    spec: DiagnosisRequest
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


async def diagnose(sources: Sources, scope: Scope, spec: DiagnosisRequest | None = None) -> Diagnosis:
    """Diagnose everything in scope.

    Raises:
        EndpointOpsError: When the scope itself can't be read, or names a workspace or endpoint that does not exist.
    """
    run = Round(sources, spec or DiagnosisRequest())
    workspaces = await find_workspaces(sources, scope)
    found = await asyncio.gather(*(diagnose_workspace(run, one, scope) for one in workspaces))
    return Diagnosis(workspaces=tuple(found), requests=sources.reads.budgets.taken())


async def find_workspaces(sources: Sources, scope: Scope) -> tuple[WorkspaceFacts, ...]:
    """Return the workspaces in scope. Those from a list are read again: a list may have fewer properties."""
    if scope.workspace and scope.resource_group:
        workspace_id = f"{scope.path}/providers/Microsoft.MachineLearningServices/workspaces/{scope.workspace}"
        known = await read_workspace(sources.reads, workspace_id)
        return (WorkspaceFacts(sources, _target(scope, known), known),)
    listed = await list_workspaces(sources.reads, scope.path)
    targets = [_target(scope, one) for one in listed if scope.covers_workspace(one.name)]
    if scope.workspace and not targets:
        raise NotFound(f"there is no workspace {scope.workspace} in {scope.path}", "Correct the scope.")
    return tuple(WorkspaceFacts(sources, one) for one in targets)


async def diagnose_workspace(run: Round, facts: WorkspaceFacts, scope: Scope) -> WorkspaceDiagnosis:
    """Diagnose one workspace and its endpoints in scope. An error of the list is reported, not raised."""
    target = facts.target
    try:
        endpoints = await _endpoints(facts, scope)
    except EndpointOpsError as error:
        return WorkspaceDiagnosis(id=target.workspace_id, name=target.workspace, trouble=str(error))
    try:
        done = await asyncio.gather(*(diagnose_endpoint(run, facts, one) for one in endpoints))
        findings = await workspace_findings(run, facts, deep=not all(_is_quiet(one.findings) for one in done))
        return WorkspaceDiagnosis(
            id=target.workspace_id, name=target.workspace, findings=findings, endpoints=tuple(done)
        )
    finally:
        facts.close()


async def _endpoints(facts: WorkspaceFacts, scope: Scope) -> tuple[DiagnosedEndpoint, ...]:
    if scope.endpoint and scope.workspace:
        return (await read_endpoint(facts.sources.reads, facts.target.endpoint_id(scope.endpoint)),)
    return tuple(one for one in await facts.endpoints() if scope.covers(facts.target.workspace, one.name))


async def diagnose_endpoint(
    run: Round, workspace: WorkspaceFacts, endpoint: DiagnosedEndpoint, keep: Keep | None = None
) -> EndpointDiagnosis:
    """Diagnose one endpoint.

    Args:
        keep: Called at the end with the endpoint's facts, before they are forgotten.
    """
    subject = _subject(run, workspace, endpoint)
    async with run.places:
        facts = EndpointFacts(workspace, subject)
        try:
            shallow = await run_checks(_checks("endpoint", deep=False), facts, subject)
            deep = await _deep(_checks("endpoint", deep=True), facts, subject, shallow)
            above = await workspace_findings(run, workspace, deep=not _is_quiet(shallow))
            latency = await _latency(facts, subject)
            if keep:
                await keep(facts)
        finally:
            facts.close()
    findings = (*shallow, *deep)
    return EndpointDiagnosis(
        id=endpoint.id,
        name=endpoint.name,
        workspace=workspace.target.workspace,
        verdict=judge_endpoint(endpoint.id, (*above, *findings)),
        findings=findings,
        latency_seconds=latency,
    )


async def workspace_findings(run: Round, facts: WorkspaceFacts, *, deep: bool) -> tuple[Finding, ...]:
    """Return the workspace's findings, made once; the deep ones only when needed."""
    subject = _subject(run, facts, None)
    shallow = await facts.once("findings", lambda: run_checks(_checks("workspace", deep=False), facts, subject))
    checks = _checks("workspace", deep=True)
    if deep or not _is_quiet(shallow) or run.spec.expectations.depth == "always":
        return (*shallow, *await facts.once("deep findings", lambda: run_checks(checks, facts, subject)))
    return (*shallow, *(not_deep(one, subject) for one in checks))


async def _deep(
    checks: tuple[AnyCheck, ...], facts: EndpointFacts, subject: Subject, shallow: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    if _is_quiet(shallow) and subject.expectations.depth == "when_needed":
        return tuple(not_deep(one, subject) for one in checks)
    return await run_checks(checks, facts, subject)


async def _latency(facts: EndpointFacts, subject: Subject) -> float | None:
    if to_called(subject):
        return None
    (call,) = await asyncio.gather(facts.call(), return_exceptions=True)  # the checks of the call report its error
    return call.answer.latency_seconds if isinstance(call, CallProbe) and call.answer and call.is_ok else None


def _subject(run: Round, facts: WorkspaceFacts, endpoint: DiagnosedEndpoint | None) -> Subject:
    return Subject(
        target=facts.target,
        now=run.sources.clock.now(),
        endpoint=endpoint,
        request=run.spec.samples.of(endpoint.name) if endpoint else "",
        expectations=run.spec.expectations,
    )


def _checks(scope: str, *, deep: bool) -> tuple[AnyCheck, ...]:
    return tuple(one for one in ALL_CHECKS if one.scope == scope and one.deep == deep)


def _is_quiet(findings: Iterable[Finding]) -> bool:
    return all(one.is_healthy for one in findings)


def _target(scope: Scope, workspace: DiagnosedWorkspace) -> AzureTarget:
    return AzureTarget(
        subscription_id=scope.subscription_id,
        resource_group=workspace.id.split("/")[4],
        workspace=workspace.name,
        location=workspace.location,
        cloud=scope.cloud,
        internet_proxy=scope.internet_proxy,
        resolvers=scope.resolvers,
    )
