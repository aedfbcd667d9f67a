"""Private access of a workspace: made, adopted, waited for, and removed as far as it is ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.emulator.azure_writes import written
from support.emulator.management import Management
from support.emulator.running import RunningEmulator, start_emulator
from support.waiting import until

from tasks.clients.connect import Azure, connect
from tasks.clients.transport.waiting import Waiting
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.azure.ownership import is_owned, with_ownership
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

NETWORK, DNS, ML, VAULTS = "2023-11-01", "2020-06-01", "2024-10-01", "2023-07-01"
ZONES = ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]
APPROVED = {"properties": {"privateLinkServiceConnectionState": {"status": "Approved", "description": "fine"}}}


def home(emulator: RunningEmulator) -> str:
    return f"/subscriptions/{emulator.subscription}/resourceGroups/network/providers/Microsoft.Network"


def spec_in(emulator: RunningEmulator, **fields: Any) -> PrivateAccessSpec:
    subnet = f"{home(emulator)}/virtualNetworks/callers/subnets/default"
    return PrivateAccessSpec(**{"subnet": subnet, "create_zones_in": "network", **fields})


def with_workspace(target: AzureTarget) -> AzureTarget:
    """The target, once its workspace is there."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(WorkspaceSpec())
    return target


@pytest.fixture
def made(emulator: RunningEmulator, target: AzureTarget) -> AzureTarget:
    """A workspace without private access, in the session's emulator."""
    return with_workspace(target)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[RunningEmulator]:
    """A plain subscription that nobody has used, with quick operations; the environment leads to it."""
    with start_emulator(tmp_path, "--operation-seconds", "0.02") as own, pytest.MonkeyPatch.context() as patch:
        for name, value in own.variables.items():
            patch.setenv(name, value)
        yield own


def alone(emulator: RunningEmulator) -> AzureTarget:
    """A workspace in an emulator of its own."""
    return with_workspace(
        AzureTarget(
            subscription_id=emulator.subscription, resource_group="rg-alone", workspace="churn", location="westeurope"
        )
    )


def elsewhere(management: Management, workspace_id: str, *, name: str = "pe-of-others", tagged: str = "") -> str:
    """A private endpoint that somebody else has made in the network."""
    connection = {"name": "c", "properties": {"privateLinkServiceId": workspace_id, "groupIds": ["amlworkspace"]}}
    subnet = {"id": f"{home(management.emulator)}/virtualNetworks/callers/subnets/default"}
    identity = f"{home(management.emulator)}/privateEndpoints/{name}-{workspace_id.split('/')[4]}"
    properties = {"subnet": subnet, "privateLinkServiceConnections": [connection]}
    tags = with_ownership({}, identity) | {"managed-by": tagged} if tagged else {}
    management.put(identity, {"location": "eastus", "tags": tags, "properties": properties}, NETWORK)
    return identity


def left_in(emulator: RunningEmulator, *kinds: str) -> list[str]:
    """The types of the resources of Microsoft.Network that there are, the network's own excepted."""
    found = [
        one.get("type", "").rsplit("/", 1)[-1] for one in emulator.resources() if "/Microsoft.Network/" in one["id"]
    ]
    return sorted(one for one in found if one in kinds)


def test_storage_gets_its_own(emulator: RunningEmulator, made: AzureTarget) -> None:
    """The account that comes with a workspace is closed to the public: uploads need a private endpoint and a zone."""
    with connect(made) as azure:
        with pytest.raises(errors.InvalidSpec, match="no file could be uploaded"):
            azure.private_access.check_uploads(None)
        spec = spec_in(emulator)
        azure.private_access.check_uploads(spec)
        found = azure.private_access.connect_storage(spec)
        azure.private_access.check_uploads(None)
        parts = azure.private_access.parts()
        assert found
        assert (found.status, found.is_ours) == ("approved", True)
        assert [one.rsplit("/", 1)[-1] for one in found.zone_ids] == ["privatelink.blob.core.windows.net"]
        assert found.id in {one.id for one in parts.removes}
        azure.private_access.remove()
        assert azure.private_access.connect_storage(spec) == found


