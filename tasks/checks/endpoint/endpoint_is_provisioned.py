"""Nothing works under an endpoint whose own provisioning failed."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.checks.engine.states import judge_state
from tasks.domain.azure.online_deployment import ProvisioningError
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> ProvisioningError | None:
    """Why it failed, if it has; its state is known from the list of endpoints."""
    return await look.endpoint_error()


def judge(subject: Subject, error: ProvisioningError | None) -> Verdict:
    """Its last operation must have succeeded."""
    return judge_state("endpoint", subject.one_endpoint.provisioning_state, error)


CHECK = Check(
    code="SCORE-END-001",
    name="endpoint_is_provisioned",
    title="The endpoint is provisioned",
    severity="critical",
    scope="endpoint",
    inputs=("endpoint_error",),
    observe=observe,
    judge=judge,
    remedy=(
        "Read the reason in the activity log (az monitor activity-log list --resource-group {resource_group} --status "
        "Failed --offset 7d), mend it, and repeat: az ml online-endpoint update --name {endpoint} {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
)
