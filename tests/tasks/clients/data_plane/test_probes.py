"""Scoring hosts that misbehave after they have answered: each is a look like any other, and takes little memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from support.check_facts import endpoint

from tasks.clients.data_plane.probes import open_probes
from tasks.clients.transport.time_limits import TimeLimits

NOBODY = "https://127.0.0.1:1"
LIMITS = TimeLimits(call=0.3, inspection=0.3)
ENDLESS = b"x" * 65536


@contextlib.asynccontextmanager
async def answering(head: bytes, body: bytes, *, again: bool = False) -> AsyncIterator[str]:
    """A host with this answer; ``again``: it sends the body over and over, and never ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head + b"\r\n\r\n" + body)
            await writer.drain()
            while again:
                writer.write(body)
                await writer.drain()
                await asyncio.sleep(0 if body is ENDLESS else 0.02)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/score"


@pytest.fixture(autouse=True)
def _directly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


async def test_a_body_without_an_end_is_read_up_to_a_limit() -> None:
    """A host that sends for ever neither fills the memory nor holds the look up to its time limit."""
    async with (
        open_probes(NOBODY, None, TimeLimits(call=60, inspection=60)) as probes,
        answering(b"HTTP/1.1 200 OK", ENDLESS, again=True) as address,
    ):
        call = await probes.call(endpoint(scoring_uri=address), "secret", "{}", None)
        look = await probes.get(address)
    assert call.answer
    assert call.answer.status == look.status == 200


async def test_a_body_that_comes_too_slowly_leaves_the_answer_and_says_so() -> None:
    """Status and headers are there, so it is not taken for a host that gave no answer."""
    async with (
        open_probes(NOBODY, None, LIMITS) as probes,
        answering(b"HTTP/1.1 200 OK", b"drop", again=True) as address,
    ):
        call = await probes.call(endpoint(scoring_uri=address), "secret", "{}", None)
    assert call.answer
    assert call.answer.body.startswith("drop")
    assert call.unfinished == "its body did not end in time"
    assert not call.is_ok


async def test_a_caller_from_the_internet_who_gets_half_an_answer_was_answered() -> None:
    """A body that never ends is no proof that callers from the internet are refused."""
    async with (
        answering(b"HTTP/1.1 200 OK", b"drop", again=True) as proxy,
        open_probes(NOBODY, proxy.removesuffix("/score"), LIMITS) as probes,
    ):
        look = await probes.call_from_internet(endpoint(scoring_uri="http://scoring.example.org/score"))
    assert look
    assert look.answer
    assert look.answer.status == 200


@pytest.mark.parametrize("code", ["²", "999999999999", "-1", "five"])
async def test_headers_with_nonsense_are_left_out(code: str) -> None:
    """A status that is none doesn't break the look."""
    head = b"HTTP/1.1 424 Failed Dependency\r\nContent-Length: 2\r\nms-azureml-model-error-statuscode: "
    async with (
        open_probes(NOBODY, None, LIMITS) as probes,
        answering(head + code.encode("latin-1", "replace"), b"{}") as address,
    ):
        call = await probes.call(endpoint(scoring_uri=address), "secret", "{}", None)
    assert call.answer
    assert call.answer.model_error_status is None


@pytest.mark.parametrize(("cluster", "outcome"), [("", "platform_error"), ("/computes/cluster", "model_error")])
async def test_what_a_status_means_depends_on_where_the_endpoint_runs(cluster: str, outcome: str) -> None:
    """502 comes from azureml-fe when score.py crashes; a managed endpoint's front has 424 for that."""
    head = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0"
    async with open_probes(NOBODY, None, LIMITS) as probes, answering(head, b"") as address:
        call = await probes.call(endpoint(scoring_uri=address, compute_id=cluster), "secret", "{}", None)
    assert call.answer
    assert call.answer.outcome == outcome


async def test_a_body_that_cannot_be_unpacked_is_no_fault_of_the_looks() -> None:
    """It says that it is gzip, and isn't: the answer stands, without its text."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5"
    async with open_probes(NOBODY, None, LIMITS) as probes, answering(head, b"hello") as address:
        call = await probes.call(endpoint(scoring_uri=address), "secret", "{}", None)
        look = await probes.get(address)
    assert call.answer
    assert call.unfinished.startswith("DecodingError")
    assert look.status == 200
