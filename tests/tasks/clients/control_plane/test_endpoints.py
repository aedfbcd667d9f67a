"""Online endpoints, against the emulator: made once, changed with care, removed only when ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.emulator.azure_writes import deploy, written
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure, connect
from tasks.clients.control_plane.endpoints import ENDPOINT_API
from tasks.clients.transport.wire import Call
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget


def test_an_endpoint_is_made_once(emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec) -> None:
    """It has no public access, our tags beside the file's, and a second call writes nothing."""
    made = azure.endpoints.create_or_update(endpoint_spec)
    before = written(emulator, endpoint_spec.name)
    assert azure.endpoints.create_or_update(endpoint_spec) == made == azure.endpoints.get(endpoint_spec.name)
    assert made in azure.endpoints.list()
    assert made.public_network_access == "disabled"
    assert made.scoring_host == f"{endpoint_spec.name}.westeurope.inference.ml.azure.com"
    assert is_owned(made.tags, made.id)
    assert made.tags["team"] == "examples"
    assert written(emulator, endpoint_spec.name) == before


def test_an_update_carries_the_traffic_over(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """Live and mirror traffic survive every change of the endpoint."""
    azure.endpoints.create_or_update(endpoint_spec)
    for name in ("blue", "green"):
        deploy(azure, endpoint_spec.name, files, name)
    azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100}, {"green": 20})
    opened = azure.endpoints.create_or_update(endpoint_spec.model_copy(update={"public_network_access": "enabled"}))
    assert opened.public_network_access == "enabled"
    assert opened.traffic == {"blue": 100}
    assert opened.mirror_traffic == {"green": 20}


def test_what_a_file_asks_for_in_vain_is_told(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """Traffic, public access and another region in the file are not used, which a person should know."""
    assert azure.endpoints.unused_fields(endpoint_spec) == ()
    file = files / "endpoint.yml"
    file.write_text(f"{file.read_text()}location: East US\npublic_network_access: enabled\ntraffic:\n  green: 100\n")
    traffic, access, region = azure.endpoints.unused_fields(endpoint_spec)
    assert "sets traffic, which is ignored" in traffic
    assert "sets public_network_access: enabled, which is ignored" in access
    assert "endpoint.public_network_access decides, and is disabled" in access
    assert "location East US" in region


def test_a_tag_taken_out_of_the_file_is_an_update(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec
) -> None:
    """What the file no longer says is noticed, although nothing else differs."""
    azure.endpoints.create_or_update(endpoint_spec)
    file = Path(endpoint_spec.file)
    file.write_text(file.read_text().replace("  team: examples\n", "  kind: demo\n"))
    assert "team" not in azure.endpoints.create_or_update(endpoint_spec).tags
    assert len(written(emulator, endpoint_spec.name)) == 2


def test_traffic_changes_nothing_else(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """Setting traffic keeps tags, auth mode, description and access; the same map again writes nothing."""
    made = azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    after = azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100})
    assert after == made.model_copy(update={"traffic": {"blue": 100}})
    body = azure.endpoints._arm.read("read", made.id, ENDPOINT_API)
    assert body["properties"]["description"].startswith("Predicts")
    assert body["identity"]["type"] == "SystemAssigned"


@pytest.mark.parametrize(
    ("traffic", "mirror", "said"),
    [
        ({"blue": 90}, None, "sums to 90"),
        ({"nobody": 100}, None, "names nobody, but the endpoint has blue"),
        ({"blue": 100}, {"blue": 10}, "has live traffic"),
        ({}, {"blue": 60}, "60 percent"),
    ],
)
def test_bad_traffic_is_refused(azure: Azure, files: Path, traffic: dict[str, int], mirror: Any, said: str) -> None:
    """A map that Azure would refuse is refused with the rule."""
    spec = EndpointSpec(name="bad-traffic", file=str(files / "endpoint.yml"))
    azure.endpoints.create_or_update(spec)
    deploy(azure, spec.name, files)
    with pytest.raises(errors.InvalidSpec, match=said):
        azure.endpoints.set_traffic(spec.name, traffic, mirror)


