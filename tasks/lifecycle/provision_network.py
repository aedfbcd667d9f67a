"""Provision the managed virtual network, with its outbound rules."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.networking.network import ManagedNetwork
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.lifecycle.inputs.outbound import require_approvals
from tasks.runtime.azure import opened
from tasks.runtime.results import CACHED


@task(task_run_name="provision network of {workspace.name}", **CACHED)
def provision_network(target: AzureTarget, workspace: Workspace, spec: WorkspaceSpec) -> ManagedNetwork:
    """Write the outbound rules in sequence, then provision the network and wait until it is active.

    Without it Azure rejects online deployments (WorkspaceManagedNetworkNotReady). Takes about 30 minutes in Azure, and
    10 more with the first FQDN rule.

    The workspace is part of the cache key: a recreated one has another network.

    Safe to run again: leaves equal rules and an active network unchanged, and waits for a provisioning in progress.
    """
    with opened(target) as azure:
        require_approvals(azure, workspace, spec)
        network = azure.network.provision(spec)
    get_run_logger().info("Managed network: %s, %d declared outbound rules", network.status, len(spec.outbound_rules))
    return network
