"""Nothing works under an endpoint whose own provisioning failed."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import CALLS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.states import judge_state
from tasks.domain.azure.online_deployment import ProvisioningError
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, error: ProvisioningError | None) -> Verdict:
    """Fail when `provisioning_state` is Failed or Canceled; warn while an operation is running.

    The last operation's URL returns Azure's error code, as long as Azure keeps it.
    """
    return judge_state("endpoint", subject.one_endpoint.provisioning_state, error)


CHECK = Check(
    code="SCORE-END-001",
    title="The endpoint is provisioned",
    severity="critical",
    scope="endpoint",
    inputs=("endpoint_error",),
    observe=EndpointFacts.endpoint_error,
    judge=judge,
    remedy=(
        "Read the reason in the activity log (az monitor activity-log list --resource-group {resource_group} --status "
        "Failed --offset 7d), fix it, and repeat: az ml online-endpoint update --name {endpoint} {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
    explains=("SCORE-DEP-001", "SCORE-KV-002", "SCORE-TRF-001", *CALLS),
    because="Nothing works under an endpoint that was not provisioned.",
)
