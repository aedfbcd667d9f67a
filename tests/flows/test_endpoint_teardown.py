"""The removal of what the lifecycle made, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from prefect import flow
from prefect.client.schemas.objects import State
from support.clock import FakeClock
from support.emulator.management import Management
from support.lifecycle.stage import Job
from support.prefect.server import RunningPrefect

from flows.common.approval import note_answer, open_question
from tasks.domain.common.approval import Proposal
from tasks.domain.common.errors import Conflict
from tasks.teardown.tear_down import tear_down

STORAGE = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "location": "westeurope", "properties": {}}


@pytest.fixture
def served(job: Job) -> Job:
    """A job whose lifecycle is done."""
    state = job.run()
    assert state.is_completed(), state.message
    return job


def planned(state: State[Any]) -> list[str]:
    """The names in the plan of a teardown that completed."""
    assert state.is_completed(), state.message
    return [one.name for one in state.result().removes]


def foreign_storage(job: Job, name: str) -> None:
    """Somebody else's storage account in the job's resource group."""
    path = f"{job.target.resource_group_id}/providers/Microsoft.Storage/storageAccounts/{name}"
    Management(job.emulator).ask("PUT", path, STORAGE, version="2019-06-01").raise_for_status()


def test_a_dry_run_removes_nothing(served: Job) -> None:
    """It shows what would be removed, and writes nothing."""
    before = served.writes()
    assert planned(served.tear_down(approval="dry_run")) == [served.endpoint.name, "blue"]
    assert planned(served.tear_down(approval="dry_run", scope="resource_group"))[-1] == served.target.resource_group
    assert served.writes() == before


def test_an_endpoint_is_removed_and_twice_is_fine(served: Job) -> None:
    """The endpoint goes with its online deployment, the workspace stays; a second teardown finds nothing."""
    assert planned(served.tear_down()) == [served.endpoint.name, "blue"]
    assert served.resources("onlineEndpoints") == {}
    assert served.target.workspace in served.resources()
    before = served.writes()
    assert planned(served.tear_down()) == []
    assert served.writes() == before


def test_without_waiting_the_deletion_goes_on(served: Job) -> None:
    """The flow ends while Azure still deletes; a teardown that waits then sees it end."""
    served.emulator.fault(action="delay", operation=".*delet.*", path=served.endpoint.name, seconds=2)
    assert planned(served.tear_down(wait=False)) == [served.endpoint.name, "blue"]
    assert served.endpoint.name in served.resources("onlineEndpoints")
    served.tear_down(wait=True)
    assert served.resources("onlineEndpoints") == {}


def test_a_group_of_ours_goes_whole(served: Job) -> None:
    """The resource group goes with everything in it; a second teardown, and one of the endpoint, find nothing."""
    names = planned(served.tear_down(scope="resource_group"))
    assert {served.target.workspace, served.target.resource_group} <= set(names)
    assert served.resources() == {}
    assert planned(served.tear_down(scope="resource_group")) == []
    assert planned(served.tear_down()) == []


@pytest.mark.parametrize("approval", ["dry_run", "ask"])
def test_a_foreign_resource_keeps_the_group(served: Job, approval: str) -> None:
    """One storage account of somebody else's: refused by name with what to do, and nothing is touched."""
    foreign_storage(served, f"{served.target.resource_group.replace('-', '')}foreign")
    before = served.writes()
    state = served.tear_down(scope="resource_group", approval=approval)
    assert state.is_failed()
    for part in ("NotOwned", "foreign (Microsoft.Storage/storageAccounts)", "Nothing was removed", "managed-by="):
        assert part in (state.message or "")
    assert served.writes() == before


