"""The custom roles: each deployment has them, they are what the files say, and Azure takes them."""

from __future__ import annotations

import json

import pytest
import yaml
from support.emulator.identities import ROLES as FOLDER
from support.paths import ROOT
from support.role_files import role_files

from deployments.emulator.services.authorization.operations import is_registered
from tasks.domain.azure.governance.access import Permission, approval_of, missing_actions, refusal_advice, role_for
from tasks.domain.azure.governance.roles import LIFECYCLE, ROLES, lifecycle_actions

ML = "Microsoft.MachineLearningServices/workspaces"
GROUP = "/subscriptions/s/resourceGroups/g/providers"


def test_the_files_are_written_from_the_table() -> None:
    """`make pages` writes them anew."""
    assert {file: file.read_text() for file in FOLDER.iterdir()} == role_files()


def test_every_deployment_has_a_role() -> None:
    """Named after it."""
    deployments = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text())["deployments"]
    assert {one["name"] for one in deployments} == {role.deployment for role in ROLES}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.file)
def test_azure_would_take_it(role: object) -> None:
    """Each action is registered, none is there twice, and the file has the fields of `az role definition create`."""
    document = json.loads((FOLDER / role.file).read_text())  # type: ignore[attr-defined]
    assert [one for one in document["Actions"] if not is_registered(one)] == []
    assert len({one.lower() for one in document["Actions"]}) == len(document["Actions"])
    assert document["AssignableScopes"] == ["/subscriptions/SUBSCRIPTION_ID"]


@pytest.mark.parametrize("mode", ["key", "aml_token", "aad_token", None])
def test_the_preflight_asks_for_nothing_that_the_role_has_not(mode: str | None) -> None:
    """The role has what any run may need."""
    permission = Permission(actions=LIFECYCLE.actions)
    needed = lifecycle_actions(mode, ["workspace", "outbound rules", "registry", "private endpoint"])  # type: ignore[arg-type]
    assert missing_actions((permission,), needed) == ()


def test_a_data_scientist_may_use_a_workspace_that_is_there() -> None:
    """With the reads of a group, and without the rights to make a workspace."""
    actions = [f"{ML}/*/{verb}" for verb in ("read", "action", "delete", "write")]
    scientist = Permission(actions=tuple(actions), not_actions=(f"{ML}/write", f"{ML}/delete"))
    reader = Permission(actions=("*/read",))
    assert missing_actions((scientist, reader), lifecycle_actions("key", [])) == ()
    assert f"{ML}/write" in missing_actions((scientist, reader), lifecycle_actions("key", ["workspace"]))


@pytest.mark.parametrize(
    ("action", "role"),
    [
        (f"{ML}/onlineEndpoints/write", "AzureML Data Scientist"),
        (f"{ML}/write", "Contributor"),
        (f"{ML}/read", "Reader"),
        ("Microsoft.Network/virtualNetworks/read", "Reader"),
        ("Microsoft.Authorization/roleAssignments/write", "User Access Administrator"),
        ("Microsoft.Insights/logs/AmlOnlineEndpointTrafficLog/read", "Log Analytics Reader"),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "Managed Identity Operator"),
        (approval_of(f"{GROUP}/Microsoft.KeyVault/vaults/v"), "Azure AI Enterprise Network Connection Approver"),
        (
            approval_of(f"{GROUP}/Microsoft.Storage/storageAccounts/s"),
            "Azure AI Enterprise Network Connection Approver",
        ),
    ],
)
def test_a_missing_action_is_given_by_a_role_that_has_it(action: str, role: str) -> None:
    """The smallest of the built-in ones, so that the command can be copied."""
    message = (
        f"The client 'c' with object id 'o' does not have authorization to perform action '{action}' over scope "
        "'/subscriptions/s/resourceGroups/g' or the scope is invalid."
    )
    assert role_for(action) == role
    assert f"--assignee-object-id o --assignee-principal-type ServicePrincipal --role {role!r}" in refusal_advice(
        message
    )
