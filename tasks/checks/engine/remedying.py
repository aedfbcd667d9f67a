"""Plan the remedy of one endpoint's trouble, from the very facts that it was diagnosed by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tasks.checks.engine.diagnose import Round, diagnose_endpoint
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.checks.engine.sources import Sources
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.clients.control_plane.endpoints_async import read_endpoint
from tasks.clients.control_plane.workspaces_async import list_computes
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.results import EndpointDiagnosis, Wish
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.diagnostics.verdict import EndpointVerdict
from tasks.domain.remedy.plan import Draft, RemedyCode, RemedyPlan, RemedyWish
from tasks.domain.remedy.planners import (
    approve_callers,
    approve_egress,
    let_azure_services_by,
    send_traffic_back,
    set_build_compute,
    switch_legacy_mode_off,
)

Planner = Callable[[EndpointLook, RemedyWish], Awaitable[Draft]]


async def plan(sources: Sources, target: AzureTarget, name: EndpointName, wish: Wish, remedy: RemedyWish) -> RemedyPlan:
    """Diagnose an endpoint, and plan what would mend the root cause, or the finding that is asked for.

    Raises:
        EndpointOpsError: When the endpoint, or what the plan needs, can't be read.
    """
    workspace = WorkspaceLook(sources, target)
    try:
        found, look = await _looked_at(workspace, name, wish)
        finding = chosen(found.verdict, remedy.code)
        draft = await _draft(look, finding, remedy) if finding else Draft(summary=_nothing(found.verdict, remedy))
    finally:
        workspace.close()
    return RemedyPlan(endpoint=name, health=found.verdict.health, finding=finding, **dict(draft))


async def verdict_on(sources: Sources, target: AzureTarget, name: EndpointName, wish: Wish) -> EndpointVerdict:
    """The verdict on one endpoint.

    Raises:
        EndpointOpsError: When the endpoint can't be read.
    """
    workspace = WorkspaceLook(sources, target)
    try:
        found, _ = await _looked_at(workspace, name, wish)
    finally:
        workspace.close()
    return found.verdict


def chosen(verdict: EndpointVerdict, code: RemedyCode | None) -> Finding | None:
    """The finding that a remedy is for: the one that is asked for, if it is one, else the root cause."""
    wrong = [one for one in (verdict.cause, *verdict.suspects, *verdict.symptoms) if one]
    return next((one for one in wrong if code in (None, one.code)), None)


async def _looked_at(workspace: WorkspaceLook, name: str, wish: Wish) -> tuple[EndpointDiagnosis, EndpointLook]:
    sources, target = workspace.sources, workspace.target
    endpoint = await read_endpoint(sources.reads, target.endpoint_id(name))
    found = await diagnose_endpoint(Round(sources, wish), workspace, endpoint)
    subject = Subject(target=target, now=sources.clock(), endpoint=endpoint, expectations=wish.expectations)
    return found, EndpointLook(workspace, subject)


async def _draft(look: EndpointLook, finding: Finding, remedy: RemedyWish) -> Draft:
    planner = PLANNERS.get(finding.code)
    if planner is None:
        return Draft(summary=f"No remedy for {finding.code} is safe enough to be applied from here.")
    return await planner(look, remedy)


def _nothing(verdict: EndpointVerdict, remedy: RemedyWish) -> str:
    if remedy.code:
        return f"{remedy.code} finds nothing wrong, so there is nothing to remedy."
    return f"Nothing is found to be wrong; the endpoint is {verdict.health}."


async def _registry(look: EndpointLook, _: RemedyWish) -> Draft:
    registry = await look.workspace.registry()
    if registry is None:
        return Draft(summary="The workspace has no container registry.")
    return approve_egress(f"container registry {registry.name}", registry.private_endpoint_connections)


async def _storage(look: EndpointLook, _: RemedyWish) -> Draft:
    storage = await look.workspace.storage()
    if storage is None:
        return Draft(summary="The workspace names no storage account.")
    return approve_egress(f"storage account {storage.name}", storage.private_endpoint_connections)


async def _vault(look: EndpointLook, _: RemedyWish) -> Draft:
    return let_azure_services_by(await look.workspace.vault())


async def _callers(look: EndpointLook, _: RemedyWish) -> Draft:
    return approve_callers(await look.workspace.workspace())


async def _compute(look: EndpointLook, remedy: RemedyWish) -> Draft:
    workspace = look.workspace
    computes = await list_computes(workspace.sources.reads, workspace.target.workspace_id)
    return set_build_compute(await workspace.workspace(), computes, remedy.image_build_compute)


async def _traffic(look: EndpointLook, _: RemedyWish) -> Draft:
    return send_traffic_back(look.endpoint, await look.online_deployments())


async def _legacy_mode(look: EndpointLook, _: RemedyWish) -> Draft:
    return switch_legacy_mode_off(await look.workspace.workspace())


PLANNERS: Final[Mapping[str, Planner]] = {
    "SCORE-EGR-002": _registry,
    "SCORE-EGR-003": _storage,
    "SCORE-KV-001": _vault,
    "SCORE-PE-001": _callers,
    "SCORE-REG-002": _compute,
    "SCORE-TRF-001": _traffic,
    "SCORE-WS-001": _legacy_mode,
}
