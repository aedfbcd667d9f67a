"""Reads over asyncio against the emulator: what is repeated, what is not, and where tokens go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from support.emulator.running import RunningEmulator

from tasks.clients.transport.arm_async import Reads, open_reads
from tasks.clients.transport.time_limits import TimeLimits
from tasks.clients.transport.wire import Call
from tasks.domain.common import errors

T = TypeVar("T")
API = "2021-04-01"
QUICK = TimeLimits(answer=1, pause=0.01)


@pytest.fixture
def group(emulator: RunningEmulator) -> str:
    """A resource group that is always there."""
    return f"/subscriptions/{emulator.subscription}/resourceGroups/network"


def read(use: Callable[[Reads], Awaitable[T]]) -> T:
    """Use reads of one run."""

    async def run() -> T:
        async with open_reads("public", QUICK) as reads:
            return await use(reads)

    return asyncio.run(run())


def asked(emulator: RunningEmulator, part: str) -> list[dict[str, Any]]:
    return [one for one in emulator.journal() if part in one["url"]]


def test_many_reads_share_one_token(emulator: RunningEmulator, group: str) -> None:
    """Fifty reads at once sign in once, and are counted."""

    async def use(reads: Reads) -> tuple[list[dict[str, Any]], dict[str, int]]:
        found = await asyncio.gather(*(reads.read("read the group", group, API) for _ in range(50)))
        return found, reads.budgets.taken()

    before = len(asked(emulator, "/oauth2/v2.0/token"))
    found, taken = read(use)
    assert {one["name"] for one in found} == {"network"}
    assert taken == {"reads": 50, "writes": 0}
    assert len(asked(emulator, "/oauth2/v2.0/token")) == before + 1


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ({"action": "fail", "status": 503}, 2),
        ({"action": "fail", "status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "1"}}, 1),
        ({"action": "reset"}, 1),
        ({"action": "hang"}, 1),
    ],
)
def test_a_read_is_repeated(emulator: RunningEmulator, group: str, fault: dict[str, Any], times: int) -> None:
    """After a failure of the server's, a refusal for the number of requests, a broken or a missing answer."""
    emulator.fault(path="resourceGroups/network$", times=times, **fault)
    assert read(lambda reads: reads.read("read the group", group, API))["name"] == "network"


def test_an_expired_token_is_fetched_anew_once(emulator: RunningEmulator, group: str) -> None:
    """Azure's clock decides, not this machine's; reads that wait meanwhile use the new token."""

    async def use(reads: Reads) -> list[dict[str, Any]]:
        await reads.read("read the group", group, API)
        emulator.advance(4000)
        return list(await asyncio.gather(*(reads.read("read the group", group, API) for _ in range(5))))

    before = len(asked(emulator, "/oauth2/v2.0/token"))
    assert [one["name"] for one in read(use)] == ["network"] * 5
    assert len(asked(emulator, "/oauth2/v2.0/token")) == before + 2


@pytest.mark.parametrize("body", ["<html>Sign in.</html>", "[]", "null", ""])
def test_an_answer_of_the_wrong_shape_is_repeated(emulator: RunningEmulator, group: str, body: str) -> None:
    """A proxy's page with 200 is no resource without properties."""
    fault = {"action": "fail", "path": "resourceGroups/network$", "status": 200, "body": body}
    emulator.fault(**fault, times=2)
    assert read(lambda reads: reads.read("read the group", group, API))["name"] == "network"
    emulator.fault(**fault, times=-1)
    with pytest.raises(errors.ServiceUnavailable, match="read the group: the answer is not usable"):
        read(lambda reads: reads.read("read the group", group, API))


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ({"action": "fail", "status": 503}, errors.ServiceUnavailable, "read the group: Azure answered"),
        ({"action": "hang"}, errors.Unreachable, "read the group: no answer in 1 s"),
        ({"action": "fail", "status": 404, "code": "ResourceNotFound"}, errors.NotFound, "read the group"),
    ],
)
def test_what_stays_is_told(
    emulator: RunningEmulator, group: str, fault: dict[str, Any], kind: type[errors.EndpointOpsError], words: str
) -> None:
    """The error says what was asked, and what to do next."""
    emulator.fault(path="resourceGroups/network$", times=-1, **fault)
    with pytest.raises(kind, match=words) as caught:
        read(lambda reads: reads.read("read the group", group, API))
    assert caught.value.hint


def test_a_post_is_not_repeated(emulator: RunningEmulator, group: str) -> None:
    """It may have been carried out."""
    emulator.fault(action="fail", status=503, path="exportTemplate", times=-1)
    before = len(asked(emulator, "exportTemplate"))
    with pytest.raises(errors.ServiceUnavailable):
        read(lambda reads: reads.exchange(Call("export", "POST", f"{group}/exportTemplate", API, {})))
    assert len(asked(emulator, "exportTemplate")) == before + 1


def test_the_token_goes_to_azure_only(emulator: RunningEmulator) -> None:
    """An answer that leads elsewhere is refused before anything is sent."""
    with pytest.raises(errors.RequestRefused, match=r"points to https://example\.org"):
        read(lambda reads: reads.read("read on", "https://example.org/next", ""))


def test_all_pages_are_read(emulator: RunningEmulator) -> None:
    """A list goes on behind its nextLink."""
    path = f"/subscriptions/{emulator.subscription}/resourceGroups"
    whole = read(lambda reads: reads.read_all("list groups", path, API))
    paged = read(lambda reads: reads.read_all("list groups", path, API, {"$top": "1000"}))
    assert [one["name"] for one in whole] == [one["name"] for one in paged]
    assert "network" in {one["name"] for one in whole}


def test_wrong_credentials_are_told(emulator: RunningEmulator, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first read fails with what to check."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not-the-secret")
    with pytest.raises(errors.AuthenticationFailed) as caught:
        read(lambda reads: reads.read("read the group", group, API))
    assert "AZURE_CLIENT_SECRET" in caught.value.hint
    assert "not-the-secret" not in str(caught.value)
