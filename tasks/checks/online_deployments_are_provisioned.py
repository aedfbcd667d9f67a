"""An endpoint answers only through online deployments that were provisioned."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.finding import Evidence, Verdict, failed, passed, seen, warned
from tasks.domain.online_deployment import OnlineDeployment
from tasks.domain.provisioning import has_failed, is_settled
from tasks.domain.subject import Subject
from tasks.domain.traffic import share_of


async def observe(look: EndpointLook) -> tuple[OnlineDeployment, ...]:
    """The online deployments."""
    return await look.online_deployments()


def judge(subject: Subject, deployments: tuple[OnlineDeployment, ...]) -> Verdict:
    """Those that are needed must have succeeded; the others should."""
    if not deployments:
        return failed("The endpoint has no online deployment.", remedy=_create(subject))
    broken = [one for one in deployments if has_failed(one.provisioning_state)]
    lines = tuple(_line(one) for one in deployments if one.provisioning_state.lower() != "succeeded")
    needed = [one.name for one in broken if _is_needed(one, subject)]
    if needed or len(broken) == len(deployments):
        names = ", ".join(needed or [one.name for one in broken])
        return failed(f"Online deployments that the traffic needs have failed: {names}.", *lines)
    if broken:
        names = ", ".join(one.name for one in broken)
        return warned(f"Online deployments without traffic have failed: {names}.", *lines)
    if any(not is_settled(one.provisioning_state) for one in deployments):
        return warned("An operation is running on an online deployment.", *lines)
    return passed(f"All {len(deployments)} online deployments are provisioned.")


def _is_needed(deployment: OnlineDeployment, subject: Subject) -> bool:
    named = subject.expectations.online_deployment or ""
    return share_of(subject.one_endpoint.traffic, deployment.name) > 0 or deployment.name.lower() == named.lower()


def _line(deployment: OnlineDeployment) -> Evidence:
    return seen(f"online deployment {deployment.name}", deployment.provisioning_state, "Succeeded")


def _create(subject: Subject) -> str:
    return (
        f"az ml online-deployment create --name blue --endpoint-name {subject.name} --file DEPLOYMENT.yml "
        f"--all-traffic {subject.workspace_flags}"
    )


CHECK = Check(
    code="SCORE-DEP-001",
    name="online_deployments_are_provisioned",
    title="The endpoint's online deployments are provisioned",
    severity="critical",
    scope="endpoint",
    inputs=("online_deployments",),
    observe=observe,
    judge=judge,
    remedy=(
        "Read why: az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT {flags} (and "
        "--container storage-initializer); mend it, then: az ml online-deployment update --endpoint-name {endpoint} "
        "--name DEPLOYMENT --file DEPLOYMENT.yml {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
)
