"""Check that a rollout may begin, and plan it, without changing anything."""

from __future__ import annotations

import asyncio

from prefect import task
from prefect.logging import get_run_logger

from tasks.checks.engine.remedying import verdict_on
from tasks.clients.connect import Azure
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.quota import cores_needed, quota_sentence
from tasks.domain.azure.traffic import positive
from tasks.domain.common.errors import AccessDenied
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.results import DiagnosisRequest, Samples
from tasks.domain.diagnostics.verdict import EndpointVerdict
from tasks.domain.rollout.plan import RolloutPlan, candidate_color, require_healthy, require_no_other_rollout, serving
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import rollout_in
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.probing import endpoint_of, texts_of
from tasks.runtime.azure import opened, opened_sources
from tasks.runtime.results import UNCACHED


@task(task_run_name="check rollout to {endpoint}", **UNCACHED)
def check_rollout(
    target: AzureTarget,
    endpoint: EndpointName,
    revision: Revision,
    strategy: Strategy,
    requests: RolloutRequests,
) -> RolloutPlan:
    """Check files, model, traffic, colors, quota and the endpoint's health; only reads.

    Raises:
        EndpointOpsError: With the first reason against the rollout.
    """
    with opened(target) as azure:
        texts = texts_of(azure, requests)
        warnings = azure.replicas.check(revision)
        plan = _planned(azure, endpoint_of(azure, endpoint), revision, strategy)
    verdict = asyncio.run(_verdict(target, endpoint, texts[0]))
    require_healthy(endpoint, verdict)
    plan = plan.model_copy(update={"health": verdict.health, "notes": (*plan.notes, *warnings, *_notes(verdict))})
    get_run_logger().info("%s: %s, copied from %s; %s", plan.color, plan.title, plan.source, "; ".join(plan.notes))
    return plan


def _planned(azure: Azure, endpoint: Endpoint, revision: Revision, strategy: Strategy) -> RolloutPlan:
    require_no_other_rollout(rollout_in(endpoint.name, endpoint.tags))
    source = serving(endpoint.name, endpoint.traffic)
    present = azure.online_deployments.list(endpoint.name)
    color = candidate_color(strategy.colors, present, endpoint.traffic, endpoint.mirror_traffic)
    leftover = next((one for one in present if one.name.lower() == color.lower()), None)
    return RolloutPlan(
        endpoint=endpoint.name,
        title=revision.title,
        source=source,
        color=color,
        leftover=leftover is not None,
        live=positive(endpoint.traffic),
        mirror=positive(endpoint.mirror_traffic),
        health="unknown",
        notes=(_quota(azure, endpoint.name, source, revision, leftover),),
    )


def _quota(azure: Azure, endpoint: str, source: str, revision: Revision, leftover: OnlineDeployment | None) -> str:
    machines = azure.replicas.machines(endpoint, source, revision)
    try:
        quota = azure.quotas.read(machines.instance_type)
        held = azure.quotas.read(leftover.instance_type) if leftover else None
    except AccessDenied as error:
        return f"the quota was not checked, so Azure may still refuse the deployment: {error.message}"
    if quota is None:
        return f"Azure lists no quota for {machines.instance_type}"
    shares_family = leftover is not None and held is not None and held.family == quota.family
    freed = (
        cores_needed(leftover.instance_count, held.cores, leftover.instance_type)
        if shares_family and leftover and held
        else 0
    )
    return quota_sentence(machines, quota, freed)


async def _verdict(target: AzureTarget, endpoint: EndpointName, text: str) -> EndpointVerdict:
    request = DiagnosisRequest(samples=Samples(requests={"*": text}))
    async with opened_sources(target) as sources:
        return await verdict_on(sources, target, endpoint, request)


def _notes(verdict: EndpointVerdict) -> list[str]:
    found = [one for one in (verdict.cause, *verdict.suspects) if one]
    return [f"{one.code}: {one.reason}" for one in found]
