"""Only a Premium registry can have private endpoints, which isolation needs."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The workspace and its registry."""

    workspace: DiagnosedWorkspace
    registry: ContainerRegistry | None


async def observe(look: WorkspaceLook) -> Seen:
    """Workspace and registry."""
    return Seen(await look.workspace(), await look.registry())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """Premium, where the workspace is reached privately."""
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
        remedy=f"az acr update --name {registry.name} --sku Premium",
    )


CHECK = Check(
    code="SCORE-REG-001",
    name="registry_is_premium",
    title="The container registry is Premium where the workspace is private",
    severity="major",
    scope="workspace",
    inputs=("workspace", "registry"),
    observe=observe,
    judge=judge,
    remedy="az acr update --name REGISTRY --sku Premium",
    doc="https://learn.microsoft.com/azure/container-registry/container-registry-skus",
)
