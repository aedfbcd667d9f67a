"""Remedies against the emulator: exactly what was planned is written, once, and only while all is as it was planned."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from support.emulator.azure_writes import written
from support.emulator.management import Management
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure, connect
from tasks.domain.azure.ownership import with_ownership
from tasks.domain.common.errors import Conflict, InvalidSpec, OperationInProgress
from tasks.domain.common.target import AzureTarget
from tasks.domain.remedy.plan import Change, Condition, RemedyPlan
from tasks.domain.remedy.planners import BYPASS, LEGACY_MODE, MIRROR_TRAFFIC, PROVISIONING_STATE, TRAFFIC

_numbers = itertools.count()
ML, VAULTS = "2024-10-01-preview", "2023-07-01"
CLOSED = {"bypass": "None", "defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7/32"}]}


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


@pytest.fixture
def seeded(emulator: RunningEmulator) -> AzureTarget:
    """A workspace with a healthy endpoint, of the test's own, that this project did not make."""
    name = f"mended-{next(_numbers)}"
    emulator.control("POST", "/seed", {"workspaces": [{"name": name, "group": f"rg-{name}", **_shape(name)}]})
    return AzureTarget(
        subscription_id=emulator.subscription, resource_group=f"rg-{name}", workspace=name, location="westeurope"
    )


def _shape(name: str) -> dict[str, Any]:
    return {"endpoints": [{"name": f"{name}-e", "deployments": ["blue", "green"], "traffic": {"blue": 100}}]}


@pytest.fixture
def azure(seeded: AzureTarget) -> Iterator[Azure]:
    with connect(seeded) as clients:
        yield clients


@pytest.fixture
def vault(management: Management, seeded: AzureTarget) -> str:
    """The workspace's key vault, closed to Azure."""
    found: str = management.get(seeded.workspace_id, ML)["properties"]["keyVault"]
    assert management.ask("PATCH", found, {"properties": {"networkAcls": CLOSED}}, VAULTS).status_code == 200
    return found


def plan(*changes: Change, stands_on: tuple[Condition, ...] = ()) -> RemedyPlan:
    return RemedyPlan(endpoint="e", health="degraded", summary="s.", changes=changes, stands_on=stands_on)


def bypass(vault: str, before: str = "None") -> Change:
    return Change(resource=vault, what="key vault kv", path=BYPASS, before=before, after="AzureServices")


def test_only_the_planned_property_changes(
    azure: Azure, emulator: RunningEmulator, management: Management, vault: str
) -> None:
    """The firewall's rules beside it are sent along as they are, since Azure replaces the whole set; once is enough."""
    before = management.get(vault, VAULTS)["properties"]
    assert azure.remedies.apply(plan(bypass(vault))) == (bypass(vault),)
    after = management.get(vault, VAULTS)["properties"]
    assert after == {**before, "networkAcls": {**before["networkAcls"], "bypass": "AzureServices"}}
    assert after["networkAcls"]["ipRules"] == CLOSED["ipRules"]
    sent = len(written(emulator, vault))
    assert azure.remedies.apply(plan(bypass(vault))) == ()
    assert len(written(emulator, vault)) == sent


def test_a_value_that_has_changed_since_is_left_alone(azure: Azure, emulator: RunningEmulator, vault: str) -> None:
    """Neither that change nor any other of the plan is made."""
    sent = len(written(emulator, ""))
    legacy = Change(resource=vault, what="key vault kv", path=BYPASS, before="Nobody", after="Everybody")
    with pytest.raises(Conflict, match="is 'None', and was 'Nobody' when this was planned"):
        azure.remedies.apply(plan(bypass(vault), legacy))
    assert len(written(emulator, "")) == sent


def test_what_the_plan_stands_on_must_still_be_so(
    azure: Azure, emulator: RunningEmulator, management: Management, seeded: AzureTarget
) -> None:
    """Traffic doesn't go to a deployment that is gone bad since."""
    name = f"{seeded.workspace}-e"
    endpoint = seeded.endpoint_id(name)
    stands_on = Condition(
        resource=f"{endpoint}/deployments/green", what="green", path=PROVISIONING_STATE, value="Failed"
    )
    sent = len(written(emulator, name))
    with pytest.raises(Conflict, match=r"green: properties\.provisioningState is 'Succeeded', and was 'Failed'"):
        azure.remedies.apply(plan(traffic(endpoint, {"blue": 100}, {"green": 100}), stands_on=(stands_on,)))
    assert len(written(emulator, name)) == sent


def traffic(endpoint: str, before: dict[str, Any], after: dict[str, Any], path: str = TRAFFIC) -> Change:
    return Change(resource=endpoint, what="the endpoint", path=path, before=before, after=after)


def test_traffic_and_mirror_traffic_move_together(
    azure: Azure, emulator: RunningEmulator, management: Management, seeded: AzureTarget
) -> None:
    """One write, since Azure would refuse the state between two."""
    name = f"{seeded.workspace}-e"
    endpoint = seeded.endpoint_id(name)
    azure.endpoints.set_traffic(name, {"blue": 100}, {"green": 20})
    sent = len(written(emulator, name))
    moved = plan(traffic(endpoint, {"blue": 100}, {"green": 100}), traffic(endpoint, {"green": 20}, {}, MIRROR_TRAFFIC))
    assert len(azure.remedies.apply(moved)) == 2
    found = azure.endpoints.get(name)
    assert found
    assert (found.traffic, found.mirror_traffic) == ({"green": 100}, {})
    assert len(written(emulator, name)) == sent + 1


def test_an_operation_in_flight_is_waited_for(azure: Azure, emulator: RunningEmulator, seeded: AzureTarget) -> None:
    """It is temporary, so the step is tried again; nothing is written meanwhile."""
    emulator.fault(action="stall", operation="workspace.update")
    management = Management(emulator)
    management.ask("PATCH", seeded.workspace_id, {"properties": {"description": "busy"}}, ML)
    change = Change(resource=seeded.workspace_id, what="the workspace", path=LEGACY_MODE, before=False, after=True)
    sent = len(written(emulator, seeded.workspace))
    with pytest.raises(OperationInProgress, match="another operation is running on it"):
        azure.remedies.apply(plan(change))
    assert len(written(emulator, seeded.workspace)) == sent


@pytest.mark.parametrize(
    "aim",
    [
        ("{workspace}", "properties.publicNetworkAccess"),
        ("{vault}", "properties.enableSoftDelete"),
        ("{workspace}/onlineEndpoints/e/deployments/blue", PROVISIONING_STATE),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm", "properties.x"),
    ],
)
def test_no_other_property_can_be_set(
    azure: Azure, emulator: RunningEmulator, vault: str, seeded: AzureTarget, aim: tuple[str, str]
) -> None:
    """A plan that did not come from here changes nothing."""
    resource, path = aim[0].format(workspace=seeded.workspace_id, vault=vault), aim[1]
    change = Change(resource=resource, what="it", path=path, before=None, after="x")
    sent = len(written(emulator, ""))
    with pytest.raises(InvalidSpec, match="no remedy"):
        azure.remedies.apply(plan(bypass(vault), change))
    assert len(written(emulator, "")) == sent


def test_the_plan_tells_whose_a_resource_is(azure: Azure, management: Management, vault: str) -> None:
    """By this project's tag; the approver sees it."""
    assert not azure.remedies.with_owners(plan(bypass(vault))).changes[0].is_ours
    management.ask("PATCH", vault, {"tags": with_ownership(None, vault)}, VAULTS)
    assert azure.remedies.with_owners(plan(bypass(vault))).changes[0].is_ours
