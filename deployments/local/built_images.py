"""The workspace that an online deployment needs where an image has to be built, or packages installed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tasks.clients.control_plane.files.definitions import read_yaml
from tasks.clients.control_plane.files.local_files import local_paths, package_file
from tasks.domain.azure.networking.network import FqdnRule
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.errors import InvalidSpec
from tasks.domain.lifecycle.package_sources import package_hosts

COMPUTE: Final = "image-builder"


def workspace_for(online_deployment: Path) -> WorkspaceSpec:
    """Return a workspace with a rule for each source of packages, and a build compute, where the file needs them.

    A file that can't be read gets the usual workspace: the lifecycle says what is wrong with it.
    """
    try:
        document = read_yaml(str(online_deployment))
        built = dict(local_paths(online_deployment, document)).keys() & {
            "environment.conda_file",
            "environment.build.path",
        }
        conda = package_file(online_deployment, document)
        hosts = package_hosts(read_yaml(str(conda))) if conda else ()
    except InvalidSpec:
        return WorkspaceSpec()
    if built:
        print(f"An image has to be built: the workspace gets image_build_compute {COMPUTE}")
    if hosts:
        print(f"Packages have to be installed: the workspace gets outbound_rules for {', '.join(hosts)}")
    rules = tuple(FqdnRule(name=host.replace(".", "-"), destination=host) for host in hosts)
    return WorkspaceSpec(image_build_compute=COMPUTE if built else None, outbound_rules=rules)
