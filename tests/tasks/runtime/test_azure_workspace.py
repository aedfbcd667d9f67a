"""The blocks: what they take, and how a flow signs in by them."""

from __future__ import annotations

import itertools
import socket
from typing import Any

import pytest
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import ValidationError
from support.emulator.running import RunningEmulator

from tasks.domain.common.errors import AuthenticationFailed, Unreachable
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import login_of, opened
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace

PLACE = {"resource_group": "rg-blocks", "workspace": "ml-blocks", "location": "westeurope"}
_numbers = itertools.count()


def sign_in(target: AzureWorkspace) -> AzureTarget:
    """Sign in, and say as what."""
    place = target.as_target()
    with opened(place) as azure:
        azure.access.sign_in()
    return place


def secret_of(emulator: RunningEmulator, **changes: str) -> AzureIdentity:
    """The emulator's own application as a block that nobody has saved yet."""
    given = {name: emulator.variables[f"AZURE_{name.upper()}"] for name in ("tenant_id", "client_id", "client_secret")}
    return AzureIdentity(method="client secret", **{**given, **changes})


def reference(emulator: RunningEmulator, identity: AzureIdentity) -> dict[str, Any]:
    """A saved workspace as a form hands it to a flow."""
    name = f"block-{next(_numbers)}"
    identity.save(name)
    AzureWorkspace(subscription_id=emulator.subscription, identity=name, **PLACE).save(name)
    return {"$ref": {"block_document_slug": f"azure-ml-workspace/{name}"}}


@pytest.mark.usefixtures("prefect_server")
def test_a_flow_signs_in_by_the_secret_of_its_block(emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has no secret: the block's is used, and the target holds but the block's name."""
    identity = secret_of(emulator)
    form = {"target": reference(emulator, identity)}
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    signing_in = flow(sign_in)
    place = signing_in(**signing_in.validate_parameters(form))
    assert place.identity == identity._block_document_name
    assert emulator.variables["AZURE_CLIENT_SECRET"] not in place.model_dump_json()


@pytest.mark.usefixtures("prefect_server")
def test_a_wrong_secret_is_azures_to_refuse(emulator: RunningEmulator) -> None:
    """The block is used though the environment would do."""
    form = {"target": reference(emulator, secret_of(emulator, client_secret="wrong"))}
    signing_in = flow(sign_in)
    with pytest.raises(AuthenticationFailed):
        signing_in(**signing_in.validate_parameters(form))


@pytest.mark.usefixtures("prefect_server")
def test_an_identity_that_is_gone_is_named(emulator: RunningEmulator) -> None:
    """The error says which block is missing, and where to save it again."""
    place = AzureTarget(subscription_id=emulator.subscription, identity="gone", **PLACE)

    @flow
    def run() -> None:
        with opened(place):
            pass

    with pytest.raises(AuthenticationFailed, match=r"Azure identity block 'gone'[\s\S]*under Blocks"):
        run()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"method": "client secret", "tenant_id": "0" * 8}, "is not a valid GUID"),
        ({"method": "client secret"}, "requires the tenant, the client and the secret"),
        ({"client_secret": "hidden"}, "uses no client secret: remove it"),
    ],
)
def test_half_an_identity_is_refused(wrong: dict[str, Any], told: str) -> None:
    """With what is missing or too much; the secret itself is not repeated."""
    with pytest.raises(ValidationError, match=told) as caught:
        AzureIdentity(**wrong)
    assert "hidden" not in str(caught.value)


@pytest.mark.usefixtures("prefect_server")
def test_the_login_outlives_prefects_absence(emulator: RunningEmulator) -> None:
    """What the block said last holds while Prefect is away; one that was never read is not to be had, for now."""
    identity = secret_of(emulator)
    identity.save("outliving", overwrite=True)
    AzureIdentity().save("unread", overwrite=True)
    place = AzureTarget(subscription_id=emulator.subscription, identity="outliving", **PLACE)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/api"

    @flow
    def run() -> None:
        known = login_of(place)
        with temporary_settings({PREFECT_API_URL: nowhere}):
            assert login_of(place) == known == identity.as_login()
            with pytest.raises(Unreachable, match="Prefect does not answer"):
                login_of(place.model_copy(update={"identity": "unread"}))

    run()
