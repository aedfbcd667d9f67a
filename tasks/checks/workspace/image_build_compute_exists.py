"""Azure's own build agents can't reach a private registry, so a compute of the workspace has to build images."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.common.naming import same_location
from tasks.domain.diagnostics.diagnosed import Compute, DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The workspace, its registry and the compute that it names for builds."""

    workspace: DiagnosedWorkspace
    registry: ContainerRegistry | None
    compute: Compute | None


async def observe(look: WorkspaceLook) -> Seen:
    """Workspace, registry and compute."""
    return Seen(await look.workspace(), await look.registry(), await look.image_build_compute())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """Set and usable where the registry is private; if set elsewhere, at least there."""
    trouble = _trouble(found)
    private = found.registry is not None and found.registry.is_private
    shown = seen("imageBuildCompute", found.compute.name if found.compute else "not set", "a compute of the workspace")
    if found.registry is None and found.compute is None:
        return skipped("The workspace has no container registry yet.")
    if not private and found.compute is None:
        return skipped("The registry takes public callers, so Azure's own agents build the images.")
    if not trouble:
        return passed(f"Images are built on compute {found.compute.name if found.compute else ''}.")
    if private:
        return failed(f"The container registry is private, and {trouble}.", shown)
    return warned(f"Images can't be built: {trouble}.", shown)


def _trouble(found: Seen) -> str:
    compute = found.compute
    if compute is None:
        return "the workspace has no image_build_compute"
    if not compute.exists:
        return f"the workspace's image_build_compute {compute.name} does not exist"
    if has_failed(compute.provisioning_state):
        return f"the workspace's image_build_compute {compute.name} is {compute.provisioning_state}"
    if compute.location and not same_location(compute.location, found.workspace.location):
        return f"image_build_compute {compute.name} is in {compute.location}, not in {found.workspace.location}"
    return ""


CHECK = Check(
    code="SCORE-REG-002",
    name="image_build_compute_exists",
    title="The compute that builds images is set and exists",
    severity="major",
    scope="workspace",
    inputs=("workspace", "registry", "image_build_compute"),
    observe=observe,
    judge=judge,
    remedy=(
        "az ml compute create --type AmlCompute --name image-builder --min-instances 0 {flags}, then: az ml workspace "
        "update --name {workspace} --resource-group {resource_group} --image-build-compute image-builder"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#configure-image-builds",
)