def test_storage_that_is_open_needs_none(emulator: RunningEmulator, made: AzureTarget) -> None:
    """Nothing is made where uploads are possible from everywhere."""
    account = Management(emulator).get(made.workspace_id, ML)["properties"]["storageAccount"]
    opened = {"properties": {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}}}
    Management(emulator).ask("PATCH", account, opened, "2023-01-01").raise_for_status()
    with connect(made) as azure:
        azure.private_access.check_uploads(None)
        assert azure.private_access.connect_storage(spec_in(emulator)) is None


def test_it_is_made_whole_and_once(emulator: RunningEmulator, made: AzureTarget) -> None:
    """Private endpoint, two zones, their links and one zone group; a second run writes nothing."""
    with connect(made) as azure:
        spec = spec_in(emulator)
        assert azure.private_access.check(spec) == ()
        found = azure.private_access.connect(spec)
        before = written(emulator, "")
        assert azure.private_access.connect(spec) == found
    assert written(emulator, "") == before
    assert (found.status, found.is_ours, found.note) == ("approved", True, "")
    assert [one.rsplit("/", 1)[-1] for one in found.zone_ids] == ZONES
    management = Management(emulator)
    private_endpoint = management.get(found.id, NETWORK)
    assert is_owned(private_endpoint["tags"], private_endpoint["id"])
    assert private_endpoint["location"] == "eastus"
    for zone in found.zone_ids:
        (link,) = management.get(f"{zone}/virtualNetworkLinks", DNS)["value"]
        assert link["properties"]["virtualNetwork"]["id"] == spec.network_id
        assert link["properties"]["registrationEnabled"] is False
    guid = management.get(made.workspace_id, ML)["properties"]["workspaceId"]
    assert management.get(f"{found.zone_ids[0]}/A/*.{guid}.inference.westeurope", DNS)


@pytest.mark.parametrize("has_zones", [True, False])
def test_another_private_endpoint_of_the_network_is_used_as_it_is(
    emulator: RunningEmulator, made: AzureTarget, has_zones: bool
) -> None:
    """Whoever made it; nothing is written, and what it lacks is named with the command for its owner."""
    management = Management(emulator)
    identity = elsewhere(management, made.workspace_id)
    if has_zones:
        zones = [zone_of(management, name) for name in ZONES]
        configurations = [{"name": f"z{at}", "properties": {"privateDnsZoneId": one}} for at, one in enumerate(zones)]
        group = {"properties": {"privateDnsZoneConfigs": configurations}}
        management.put(f"{identity}/privateDnsZoneGroups/theirs", group, NETWORK)
    before = written(emulator, "")
    with connect(made) as azure:
        assert azure.private_access.check(spec_in(emulator, create_zones_in=None)) == ()
        found = azure.private_access.connect(spec_in(emulator))
        parts = azure.private_access.parts()
    assert written(emulator, "") == before
    assert (found.id, found.is_ours) == (identity, False)
    assert ("dns-zone-group add" in found.note) is not has_zones
    assert parts.removes == ()
    assert [(one.resource.id, one.reason.split(";")[0]) for one in parts.leaves] == [
        (identity, "not made by this project")
    ]


def zone_of(management: Management, name: str) -> str:
    identity = f"{home(management.emulator)}/privateDnsZones/{name}"
    management.put(identity, {"location": "global"}, DNS)
    return identity


def test_a_hub_in_another_subscription_has_the_zones(plain: RunningEmulator) -> None:
    """Records are written there and nothing else; a missing right to join them is said before anything is made."""
    hub = plain.control("POST", "/hub", {"role": "Reader"}).json()
    zones = tuple(hub["zone_ids"])
    target, spec = alone(plain), spec_in(plain, create_zones_in=None, zone_ids=zones)
    with connect(target) as azure:
        with pytest.raises(errors.AccessDenied, match="privateDnsZones/join/action") as refused:
            azure.private_access.check(spec)
        assert f"--role 'Private DNS Zone Contributor' --scope {zones[0]}" in refused.value.hint
        with pytest.raises(errors.AccessDenied, match="LinkedAuthorizationFailed") as refused:
            azure.private_access.connect(spec)
        assert f"az role assignment create --assignee-object-id {refused.value.message.split(chr(39))[3]}" in (
            refused.value.hint
        )
    roles = {f"/subscriptions/{plain.subscription}": "Owner"}
    roles[f"/subscriptions/{hub['subscription_id']}/resourceGroups/{hub['resource_group']}"] = "Contributor"
    joiner = plain.control("POST", "/principals", {"roles": roles}).json()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_CLIENT_ID", joiner["client_id"])
        patch.setenv("AZURE_CLIENT_SECRET", joiner["client_secret"])
        with connect(target) as azure:
            assert azure.private_access.check(spec) == ()
            assert azure.private_access.connect(spec).zone_ids == zones[:2]
            assert len(Management(plain, joiner).get(f"{zones[0]}/A", DNS)["value"]) == 3
            removed = azure.private_access.remove()
        assert Management(plain, joiner).get(f"{zones[0]}/A", DNS)["value"] == []
    assert [one.type.rsplit("/", 1)[-1] for one in removed.removes] == ["privateEndpoints"]
    assert (
        left_in(plain, "privateDnsZones", "virtualNetworkLinks")
        == ["privateDnsZones"] * 3 + ["virtualNetworkLinks"] * 3
    )


