"""The subject of a check, and the expectations that it is judged by."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.commands import argument
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import OnlineDeploymentName
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.diagnosed import DiagnosedEndpoint


class Expectations(BaseModel, frozen=True, extra="forbid"):
    """A team's expectations of its endpoints."""

    latency_seconds: float = Field(default=2.0, gt=0, description="Seconds. A slower scoring call is a warning.")
    error_percent: float = Field(default=5.0, ge=0, le=100, description="Percent. More failed requests are a warning.")
    log_hours: float = Field(default=24.0, gt=0, description="Hours of data to query from Log Analytics.")
    online_deployment: Annotated[OnlineDeploymentName | None, OrEmpty()] = Field(
        default=None, description="Call this one directly, bypassing the traffic map. Empty: by the traffic map."
    )
    public_network_access: Literal["disabled", "enabled"] = Field(
        default="disabled",
        description="disabled: an endpoint that accepts calls from the internet is unhealthy. enabled: that is fine.",
    )
    workspace: WorkspaceSpec | None = Field(
        default=None,
        title="Advanced: workspace spec",
        description="The spec that the workspace was created with, to detect drift. Empty: drift is not checked.",
    )
    depth: Literal["when_needed", "always"] = Field(
        default="when_needed", description="when_needed: read logs and Azure's own diagnosis only after a failed check."
    )


class Subject(BaseModel, frozen=True):
    """One endpoint, or one workspace, at one moment.

    Attributes:
        endpoint: None when the workspace is judged.
        request: The sample request; empty when there is none, and no call is made.
    """

    target: AzureTarget
    now: datetime
    endpoint: DiagnosedEndpoint | None = None
    request: str = ""
    expectations: Expectations = Expectations()

    @property
    def id(self) -> str:
        """The ARM id of what is judged."""
        return self.endpoint.id if self.endpoint else self.target.workspace_id

    @property
    def name(self) -> str:
        """Its short name."""
        return self.endpoint.name if self.endpoint else self.target.workspace

    @property
    def one_endpoint(self) -> DiagnosedEndpoint:
        """The endpoint, where there has to be one.

        Raises:
            LookupError: When a workspace is judged.
        """
        if self.endpoint is None:
            raise LookupError(f"{self.target.workspace} is judged, not an endpoint")
        return self.endpoint

    @property
    def workspace_flags(self) -> str:
        """The options that every ``az ml`` command about the workspace needs."""
        group, workspace = argument(self.target.resource_group), argument(self.target.workspace)
        return f"--resource-group {group} --workspace-name {workspace}"
