"""The entry point to Azure: one ``with connect(target) as azure`` per step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tasks.clients.control_plane.computes import Computes
from tasks.clients.control_plane.endpoints import Endpoints
from tasks.clients.control_plane.governance.access import Access
from tasks.clients.control_plane.governance.identities import Identities
from tasks.clients.control_plane.governance.locks import Locks
from tasks.clients.control_plane.governance.names import Names
from tasks.clients.control_plane.governance.policies import Policies
from tasks.clients.control_plane.key_vault import KeyVault
from tasks.clients.control_plane.metrics import Metrics
from tasks.clients.control_plane.models import Models
from tasks.clients.control_plane.network import Network
from tasks.clients.control_plane.online_deployments import OnlineDeployments
from tasks.clients.control_plane.private_access.client import PrivateAccessClient
from tasks.clients.control_plane.quotas import Quotas
from tasks.clients.control_plane.registry import Registry
from tasks.clients.control_plane.remedies import Remedies
from tasks.clients.control_plane.replicas import Replicas
from tasks.clients.control_plane.resource_groups import ResourceGroups
from tasks.clients.control_plane.rollouts import Rollouts
from tasks.clients.control_plane.storage_access import StorageAccessClient
from tasks.clients.control_plane.workspaces import Workspaces
from tasks.clients.data_plane.logs import Logs
from tasks.clients.data_plane.queues import Queues
from tasks.clients.data_plane.scoring import Scoring
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.clouds import CLOUDS
from tasks.clients.transport.credential import credential_for
from tasks.clients.transport.sdk import Sdk
from tasks.clients.transport.waiting import Progress, Waiting, silent
from tasks.domain.common.login import MACHINE, Login
from tasks.domain.common.target import AzureTarget


@dataclass(frozen=True)
class Azure:
    """All clients of one target, for steps and checks."""

    access: Access
    resource_groups: ResourceGroups
    locks: Locks
    names: Names
    policies: Policies
    workspace: Workspaces
    network: Network
    private_access: PrivateAccessClient
    registry: Registry
    key_vault: KeyVault
    identities: Identities
    endpoints: Endpoints
    online_deployments: OnlineDeployments
    computes: Computes
    models: Models
    queues: Queues
    quotas: Quotas
    remedies: Remedies
    replicas: Replicas
    rollouts: Rollouts
    scoring: Scoring
    storage_access: StorageAccessClient
    logs: Logs
    metrics: Metrics


@contextmanager
def connect(
    target: AzureTarget,
    *,
    progress: Progress = silent,
    waiting: Waiting | None = None,
    login: Login = MACHINE,
) -> Iterator[Azure]:
    """Open the clients for a target, and close their connections at the end.

    Sends no request: the credential is used at the first call.
    The clients are not thread-safe: open one set per task.

    Args:
        target: The workspace to work on.
        progress: Receives a line whenever an awaited state changes.
        waiting: The waiting policy and clock, for tests; replaces ``progress``.
        login: The identity to sign in with; the machine's by default.

    Raises:
        AuthenticationFailed: When the environment lacks a value that the login needs.
    """
    addresses = CLOUDS[target.cloud]
    wait = waiting or Waiting(progress=progress)
    with credential_for(addresses, login) as credential:
        arm = Arm(addresses, credential, wait)
        sdk = Sdk(target, addresses, credential)
        workspace = Workspaces(target, arm, sdk, wait)
        logs = Logs(target, arm, addresses, credential)
        scoring = Scoring(target, arm, addresses, credential)
        computes = Computes(target, arm)
        queues = Queues(addresses, credential)
        endpoints = Endpoints(target, arm)
        online_deployments = OnlineDeployments(target, arm, sdk, logs)
        private_access = PrivateAccessClient(target, arm, wait, workspace)
        access = Access(target, arm, addresses, credential)
        try:
            yield Azure(
                access=access,
                resource_groups=ResourceGroups(target, arm),
                locks=Locks(target, arm),
                names=Names(target, arm),
                policies=Policies(target, arm),
                workspace=workspace,
                network=Network(target, arm, wait),
                private_access=private_access,
                registry=Registry(target, arm, workspace, computes),
                key_vault=KeyVault(arm, workspace),
                identities=Identities(target, arm),
                endpoints=endpoints,
                online_deployments=online_deployments,
                computes=computes,
                models=Models(target, arm),
                queues=queues,
                quotas=Quotas(target, arm),
                remedies=Remedies(target, arm, endpoints, private_access),
                replicas=Replicas(target, arm, online_deployments),
                rollouts=Rollouts(endpoints, online_deployments),
                scoring=scoring,
                storage_access=StorageAccessClient(target, arm, access, workspace),
                logs=logs,
                metrics=Metrics(arm),
            )
        finally:
            queues.close()
            scoring.close()
            arm.close()