def test_a_company_policy_is_waited_for(emulator: RunningEmulator, target: AzureTarget) -> None:
    """It makes everything some time after the workspace; nothing is written here."""
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/{target.resource_group}"
    emulator.control("POST", "/company-policy", {"scope": group})
    emulator.fault(action="delay", operation="policy.connect_workspace", seconds=1.5)
    with_workspace(target)
    before, lines = written(emulator, ""), list[str]()
    spec = spec_in(emulator, create_zones_in=None, policy_minutes=1)
    with connect(target, waiting=Waiting(progress=lines.append)) as azure:
        assert azure.private_access.check(spec) == ()
        found = azure.private_access.connect(spec)
    assert (found.status, found.is_ours, found.note) == ("approved", False, "")
    assert written(emulator, "") == before
    assert any("company policy" in line for line in lines)


def test_a_policy_that_does_not_act_is_not_waited_for_longer(emulator: RunningEmulator, made: AzureTarget) -> None:
    """The limit is the spec's; whom to ask and what else to do is said."""
    spec = spec_in(emulator, create_zones_in=None, policy_minutes=30)
    clock = FakeClock()
    with (
        connect(made, waiting=Waiting(clock=clock)) as azure,
        pytest.raises(errors.WaitTimedOut, match="no private endpoint yet") as late,
    ):
        azure.private_access.connect(spec)
    assert clock.seconds() == pytest.approx(1800)
    assert "az policy state list" in late.value.hint


def test_somebody_elses_approval_is_waited_for(emulator: RunningEmulator, made: AzureTarget) -> None:
    """With the message of who must approve what, as a command; it ends with the approval."""
    lines: list[str] = []
    management = Management(emulator)

    def approve() -> None:
        until(lambda: any("az network private-endpoint-connection approve" in line for line in lines), "the message")
        command = next(line for line in lines if "connection approve" in line)
        management.ask("PUT", command.split("--id ")[1].split(" ")[0], APPROVED, ML).raise_for_status()

    person = threading.Thread(target=approve)
    person.start()
    with connect(made, waiting=Waiting(progress=lines.append)) as azure:
        found = azure.private_access.connect(spec_in(emulator, approval_message="Endpoint team, ticket 7"))
    person.join()
    assert found.status == "approved"
    assert any("The request says: Endpoint team, ticket 7" in line for line in lines)


def test_an_approval_that_does_not_come_is_said(emulator: RunningEmulator, made: AzureTarget) -> None:
    """After the limit with the command to approve; a rejection at once. A later run goes on from there."""
    spec = spec_in(emulator, approval_message="please", approval_minutes=5)
    with connect(made, waiting=Waiting(clock=FakeClock())) as azure:
        with pytest.raises(errors.WaitTimedOut, match="pending") as late:
            azure.private_access.connect(spec)
        assert "az network private-endpoint-connection approve --id /subscriptions/" in late.value.hint
        connection = late.value.hint.split("--id ")[1].split(" ")[0]
        rejected = {"properties": {"privateLinkServiceConnectionState": {"status": "Rejected"}}}
        management = Management(emulator)
        management.ask("PUT", connection, rejected, ML).raise_for_status()
        with pytest.raises(errors.AccessDenied, match="is rejected"):
            azure.private_access.connect(spec)
        management.ask("PUT", connection, APPROVED, ML).raise_for_status()
        assert azure.private_access.connect(spec).status == "approved"


