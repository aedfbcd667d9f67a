"""In legacy isolation, an image travels through private endpoint connections that the registry has to approve."""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import Seen, judge_egress
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> Seen:
    """Workspace, container registry and online deployments."""
    workspace = look.workspace
    return Seen(await workspace.workspace(), await workspace.registry(), await look.online_deployments())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """The container registry has to approve."""
    return judge_egress("container registry", found)


CHECK = Check(
    code="SCORE-EGR-002",
    name="registry_egress_connections_are_approved",
    title="The registry has approved the online deployments' connections",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "registry", "online_deployments"),
    observe=observe,
    judge=judge,
    applies=to_managed,
    remedy="az network private-endpoint-connection approve --id CONNECTION_ID",
    doc="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
)
