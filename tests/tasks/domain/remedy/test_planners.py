"""From what was seen to a draft: what would change, what it stands on, and when nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.registry import ContainerRegistry, PrivateEndpointConnection
from tasks.domain.diagnostics.diagnosed import Compute, DiagnosedEndpoint, DiagnosedVault, DiagnosedWorkspace
from tasks.domain.remedy.plan import Draft, same_value
from tasks.domain.remedy.planners import (
    allow_azure_services,
    approve_callers,
    approve_egress,
    send_traffic_to_healthy,
    set_build_compute,
    turn_legacy_mode_off,
)

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/churn"


def workspace(**fields: Any) -> DiagnosedWorkspace:
    base = {"id": WORKSPACE, "name": "churn", "location": "westeurope", "provisioning_state": "Succeeded"}
    return DiagnosedWorkspace(**{**base, **fields})


def connection(name: str, status: str, description: str = EGRESS_DESCRIPTION) -> PrivateEndpointConnection:
    return PrivateEndpointConnection(
        id=f"/registry/privateEndpointConnections/{name}",
        name=name,
        status=status,
        description=description,
        private_endpoint_id=f"/of-azure/{name}",
    )


def registry(*connections: PrivateEndpointConnection) -> ContainerRegistry:
    return ContainerRegistry(
        id="/registry", name="cr", location="westeurope", sku="Premium", private_endpoint_connections=connections
    )


def endpoint(traffic: dict[str, int], mirror: dict[str, int] | None = None) -> DiagnosedEndpoint:
    return DiagnosedEndpoint(
        id=f"{WORKSPACE}/onlineEndpoints/churn-prod",
        name="churn-prod",
        location="westeurope",
        provisioning_state="Succeeded",
        scoring_uri="",
        auth_mode="key",
        public_network_access="disabled",
        traffic=traffic,
        mirror_traffic=mirror or {},
    )


def deployments(**states: str) -> list[OnlineDeployment]:
    return [
        OnlineDeployment(id=f"/deployments/{name}", name=name, endpoint="churn-prod", provisioning_state=state)
        for name, state in states.items()
    ]


def cluster(name: str, **fields: Any) -> Compute:
    base = {"kind": "AmlCompute", "location": "westeurope", "provisioning_state": "Succeeded"}
    return Compute(**{"name": name, **base, **fields})


def told(draft: Draft) -> list[tuple[str, Any, Any]]:
    """The changes as (last part of the resource, before, after)."""
    return [(one.resource.rsplit("/", 1)[-1], one.before, one.after) for one in draft.changes]


def test_only_pending_egress_connections_are_approved() -> None:
    """Those of callers and those that are approved stay as they are; the private endpoints are named in the warning."""
    draft = approve_egress(
        "container registry",
        registry(connection("a", "Pending"), connection("b", "Approved"), connection("c", "Pending", "somebody's")),
    )
    assert told(draft) == [("a", "Pending", "Approved")]
    assert "/of-azure/a" in draft.warning
    assert [(one.path, one.value) for one in draft.stands_on] == [("properties.privateEndpoint.id", "/of-azure/a")]


@pytest.mark.parametrize("status", ["Rejected", "Disconnected"])
def test_what_somebody_has_decided_stays(status: str) -> None:
    """A rejected connection is not approved behind anybody's back, nor are those beside it."""
    draft = approve_egress("container registry", registry(connection("a", status), connection("b", "Pending")))
    assert draft.changes == ()
    assert status in draft.summary


def test_no_connection_waits() -> None:
    """Then there is nothing to approve, nor without a registry."""
    assert approve_egress("container registry", None).changes == ()
    assert approve_egress("container registry", registry(connection("a", "Approved"))).changes == ()


@pytest.mark.parametrize(
    ("connections", "approved"),
    [
        ([connection("mine", "Pending", "")], ["mine"]),
        ([connection("mine", "Pending", ""), connection("old", "Rejected", "")], ["mine"]),
        ([connection("mine", "Pending", ""), connection("theirs", "Pending", "")], []),
        ([connection("old", "Rejected", "")], []),
        ([connection("azure", "Pending")], []),
    ],
)
def test_one_private_endpoint_of_callers(connections: list[PrivateEndpointConnection], approved: list[str]) -> None:
    """It is approved if it is the only one that waits; among several a person has to choose."""
    draft = approve_callers(workspace(connections=tuple(connections)))
    assert [name for name, _, _ in told(draft)] == approved
    assert bool(draft.warning) == bool(approved)