def test_what_a_workspace_of_ours_holds_or_names_is_not_ours_by_that(served: Job) -> None:
    """The team's registry, another team's endpoint, and an account with tags that a policy copied from the group.

    Each is named as foreign, and nothing is removed.
    """
    management, target = Management(served.emulator), served.target
    group = management.get(target.resource_group_id)
    copied = {"tags": group["tags"], "location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
    name = served.endpoint.name.replace("-", "")
    account = f"{target.resource_group_id}/providers/Microsoft.Storage/storageAccounts/{name}"
    management.put(account, copied)
    other = target.endpoint_id(f"{served.endpoint.name}-other")
    management.put(other, {"location": "westeurope", "properties": {"authMode": "Key"}})
    registry = f"{target.resource_group_id}/providers/Microsoft.ContainerRegistry/registries/{name}"
    by_terraform = {"managed-by": "terraform"}
    management.put(registry, {"location": "westeurope", "sku": {"name": "Premium"}, "tags": by_terraform})
    named = {"properties": {"containerRegistry": registry}}
    management.ask("PATCH", target.workspace_id, named).raise_for_status()
    before = served.writes()
    state = served.tear_down(scope="resource_group")
    assert state.is_failed()
    for foreign in (account, other, registry):
        assert f"{foreign.rsplit('/', 1)[-1]} (" in (state.message or "")
    assert served.writes() == before


def test_an_endpoint_that_was_made_anew_is_not_the_approved_one(served: Job) -> None:
    """Between approval and deletion somebody made it again under its name: it stays, and so does a retry's approval."""
    plan = served.tear_down(approval="dry_run").result()
    served.tear_down()
    state = served.run()
    assert state.is_completed(), state.message
    before = served.writes()
    with pytest.raises(Conflict, match="changed since its removal was approved"):
        tear_down(served.target, served.endpoint.name, "endpoint", plan, wait=True)
    assert served.writes() == before


def test_an_answer_is_good_for_an_hour(prefect_server: RunningPrefect) -> None:
    """A retry of the run within the hour goes on by it; a later one asks again, under a key of its own."""
    plan = Proposal(key="teardown-1", summary="Remove it.", markdown="")
    clock = FakeClock()

    @flow
    def asks() -> list[str]:
        keys = []
        for minutes in (0, 59, 2):
            clock.sleep(minutes * 60)
            keys.append(open_question(plan, clock))
            note_answer(keys[-1], clock)
        return keys

    assert asks() == ["teardown-1", "teardown-1", "teardown-1-1"]


def test_somebody_elses_endpoint_stays(served: Job) -> None:
    """An endpoint without our tags is refused, and left alone."""
    management = Management(served.emulator)
    name = f"{served.endpoint.name}-other"
    path = served.target.endpoint_id(name)
    body = {"location": "westeurope", "properties": {"authMode": "Key"}}
    management.ask("PUT", path, body, version="2022-02-01-preview").raise_for_status()
    theirs = served.but(endpoint=served.endpoint.model_copy(update={"name": name}))
    state = theirs.tear_down()
    assert state.is_failed()
    assert f"endpoint {name} holds resources that these flows did not create" in (state.message or "")
    assert name in served.resources("onlineEndpoints")


def test_a_purged_name_serves_again_at_once(served: Job) -> None:
    """The group goes with its workspace and vault for good, and a lifecycle of the same names succeeds."""
    state = served.tear_down(scope="resource_group", purge=True)
    plan = state.result()
    assert state.is_completed(), state.message
    assert {(one.kind, one.is_protected) for one in plan.names} == {("workspace", False), ("key vault", False)}
    assert "stays taken" not in (state.message or "")
    again = served.run()
    assert again.is_completed(), again.message


def test_without_a_purge_names_stay_taken_and_the_preflight_says_so(served: Job) -> None:
    """The teardown says until when; a lifecycle of the same name is refused before anything is created."""
    state = served.tear_down(scope="resource_group")
    assert f"The name of workspace {served.target.workspace} stays taken until 20" in (state.message or "")
    before = served.writes()
    again = served.run()
    assert again.is_failed()
    for part in (f"the name of workspace {served.target.workspace} stays taken until 20", "az rest --method delete"):
        assert part in (again.message or "")
    assert served.writes() == before
