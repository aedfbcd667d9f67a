"""Traffic to a deployment that failed or is missing is lost; without any traffic, every call returns 404."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.traffic import positive, share_of
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import send_traffic_to_healthy


def judge(subject: Subject, deployments: tuple[OnlineDeployment, ...]) -> Verdict:
    """Fail when the traffic map is empty, or names a deployment that failed or is missing.

    A deployment that calls name by header needs no traffic.
    """
    if not deployments:
        return skipped("The endpoint has no online deployment.")
    good = {one.name.lower() for one in deployments if not has_failed(one.provisioning_state)}
    traffic, named = positive(subject.one_endpoint.traffic), subject.expectations.online_deployment
    remedy = _remedy(subject, deployments, good)
    if named:
        if named.lower() in good:
            return passed(f"The call names online deployment {named}, whatever the traffic is.")
        return failed(f"The call names online deployment {named}, which is missing or has failed.", remedy=remedy)
    if not traffic:
        return failed("No online deployment has traffic, so calls return 404.", seen("traffic", "{}"), remedy=remedy)
    lost = {name: share for name, share in traffic.items() if name.lower() not in good}
    if lost:
        return failed(
            f"{sum(lost.values())} percent of the traffic goes to {', '.join(lost)}, which is missing or has failed.",
            *(seen(f"traffic to {name}", f"{share} %", "0 %") for name, share in lost.items()),
            remedy=remedy,
        )
    return passed(f"All traffic goes to healthy online deployments: {traffic}.")


def _remedy(subject: Subject, deployments: tuple[OnlineDeployment, ...], good: set[str]) -> str:
    """Send everything to the healthy deployment that has the most traffic already."""
    healthy = sorted(
        (one.name for one in deployments if one.name.lower() in good),
        key=lambda name: (-share_of(subject.one_endpoint.traffic, name), name),
    )
    if not healthy:
        return "Fix an online deployment first: none can take traffic."
    return f'az ml online-endpoint update --name {subject.name} --traffic "{healthy[0]}=100" {subject.workspace_flags}'


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Send all traffic to the healthy online deployment that has the most of it."""
    return send_traffic_to_healthy(facts.endpoint, await facts.online_deployments())


CHECK = Check(
    code="SCORE-TRF-001",
    title="All traffic goes to healthy online deployments",
    severity="critical",
    scope="endpoint",
    inputs=("online_deployments",),
    observe=EndpointFacts.online_deployments,
    judge=judge,
    remedy='az ml online-endpoint update --name {endpoint} --traffic "DEPLOYMENT=100" {flags}',
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints",
    explains=("SCORE-CALL-003", "SCORE-LOG-002"),
    because="Without traffic to a deployment, calls return 404.",
    fixed_by_redeploy=True,
    plan=plan,
)
