"""The workspace that the flows work on: subscription, resource group, region, sign-in, proxy and DNS servers."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import Location, ResourceGroupName, SubscriptionId, WorkspaceName
from tasks.domain.common.tags import Tags

Cloud = Literal["public", "usgovernment", "china"]


def _as_proxy_url(value: str) -> str:
    if "@" in value:
        raise ValueError("a proxy address must not contain a user or password: parameters are stored as plain text.")
    try:
        parts = urlsplit(value)
        is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or parts.fragment or parts.query or parts.path not in {"", "/"}:
        raise ValueError(f"{value!r} is not a valid proxy address: write http://HOST:PORT.")
    return value


ProxyUrl = Annotated[str, AfterValidator(_as_proxy_url)]


def _as_dns_server(value: str) -> str:
    address, _, port = value.partition(":") if value.count(":") == 1 else (value, "", "")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(f"{value!r} is not a valid DNS server: write its IP address, or ADDRESS:PORT.") from None
    if port and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError(f"{value!r} has no valid port: write a number from 1 to 65535 after the colon.")
    return value


DnsServer = Annotated[str, AfterValidator(_as_dns_server)]


class Resolvers(BaseModel, frozen=True, extra="forbid"):
    """The DNS servers that diagnostics query, each as ADDRESS or ADDRESS:PORT."""

    system: Annotated[DnsServer | None, OrEmpty()] = Field(
        default=None, description="The DNS server of the caller's machine. Empty: the system's setting."
    )
    custom: Annotated[DnsServer | None, OrEmpty()] = Field(
        default=None, description="The team's own DNS server, if the virtual network has one."
    )
    azure: DnsServer = Field(
        default="168.63.129.16", description="Azure's DNS, reachable only inside a virtual network."
    )


class AzureTarget(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """The workspace to work on. Holds no secret: `identity` names a Prefect block that may."""

    subscription_id: SubscriptionId = Field(description="The subscription's GUID.")
    resource_group: ResourceGroupName = Field(description="Created if absent.")
    workspace: WorkspaceName = Field(description="Created if absent.")
    location: Location = Field(description="The Azure region, such as westeurope.")
    cloud: Cloud = Field(default="public", description="The Azure cloud.")
    identity: str | None = Field(
        default=None, description="The Prefect block that says how to sign in. Empty: the identity of the machine."
    )
    internet_proxy: Annotated[ProxyUrl | None, OrEmpty()] = Field(
        default=None,
        description=(
            "An HTTP proxy that exits to the internet, for the outside half of the isolation "
            "proof. Empty: that half is skipped."
        ),
    )
    resolvers: Resolvers = Field(default=Resolvers(), description="DNS servers for diagnostics.")
    tags: Tags = Field(
        default={}, description="Tags of your own, put on every resource that the flows create, such as costCenter."
    )

    @property
    def subscription_path(self) -> str:
        """The subscription's ARM id."""
        return f"/subscriptions/{self.subscription_id}"

    @property
    def resource_group_id(self) -> str:
        """The resource group's ARM id."""
        return f"{self.subscription_path}/resourceGroups/{self.resource_group}"

    @property
    def workspace_id(self) -> str:
        """The workspace's ARM id."""
        provider = "Microsoft.MachineLearningServices/workspaces"
        return f"{self.resource_group_id}/providers/{provider}/{self.workspace}"

    def endpoint_id(self, name: str) -> str:
        """Return an endpoint's ARM id."""
        return f"{self.workspace_id}/onlineEndpoints/{name}"

    def online_deployment_id(self, endpoint: str, name: str) -> str:
        """Return an online deployment's ARM id."""
        return f"{self.endpoint_id(endpoint)}/deployments/{name}"
