"""Images travel through a private endpoint of the registry, which only the Premium tier has."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The workspace and its registry."""

    workspace: DiagnosedWorkspace
    registry: ContainerRegistry | None


async def observe(facts: WorkspaceFacts) -> Observation:
    """Workspace and registry."""
    return Observation(await facts.workspace(), await facts.registry())


def judge(_subject: Subject, found: Observation) -> Verdict:
    """Fail unless `sku.name` is Premium, where the workspace has a private endpoint or no public access."""
    registry = found.registry
    if registry is None:
        return skipped("The workspace has no container registry yet.")
    if registry.is_premium:
        return passed(f"Container registry {registry.name} is Premium.")
    if not found.workspace.connections and found.workspace.public_network_access != "disabled":
        return passed(f"Container registry {registry.name} is {registry.sku}; the workspace is not reached privately.")
    return failed(
        f"Container registry {registry.name} is {registry.sku}, which allows no private endpoint.",
        seen("sku", registry.sku, "Premium"),
        remedy=f"az acr update --name {argument(registry.name)} --sku Premium",
    )


CHECK = Check(
    code="SCORE-REG-001",
    title="The container registry is Premium where the workspace is private",
    severity="major",
    scope="workspace",
    inputs=("workspace", "registry"),
    observe=observe,
    judge=judge,
    remedy="az acr update --name REGISTRY --sku Premium (costs more than Basic)",
    doc="https://learn.microsoft.com/azure/container-registry/container-registry-skus",
    explains=("SCORE-EGR-002", "SCORE-DEP-001"),
    because="Only a Premium registry has private endpoints to pull through.",
)