@pytest.mark.timeout(240)
def test_killed_between_any_two_requests_it_is_gone_on_with(plain: RunningEmulator) -> None:
    """The next run ends with exactly what an undisturbed one leaves, for every request that the first one came to."""
    target, spec = alone(plain), spec_in(plain)
    kinds = ("privateEndpoints", "privateDnsZones", "virtualNetworkLinks", "networkInterfaces")
    with connect(target) as azure:
        expected = azure.private_access.connect(spec)
        whole = left_in(plain, *kinds)
        for requests in range(60):
            azure.private_access.remove()
            assert left_in(plain, *kinds) == []
            finished = killed_after(plain, azure, spec, requests)
            assert azure.private_access.connect(spec) == expected
            assert left_in(plain, *kinds) == whole
            if finished:
                break
    assert requests > 15


def killed_after(emulator: RunningEmulator, azure: Azure, spec: PrivateAccessSpec, requests: int) -> bool:
    """A run whose every request after so many is cut off; True where it came to its end."""
    emulator.fault(action="delay", host="management", times=requests)
    emulator.fault(action="fail", host="management", times=-1, status=400, code="Killed")
    try:
        azure.private_access.connect(spec)
    except errors.RequestRefused:
        return False
    finally:
        emulator.clear_faults()
    return True


@pytest.mark.timeout(120)
def test_a_killed_removal_is_gone_on_with(plain: RunningEmulator) -> None:
    """The private endpoint goes last, so that the rest is found by it."""
    target, spec = alone(plain), spec_in(plain)
    kinds = ("privateEndpoints", "privateDnsZones", "virtualNetworkLinks", "networkInterfaces")
    with connect(target) as azure:
        for deletions in range(5):
            azure.private_access.connect(spec)
            plain.fault(action="delay", method="DELETE", times=deletions)
            plain.fault(action="fail", method="DELETE", times=-1, status=400, code="Killed")
            with pytest.raises(errors.RequestRefused):
                azure.private_access.remove()
            plain.clear_faults()
            azure.private_access.remove()
            assert left_in(plain, *kinds) == []


def test_what_others_use_stays(plain: RunningEmulator) -> None:
    """Zone and link stay while another workspace's records are in it; another network's link keeps the zone alone."""
    target, spec = alone(plain), spec_in(plain)
    plain.control("POST", "/seed", {"workspaces": [{"name": "other", "endpoints": []}]})
    with connect(target) as azure:
        azure.private_access.connect(spec)  # the seed has made the zones, without our tags
        assert [one.type.rsplit("/", 1)[-1] for one in azure.private_access.remove().removes] == ["privateEndpoints"]
        assert azure.private_access.parts().removes == ()


def test_our_zone_with_others_records_stays(plain: RunningEmulator) -> None:
    """It is named with the reason."""
    target, spec = alone(plain), spec_in(plain)
    with connect(target) as azure:
        azure.private_access.connect(spec)
        plain.control("POST", "/seed", {"workspaces": [{"name": "other", "endpoints": []}]})
        done = azure.private_access.remove()
        assert [one.type.rsplit("/", 1)[-1] for one in done.removes] == ["privateEndpoints"]
        assert len(done.leaves) == 4
        assert all("records of others" in one.reason for one in done.leaves)


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"subnet": "{home}/virtualNetworks/none/subnets/s"}, "virtual network none", "az network vnet subnet list"),
    ({"subnet": "{home}/virtualNetworks/callers/subnets/s"}, "has no subnet s; it has: default", "subnet create"),
    ({"create_zones_in": "nowhere"}, "resource group nowhere", "az group create --name nowhere"),
    (
        {"create_zones_in": None, "zone_ids": ("{home}/privateDnsZones/privatelink.api.azureml.ms",)},
        "missing: privatelink.notebooks.azure.net",
        "az network private-dns zone list",
    ),
    (
        {"create_zones_in": None, "zone_ids": ("{away}/" + ZONES[0], "{away}/" + ZONES[1])},
        "is not there",
        "private_access.zone_ids",
    ),
]


