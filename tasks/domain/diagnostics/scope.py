"""The endpoints that a diagnostics run checks."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import EndpointName, ResourceGroupName, SubscriptionId, WorkspaceName
from tasks.domain.common.target import AzureTarget, Cloud, ProxyUrl, Resolvers

Breadth = Literal["workspace", "resource group", "subscription"]


class Scope(BaseModel, frozen=True, extra="forbid"):
    """A subscription, narrowed down by the optional fields."""

    subscription_id: SubscriptionId = Field(description="The subscription's GUID.")
    resource_group: Annotated[ResourceGroupName | None, OrEmpty()] = Field(
        default=None, description="Only this group. Empty: all."
    )
    workspace: Annotated[WorkspaceName | None, OrEmpty()] = Field(
        default=None, description="Only this workspace. Empty: all."
    )
    endpoint: Annotated[EndpointName | None, OrEmpty()] = Field(
        default=None, description="Only this endpoint. Empty: all."
    )
    include: tuple[str, ...] = Field(
        default=("*",), description="Patterns of endpoint names, or of WORKSPACE/ENDPOINT, to check."
    )
    exclude: tuple[str, ...] = Field(default=(), description="Patterns to exclude; they win.")
    cloud: Cloud = Field(default="public", description="The Azure cloud.")
    identity: str | None = Field(
        default=None, description="The Prefect block that says how to sign in. Empty: the identity of the machine."
    )
    internet_proxy: ProxyUrl | None = Field(
        default=None,
        description="An HTTP proxy that exits to the internet, to check that callers from there are refused.",
    )
    resolvers: Resolvers = Field(default=Resolvers(), description="DNS servers to query.")

    @property
    def path(self) -> str:
        """The ARM id of the subscription or resource group."""
        group = f"/resourceGroups/{self.resource_group}" if self.resource_group else ""
        return f"/subscriptions/{self.subscription_id}{group}"

    @property
    def title(self) -> str:
        """The scope in words."""
        where = "/".join(one or "*" for one in (self.resource_group, self.workspace) if one or self.workspace)
        if self.endpoint:
            title = f"endpoint {self.endpoint}" + (f" in {where}" if where else "")
        elif self.workspace:
            title = f"workspace {where}"
        else:
            title = f"resource group {where}" if where else f"subscription {self.subscription_id}"
        return title + self._patterns

    @property
    def _patterns(self) -> str:
        only = "" if self.include == ("*",) else f", only {' '.join(self.include)}"
        return only + (f", without {' '.join(self.exclude)}" if self.exclude else "")

    @property
    def is_narrowed(self) -> bool:
        """True when it selects endpoints by name, so that a workspace may have none in scope."""
        return self.endpoint is not None or self.include != ("*",) or bool(self.exclude)

    def covers_workspace(self, workspace: str) -> bool:
        """Return whether a workspace's endpoints may be in scope."""
        return self.workspace is None or self.workspace.lower() == workspace.lower()

    def covers(self, workspace: str, endpoint: str) -> bool:
        """Return whether an endpoint is in scope. Case doesn't matter."""
        if self.endpoint is not None and self.endpoint.lower() != endpoint.lower():
            return False
        return _matches(self.include, workspace, endpoint) and not _matches(self.exclude, workspace, endpoint)


class Selection(BaseModel, frozen=True, extra="forbid"):
    """Endpoints to check, relative to a workspace: its own, or all around it."""

    look_at: Breadth = Field(
        default="workspace", title="Scope", description="The workspace, its resource group, or its subscription."
    )
    endpoint: Annotated[EndpointName | None, OrEmpty()] = Field(
        default=None, title="Only one endpoint", description="Its name. Empty: all of them."
    )
    include: tuple[str, ...] = Field(
        default=("*",),
        title="Include",
        description="Patterns of endpoint names, or of WORKSPACE/ENDPOINT, to check.",
    )
    exclude: tuple[str, ...] = Field(default=(), title="Exclude", description="Patterns to exclude; they win.")

    def around(self, target: AzureTarget) -> Scope:
        """Return the scope of this selection for a workspace."""
        return Scope(
            subscription_id=target.subscription_id,
            resource_group=None if self.look_at == "subscription" else target.resource_group,
            workspace=target.workspace if self.look_at == "workspace" else None,
            endpoint=self.endpoint,
            include=self.include,
            exclude=self.exclude,
            cloud=target.cloud,
            identity=target.identity,
            internet_proxy=target.internet_proxy,
            resolvers=target.resolvers,
        )


def _matches(patterns: tuple[str, ...], workspace: str, endpoint: str) -> bool:
    short, full = endpoint.lower(), f"{workspace}/{endpoint}".lower()
    return any(fnmatchcase(full if "/" in one else short, one.lower()) for one in patterns)
