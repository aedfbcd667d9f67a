"""Nothing works under an endpoint whose own provisioning failed."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.checks.engine.states import judge_state
from tasks.domain.diagnosis import DiagnosedEndpoint
from tasks.domain.finding import Verdict
from tasks.domain.subject import Subject


async def observe(look: EndpointLook) -> DiagnosedEndpoint:
    """The endpoint, known from the list of endpoints."""
    return look.endpoint


def judge(_subject: Subject, endpoint: DiagnosedEndpoint) -> Verdict:
    """Its last operation must have succeeded."""
    return judge_state("endpoint", endpoint.provisioning_state)


CHECK = Check(
    code="SCORE-END-001",
    name="endpoint_is_provisioned",
    title="The endpoint is provisioned",
    severity="critical",
    scope="endpoint",
    inputs=(),
    observe=observe,
    judge=judge,
    remedy=(
        "Read the reason in the activity log (az monitor activity-log list --resource-group {resource_group} --status "
        "Failed --offset 7d), mend it, and repeat: az ml online-endpoint update --name {endpoint} {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
)
