"""What a team decides: its workspace, how to sign in, when the nightly check runs, and whom to tell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasks.domain.azure.private_access import PrivateAccessSpec
from tasks.domain.common.target import Resolvers
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace

PREFIX: Final = "ENDPOINT_OPS_"
BLOCK: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ROOT: Final = Path(__file__).resolve().parents[1]

PoolType = Literal["process", "azure-container-instance", "kubernetes"]


class SettingsError(Exception):
    """A variable is unset, or can't be right."""


def _as_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no time zone: write a name such as Europe/Stockholm.")
    return value


class Settings(BaseSettings):
    """The variables ``ENDPOINT_OPS_*``; those without a default must be set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    subscription_id: str = Field(description="The subscription's GUID.")
    resource_group: str = Field(description="The workspace's resource group.")
    workspace: str = Field(description="The workspace's name.")
    location: str = Field(description="Its Azure region.")
    cloud: str = "public"
    internet_proxy: str | None = None
    dns_system: str | None = None
    dns_custom: str | None = None
    dns_azure: str | None = None

    subnet: str | None = Field(default=None, description="The ARM id of the subnet for the private endpoint.")
    zone_ids: str = Field(default="", description="The ARM ids of a hub's two private DNS zones, with a space between.")
    create_zones_in: str | None = None
    policy_minutes: int = 0

    sign_in: str = "identity of the machine"
    tenant_id: str | None = None
    client_id: str | None = None
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
    working_directory: Path = ROOT

    @model_validator(mode="after")
    def _can_be_blocks(self) -> Self:
        self.identity_block()
        self.workspace_block()
        self.private_access()
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
        """How to sign in, as a block that is not saved yet."""
        given = {
            "method": self.sign_in,
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        return AzureIdentity.model_validate(given)

    def workspace_block(self) -> AzureWorkspace:
        """The workspace, as a block that is not saved yet."""
        servers = {"system": self.dns_system, "custom": self.dns_custom, "azure": self.dns_azure}
        return AzureWorkspace(
            subscription_id=self.subscription_id,
            resource_group=self.resource_group,
            workspace=self.workspace,
            location=self.location,
            cloud=self.cloud,  # type: ignore[arg-type]  # the block refuses what is no cloud
            identity=self.block,
            internet_proxy=self.internet_proxy,
            resolvers=Resolvers.model_validate({name: one for name, one in servers.items() if one}),
        )

    @property
    def notifies(self) -> bool:
        """Whether there is somebody to tell."""
        return self.notify != "none"


def read_settings() -> Settings:
    """The settings from the environment.

    Raises:
        SettingsError: With every variable that is unset or wrong.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # the environment has them
    except ValidationError as error:
        told = [_told(str(one["loc"][0]) if one["loc"] else "", one["type"], one["msg"]) for one in error.errors()]
        raise SettingsError("\n".join(dict.fromkeys(told))) from None  # its text could repeat a secret


def _told(name: str, kind: str, message: str) -> str:
    variable = f"{PREFIX}{name.upper()}" if name else "settings"
    field = Settings.model_fields.get(name)
    if kind == "missing":
        return f"{variable} is not set. {field.description if field else ''}"
    return f"{variable}: {message.removeprefix('Value error, ')}"
