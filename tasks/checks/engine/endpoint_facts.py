"""The facts of one endpoint, with those of its workspace."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

from tasks.checks.engine.applies import to_called
from tasks.checks.engine.facts import Facts, fact
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.control_plane.endpoints_async import (
    fetch_secret,
    list_online_deployments,
    read_cluster,
    read_provisioning_error,
)
from tasks.clients.data_plane.logs_async import read_container_logs, read_events, read_history, read_traffic
from tasks.domain.azure.kubernetes import KubernetesCluster
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.azure.networking.dns import DnsAnswer
from tasks.domain.azure.networking.isolation import OutsideCall
from tasks.domain.azure.online_deployment import OnlineDeployment, ProvisioningError
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.traffic import share_of
from tasks.domain.common import errors
from tasks.domain.diagnostics.probe import CallProbe, Certificate, KeyAccess, WebProbe
from tasks.domain.diagnostics.statistics import InstanceEvents, TrafficStatistics
from tasks.domain.diagnostics.subject import Subject

_MAX_LOGS: Final = 3  # online deployments whose logs are read


class EndpointFacts(Facts):
    """One endpoint. A healthy one costs one read of the control plane, and its calls."""

    def __init__(self, workspace: WorkspaceFacts, subject: Subject) -> None:
        super().__init__()
        self.workspace = workspace
        self.subject = subject
        self.endpoint = subject.one_endpoint
        self._sources = workspace.sources
        self._resolvers = workspace.target.resolvers

    @fact
    async def online_deployments(self) -> tuple[OnlineDeployment, ...]:
        """Its online deployments."""
        return await list_online_deployments(self._sources.reads, self.endpoint.id)

    @fact
    async def provisioning_errors(self) -> tuple[ProvisioningError, ...]:
        """Azure's errors of failed online deployments, as long as Azure keeps them; one read for each."""
        failed = [one for one in await self.online_deployments() if has_failed(one.provisioning_state)]
        reads = self._sources.reads
        found = await asyncio.gather(*(read_provisioning_error(reads, one.name, one.operation_url) for one in failed))
        return tuple(one for one in found if one)

    @fact
    async def endpoint_error(self) -> ProvisioningError | None:
        """Azure's error of the failed endpoint, as long as Azure keeps it; no read while it has not failed."""
        if not has_failed(self.endpoint.provisioning_state):
            return None
        return await read_provisioning_error(self._sources.reads, self.endpoint.name, self.endpoint.operation_url)

    @fact
    async def system_answer(self) -> DnsAnswer:
        """The answer of the caller's own resolver for the scoring host."""
        return await self._sources.dns("system", self._resolvers.system, self.endpoint.scoring_host)

    @fact
    async def custom_answer(self) -> DnsAnswer | None:
        """The answer of the team's DNS server; None when the target names none."""
        server = self._resolvers.custom
        return await self._sources.dns("custom", server, self.endpoint.scoring_host) if server else None

    @fact
    async def azure_answer(self) -> DnsAnswer:
        """The answer of Azure's DNS, which only callers inside a virtual network reach."""
        return await self._sources.dns("azure", self._resolvers.azure, self.endpoint.scoring_host)

    @fact
    async def key_access(self) -> KeyAccess:
        """The access to the endpoint's keys, or Azure's refusal.

        Raises:
            AccessDenied: When our own identity may not read them.
        """
        try:
            await self._secret()
        except errors.AccessDenied as error:
            if error.origin.code.lower() == "authorizationfailed":
                raise
            return KeyAccess(refusal=error.message)
        except errors.PermanentError as error:
            return KeyAccess(refusal=error.message)
        return KeyAccess()

    @fact
    async def call(self) -> CallProbe:
        """A scoring call with the sample request."""
        named = self.subject.expectations.online_deployment
        return await self._sources.probes.call(self.endpoint, await self._secret(), self.subject.request, named)

    @fact
    async def known_call(self) -> CallProbe | None:
        """The scoring call; None where no call is made, or without the credential for it."""
        if to_called(self.subject):
            return None
        try:
            return await self.call()
        except errors.EndpointOpsError:  # the checks of the call report it
            return None

    @fact
    async def certificate(self) -> Certificate:
        """The scoring host's certificate: from the call if there is one, else from a connection of its own."""
        call = await self.known_call()
        if call and call.certificate:
            return call.certificate
        return await self._sources.probes.certificate(
            self.endpoint.scoring_host, urlsplit(self.endpoint.scoring_uri).port or 443
        )

    @fact
    async def outside(self) -> OutsideCall | None:
        """A call from the internet; None when the target names no internet proxy."""
        return await self._sources.probes.call_from_internet(self.endpoint)

    @fact
    async def cluster(self) -> KubernetesCluster:
        """The cluster's inference settings."""
        return await read_cluster(self._sources.reads, self.endpoint.compute_id)

    @fact
    async def router_https(self) -> WebProbe:
        """The answer of azureml-fe over HTTPS."""
        return await self._sources.probes.get(self._router("https"))

    @fact
    async def router_http(self) -> WebProbe:
        """The answer of azureml-fe over HTTP."""
        return await self._sources.probes.get(self._router("http"))

    @fact
    async def container_logs(self) -> tuple[DeploymentLogs, ...]:
        """The last lines of the containers' logs: of failed deployments first, then of those with traffic."""
        readable = [one for one in await self.online_deployments() if one.has_logs]
        deployments = sorted(readable, key=self._need)[:_MAX_LOGS]
        return tuple(await asyncio.gather(*(read_container_logs(self._sources.reads, one) for one in deployments)))

    @fact
    async def traffic(self) -> TrafficStatistics:
        """The results of recent requests, from Log Analytics."""
        return await read_traffic(self._sources.reads, self.endpoint.id, self.subject.expectations.log_hours)

    @fact
    async def events(self) -> InstanceEvents:
        """The events of the instances, from Log Analytics."""
        return await read_events(self._sources.reads, self.endpoint.id, self.subject.expectations.log_hours)

    @fact
    async def log_history(self) -> tuple[DeploymentLogs, ...]:
        """The inference servers' output in Log Analytics; read only where instances don't keep running.

        A restarted container has lost its own log.
        """
        if not (await self.events()).trouble:
            return ()
        return await read_history(self._sources.reads, self.endpoint.id, self.subject.expectations.log_hours)

    async def _secret(self) -> str:
        return await self.once("secret", lambda: fetch_secret(self._sources.reads, self.endpoint))

    def _router(self, scheme: str) -> str:
        parts = urlsplit(self.endpoint.scoring_uri)
        port = f":{parts.port}" if parts.port and parts.scheme == scheme else ""
        return f"{scheme}://{parts.hostname}{port}/api/v1/endpoint/{self.endpoint.name}/swagger.json"

    def _need(self, deployment: OnlineDeployment) -> tuple[bool, int, str]:
        share = share_of(self.endpoint.traffic, deployment.name)
        return not has_failed(deployment.provisioning_state), -share, deployment.name
