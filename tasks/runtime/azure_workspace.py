"""Prefect blocks: the workspace to work on, and how to sign in there. Flows take the first, which names the second."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, SecretStr, model_validator

from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.login import Login, MachineLogin, SecretLogin, WorkloadLogin
from tasks.domain.common.naming import Guid, Location, ResourceGroupName, SubscriptionId, WorkspaceName
from tasks.domain.common.target import AzureTarget, Cloud, ProxyUrl, Resolvers

_GUIDE = "https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint"
_IDENTITIES = "https://learn.microsoft.com/azure/developer/python/sdk/authentication/overview"


class AzureIdentity(Block):
    """How flows sign in to Azure: as the machine that they run on, as a Kubernetes workload, or by a client secret."""

    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name = "Azure identity"
    _block_type_slug = "azure-identity"
    _description = "How flows sign in to Azure. The secret is stored encrypted, and never leaves the block."
    _documentation_url = _IDENTITIES  # type: ignore[assignment]  # Prefect turns it into a URL itself

    method: Literal["identity of the machine", "workload identity", "client secret"] = Field(
        default="identity of the machine",
        title="Sign in with",
        description=(
            "Identity of the machine: its managed identity, or what the worker's environment names. "
            "Workload identity: a Kubernetes pod's. Client secret: an application's."
        ),
    )
    tenant_id: Annotated[Guid | None, OrEmpty()] = Field(
        default=None, title="Tenant", description="The tenant's GUID. With a client secret."
    )
    client_id: Annotated[Guid | None, OrEmpty()] = Field(
        default=None,
        title="Client",
        description="The application's GUID, with a client secret; or the one identity to use of several.",
    )
    client_secret: Annotated[SecretStr | None, OrEmpty()] = Field(
        default=None, title="Client secret", description="Only with a client secret. Stored encrypted."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wanted = self.method == "client secret"
        if wanted and not (self.tenant_id and self.client_id and self.client_secret):
            raise ValueError("signing in with a client secret needs the tenant, the client and the secret.")
        if self.client_secret and not wanted:
            raise ValueError(f"{self.method} uses no client secret: remove it, so that it is not kept for nothing.")
        return self

    def as_login(self) -> Login:
        """The values that the clients sign in with."""
        if self.tenant_id and self.client_id and self.client_secret:
            return SecretLogin(tenant_id=self.tenant_id, client_id=self.client_id, client_secret=self.client_secret)
        if self.method == "workload identity":
            return WorkloadLogin(tenant_id=self.tenant_id, client_id=self.client_id)
        return MachineLogin(client_id=self.client_id)


class AzureWorkspace(Block):
    """An Azure Machine Learning workspace, and the ways to it. Holds no secret itself.

    It names its identity instead of nesting it: Prefect's UI shows a nested block as none chosen, and saves a copy.
    """

    _block_type_name = "Azure ML workspace"
    _block_type_slug = "azure-ml-workspace"
    _description = "The workspace that flows work on, and the ways to it. Created by the lifecycle if it is absent."
    _documentation_url = _GUIDE  # type: ignore[assignment]  # Prefect turns it into a URL itself

    subscription_id: SubscriptionId = Field(title="Subscription", description="The subscription's GUID.")
    resource_group: ResourceGroupName = Field(title="Resource group", description="Created if absent.")
    workspace: WorkspaceName = Field(title="Workspace", description="Its name. Created if absent.")
    location: Location = Field(title="Region", description="The Azure region, such as westeurope.")
    cloud: Cloud = Field(default="public", title="Cloud", description="The Azure cloud.")
    identity: Annotated[str | None, OrEmpty()] = Field(
        default=None,
        title="Identity",
        description="The name of the Azure identity block to sign in by. Empty: the identity of the machine.",
    )
    internet_proxy: Annotated[ProxyUrl | None, OrEmpty()] = Field(
        default=None,
        title="Way out to the internet",
        description="An HTTP proxy that exits to the internet, to prove that callers from there are refused.",
    )
    resolvers: Resolvers = Field(
        default=Resolvers(), title="DNS servers", description="Whom the diagnostics ask, each as HOST or HOST:PORT."
    )

    def as_target(self) -> AzureTarget:
        """The workspace as steps take it."""
        return AzureTarget.model_validate({name: getattr(self, name) for name in AzureTarget.model_fields})

    @classmethod
    def of(cls, target: AzureTarget) -> Self:
        """The block of a target, for a script that has none saved."""
        return cls.model_validate(target.model_dump())
