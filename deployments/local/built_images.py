"""The workspace that an online deployment's environment needs where its image has to be built."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tasks.clients.control_plane.files.definitions import read_yaml
from tasks.clients.control_plane.files.local_files import local_paths
from tasks.domain.azure.networking.network import FqdnRule
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.errors import InvalidSpec
from tasks.domain.lifecycle.package_sources import package_hosts

COMPUTE: Final = "image-builder"


def workspace_for(online_deployment: Path) -> WorkspaceSpec:
    """Return a workspace with a build compute, and a rule for each source of packages, where the file needs them.

    A file that can't be read gets the usual workspace: the lifecycle says what is wrong with it.
    """
    try:
        named = dict(local_paths(online_deployment, read_yaml(str(online_deployment))))
        conda = named.get("environment.conda_file")
        if conda is None and "environment.build.path" not in named:
            return WorkspaceSpec()
        hosts = package_hosts(read_yaml(str(conda))) if conda else ()
    except InvalidSpec:
        return WorkspaceSpec()
    print(
        f"An image has to be built: the workspace gets image_build_compute {COMPUTE}, and outbound_rules for "
        f"{', '.join(hosts) or 'no package sources'}"
    )
    rules = tuple(FqdnRule(name=host.replace(".", "-"), destination=host) for host in hosts)
    return WorkspaceSpec(image_build_compute=COMPUTE, outbound_rules=rules)
