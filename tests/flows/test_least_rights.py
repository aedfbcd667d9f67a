"""The flows with exactly the rights that the operator's guide asks for: custom roles without a spare action."""

from __future__ import annotations

import itertools
from pathlib import Path

from support.diagnostics.runs import night
from support.diagnostics.stage import Stage, target_in
from support.emulator.identities import Identity, actions_in, identity_with, make_group
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.lifecycle.stage import Job
from support.prefect.flows import first_try
from support.rollout.stage import QUICK, Served

from flows.private_access import private_access
from tasks.runtime.azure_workspace import AzureWorkspace

NETWORK = "network"
_numbers = itertools.count()


def spare(identity: Identity, file: str, group: str) -> set[str]:
    """The actions of a custom role that its flow did not need."""
    used = identity.used(group)
    return {
        one
        for one in actions_in(file)
        if one not in used and not (one.endswith("*") and any(each.startswith(one[:-1]) for each in used))
    }


def in_role(deployment: str, emulator: RunningEmulator, group: str) -> Identity:
    """An identity with a deployment's custom roles, in the group of the workspace and in that of the network."""
    return identity_with(emulator, {group: f"{deployment}.json", NETWORK: f"{deployment}-network.json"})


def test_the_guide_from_nothing_to_nothing(job: Job) -> None:
    """Lifecycle, private access and teardown, each with its own identity."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    builder = in_role("lifecycle", job.emulator, group)
    with builder.acting():
        state = job.run()
    assert state.is_completed(), state.message
    print("LIFECYCLE", spare(builder, "lifecycle.json", group), spare(builder, "lifecycle-network.json", NETWORK))

    connector = in_role("private-access", job.emulator, group)
    with connector.acting():
        state = first_try(private_access, {"target": AzureWorkspace.of(job.target), "spec": job.private_access})
    assert state.is_completed(), state.message

    remover = in_role("teardown", job.emulator, group)
    with remover.acting():
        assert job.tear_down().is_completed()
        state = job.tear_down(scope="resource_group")
    assert state.is_completed(), state.message
    print("TEARDOWN", spare(remover, "teardown.json", group), spare(remover, "teardown-network.json", NETWORK))
    assert job.kinds() == {}


async def test_the_diagnostics(emulator: RunningEmulator, prefect_server: object, tmp_path: Path) -> None:
    modes = ("Key", "AMLToken", "AADToken")
    endpoints = [{"name": f"least-{mode.lower()}", "auth_mode": mode, "logged": True} for mode in modes]
    emulator.control(
        "POST",
        "/seed",
        {"workspaces": [{"name": "least", "group": "rg-least", "registry": "Premium", "endpoints": endpoints}]},
    )
    stage = Stage(emulator, Management(emulator), target_in(emulator, "rg-least", "least"))
    observer = in_role("diagnostics", emulator, "rg-least")
    with observer.acting():
        found = await night(stage, tmp_path)
    print(
        "DIAG",
        found.message,
        spare(observer, "diagnostics.json", "rg-least"),
        spare(observer, "diagnostics-network.json", NETWORK),
    )
    assert found.state.is_completed(), found.message


def test_a_redeployment(served: Served) -> None:
    model = served.model(answer=2)
    group = served.stage.target.resource_group
    deployer = in_role("redeploy", served.stage.emulator, group)
    with deployer.acting():
        state = served.redeploy(revision={"kind": "model", "model": model}, strategy={**QUICK, "remove_old": True})
    print(
        "REDEPLOY",
        state.message,
        spare(deployer, "redeploy.json", group),
        spare(deployer, "redeploy-network.json", NETWORK),
    )
    assert state.is_completed(), state.message
