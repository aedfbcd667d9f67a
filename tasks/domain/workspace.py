"""The workspace: what is asked for, and what Azure shows."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.domain.errors import InvalidSpec
from tasks.domain.network import IsolationMode, ManagedNetwork, OutboundRuleSpec, check_rules

PublicNetworkAccess = Literal["disabled", "enabled"]


class WorkspaceSpec(BaseModel):
    """A workspace with a managed virtual network. Empty fields leave what is there as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    isolation_mode: IsolationMode = Field(
        default="allow_only_approved_outbound",
        description="What deployments may reach: only approved targets, or the whole internet.",
    )
    outbound_rules: tuple[OutboundRuleSpec, ...] = Field(
        default=(), description="What deployments may reach besides the workspace's own resources."
    )
    container_registry: str | None = Field(
        default=None,
        pattern=r"(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/"
        r"Microsoft\.ContainerRegistry/registries/[^/]+$",
        description="The ARM id of a registry of your own; private access needs Premium.",
    )
    image_build_compute: str | None = Field(
        default=None,
        description="The compute cluster that builds images; needed with a private registry.",
    )
    public_network_access: PublicNetworkAccess | None = Field(
        default=None,
        description="Public access to the workspace itself. Empty: disabled when it is created.",
    )

    @model_validator(mode="after")
    def _rules_fit_the_mode(self) -> Self:
        try:
            check_rules(self.isolation_mode, self.outbound_rules)
        except InvalidSpec as error:
            raise ValueError(str(error)) from error
        return self


class Workspace(BaseModel):
    """The workspace as Azure shows it.

    Attributes:
        guid: Azure's internal id, part of the private DNS names.
        v1_legacy_mode: When on, online endpoints are refused.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    location: str
    provisioning_state: str
    guid: str = ""
    public_network_access: str = ""
    v1_legacy_mode: bool = False
    managed_network: ManagedNetwork = ManagedNetwork()
    container_registry: str | None = None
    key_vault: str | None = None
    storage_account: str | None = None
    application_insights: str | None = None
    image_build_compute: str | None = None
    private_endpoint_connections: tuple[str, ...] = ()
    tags: dict[str, str] = {}

    @property
    def associated_ids(self) -> tuple[str, ...]:
        """The ARM ids of the resources that Azure made, or was given, for the workspace."""
        named = (
            self.container_registry,
            self.key_vault,
            self.storage_account,
            self.application_insights,
        )
        return tuple(one for one in named if one)
