"""The facts behind one endpoint's diagnosis, as far as they could be read, for a support ticket."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.azure.networking.dns import DnsAnswer
from tasks.domain.azure.networking.network import OutboundRule
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.diagnostics.diagnosed import DiagnosedEndpoint, DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Evidence
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.resolution import Resolution
from tasks.domain.diagnostics.statistics import InstanceEvents, TrafficStatistics


class DiagnosisContext(BaseModel, frozen=True):
    """The observations of an endpoint and of its dependencies; without the sample request, and without secrets.

    Attributes:
        missing: Why a fact could not be read, by its name.
    """

    endpoint: DiagnosedEndpoint
    workspace: DiagnosedWorkspace | None = None
    online_deployments: tuple[OnlineDeployment, ...] = ()
    outbound_rules: tuple[OutboundRule, ...] = ()
    private_endpoints: tuple[PrivateEndpoint, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()
    call: CallProbe | None = None
    logs: tuple[DeploymentLogs, ...] = ()
    traffic: TrafficStatistics | None = None
    events: InstanceEvents | None = None
    missing: Mapping[str, str] = {}

    @property
    def dns_table(self) -> tuple[Evidence, ...]:
        """The expected and actual answers, one line per vantage point."""
        return Resolution(private_endpoints=self.private_endpoints, answers=self.answers).table
