"""A team's settings: its workspace, how to sign in, when the nightly check runs, and whom to notify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deployments.paths import ROOT
from tasks.domain.azure.networking.private_access import PrivateAccessSpec, SubnetId
from tasks.domain.common.naming import Guid, Location, ResourceGroupName, SubscriptionId, WorkspaceName
from tasks.domain.common.tags import Tags
from tasks.domain.common.target import Cloud, DnsServer, ProxyUrl, Resolvers
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace

PREFIX: Final = "ENDPOINT_OPS_"
BLOCK: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"


PoolType = Literal["process", "azure-container-instance", "kubernetes"]


def _as_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not a valid time zone: use a name such as Europe/Stockholm.")
    return value


class Settings(BaseSettings):
    """The variables ``ENDPOINT_OPS_*``; those without a default must be set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True)

    subscription_id: SubscriptionId = Field(description="The subscription's GUID.")
    resource_group: ResourceGroupName = Field(description="The workspace's resource group.")
    workspace: WorkspaceName = Field(description="The workspace's name.")
    location: Location = Field(description="Its Azure region.")
    cloud: Cloud = "public"
    internet_proxy: ProxyUrl | None = None
    dns_system: DnsServer | None = None
    dns_custom: DnsServer | None = None
    dns_azure: DnsServer | None = None

    subnet: SubnetId | None = Field(default=None, description="The ARM id of the subnet for the private endpoint.")
    zone_ids: str = Field(default="", description="The ARM ids of a hub's private DNS zones, with a space between.")
    create_zones_in: ResourceGroupName | None = None
    policy_minutes: int = 0

    tags: Tags = Field(default={}, description="Tags for everything that the flows create, as a JSON object.")

    sign_in: Literal["identity of the machine", "workload identity", "client secret"] = "identity of the machine"
    tenant_id: Guid | None = None
    client_id: Guid | None = None
    client_secret: SecretStr | None = None

    block: str = Field(default="main", pattern=BLOCK, description="The name of the workspace's and identity's blocks.")
    notify: str = Field(
        pattern=r"^(none|[a-z0-9-]+/[a-z0-9-]+)$",
        description="The notification block as TYPE/NAME, such as slack-webhook/on-call; or none.",
    )
    time_zone: Annotated[str, AfterValidator(_as_time_zone)] = Field(description="The nightly check's time zone.")
    nightly_cron: str = "0 3 * * *"
    redeploy_on_model: bool = False
    redeploy_on_unhealthy: bool = False

    queue_account: str = Field(default="", description="The storage account that Event Grid writes events to.")
    queue: str = "azureml-events"

    work_pool: str = "endpoint-ops"
    work_pool_type: PoolType = "process"
    image: str = Field(default="", pattern=r"^\S*$", description="The project's image, of pools that start containers.")
    working_directory: Path = ROOT

    @model_validator(mode="after")
    def _is_a_whole_identity(self) -> Self:
        self.identity_block()
        self.private_access()
        if self.work_pool_type != "process" and not self.image:
            raise ValueError(f"a work pool of type {self.work_pool_type} needs {PREFIX}IMAGE, the project's image.")
        return self

    def private_access(self) -> PrivateAccessSpec | None:
        """How callers reach the workspace; None where the forms ask for it."""
        if self.subnet is None:
            return None
        return PrivateAccessSpec(
            subnet=self.subnet,
            zone_ids=tuple(self.zone_ids.split()),
            create_zones_in=self.create_zones_in,
            policy_minutes=self.policy_minutes,
        )

    def identity_block(self) -> AzureIdentity:
        """Return how to sign in, as a block that is not saved yet."""
        given = {
            "method": self.sign_in,
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        return AzureIdentity.model_validate(given)

    def workspace_block(self) -> AzureWorkspace:
        """Return the workspace, as a block that is not saved yet."""
        servers = {"system": self.dns_system, "custom": self.dns_custom, "azure": self.dns_azure}
        return AzureWorkspace(
            subscription_id=self.subscription_id,
            resource_group=self.resource_group,
            workspace=self.workspace,
            location=self.location,
            cloud=self.cloud,
            identity=self.block,
            internet_proxy=self.internet_proxy,
            resolvers=Resolvers.model_validate({name: one for name, one in servers.items() if one}),
            tags=self.tags,
        )

    @property
    def notifies(self) -> bool:
        """Return whether a notification block is set."""
        return self.notify != "none"
