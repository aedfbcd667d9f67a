"""Private access in the guide and by itself: on a plain subscription, with a hub, under a company policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from support.emulator.management import Management
from support.emulator.private_access import private_access_in
from support.emulator.running import RunningEmulator, start_emulator
from support.lifecycle.stage import Job, new_job
from support.prefect.flows import first_try
from support.waiting import until

from flows.private_access import private_access
from tasks.clients.connect import connect
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.runtime.azure_workspace import AzureWorkspace

ML = "2024-10-01"
APPROVED = {"properties": {"privateLinkServiceConnectionState": {"status": "Approved", "description": "fine"}}}


@pytest.fixture
def own(tmp_path: Path, prefect_server: object) -> Iterator[RunningEmulator]:
    """A plain subscription that nobody has used; the environment leads to it."""
    with start_emulator(tmp_path / "own") as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.variables.items():
            patch.setenv(name, value)
        yield emulator


def proven(state: State[Any]) -> bool:
    """Whether a lifecycle scored from inside, and was refused outside."""
    assert state.is_completed(), state.message
    proof = state.result().proof
    return proof is not None and proof.verdict == "pass"


def kept_in(emulator: RunningEmulator) -> set[str]:
    """The resource groups, and all that is in them."""
    return {one["id"] for one in emulator.resources() if "/resourceGroups/" in one["id"]}


def connected_by(spec: PrivateAccessSpec | None, **changes: Any) -> PrivateAccessSpec:
    assert spec
    return PrivateAccessSpec(**{**spec.model_dump(), **changes})


def test_the_guide_makes_the_private_way_and_the_teardown_removes_it(own: RunningEmulator, tmp_path: Path) -> None:
    """The plain subscription is afterwards as it was: its network with a subnet, and nothing else."""
    before = kept_in(own)
    job = new_job(own, tmp_path)
    assert proven(job.run())
    report = job.run().result()
    assert "/privateEndpoints/pe-" in report.resources["private endpoint"]
    state = job.tear_down(scope="resource_group")
    assert state.is_completed(), state.message
    assert kept_in(own) == before


def test_the_guide_uses_a_hubs_zones(own: RunningEmulator, tmp_path: Path) -> None:
    """They are in another subscription; the teardown leaves them and their links."""
    hub = own.control("POST", "/hub", {}).json()
    before = kept_in(own)
    job = new_job(own, tmp_path)
    spec = connected_by(job.private_access, create_zones_in=None, zone_ids=tuple(hub["zone_ids"]))
    job = job.but(private_access=spec)
    assert proven(job.run())
    assert job.tear_down(scope="resource_group").is_completed()
    assert kept_in(own) == before


def test_the_guide_waits_for_a_company_policy(job: Job) -> None:
    """It makes the private endpoint some time after the workspace; the teardown says that it stays."""
    job.emulator.control("POST", "/company-policy", {"scope": job.target.resource_group_id})
    job.emulator.fault(action="delay", operation="policy.connect_workspace", seconds=2)
    spec = connected_by(job.private_access, create_zones_in=None, policy_minutes=5)
    assert proven(job.but(private_access=spec).run())
    assert not any("privateEndpoints" in one for one in job.writes())
    plan = job.tear_down(approval="dry_run", scope="resource_group").result()
    assert {one.reason.split(";")[0] for one in plan.leaves} == {"not made by this project"}
    assert len(plan.leaves) == 2  # the workspace's and its storage account's


def test_an_approval_keeps_only_the_callers_waiting(job: Job) -> None:
    """The online deployment is made while the connection is pending; scoring follows the approval."""
    management, seen = Management(job.emulator), list[str]()

    def approve() -> None:
        until(lambda: any(one.endswith("/deployments/blue") for one in job.writes()), "the online deployment")
        until(lambda: settled(job), "the online deployment's end")
        workspace = management.get(job.target.workspace_id, ML)["properties"]
        (connection,) = workspace["privateEndpointConnections"]
        seen.append(connection["properties"]["privateLinkServiceConnectionState"]["status"])
        management.ask("PUT", connection["id"], APPROVED, ML).raise_for_status()

    person = threading.Thread(target=approve)
    person.start()
    spec = connected_by(job.private_access, approval_message="Endpoint team")
    assert proven(job.but(private_access=spec).run())
    person.join()
    assert seen == ["Pending"]


def settled(job: Job) -> bool:
    made = job.resources("onlineEndpoints").get("blue")
    return made is not None and made["properties"]["provisioningState"] == "Succeeded"


def test_a_workspace_that_is_there_gets_it_by_itself(job: Job) -> None:
    """The flow makes what a workspace lacks, for its callers and for uploads to its storage, and reports it."""
    with connect(job.target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(job.workspace)
    assert job.resources("privateEndpoints") == {}
    given = {"target": AzureWorkspace.of(job.target), "spec": private_access_in(job.emulator.subscription)}
    state = first_try(private_access, given)
    assert state.is_completed(), state.message
    assert (state.result().status, state.result().is_ours) == ("approved", True)
    made = {name for name in job.resources("privateEndpoints") if name.startswith("pe-")}
    assert len(made) == 2
    assert state.result().name in made


def test_without_a_workspace_there_is_nothing_to_connect(job: Job) -> None:
    """The lifecycle is named, and nothing is made."""
    given = {"target": AzureWorkspace.of(job.target), "spec": private_access_in(job.emulator.subscription)}
    state = first_try(private_access, given)
    assert state.is_failed()
    assert "Create it by the lifecycle first" in (state.message or "")
    assert job.writes() == []
