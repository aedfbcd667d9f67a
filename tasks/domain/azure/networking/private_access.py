"""Private access of callers to a workspace: the private endpoint, its DNS zones, and what is asked for."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.domain.azure.resource_group import Resource
from tasks.domain.common.commands import argument
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.markdown import code_block, escaped
from tasks.domain.common.naming import ResourceGroupName
from tasks.domain.common.target import AzureTarget

_GROUP: Final = r"(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/"
SubnetId = Annotated[str, Field(pattern=_GROUP + r"virtualNetworks/[^/]+/subnets/[^/]+$")]
ZoneId = Annotated[str, Field(pattern=_GROUP + r"privateDnsZones/[^/]+$")]
Status = Literal["approved", "pending", "rejected", "disconnected"]

_DIGEST_CHARS: Final = 6


class FarEnd(BaseModel, frozen=True):
    """A resource that private endpoints lead to.

    Attributes:
        kind: Its type in words.
        group: Its sub-resource, Azure's group id.
        zones: The private DNS zones of its names.
    """

    id: str
    kind: Literal["workspace", "storage account"]
    group: Literal["amlworkspace", "blob"]
    zones: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its short name."""
        return name_of(self.id)


class PrivateAccessSpec(BaseModel):
    """How callers reach the workspace and its endpoints: by a private endpoint in a subnet of yours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subnet: SubnetId = Field(
        title="Subnet",
        description="ARM id of the subnet for the private endpoints of the workspace, which takes three addresses, and "
        "of its storage account. Callers in its virtual network reach the endpoints, and upload files. A private "
        "endpoint that is there is used as it is.",
    )
    zone_ids: tuple[ZoneId, ...] = Field(
        default=(),
        title="Private DNS zones of a hub",
        description="ARM ids of the workspace's two zones and of the blob zone, in any subscription. Only records of "
        "the workspace and of its storage account are written there.",
    )
    create_zones_in: Annotated[ResourceGroupName | None, OrEmpty()] = Field(
        default=None,
        title="Create private DNS zones in",
        description="Resource group for the zones and their links, unless the virtual network is linked to such "
        "zones already. Leave empty if a hub or a policy has them.",
    )
    resource_group: Annotated[ResourceGroupName | None, OrEmpty()] = Field(
        default=None,
        title="Resource group of the private endpoints",
        description="Empty: the workspace's.",
    )
    approval_message: str = Field(
        default="",
        max_length=140,  # Azure's limit of requestMessage
        title="Message to the approver",
        description="Set it if somebody else has to approve the connection to the workspace. Empty: it is approved at "
        "once, which takes rights on the workspace.",
    )
    approval_minutes: int = Field(
        default=60, ge=1, le=1440, title="Minutes to approve", description="The run fails after that."
    )
    policy_minutes: int = Field(
        default=0,
        ge=0,
        le=240,
        title="Minutes to wait for a company policy",
        description="If an Azure Policy makes the private endpoint and its records. 0: this run makes them.",
    )

    @model_validator(mode="after")
    def _names_zones_once(self) -> Self:
        if self.zone_ids and self.create_zones_in:
            raise ValueError("name either the zones of a hub (zone_ids) or a group to create them in, not both.")
        return self

    @property
    def network_id(self) -> str:
        """The virtual network that the subnet is in."""
        return self.subnet.rsplit("/", 2)[0]

    def private_endpoint_id(self, target: AzureTarget, far_end_id: str = "") -> str:
        """The private endpoint that is made, unless there is another one in the network.

        Its name is that of its far end, by default the workspace, in that network, so that several of them share a
        group.
        """
        far_end_id = far_end_id or target.workspace_id
        digest = _digest(f"{far_end_id}@{self.network_id}")
        group = f"{target.subscription_path}/resourceGroups/{self.resource_group or target.resource_group}"
        return f"{group}/providers/Microsoft.Network/privateEndpoints/pe-{name_of(far_end_id)}-{digest}"

    def created_zone_id(self, target: AzureTarget, name: str) -> str:
        """The zone that is made, unless the network is linked to one of that name."""
        group = f"{target.subscription_path}/resourceGroups/{self.create_zones_in}"
        return f"{group}/providers/Microsoft.Network/privateDnsZones/{name}"


class PrivateAccess(BaseModel):
    """Private access as it is.

    Attributes:
        id: The private endpoint.
        status: Of its connection.
        zone_ids: The private DNS zones that hold its records.
        is_ours: Made by this project, so that its teardown removes it.
        note: What a person should know of it; empty where all is well.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    network_id: str
    status: Status
    zone_ids: tuple[str, ...] = ()
    is_ours: bool = False
    note: str = ""

    @property
    def name(self) -> str:
        """The private endpoint's name."""
        return name_of(self.id)


class Left(BaseModel):
    """A resource that a teardown leaves, and the reason."""

    model_config = ConfigDict(frozen=True)

    resource: Resource
    reason: str


class PrivateAccessParts(BaseModel):
    """The parts of a workspace's private access, by what a teardown does with them; ``removes`` is in order."""

    model_config = ConfigDict(frozen=True)

    removes: tuple[Resource, ...] = ()
    leaves: tuple[Left, ...] = ()


def link_name(network_id: str) -> str:
    """The name of a zone's link to a network."""
    return f"{name_of(network_id)[:70]}-{_digest(network_id)}"


def zones_by_name(zone_ids: tuple[str, ...]) -> dict[str, str]:
    """The ids of private DNS zones by their names in lower case."""
    return {name_of(one).lower(): one for one in zone_ids}


def approval_advice(far_end: FarEnd, connection_id: str, message: str) -> str:
    """Who has to approve what, with the command."""
    said = f" The request says: {message}." if message else ""
    return (
        f"somebody with the right {_kind_of(far_end.id)}/privateEndpointConnections/write on "
        f"{far_end.kind} {far_end.name} has to approve the private endpoint's connection.{said} "
        f"az network private-endpoint-connection approve --id {argument(connection_id)} --description approved"
    )


def _kind_of(resource_id: str) -> str:
    return "/".join(resource_id.split("/")[6:8])


def link_advice(zone_id: str, network_id: str) -> str:
    """The command that links a zone to a network."""
    subscription, group = zone_id.split("/")[2], zone_id.split("/")[4]
    return (
        f"az network private-dns link vnet create --subscription {subscription} --resource-group {argument(group)} "
        f"--zone-name {argument(name_of(zone_id))} --name {argument(name_of(network_id))} "
        f"--virtual-network {argument(network_id)} "
        "--registration-enabled false"
    )


def private_access_markdown(workspace: str, access: PrivateAccess) -> str:
    """The report of a workspace's private access."""
    made = "made by this project" if access.is_ours else "made by others, used as it is"
    ids = "\n".join([access.id, *access.zone_ids])
    parts = [f"# Private access of {workspace}", f"**{access.status.capitalize()}**, {made}", code_block(ids)]
    return "\n\n".join([*parts, *([escaped(access.note)] if access.note else [])]) + "\n"


def name_of(resource_id: str) -> str:
    """The last part of an ARM id."""
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def is_same(one: str, other: str) -> bool:
    """Whether two ARM ids name one resource; Azure compares them without regard to case."""
    return one.lower() == other.lower()


def _digest(text: str) -> str:
    return hashlib.sha256(text.lower().encode()).hexdigest()[:_DIGEST_CHARS]
