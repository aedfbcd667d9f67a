"""The flows with exactly the rights that the operator's guide asks for: custom roles without a spare action."""

from __future__ import annotations

from support.emulator.identities import Identity, identity_with, make_group
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.lifecycle.stage import Job
from support.prefect.flows import first_try
from support.rollout.stage import QUICK, Served

from flows.private_access import private_access
from tasks.runtime.azure_workspace import AzureWorkspace

NETWORK = "network"
ML = "microsoft.machinelearningservices/workspaces"
# What the sample has no use for: other authentication, an identity of the endpoint's own, a registry, images to build,
# rules, storage without keys.
OTHER_INPUTS = {
    f"{ML}/onlineendpoints/token/action",
    f"{ML}/onlineendpoints/score/action",
    f"{ML}/computes/read",
    f"{ML}/computes/write",
    f"{ML}/data/versions/read",
    f"{ML}/data/versions/write",
    f"{ML}/datastores/write",
    f"{ML}/outboundrules/read",
    f"{ML}/outboundrules/write",
    "microsoft.containerregistry/registries/read",
    "microsoft.containerregistry/registries/write",
    "microsoft.managedidentity/userassignedidentities/assign/action",
    "microsoft.managedidentity/userassignedidentities/read",
    "microsoft.authorization/roleassignments/read",
    "microsoft.authorization/roledefinitions/read",
}
# The network may have its zones from an earlier run, which stay when others use them: nothing is made or removed then.
ZONES_THERE = {
    "microsoft.network/privatednszones/read",
    "microsoft.network/privatednszones/write",
    "microsoft.network/privatednszones/delete",
    "microsoft.network/privatednszones/a/read",
    "microsoft.network/privatednszones/virtualnetworklinks/write",
    "microsoft.network/privatednszones/virtualnetworklinks/delete",
    "microsoft.network/virtualnetworks/join/action",
}


def in_roles(deployment: str, emulator: RunningEmulator, group: str) -> Identity:
    """An identity with a deployment's custom roles, in the group of the workspace and in that of the network."""
    return identity_with(emulator, {group: f"{deployment}.json", NETWORK: f"{deployment}-network.json"})


def test_the_guide_from_nothing_to_nothing(job: Job) -> None:
    """Lifecycle, private access and teardown complete, each with an identity and custom roles of its own."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    builder = in_roles("lifecycle", job.emulator, group)
    with builder.acting():
        state = job.run()
    assert state.is_completed(), state.message
    assert state.result().proof.verdict == "pass"
    assert builder.spare("lifecycle.json", group) == OTHER_INPUTS
    assert builder.spare("lifecycle-network.json", NETWORK) <= ZONES_THERE

    with in_roles("private-access", job.emulator, group).acting():
        state = first_try(private_access, {"target": AzureWorkspace.of(job.target), "spec": job.private_access})
    assert state.is_completed(), state.message

    remover = in_roles("teardown", job.emulator, group)
    with remover.acting():
        assert job.tear_down().is_completed()
        state = job.tear_down(scope="resource_group", purge=True)
    assert state.is_completed(), state.message
    assert "The name of key vault" in str(state.message)  # its purge takes a right on the subscription
    assert "The name of workspace" not in str(state.message)
    assert job.kinds() == {}
    # For a registry that Azure made with an image of this workspace's: here, no image was built.
    assert remover.spare("teardown.json", group) == set()
    assert remover.spare("teardown-network.json", NETWORK) <= ZONES_THERE


def test_contributor_with_reader_on_the_network(job: Job) -> None:
    """The simple variant: enough where a company policy makes the private endpoint."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    job.emulator.control("POST", "/company-policy", {"scope": job.target.resource_group_id})
    assert job.private_access
    spec = job.private_access.model_copy(update={"create_zones_in": None, "policy_minutes": 5})
    with identity_with(job.emulator, {group: "Contributor", NETWORK: "Reader"}).acting():
        state = job.but(private_access=spec).run()
    assert state.is_completed(), state.message
    assert state.result().proof.verdict == "pass"


def test_missing_rights_are_told_with_their_scopes_and_commands(job: Job) -> None:
    """A data scientist without a right in the network learns of each missing action before anything is made."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    with identity_with(job.emulator, {group: "AzureML Data Scientist", NETWORK: "Reader"}).acting():
        state = job.run()
    message = str(state.message)
    assert state.is_failed()
    assert "subnets/join/action on " in message
    assert "az role assignment create --assignee-object-id" in message
    assert set(job.kinds()) <= {"", "Microsoft.Resources/resourceGroups", "Microsoft.Authorization/roleAssignments"}


def test_a_teardown_that_can_not_see_everything_removes_nothing(job: Job) -> None:
    """Azure hides from lists what the identity may not read: it could be somebody else's."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    with identity_with(job.emulator, {group: "AzureML Data Scientist"}).acting():
        state = job.tear_down(scope="resource_group")
    assert state.is_failed()
    assert Management(job.emulator).ask("GET", job.target.resource_group_id).status_code == 200


def test_a_redeployment(served: Served) -> None:
    """A new model is promoted and the old color removed, with the custom roles of the redeployment."""
    model, group = served.model(answer=2), served.stage.target.resource_group
    deployer = in_roles("redeploy", served.stage.emulator, group)
    with deployer.acting():
        strategy = {**QUICK, "preset": "blue_green", "old_color": "remove"}
        state = served.redeploy(revision={"kind": "model", "model": model}, strategy=strategy)
    assert state.is_completed(), state.message
    needed = deployer.used(group)
    assert {f"{ML}/onlineendpoints/deployments/write", f"{ML}/onlineendpoints/deployments/delete"} <= needed
    assert "microsoft.insights/metrics/read" in needed
