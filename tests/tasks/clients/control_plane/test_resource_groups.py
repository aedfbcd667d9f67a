"""The resource group and the preflight, against the emulator."""

from __future__ import annotations

import pytest
from support.emulator.running import RunningEmulator

from tasks.clients.connect import connect
from tasks.clients.transport.wire import Call
from tasks.domain.azure.governance.access import UNKNOWN_IDENTITY
from tasks.domain.azure.governance.roles import LIFECYCLE
from tasks.domain.azure.ownership import is_owned
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

GROUP_API = "2021-04-01"


def writes(emulator: RunningEmulator, name: str) -> int:
    """How many requests other than reads named something."""
    return sum(1 for one in emulator.journal() if one["method"] != "GET" and name.lower() in one["url"].lower())


def test_a_group_is_made_once_with_our_tags(emulator: RunningEmulator, target: AzureTarget) -> None:
    """The first call makes the group, the second writes nothing."""
    with connect(target) as azure:
        assert azure.resource_groups.get() is None
        made = azure.resource_groups.create_if_absent()
        before = writes(emulator, target.resource_group)
        assert azure.resource_groups.create_if_absent() == made
    assert is_owned(made.tags, made.id)
    assert writes(emulator, target.resource_group) == before


def test_deletion_waits_and_can_be_repeated(target: AzureTarget) -> None:
    """After a deletion with waiting the group is gone; an absent group is fine."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.resource_groups.delete()
        assert azure.resource_groups.get() is None
        azure.resource_groups.delete()


def test_a_group_that_is_not_ours_stays(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Without our tags nothing is removed, not even an empty group."""
    with connect(target) as azure:
        arm = azure.resource_groups._arm
        arm.send(Call("make a group", "PUT", target.resource_group_id, GROUP_API, {"location": "westeurope"}))
        before = writes(emulator, target.resource_group)
        with pytest.raises(errors.NotOwned, match="does not have this project's tags"):
            azure.resource_groups.delete()
        assert azure.resource_groups.get() is not None
    assert writes(emulator, target.resource_group) == before


def test_credentials_and_rights_of_an_owner_pass(target: AzureTarget) -> None:
    """The session's principal may do all that a run needs."""
    with connect(target) as azure:
        azure.access.sign_in()
        assert azure.access.require(LIFECYCLE.actions) == ()
        assert azure.access.require_providers() == ()


def test_a_reader_is_refused_with_what_is_missing(
    emulator: RunningEmulator, target: AzureTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preflight names the missing rights and the role that has them."""
    reader = emulator.principal(role="Reader")
    monkeypatch.setenv("AZURE_CLIENT_ID", reader["client_id"])
    monkeypatch.setenv("AZURE_CLIENT_SECRET", reader["client_secret"])
    with connect(target) as azure, pytest.raises(errors.AccessDenied, match="onlineEndpoints/write") as caught:
        azure.access.require(LIFECYCLE.actions)
    assert "az role definition create --role-definition @deployments/roles/lifecycle.json" in caught.value.hint
    assert "--role 'Contributor' --scope" in caught.value.hint
    assert UNKNOWN_IDENTITY not in caught.value.hint


def test_a_wrong_secret_is_told_apart(target: AzureTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong secret is an authentication failure, and is not repeated in the message."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong-and-private")
    with connect(target) as azure, pytest.raises(errors.AuthenticationFailed) as caught:
        azure.access.sign_in()
    assert "AZURE_CLIENT_SECRET" in caught.value.hint
    assert "wrong-and-private" not in str(caught.value)


def test_an_unreachable_proxy_is_named(target: AzureTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no proxy behind the address, the hint points to HTTPS_PROXY and not to the credentials."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with connect(target) as azure, pytest.raises(errors.Unreachable) as caught:
        azure.access.sign_in()
    assert "HTTPS_PROXY" in caught.value.hint


def test_the_token_goes_to_azure_only(target: AzureTarget) -> None:
    """An answer that points to another host is refused instead of followed."""
    with connect(target) as azure, pytest.raises(errors.RequestRefused, match=r"points to https://evil\.example"):
        azure.resource_groups._arm.read("follow", "https://evil.example/x?sig=1", "")