@pytest.mark.parametrize(("fields", "words", "hint"), CASES)
def test_what_is_missing_is_said_before_anything_is_made(
    emulator: RunningEmulator, target: AzureTarget, fields: dict[str, Any], words: str, hint: str
) -> None:
    """Each refusal names what is missing, and what to do."""
    away = f"{home(emulator).replace('/network/', '/hub/')}/privateDnsZones"
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/hub"
    Management(emulator).ask("PUT", group, {"location": "eastus"}).raise_for_status()
    filled = {
        name: tuple(one.format(home=home(emulator), away=away) for one in value)
        if isinstance(value, tuple)
        else value and value.format(home=home(emulator))
        for name, value in fields.items()
    }
    before = written(emulator, "")
    with connect(target) as azure, pytest.raises(errors.InvalidSpec) as refused:
        azure.private_access.check(spec_in(emulator, **filled))
    assert words in refused.value.message
    assert hint in refused.value.hint
    assert written(emulator, "") == before


def test_zones_that_the_network_sees_need_no_name(plain: RunningEmulator) -> None:
    """Without any, the three ways to have them are said; those that are linked to the network are used."""
    target, spec = alone(plain), spec_in(plain, create_zones_in=None)
    with connect(target) as azure:
        with pytest.raises(errors.InvalidSpec, match="no private DNS zones are named") as refused:
            azure.private_access.check(spec)
        for field in ("zone_ids", "create_zones_in", "policy_minutes"):
            assert f"private_access.{field}" in refused.value.hint
        plain.control("POST", "/seed", {"workspaces": [{"name": "other", "endpoints": []}]})  # it makes zones
        assert azure.private_access.check(spec) == ()
        found = azure.private_access.connect(spec)
    assert [one.rsplit("/", 1)[-1] for one in found.zone_ids] == ZONES


def test_a_hubs_blob_zone_has_to_be_named(plain: RunningEmulator) -> None:
    """Without it, the storage account's name would not lead to its private endpoint."""
    zones = tuple(plain.control("POST", "/hub", {}).json()["zone_ids"])
    with connect(alone(plain)) as azure:
        with pytest.raises(errors.InvalidSpec, match=r"no private DNS zone privatelink\.blob"):
            azure.private_access.check_uploads(spec_in(plain, create_zones_in=None, zone_ids=zones[:2]))
        spec = spec_in(plain, create_zones_in=None, zone_ids=zones)
        azure.private_access.check_uploads(spec)
        found = azure.private_access.connect_storage(spec)
        assert found
        assert found.zone_ids == zones[2:]


def test_a_hubs_zone_has_to_be_linked(plain: RunningEmulator) -> None:
    """The command for its owner is said; with DNS servers of its own, the network may get by without."""
    zones = tuple(plain.control("POST", "/hub", {}).json()["zone_ids"])
    management = Management(plain)
    (link,) = management.get(f"{zones[1]}/virtualNetworkLinks", DNS)["value"]
    management.ask("DELETE", link["id"], version=DNS).raise_for_status()
    assert management.gone(link["id"], DNS)
    target = AzureTarget(subscription_id=plain.subscription, resource_group="rg", workspace="churn", location="eastus")
    with connect(target) as azure, pytest.raises(errors.InvalidSpec, match="is not linked") as refused:
        azure.private_access.check(spec_in(plain, create_zones_in=None, zone_ids=zones))
    assert f"--zone-name {ZONES[1]}" in refused.value.hint
    assert f"--subscription {zones[1].split('/')[2]}" in refused.value.hint


def test_without_a_spec_there_has_to_be_a_way(emulator: RunningEmulator, made: AzureTarget) -> None:
    """The field to fill in is named; a workspace that is connected needs none."""
    with connect(made) as azure:
        with pytest.raises(errors.InvalidSpec, match="no caller could reach it") as refused:
            azure.private_access.check(None)
        assert "private_access.subnet" in refused.value.hint
        azure.private_access.connect(spec_in(emulator))
        assert azure.private_access.check(None) == ()


def test_missing_rights_are_said_with_the_role(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Which action on which scope, and the command that gives it."""
    group = f"/subscriptions/{emulator.subscription}/resourceGroups"
    roles = {f"{group}/{target.resource_group}": "Contributor", f"{group}/network": "Reader"}
    person = emulator.control("POST", "/principals", {"roles": roles}).json()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_CLIENT_ID", person["client_id"])
        patch.setenv("AZURE_CLIENT_SECRET", person["client_secret"])
        with connect(target) as azure, pytest.raises(errors.AccessDenied) as refused:
            azure.private_access.check(spec_in(emulator))
    assert "Microsoft.Network/virtualNetworks/subnets/join/action" in refused.value.message
    assert f"--role 'Network Contributor' --scope {spec_in(emulator).subnet}" in refused.value.hint