def test_the_vault_is_told_to_let_azure_services_by() -> None:
    """Nothing but the bypass changes; a vault that lets them by already needs nothing."""
    vault = DiagnosedVault(id="/vaults/kv", name="kv", bypass="None", default_action="Deny")
    (change,) = allow_azure_services(vault).changes
    assert (change.path, change.before, change.after) == ("properties.networkAcls.bypass", "None", "AzureServices")
    assert allow_azure_services(DiagnosedVault(id="/vaults/kv", name="kv")).changes == ()
    assert allow_azure_services(None).changes == ()


@pytest.mark.parametrize(
    ("computes", "wanted", "chosen"),
    [
        ([cluster("builder")], None, "builder"),
        ([cluster("builder"), cluster("other")], None, None),
        ([cluster("builder"), cluster("other")], "Other", "other"),
        ([cluster("builder")], "nowhere", None),
        ([cluster("vm", kind="ComputeInstance")], None, None),
        ([cluster("far", location="eastus")], None, None),
        ([cluster("broken", provisioning_state="Failed")], "broken", None),
        ([cluster("builder"), cluster("vm", kind="ComputeInstance")], None, "builder"),
        ([], None, None),
    ],
)
def test_the_compute_that_builds_images(computes: list[Compute], wanted: str | None, chosen: str | None) -> None:
    """A cluster that could do it, if there is one or one is named; none is ever made."""
    draft = set_build_compute(workspace(), computes, wanted)
    assert [after for _, _, after in told(draft)] == ([chosen] if chosen else [])
    if chosen:
        assert draft.stands_on[0].resource == f"{WORKSPACE}/computes/{chosen}"
    else:
        assert "az ml compute create" in draft.summary


@pytest.mark.parametrize(
    ("traffic", "states", "after"),
    [
        ({"blue": 0}, {"blue": "Succeeded"}, {"blue": 100}),
        ({"blue": 90, "green": 10}, {"blue": "Failed", "green": "Succeeded"}, {"green": 100}),
        ({"gone": 100}, {"blue": "Succeeded", "green": "Succeeded"}, {"blue": 100}),
        (
            {"a-one": 20, "b-two": 50, "bad": 30},
            {"a-one": "Succeeded", "b-two": "Succeeded", "bad": "Failed"},
            {"b-two": 100},
        ),
        ({"blue": 100}, {"blue": "Failed", "green": "Updating"}, None),
        ({}, {}, None),
    ],
)
def test_traffic_goes_back(traffic: dict[str, int], states: dict[str, str], after: dict[str, int] | None) -> None:
    """To the healthy deployment that has the most of it already; to none that is not provisioned."""
    draft = send_traffic_to_healthy(endpoint(traffic), deployments(**states))
    assert told(draft) == ([("churn-prod", traffic, after)] if after else [])
    if after:
        (name,) = after
        assert [(one.resource, one.value) for one in draft.stands_on] == [(f"/deployments/{name}", "Succeeded")]


def test_who_gets_the_traffic_gets_no_copies_of_it() -> None:
    """Azure refuses a deployment that has live and mirrored traffic."""
    found = endpoint({"bad": 100}, {"green": 20})
    draft = send_traffic_to_healthy(found, deployments(bad="Failed", green="Succeeded"))
    assert [(one.path.rsplit(".", 1)[-1], one.before, one.after) for one in draft.changes] == [
        ("traffic", {"bad": 100}, {"green": 100}),
        ("mirrorTraffic", {"green": 20}, {}),
    ]


def test_legacy_mode_is_switched_off_with_a_warning() -> None:
    """The network security team comes first."""
    draft = turn_legacy_mode_off(workspace(v1_legacy_mode=True))
    assert told(draft) == [("churn", True, False)]
    assert draft.warning.startswith("Talk to the network security team first.")
    assert turn_legacy_mode_off(workspace()).changes == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("AzureServices", "azureservices", True),
        (None, "", True),
        (None, False, True),
        ({"Blue": 100, "green": 0}, {"blue": 100}, True),
        ({"blue": 100}, {"blue": 90}, False),
        ({}, None, True),
        ("Pending", "Approved", False),
        (True, False, False),
        ("builder", None, False),
    ],
)
def test_values_that_mean_the_same(one: Any, other: Any, same: bool) -> None:
    """The case of words, zeros and missing values make no difference to Azure."""
    assert same_value(one, other) is same
    assert same_value(other, one) is same