def test_an_endpoint_that_is_not_ours_stays_as_it_is(
    emulator: RunningEmulator, azure: Azure, ready: AzureTarget, endpoint_spec: EndpointSpec
) -> None:
    """Somebody else's endpoint of the same name is neither changed nor removed."""
    path = ready.endpoint_id(endpoint_spec.name)
    body = {
        "location": ready.location,
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "AMLToken", "publicNetworkAccess": "Enabled"},
    }
    azure.endpoints._arm.run(Call("make", "PUT", path, ENDPOINT_API, body), limit_seconds=60)
    before = written(emulator, endpoint_spec.name)
    with pytest.raises(errors.NotOwned):
        azure.endpoints.create_or_update(endpoint_spec)
    with pytest.raises(errors.NotOwned):
        azure.endpoints.delete(endpoint_spec.name)
    assert written(emulator, endpoint_spec.name) == before


@pytest.mark.parametrize("wait", [True, False])
def test_deletion(azure: Azure, endpoint_spec: EndpointSpec, wait: bool) -> None:
    """With waiting it is gone at once; without, a second call or a new creation waits for it."""
    spec = endpoint_spec.model_copy(update={"name": f"gone-{str(wait).lower()}"})
    azure.endpoints.create_or_update(spec)
    azure.endpoints.delete(spec.name, wait=wait)
    if wait:
        assert azure.endpoints.get(spec.name) is None
    azure.endpoints.delete(spec.name)
    assert azure.endpoints.create_or_update(spec).provisioning_state == "Succeeded"


def test_an_operation_in_flight_is_waited_for(
    emulator: RunningEmulator, ready: AzureTarget, azure: Azure, endpoint_spec: EndpointSpec
) -> None:
    """A creation that another run started is waited for, not sent again."""
    emulator.fault(action="stall", operation="endpoint.create", path=endpoint_spec.name)
    with pytest.raises(errors.WaitTimedOut):
        azure.endpoints.create_or_update(endpoint_spec, limit_seconds=0.2)
    with connect(ready, progress=lambda _: emulator.clear_faults()) as second:
        assert second.endpoints.create_or_update(endpoint_spec).provisioning_state == "Succeeded"
    assert len(written(emulator, endpoint_spec.name)) == 1


def test_a_name_taken_elsewhere_in_the_region(azure: Azure, target: AzureTarget, endpoint_spec: EndpointSpec) -> None:
    """Endpoint names are unique in a region, and the hint says so."""
    azure.endpoints.create_or_update(endpoint_spec)
    with connect(target) as other:
        other.resource_groups.create_if_absent()
        other.workspace.create_or_update(WorkspaceSpec())
        with pytest.raises(errors.Conflict) as caught:
            other.endpoints.create_or_update(endpoint_spec)
    assert "another endpoint name" in caught.value.hint


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"action": "fail", "status": 409, "code": "AnotherOperationInProgress"}, errors.OperationInProgress),
        ({"action": "fail", "status": 403, "code": "AuthorizationFailed"}, errors.AccessDenied),
        ({"action": "fail", "status": 400, "code": "OutOfQuota"}, errors.QuotaExceeded),
    ],
)
def test_refusals_of_a_write(
    emulator: RunningEmulator, azure: Azure, files: Path, fault: dict[str, Any], kind: type[errors.EndpointOpsError]
) -> None:
    """A refused write raises the error that says what to do, and a later call goes on."""
    spec = EndpointSpec(name=f"refused-{fault['status']}", file=str(files / "endpoint.yml"))
    emulator.fault(method="PUT", path=spec.name, **fault)
    with pytest.raises(kind) as caught:
        azure.endpoints.create_or_update(spec)
    assert caught.value.origin.request_id
    assert azure.endpoints.create_or_update(spec).provisioning_state == "Succeeded"


@pytest.mark.parametrize("action", ["reset", "reset_after"])
def test_a_broken_connection_is_got_over(emulator: RunningEmulator, azure: Azure, files: Path, action: str) -> None:
    """A write whose connection breaks, before or after Azure acts, still ends as asked."""
    spec = EndpointSpec(name=f"broken-{action.replace('_', '-')}", file=str(files / "endpoint.yml"))
    emulator.fault(action=action, method="PUT", path=spec.name)
    assert azure.endpoints.create_or_update(spec).provisioning_state == "Succeeded"
