"""Check, before anything is created, that Azure can build the image, or install an MLflow model's packages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tasks.clients.connect import Azure
from tasks.clients.control_plane.files.definitions import read_yaml
from tasks.clients.control_plane.files.local_files import local_paths, package_file
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.errors import InvalidSpec
from tasks.domain.lifecycle.package_sources import check_package_sources, package_hosts

_BUILT: Final = frozenset({"environment.conda_file", "environment.build.path"})
_HINT: Final = (
    "Set workspace.image_build_compute to a name, such as image-builder: the run creates the cluster. Or use an "
    "environment with a ready image, without conda_file and build."
)


def check_image(azure: Azure, spec: WorkspaceSpec, deployment: OnlineDeploymentSpec) -> tuple[str, ...]:
    """Check the compute that builds the image, and that the managed network lets its packages in.

    A new workspace with a managed network has a storage account without public access, where only a compute of the
    workspace can build images. With internet outbound every package source is allowed.

    Source: learn.microsoft.com/azure/machine-learning/how-to-configure-private-link (build container images).

    Returns:
        A warning where the workspace is there: its storage account may be public.

    Raises:
        InvalidSpec: With the field to fill in, or when a file can't be read.
    """
    file, document = Path(deployment.file), read_yaml(deployment.file)
    named = [field for field, _ in local_paths(file, document) if field in _BUILT]
    conda = package_file(file, document)
    if not named and conda is None:
        return ()
    workspace = azure.workspace.get()
    if conda and spec.isolation_mode == "allow_only_approved_outbound":
        _check_packages(azure, spec, workspace, conda)
    if not named or spec.image_build_compute or (workspace and workspace.image_build_compute):
        return ()  # nothing to build, or something to build it
    lacks = f"{file} has an image to build ({', '.join(named)}), and the workspace names no image_build_compute"
    if workspace is None:
        raise InvalidSpec(f"{lacks}: Azure's own builders can't reach its storage account", _HINT)
    return (f"{lacks}: unless its storage account and registry are public, the build fails. {_HINT}",)


def _check_packages(azure: Azure, spec: WorkspaceSpec, workspace: Workspace | None, conda: Path) -> None:
    hosts = package_hosts(read_yaml(str(conda)))
    allowed = [rule.destination for rule in spec.outbound_rules if rule.type == "fqdn"]
    if hosts and workspace and workspace.managed_network.is_on:
        present = (rule for rule in azure.network.rules() if rule.type.lower() == "fqdn")
        allowed += [host.strip() for rule in present for host in rule.destination.get("fqdn", "").split(",")]
    check_package_sources(str(conda), hosts, allowed)
