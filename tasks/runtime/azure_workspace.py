"""Prefect blocks: the workspace to work on, and the identity to sign in with, which the workspace block names."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, SecretStr, model_validator

from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.login import Login, MachineLogin, SecretLogin, WorkloadLogin
from tasks.domain.common.naming import Guid, Location, ResourceGroupName, SubscriptionId, WorkspaceName
from tasks.domain.common.tags import Tags
from tasks.domain.common.target import AzureTarget, Cloud, ProxyUrl, Resolvers

_GUIDE = "https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint"
_IDENTITIES = "https://learn.microsoft.com/azure/developer/python/sdk/authentication/overview"


class AzureIdentity(Block):
    """The identity that flows sign in to Azure with: the machine's, a Kubernetes workload's, or a client secret."""

    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name = "Azure identity"
    _block_type_slug = "azure-identity"
    _description = "The identity that flows sign in with. The secret is stored encrypted and never leaves the block."
    _documentation_url = _IDENTITIES  # type: ignore[assignment]  # Prefect turns it into a URL itself

    method: Literal["identity of the machine", "workload identity", "client secret"] = Field(
        default="identity of the machine",
        title="Sign in with",
        description=(
            "Identity of the machine: its managed identity, or the AZURE_* variables of the worker. Workload identity: "
            "that of a Kubernetes pod. Client secret: that of an app registration."
        ),
    )
    tenant_id: Annotated[Guid | None, OrEmpty()] = Field(
        default=None, title="Tenant", description="The tenant's GUID. Required with a client secret."
    )
    client_id: Annotated[Guid | None, OrEmpty()] = Field(
        default=None,
        title="Client",
        description="The application's GUID, required with a client secret; or the managed identity to use of several.",
    )
    client_secret: Annotated[SecretStr | None, OrEmpty()] = Field(
        default=None, title="Client secret", description="Only for signing in with a client secret. Stored encrypted."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        by_secret = self.method == "client secret"
        if by_secret and not (self.tenant_id and self.client_id and self.client_secret):
            raise ValueError("signing in with a client secret requires the tenant, the client and the secret.")
        if self.client_secret and not by_secret:
            raise ValueError(f"{self.method} uses no client secret: remove it, so that it is not stored needlessly.")
        return self

    def as_login(self) -> Login:
        """Return the login for the clients."""
        if self.tenant_id and self.client_id and self.client_secret:
            return SecretLogin(tenant_id=self.tenant_id, client_id=self.client_id, client_secret=self.client_secret)
        if self.method == "workload identity":
            return WorkloadLogin(tenant_id=self.tenant_id, client_id=self.client_id)
        return MachineLogin(client_id=self.client_id)


class AzureWorkspace(Block):
    """An Azure Machine Learning workspace, and how to reach it. Holds no secret.

    Names its identity instead of nesting it: Prefect's UI shows a nested block as not selected, and saves a copy.
    """

    _block_type_name = "Azure ML workspace"
    _block_type_slug = "azure-ml-workspace"
    _description = "The workspace that flows work on, and how to reach it. The lifecycle flow creates it if absent."
    _documentation_url = _GUIDE  # type: ignore[assignment]  # Prefect turns it into a URL itself

    subscription_id: SubscriptionId = Field(title="Subscription", description="The subscription's GUID.")
    resource_group: ResourceGroupName = Field(title="Resource group", description="Created if absent.")
    workspace: WorkspaceName = Field(title="Workspace", description="The workspace's name. Created if absent.")
    location: Location = Field(title="Region", description="The Azure region, such as westeurope.")
    cloud: Cloud = Field(default="public", title="Cloud", description="The Azure cloud.")
    identity: Annotated[str | None, OrEmpty()] = Field(
        default=None,
        title="Identity",
        description="Name of the Azure identity block to sign in with. Empty: the identity of the machine.",
    )
    internet_proxy: Annotated[ProxyUrl | None, OrEmpty()] = Field(
        default=None,
        title="Internet proxy",
        description="HTTP proxy to the internet, to prove that the endpoint denies public callers. Empty: not checked.",
    )
    resolvers: Resolvers = Field(
        default=Resolvers(), title="DNS servers", description="Queried by the diagnostics, each as HOST or HOST:PORT."
    )
    tags: Tags = Field(
        default={},
        title="Tags",
        description="Tags of your own, put on every resource that the flows create. A company policy may require some, "
        "such as costCenter.",
    )

    def as_target(self) -> AzureTarget:
        """Return the workspace as a target for steps."""
        return AzureTarget.model_validate({name: getattr(self, name) for name in AzureTarget.model_fields})

    @classmethod
    def of(cls, target: AzureTarget) -> Self:
        """Return a block for a target, for scripts without a saved one."""
        return cls.model_validate(target.model_dump())
