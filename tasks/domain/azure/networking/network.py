"""The managed network of a workspace: isolation modes and outbound rules."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from tasks.domain.common.errors import InvalidSpec

IsolationMode = Literal["allow_only_approved_outbound", "allow_internet_outbound"]

# The modes as Azure's REST API spells them.
WIRE_ISOLATION_MODES: Final[dict[IsolationMode, str]] = {
    "allow_only_approved_outbound": "AllowOnlyApprovedOutbound",
    "allow_internet_outbound": "AllowInternetOutbound",
}

RuleName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80)]


class _Rule(BaseModel, frozen=True, extra="forbid"):
    name: RuleName = Field(description="Unique in the workspace.")


class PrivateEndpointRule(_Rule, frozen=True):
    """Reach one Azure resource through a private endpoint in the managed network."""

    type: Literal["private_endpoint"] = "private_endpoint"
    service_resource_id: str = Field(
        pattern=r"^/subscriptions/.+/providers/.+", description="The ARM id of the resource."
    )
    subresource_target: str = Field(min_length=1, description="Such as blob, vault or registry.")
    spark_enabled: bool = Field(default=False, description="Allow Spark jobs to use it too.")


class FqdnRule(_Rule, frozen=True):
    """Reach one host name on ports 80 and 443. Makes Azure add a firewall, which costs money."""

    type: Literal["fqdn"] = "fqdn"
    destination: str = Field(
        pattern=r"^(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
        description="A host name. *.example.org does not cover example.org itself.",
    )


class ServiceTagRule(_Rule, frozen=True):
    """Reach the addresses behind one of Azure's service tags."""

    type: Literal["service_tag"] = "service_tag"
    service_tag: str = Field(min_length=1, description="Such as DataFactory.")
    protocol: Literal["TCP", "UDP", "ICMP", "*"] = Field(default="TCP", description="The protocol.")
    port_ranges: str = Field(default="443", description="Ports and ranges: 80, 8080-8089.")


OutboundRuleSpec = Annotated[PrivateEndpointRule | FqdnRule | ServiceTagRule, Field(discriminator="type")]


class OutboundRule(BaseModel, frozen=True):
    """An outbound rule as Azure returns it.

    Attributes:
        category: UserDefined (ours to change), Required, Recommended or Dependency.
        status: Active, Inactive, Provisioning, Deleting or Failed.
        destination: Azure's own description of the destination.
    """

    name: str
    type: str
    category: str = "UserDefined"
    status: str = ""
    destination: dict[str, str] = {}


class ManagedNetwork(BaseModel, frozen=True):
    """The managed network as Azure returns it.

    Attributes:
        isolation_mode: In Azure's spelling, Disabled included.
        status: Active once provisioned, else Inactive.
    """

    isolation_mode: str = "Disabled"
    status: str = "Inactive"
    spark_ready: bool = False
    network_id: str = ""

    @property
    def is_on(self) -> bool:
        """True when the workspace has a managed network, provisioned or not."""
        return self.isolation_mode.lower() != "disabled"

    @property
    def is_active(self) -> bool:
        """True when online deployments can be created in it."""
        return self.status.lower() == "active"


def check_rules(mode: IsolationMode, rules: tuple[OutboundRuleSpec, ...]) -> None:
    """Refuse rules that the isolation mode doesn't allow, and names given twice.

    Source: learn.microsoft.com/azure/machine-learning/how-to-managed-network

    Raises:
        InvalidSpec: With the name of the rule.
    """
    names = [rule.name.lower() for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise InvalidSpec(f"two outbound rules are named {name!r}", "Give each rule a name of its own.")
    if mode == "allow_only_approved_outbound":
        return
    for rule in rules:
        if rule.type != "private_endpoint":
            raise InvalidSpec(
                f"outbound rule {rule.name!r} of type {rule.type} needs the isolation mode "
                f"allow_only_approved_outbound, but the workspace has {mode}",
                "Remove the rule (the mode already allows all outbound traffic), "
                "or choose allow_only_approved_outbound.",
            )


def check_transition(present: str, desired: IsolationMode) -> None:
    """Refuse a change of isolation mode that Azure doesn't allow.

    Disabled may change to any mode; allow_only_approved_outbound can't be changed.

    Args:
        present: The workspace's mode in Azure's spelling.
        desired: The mode in the spec.

    Raises:
        InvalidSpec: When the change is impossible.
    """
    strictest = WIRE_ISOLATION_MODES["allow_only_approved_outbound"].lower()
    if present.lower() == strictest and desired == "allow_internet_outbound":
        raise InvalidSpec(
            "the workspace's isolation mode is allow_only_approved_outbound, which can't be "
            "changed to allow_internet_outbound",
            "Keep allow_only_approved_outbound, or create a new workspace.",
        )
