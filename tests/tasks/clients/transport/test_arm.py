"""Single answers of Azure's that must not end a run: each meets one step, and passes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.emulator.azure_writes import deploy
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure, connect
from tasks.clients.transport.waiting import Waiting
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

PAGE = {"status": 200, "body": "<html>Please sign in to the guest network.</html>"}
MISSING = {"status": 404, "code": "ResourceNotFound", "message": "The Resource was not found."}
EXPIRED = {
    "status": 401,
    "code": "ExpiredAuthenticationToken",
    "message": "The access token expiry UTC time has passed.",
}
DENIED = {
    "status": 502,
    "code": "UserError",
    "message": "None is accessible from outside of the designated private link.",
}
STATUS = "mfeOperationsStatus"
SOON = {"x-ms-retry-after-ms": "1"}  # so that azure-core's own retries take no time


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def azure(ready: AzureTarget, emulator: RunningEmulator, clock: FakeClock) -> Iterator[Azure]:
    """The clients for the ready target, whose waits take no time."""
    with connect(ready, waiting=Waiting(clock=clock)) as clients:
        yield clients


def asked(emulator: RunningEmulator, part: str) -> int:
    return sum(part in one["url"] for one in emulator.journal())


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (STATUS, {**MISSING, "times": 3}),
        (STATUS, EXPIRED),
        ("onlineEndpoints/{name}$", {**EXPIRED, "method": "PUT"}),
        ("onlineEndpoints/{name}$", {**EXPIRED, "method": "GET"}),
    ],
)
def test_a_creation_survives(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec, path: str, fault: dict[str, Any]
) -> None:
    """An operation's address that is not there yet, and a token that Azure calls expired before its time."""
    spec = endpoint_spec.model_copy(update={"name": f"e{uuid.uuid4().hex[:20]}"})
    emulator.fault(action="fail", path=path.format(name=spec.name), **fault)
    assert azure.endpoints.create_or_update(spec).provisioning_state == "Succeeded"


def test_what_was_just_written_is_waited_for(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec
) -> None:
    """After the operation, the endpoint is not shown for a while; a 404 before the creation is still believed."""
    emulator.fault(action="fail", method="GET", path=f"onlineEndpoints/{endpoint_spec.name}$", times=5, **MISSING)
    assert azure.endpoints.create_or_update(endpoint_spec).name == endpoint_spec.name


def test_an_operation_that_stays_unknown_is_left_to_the_next_run(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec, clock: FakeClock
) -> None:
    """Two minutes, then an error that is repeated, since the resource itself tells more."""
    emulator.fault(action="fail", path=STATUS, times=-1, **MISSING)
    with pytest.raises(errors.NotYet, match="create endpoint") as caught:
        azure.endpoints.create_or_update(endpoint_spec)
    assert "resumes" in caught.value.hint
    assert 120 <= clock.at < 150
    emulator.clear_faults()
    assert azure.endpoints.create_or_update(endpoint_spec).provisioning_state == "Succeeded"


def test_a_single_404_of_an_endpoint_in_use_is_looked_at_again(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec, ready: AzureTarget
) -> None:
    """A step that changes the endpoint knows that it exists; another client made it."""
    with connect(ready) as other:
        other.endpoints.create_or_update(endpoint_spec)
    emulator.fault(action="fail", method="GET", path=f"onlineEndpoints/{endpoint_spec.name}$", **MISSING)
    assert azure.endpoints.set_traffic(endpoint_spec.name, {}).traffic == {}


def test_no_endpoint_is_still_no_endpoint(azure: Azure, clock: FakeClock) -> None:
    """A misspelt name is told after a second, not after two minutes."""
    with pytest.raises(errors.NotFound, match="endpoint nobody does not exist"):
        azure.endpoints.set_traffic("nobody", {})
    assert clock.at <= 1


@pytest.mark.parametrize("body", [PAGE["body"], "", "null", "[]", "{}", '"text"'])
def test_an_answer_of_the_wrong_shape_is_not_believed(emulator: RunningEmulator, azure: Azure, body: str) -> None:
    """A proxy's page with 200 is neither an absent endpoint nor one without a state."""
    emulator.fault(action="fail", method="GET", path="onlineEndpoints/shapeless$", status=200, body=body, times=-1)
    with pytest.raises(errors.ServiceUnavailable, match="read endpoint shapeless: the answer is not usable"):
        azure.endpoints.get("shapeless")


@pytest.mark.parametrize("body", [PAGE["body"], "{}", '{"value": null}', '{"value": [1]}'])
def test_a_list_of_the_wrong_shape_is_not_empty(emulator: RunningEmulator, azure: Azure, body: str) -> None:
    """An empty list says so."""
    emulator.fault(action="fail", method="GET", path="/onlineEndpoints$", status=200, body=body, times=-1)
    with pytest.raises(errors.ServiceUnavailable, match="list endpoints: the answer is not usable"):
        azure.endpoints.list()


def test_a_404_that_is_not_azures_is_no_absence(emulator: RunningEmulator, azure: Azure) -> None:
    """A removal would call it done."""
    page = {"status": 404, "body": "<html>Not found</html>"}
    emulator.fault(action="fail", method="GET", path="onlineEndpoints/veiled$", times=-1, **page)
    with pytest.raises(errors.ServiceUnavailable, match="read endpoint veiled"):
        azure.endpoints.delete("veiled")


def test_a_single_404_does_not_end_a_removal(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec, ready: AzureTarget
) -> None:
    """What is to be removed is there: otherwise it would stay, and be called removed."""
    with connect(ready) as other:
        other.endpoints.create_or_update(endpoint_spec)
    emulator.fault(action="fail", method="GET", path=f"onlineEndpoints/{endpoint_spec.name}$", **MISSING)
    azure.endpoints.delete(endpoint_spec.name)
    assert azure.endpoints.get(endpoint_spec.name) is None


