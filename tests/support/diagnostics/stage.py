"""A workspace with an endpoint in the session's emulator, put into one state after the other and diagnosed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.emulator.management import Management
from support.emulator.private_access import connect_privately
from support.emulator.running import RunningEmulator
from support.paths import ROOT
from tasks.checks.engine.diagnose import diagnose
from tasks.checks.engine.sources import open_sources
from tasks.clients.connect import connect
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget, Resolvers
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.results import Diagnosis, DiagnosisRequest, EndpointDiagnosis, Samples
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.subject import Expectations

SAMPLES = ROOT / "deployments" / "samples"
REQUEST = (SAMPLES / "sample-request.json").read_text()
ML = "2024-10-01-preview"
NETWORKING, ZONES, VAULTS, CONNECTIONS = "2023-11-01", "2020-06-01", "2023-07-01", "2023-07-01"
ZONE = "privatelink.api.azureml.ms"
SHOWN = ("WARN", "FAIL", "ERROR")


@dataclass(frozen=True)
class Stage:
    """The emulator, ways to change it, and the workspace that is diagnosed."""

    emulator: RunningEmulator
    management: Management
    target: AzureTarget

    def scope(self, endpoint: str | None = None, **changes: Any) -> Scope:
        """The stage's workspace, or one endpoint of it."""
        base: dict[str, Any] = {
            "subscription_id": self.target.subscription_id,
            "resource_group": self.target.resource_group,
            "workspace": self.target.workspace,
            "endpoint": endpoint,
            "resolvers": self.target.resolvers,
            "internet_proxy": self.target.internet_proxy,
        }
        return Scope(**base | changes)

    def diagnose(
        self,
        scope: Scope,
        request: str = REQUEST,
        expectations: Expectations | None = None,
        time_limits: TimeLimits | None = None,
    ) -> Diagnosis:
        """Diagnose everything in scope, with one sample request for all."""
        spec = DiagnosisRequest(samples=Samples(requests={"*": request}), expectations=expectations or Expectations())

        async def run() -> Diagnosis:
            async with open_sources(scope.cloud, scope.internet_proxy, time_limits=time_limits) as sources:
                return await diagnose(sources, scope, spec)

        return asyncio.run(run())

    def endpoint(self, name: str, request: str = REQUEST) -> EndpointDiagnosis:
        """One endpoint's diagnosis."""
        (found,) = self.diagnose(self.scope(name), request).endpoints
        return found

    @property
    def path(self) -> str:
        return self.target.workspace_id

    @property
    def network_group(self) -> str:
        return f"{self.management.subscription}/resourceGroups/network"

    @property
    def zone(self) -> str:
        return f"{self.network_group}/providers/Microsoft.Network/privateDnsZones/{ZONE}"

    def guid(self) -> str:
        return str(self.management.get(self.path, ML)["properties"]["workspaceId"])

    @contextlib.contextmanager
    def changed(self, path: str, version: str, properties: dict[str, Any]) -> Iterator[None]:
        """A resource with other properties for a while."""
        before = _writable(self.management.get(path, version))
        self.management.put(path, _merged(before, properties), version)
        try:
            yield
        finally:
            self.management.put(path, before, version)

    @contextlib.contextmanager
    def without(self, path: str, version: str) -> Iterator[None]:
        """A resource away for a while."""
        before = _writable(self.management.get(path, version))
        assert self.management.ask("DELETE", path, version=version).status_code in (200, 202, 204)
        assert self.management.gone(path, version)
        try:
            yield
        finally:
            self.management.put(path, before, version)


def _writable(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: resource[name] for name in ("location", "tags", "properties", "sku", "kind") if name in resource}


def _merged(resource: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {**resource, "properties": {**resource["properties"], **properties}}


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes of what isn't well."""
    return [one.code for one in findings if one.status in SHOWN]


def target_in(emulator: RunningEmulator, group: str, workspace: str = "churn") -> AzureTarget:
    """A target whose resolvers are the emulator's."""
    variables = emulator.variables
    return AzureTarget(
        subscription_id=emulator.subscription,
        resource_group=group,
        workspace=workspace,
        location="westeurope",
        internet_proxy=variables["EMULATOR_INTERNET_PROXY"],
        resolvers=Resolvers(
            system=variables["EMULATOR_DNS_SYSTEM"],
            custom=variables["EMULATOR_DNS_CUSTOM"],
            azure=variables["EMULATOR_DNS_AZURE"],
        ),
    )


def set_up(emulator: RunningEmulator, group: str) -> Stage:
    """A workspace with a provisioned network and private access, and nothing else."""
    target = target_in(emulator, group)
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(WorkspaceSpec())
        azure.network.provision(WorkspaceSpec())
    connect_privately(target)
    return Stage(emulator, Management(emulator), target)


def add_endpoint(stage: Stage, name: str, files: Path = SAMPLES, **spec: Any) -> None:
    """An endpoint with the sample model behind it, or with that of other files."""
    with connect(stage.target) as azure:
        azure.endpoints.create_or_update(EndpointSpec(name=name, file=str(files / "endpoint.yml"), **spec))
        blue = OnlineDeploymentSpec(name="blue", file=str(files / "blue-deployment.yml"))
        azure.online_deployments.create_or_update(name, blue, azure.online_deployments.upload(blue))
        azure.endpoints.set_traffic(name, {"blue": 100})
