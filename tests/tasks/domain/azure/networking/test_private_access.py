"""What is asked for of private access, the names that follow from it, and the advice to a person."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.domain.azure.governance.access import refusal_advice
from tasks.domain.azure.networking.dns import workspace_zones
from tasks.domain.azure.networking.private_access import (
    PrivateAccess,
    PrivateAccessSpec,
    link_name,
    private_access_markdown,
)
from tasks.domain.common.target import AzureTarget, Cloud

NETWORK = "/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/callers"
SUBNET = f"{NETWORK}/subnets/default"
ZONE = "/subscriptions/h/resourceGroups/dns/providers/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms"
TARGET = AzureTarget(
    subscription_id="00000000-0000-0000-0000-000000000001",
    resource_group="ml",
    workspace="churn",
    location="westeurope",
)
# As Azure answers it; see learn.microsoft.com/azure/private-link/rbac-permissions.
REFUSED = (
    "The client 'app' with object id 'who' has permission to perform action 'Microsoft.Network/privateEndpoints/write' "
    "on scope '/pe'; however, it does not have permission to perform action(s) '{actions}' on the linked scope(s) "
    "'{scopes}' (respectively) or the linked scope(s) are invalid."
)
JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
APPROVE = "Microsoft.MachineLearningServices/workspaces/PrivateEndpointConnectionsApproval/action"


def test_a_workspace_has_one_private_endpoint_of_ours_in_a_network() -> None:
    """Its name differs by network, so that another one can be made; the group is the workspace's unless named."""
    spec = PrivateAccessSpec(subnet=SUBNET)
    other = PrivateAccessSpec(subnet=f"{NETWORK}2/subnets/default", resource_group="elsewhere")
    assert spec.network_id == NETWORK
    mine, others = spec.private_endpoint_id(TARGET), other.private_endpoint_id(TARGET)
    assert mine.startswith(f"{TARGET.resource_group_id}/providers/Microsoft.Network/privateEndpoints/pe-churn-")
    assert "/resourceGroups/elsewhere/" in others
    assert mine.rsplit("/", 1)[-1] != others.rsplit("/", 1)[-1]
    assert PrivateAccessSpec(subnet=SUBNET.upper()).private_endpoint_id(TARGET) == mine
    assert link_name(NETWORK) != link_name(f"{NETWORK}2")


@pytest.mark.parametrize(
    "fields",
    [
        {"subnet": "default"},
        {"subnet": NETWORK},
        {"subnet": SUBNET, "zone_ids": ["privatelink.api.azureml.ms"]},
        {"subnet": SUBNET, "zone_ids": [ZONE], "create_zones_in": "network"},
        {"subnet": SUBNET, "approval_message": "x" * 141},
    ],
)
def test_what_can_not_be_right_is_refused(fields: dict[str, object]) -> None:
    """Names in place of ids, a subnet that is none, two owners of the zones, a message that Azure would refuse."""
    with pytest.raises(ValidationError):
        PrivateAccessSpec.model_validate(fields)


@pytest.mark.parametrize(
    ("cloud", "zones"),
    [
        ("public", ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net")),
        ("usgovernment", ("privatelink.api.ml.azure.us", "privatelink.notebooks.usgovcloudapi.net")),
        ("china", ("privatelink.api.ml.azure.cn", "privatelink.notebooks.chinacloudapi.cn")),
    ],
)
def test_each_cloud_has_its_zones(cloud: Cloud, zones: tuple[str, str]) -> None:
    """Source: learn.microsoft.com/azure/machine-learning/how-to-custom-dns."""
    assert workspace_zones(cloud) == zones


@pytest.mark.parametrize(
    ("actions", "scopes", "assignments"),
    [
        (JOIN, SUBNET, [("Network Contributor", SUBNET)]),
        (
            f"{JOIN},{APPROVE}",
            f"{SUBNET},/ws",
            [("Network Contributor", SUBNET), ("Azure AI Enterprise Network Connection Approver", "/ws")],
        ),
        (
            "Microsoft.Network/privateDnsZones/join/action",
            f"{ZONE},{ZONE}2",
            [("Private DNS Zone Contributor", ZONE), ("Private DNS Zone Contributor", f"{ZONE}2")],
        ),
    ],
)
def test_a_linked_right_is_said_as_the_command_that_gives_it(
    actions: str, scopes: str, assignments: list[tuple[str, str]]
) -> None:
    """For each scope, with the principal that Azure names; who may leave the approval to others is told so."""
    advice = refusal_advice(REFUSED.format(actions=actions, scopes=scopes))
    for role, scope in assignments:
        assert (
            f"--assignee-object-id who --assignee-principal-type ServicePrincipal --role '{role}' --scope {scope}"
            in (advice)
        )
    assert ("approval_message" in advice) is (APPROVE in actions)


def test_other_refusals_need_no_such_advice() -> None:
    """Their own hint stands."""
    assert refusal_advice("The client 'x' does not have authorization to perform action 'y'.") == ""


def test_the_report_says_whose_it_is() -> None:
    """The private endpoint, its zones, and what a person should know."""
    access = PrivateAccess(id="/g/pe", network_id=NETWORK, status="approved", zone_ids=(ZONE,), note="No zone group.")
    page = private_access_markdown("churn", access)
    for words in ("# Private access of churn", "Approved", "made by others", "/g/pe", ZONE, "No zone group."):
        assert words in page
