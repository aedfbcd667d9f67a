"""Azure's own build agents can't push images into a private registry; a compute of the workspace has to build them."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.control_plane.workspaces_async import list_computes
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.common.naming import same_location
from tasks.domain.diagnostics.diagnosed import Compute, DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import set_build_compute


@dataclass(frozen=True)
class Observation:
    """The workspace, its registry and the compute that it names for builds."""

    workspace: DiagnosedWorkspace
    registry: ContainerRegistry | None
    compute: Compute | None


async def observe(facts: WorkspaceFacts) -> Observation:
    """Workspace, registry and compute."""
    return Observation(await facts.workspace(), await facts.registry(), await facts.image_build_compute())


def judge(_subject: Subject, found: Observation) -> Verdict:
    """Fail when the registry is private and `imageBuildCompute` is not set, missing, failed, or in another region."""
    trouble = _trouble(found)
    private = found.registry is not None and found.registry.is_private
    shown = seen("imageBuildCompute", found.compute.name if found.compute else "not set", "a compute of the workspace")
    if found.registry is None and found.compute is None:
        return skipped("The workspace has no container registry yet.")
    if not private and found.compute is None:
        return skipped("The registry is public, so Azure's own agents build the images.")
    if not trouble:
        return passed(f"Images are built on compute {found.compute.name if found.compute else ''}.")
    if private:
        return failed(f"The container registry is private, and {trouble}.", shown)
    return warned(f"Images can't be built: {trouble}.", shown)


def _trouble(found: Observation) -> str:
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


async def plan(facts: EndpointFacts, request: RemedyRequest) -> Draft:
    """Use a cluster that the workspace has: the requested one, or the only suitable one."""
    workspace = facts.workspace
    computes = await list_computes(workspace.sources.reads, workspace.target.workspace_id)
    return set_build_compute(await workspace.workspace(), computes, request.image_build_compute)


CHECK = Check(
    code="SCORE-REG-002",
    title="The compute that builds images is set and exists",
    severity="major",
    scope="workspace",
    inputs=("workspace", "registry", "image_build_compute"),
    observe=observe,
    judge=judge,
    remedy=(
        "Make a cluster that costs nothing while idle: az ml compute create --type AmlCompute --name image-builder "
        "--min-instances 0 {flags}. Then: az ml workspace update --name {workspace} --resource-group {resource_group} "
        "--image-build-compute image-builder"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#configure-image-builds",
    explains=("SCORE-DEP-001",),
    because="No image can be built for the deployment.",
    plan=plan,
)