def test_an_old_list_hides_no_online_deployment(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """Traffic goes to an online deployment that was just made, although the list of them lacks it."""
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    listing = {"method": "GET", "path": f"{endpoint_spec.name}/deployments$", "status": 200, "body": '{"value": []}'}
    emulator.fault(action="fail", **listing)
    assert azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100}).traffic == {"blue": 100}


def test_an_operation_without_a_status_goes_on(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec
) -> None:
    """An empty status is no end of a wait."""
    emulator.fault(action="fail", path=STATUS, status=200, body="{}", times=1)
    with pytest.raises(errors.ServiceUnavailable, match="the operation has no status"):
        azure.endpoints.create_or_update(endpoint_spec)
    assert azure.endpoints.create_or_update(endpoint_spec).provisioning_state == "Succeeded"


def test_a_change_by_others_is_repeated(emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec) -> None:
    """412 is temporary: the step reads the endpoint again, and writes it anew."""
    emulator.fault(action="fail", method="PUT", path=f"onlineEndpoints/{endpoint_spec.name}$", status=412)
    with pytest.raises(errors.ConcurrentChange):
        azure.endpoints.create_or_update(endpoint_spec)
    assert azure.endpoints.create_or_update(endpoint_spec).provisioning_state == "Succeeded"


def test_a_denial_of_the_private_link_is_told_at_once(emulator: RunningEmulator, azure: Azure) -> None:
    """It comes with 502, which azure-core would send again: the caller stays outside."""
    emulator.fault(action="fail", method="GET", path="onlineEndpoints/denied$", times=-1, **DENIED)
    with pytest.raises(errors.AccessDenied) as caught:
        azure.endpoints.get("denied")
    assert "Call from inside" in caught.value.hint
    assert asked(emulator, "onlineEndpoints/denied") == 1


def test_the_sdk_repeats_no_denial_either(emulator: RunningEmulator, azure: Azure, files: Path) -> None:
    """An upload from outside the private link ends after one request."""
    emulator.fault(action="fail", method="GET", path="churn/codes/", times=-1, **DENIED)
    before = asked(emulator, "churn/codes/")
    spec = OnlineDeploymentSpec(name="outside", file=str(files / "blue-deployment.yml"))
    (files / "code" / "new.py").write_text(f"# {uuid.uuid4()}\n")
    with pytest.raises(errors.AccessDenied, match="private link"):
        azure.online_deployments.upload(spec)
    assert asked(emulator, "churn/codes/") == before + 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ({"status": 503}, errors.ServiceUnavailable, "Microsoft Entra"),
        ({"status": 429, "body": '{"error": "too_many", "error_description": "Slow down."}'}, errors.Throttled, "Wait"),
        (
            {
                "status": 400,
                "body": '{"error": "invalid_request", "error_description": "AADSTS90033: A transient error."}',
            },
            errors.ServiceUnavailable,
            "Microsoft Entra",
        ),
    ],
)
def test_an_outage_of_the_token_service_is_temporary(
    emulator: RunningEmulator,
    ready: AzureTarget,
    fault: dict[str, Any],
    kind: type[errors.EndpointOpsError],
    words: str,
) -> None:
    """It says nothing about the secret; the same clients sign in when it is over."""
    headers = {**SOON, "Content-Type": "application/json"}
    emulator.fault(action="fail", host="login", path="token$", times=-1, headers=headers, **fault)
    with connect(ready) as azure:
        with pytest.raises(kind) as caught:
            azure.endpoints.get("any")
        assert words in caught.value.hint
        emulator.clear_faults()
        assert azure.endpoints.get("any") is None


CONFLICT = {"action": "fail", "method": "POST", "path": "churn/provisionManagedNetwork", "status": 409}
BUSY = {**CONFLICT, "code": "Conflict", "message": "Another operation (workspace.update) is in progress."}


@pytest.fixture
def unprovisioned(target: AzureTarget, clock: FakeClock) -> Iterator[Azure]:
    """The clients for a workspace whose network is not provisioned."""
    with connect(target) as clients:
        clients.resource_groups.create_if_absent()
        clients.workspace.create_or_update(WorkspaceSpec())
    with connect(target, waiting=Waiting(clock=clock)) as clients:
        yield clients


def test_a_conflict_counts_as_under_way_only_if_it_says_so(
    emulator: RunningEmulator, unprovisioned: Azure, clock: FakeClock
) -> None:
    """Any other conflict ends the step; an operation in the way is waited for, then the network is provisioned."""
    emulator.fault(**CONFLICT, code="Conflict", message="The workspace is on hold.")
    with pytest.raises(errors.Conflict, match="on hold"):
        unprovisioned.network.provision(WorkspaceSpec())
    emulator.fault(**BUSY, times=4)
    assert unprovisioned.network.provision(WorkspaceSpec()).is_active


def test_a_wait_notices_that_nothing_moves(emulator: RunningEmulator, target: AzureTarget, clock: FakeClock) -> None:
    """It tells what is in the way while it waits, and ends with that."""
    lines: list[str] = []
    with connect(target) as clients:
        clients.resource_groups.create_if_absent()
        clients.workspace.create_or_update(WorkspaceSpec())
    emulator.fault(**BUSY, times=-1)
    stalled = r"nothing has changed for 27\d\d s: inactive, another operation"
    with (
        connect(target, waiting=Waiting(lines.append, clock)) as clients,
        pytest.raises(errors.WaitTimedOut, match=stalled),
    ):
        clients.network.provision(WorkspaceSpec())
    assert any("workspace.update" in line for line in lines)
