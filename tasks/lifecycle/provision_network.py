"""Provision the managed virtual network, with its outbound rules."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.network import ManagedNetwork
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import KEEP


@task(task_run_name="provision network of {workspace.name}", **KEEP)
def provision_network(target: AzureTarget, workspace: Workspace, spec: WorkspaceSpec) -> ManagedNetwork:
    """Write the outbound rules one after the other, then provision the network and wait until it is active.

    Without it Azure refuses online deployments (WorkspaceManagedNetworkNotReady). Takes about 30 minutes in Azure, and
    10 more with the first FQDN rule.

    Safe to run again: equal rules and an active network are left alone, and provisioning in flight is waited for.
    """
    del workspace  # part of the key: the network of a workspace made anew is not this one
    with opened(target) as azure:
        network = azure.network.provision(spec)
    get_run_logger().info("Managed network: %s, %d outbound rules of ours", network.status, len(spec.outbound_rules))
    return network
