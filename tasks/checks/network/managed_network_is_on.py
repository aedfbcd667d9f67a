"""Without a managed network, nothing isolates the outbound traffic of online deployments.

The exception is legacy isolation, where each deployment has a network of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.network import WIRE_ISOLATION_MODES
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The workspace, and the endpoint's online deployments."""

    workspace: DiagnosedWorkspace
    deployments: tuple[OnlineDeployment, ...]


async def observe(facts: EndpointFacts) -> Observation:
    """Workspace and online deployments."""
    return Observation(await facts.workspace.workspace(), await facts.online_deployments())


def judge(subject: Subject, found: Observation) -> Verdict:
    """Warn when `managedNetwork.isolationMode` is Disabled; fail when it differs from the workspace spec."""
    mode = found.workspace.managed_network.isolation_mode
    if not found.workspace.has_managed_network:
        return _without(found)
    spec = subject.expectations.workspace
    desired = WIRE_ISOLATION_MODES[spec.isolation_mode] if spec else mode
    if desired.lower() != mode.lower():
        return failed(
            f"The managed network's isolation mode is {mode}, not {desired}.", seen("isolationMode", mode, desired)
        )
    return passed(f"The managed network is on, mode {mode}.")


def _without(found: Observation) -> Verdict:
    legacy = [one for one in found.deployments if one.egress_public_network_access == "disabled"]
    if legacy and len(legacy) == len(found.deployments):
        return skipped("Every online deployment has a managed network of its own (legacy isolation).")
    return warned(
        "The workspace has no managed network, so outbound traffic of its online deployments is not isolated.",
        seen("isolationMode", "Disabled", "AllowOnlyApprovedOutbound or AllowInternetOutbound"),
    )


CHECK = Check(
    code="SCORE-NET-001",
    title="The workspace's managed network is on, in the requested isolation mode",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "online_deployments"),
    observe=observe,
    judge=judge,
    applies=to_managed,
    remedy=(
        "Remove the workspace's compute and online endpoints, or make a new workspace (often easier), then: az ml "
        "workspace update --name {workspace} --resource-group {resource_group} --managed-network "
        "allow_only_approved_outbound. It can't be turned off again."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
)
