"""Events sent with a Microsoft Entra token, which the service checks by the keys that the tenant publishes."""

from __future__ import annotations

import asyncio

import jwt
import pytest
from azure.identity import EnvironmentCredential
from support.clock import BEGIN, FakeClock
from support.emulator.running import RunningEmulator
from support.events.samples import grid_event
from support.events.service import Recorder, served
from support.events.service import settings as settings_with

from deployments.events.access import Access
from tasks.clients.data_plane.signing_keys import FAILED_SECONDS, REFRESH_SECONDS, SigningKeys
from tasks.domain.common.errors import AuthenticationFailed, ServiceUnavailable

AUDIENCE = "api://endpoint-ops-events"


@pytest.fixture
def changes(emulator: RunningEmulator) -> dict[str, str | None]:
    """Settings of a service that takes tokens of the emulator's tenant, and no key."""
    variables = emulator.variables
    tenant, caller = variables["AZURE_TENANT_ID"], variables["AZURE_CLIENT_ID"]
    return {"key": None, "tenant": tenant, "audience": AUDIENCE, "callers": f"someone,{caller}"}


def token_for(audience: str) -> str:
    return EnvironmentCredential().get_token(f"{audience}/.default").token


async def test_a_token_of_the_tenant_is_enough(changes: dict[str, str | None]) -> None:
    """A caller signs in as Azure's SDKs do; a token for something else, or a spoiled one, is refused."""
    good = token_for(AUDIENCE)
    issued = jwt.decode(good, options={"verify_signature": False})["iat"]  # the emulator's clock may be ahead
    access = Access(settings_with(**changes), FakeClock(at=issued + 1.0 - BEGIN.timestamp()))
    statuses = []
    async with served(Recorder(), access, **changes) as client:
        del client.headers["x-events-key"]
        for token in (good, token_for("https://management.azure.com"), token_for("api://others"), good[:-4] + "abcd"):
            answer = await client.post("/events", json=grid_event(), headers={"Authorization": f"Bearer {token}"})
            statuses.append(answer.status_code)
    assert statuses == [200, 401, 401, 401]


async def test_unknown_keys_are_not_fetched_for_each_request(emulator: RunningEmulator) -> None:
    """A flood of tokens with made-up keys asks the tenant once a minute at most."""
    clock = FakeClock()
    keys = SigningKeys("public", emulator.variables["AZURE_TENANT_ID"], clock)
    before = fetches(emulator)
    for number in range(20):
        with pytest.raises(AuthenticationFailed):
            await keys.get(f"made-up-{number}")
    clock.at += REFRESH_SECONDS + 1
    with pytest.raises(AuthenticationFailed):
        await keys.get("made-up")
    assert fetches(emulator) - before == 2


async def test_a_tenant_that_does_not_answer_is_left_alone(emulator: RunningEmulator) -> None:
    """A flood of tokens meanwhile asks it once in ten seconds, and is told to come again; then they are judged."""
    clock = FakeClock()
    keys = SigningKeys("public", emulator.variables["AZURE_TENANT_ID"], clock)
    emulator.fault(action="fail", path="/discovery/v2.0/keys", status=500, times=1)
    before = fetches(emulator)
    refusals = await asyncio.gather(*(keys.get(f"made-up-{one}") for one in range(20)), return_exceptions=True)
    assert all(isinstance(one, ServiceUnavailable) for one in refusals)
    clock.at += FAILED_SECONDS + 1
    with pytest.raises(AuthenticationFailed):
        await keys.get("made-up")
    assert fetches(emulator) - before == 2


def fetches(emulator: RunningEmulator) -> int:
    return sum("/discovery/v2.0/keys" in one["url"] for one in emulator.journal())
