"""Plan the remedy of one endpoint's finding, from the same facts that it was diagnosed by."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from tasks.checks import ALL_CHECKS
from tasks.checks.engine.diagnose import Round, diagnose_endpoint
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.sources import Sources
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.control_plane.endpoints_async import read_endpoint
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.results import DiagnosisRequest, EndpointDiagnosis
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.diagnostics.verdict import EndpointVerdict
from tasks.domain.remedy.plan import Draft, RemedyPlan, RemedyRequest

_FIXABLE: Final = sorted((one for one in ALL_CHECKS if one.plan), key=lambda check: check.code)
_PLANS: Final = {one.code: one.plan for one in _FIXABLE}
_TITLES: Final = ", ".join(f"{one.code} ({one.title})" for one in _FIXABLE)


def _has_remedy(code: str) -> str:
    if code not in _PLANS:
        raise ValueError(f"{code} has no remedy that can be applied from here; these have: {', '.join(_PLANS)}")
    return code


RemedyCode = Annotated[str, AfterValidator(_has_remedy), WithJsonSchema({"type": "string", "enum": list(_PLANS)})]


class RemedyChoice(RemedyRequest, frozen=True):
    """The finding to fix, and the choices of its fix."""

    code: Annotated[RemedyCode | None, OrEmpty()] = Field(
        default=None, description=f"The check whose finding is to be fixed. Empty: the root cause. Choices: {_TITLES}."
    )


async def plan(
    sources: Sources, target: AzureTarget, name: EndpointName, spec: DiagnosisRequest, remedy: RemedyRequest
) -> RemedyPlan:
    """Diagnose an endpoint, and plan what fixes the root cause, or the requested finding.

    Raises:
        EndpointOpsError: When the endpoint, or what the plan needs, can't be read.
    """
    workspace = WorkspaceFacts(sources, target)
    try:
        diagnosis, facts = await _diagnosed(workspace, name, spec)
        finding = chosen(diagnosis.verdict, remedy.code)
        draft = await _draft(facts, finding, remedy) if finding else Draft(summary=_nothing(diagnosis.verdict, remedy))
    finally:
        workspace.close()
    return RemedyPlan(endpoint=name, health=diagnosis.verdict.health, finding=finding, **dict(draft))


async def verdict_on(
    sources: Sources, target: AzureTarget, name: EndpointName, spec: DiagnosisRequest
) -> EndpointVerdict:
    """Return the verdict on one endpoint.

    Raises:
        EndpointOpsError: When the endpoint can't be read.
    """
    workspace = WorkspaceFacts(sources, target)
    try:
        diagnosis, _ = await _diagnosed(workspace, name, spec)
    finally:
        workspace.close()
    return diagnosis.verdict


def chosen(verdict: EndpointVerdict, code: str | None) -> Finding | None:
    """Return the finding that a remedy is for: the requested one, or else the root cause."""
    wrong = [one for one in (verdict.cause, *verdict.suspects, *verdict.symptoms) if one]
    return next((one for one in wrong if code in (None, one.code)), None)


async def _diagnosed(
    workspace: WorkspaceFacts, name: str, spec: DiagnosisRequest
) -> tuple[EndpointDiagnosis, EndpointFacts]:
    sources, target = workspace.sources, workspace.target
    endpoint = await read_endpoint(sources.reads, target.endpoint_id(name))
    diagnosis = await diagnose_endpoint(Round(sources, spec), workspace, endpoint)
    subject = Subject(target=target, now=sources.clock.now(), endpoint=endpoint, expectations=spec.expectations)
    return diagnosis, EndpointFacts(workspace, subject)


async def _draft(facts: EndpointFacts, finding: Finding, remedy: RemedyRequest) -> Draft:
    planner = _PLANS.get(finding.code)
    if planner is None:
        return Draft(summary=f"No remedy for {finding.code} is safe enough to be applied from here.")
    return await planner(facts, remedy)


def _nothing(verdict: EndpointVerdict, remedy: RemedyRequest) -> str:
    if remedy.code:
        return f"{remedy.code} finds no problem, so there is nothing to fix."
    return f"No problem was found; the endpoint is {verdict.health}."
