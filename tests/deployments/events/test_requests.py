"""Requests that come slowly, not at all, or in a shape that no client gives them."""

from __future__ import annotations

import asyncio

import pytest
from support.events.samples import WORKSPACE
from support.events.service import KEY, Recorder, listening

HEAD = f"POST /events HTTP/1.1\r\nHost: events\r\nx-events-key: {KEY}\r\n"
PATIENCE = 20.0


async def answer_to(place: tuple[str, int], *parts: bytes) -> bytes:
    """What comes until the service ends the connection."""
    reader, writer = await asyncio.open_connection(*place)
    for part in parts:
        writer.write(part)
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


SLOW = {
    "nothing": "",
    "empty lines": "\r\n\r\n",
    "half a head": "POST /events HTTP/1.1\r\nHost: events\r\nA: ",
    "half a body without a key": "POST /events HTTP/1.1\r\nHost: events\r\nContent-Length: 100\r\n\r\n{",
    "the next one": "GET /health HTTP/1.1\r\nHost: events\r\n\r\nGET /hea",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
async def test_a_request_that_does_not_come_is_not_waited_for(sent: str) -> None:
    """The connection ends, key or no key: idle ones would keep everybody else out."""
    async with listening(Recorder(), 0.3) as place:
        answer = await answer_to(place, sent.encode())
    assert answer.count(b"HTTP/1.1") == ("HTTP/1.1\r\n" in sent and sent.count("\r\n\r\n"))


async def test_whoever_waits_for_an_answer_is_not_cut_off() -> None:
    """The time is the request's, not the answer's; what comes behind it on the connection may wait, too."""
    prefect = Recorder(is_slow=True)
    body = '{"id":"1","topic":"T","eventType":"Microsoft.MachineLearningServices.RunCompleted","data":{"runId":"r"}}'
    body = body.replace('"T"', f'"{WORKSPACE}"')
    whole = f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body}"
    async with listening(prefect, 0.2) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(f"{whole}GET /hea".encode())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.8)
        prefect.is_slow = False
        assert await asyncio.wait_for(reader.readline(), PATIENCE) == b"HTTP/1.1 200 OK\r\n"
        writer.close()


@pytest.mark.parametrize("chunks", [50, 500])
async def test_a_head_without_an_end_is_refused(chunks: int) -> None:
    """431 without a key, long before it fills the memory; whoever is still sending may find the connection gone."""
    async with listening(Recorder(), 600) as place:
        answer = await answer_to(place, b"POST /events HTTP/1.1\r\nHost: events\r\n", *[b"A: aaaa" * 1000] * chunks)
    assert answer == b"" or b" 431 " in answer


TWO_MEANINGS = {
    "two lengths": "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n",
    "unknown coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded line": "Content-Length:\r\n 2\r\n\r\n{}",
    "sign": "Content-Length: +2\r\n\r\n{}",
    "endless length": f"Content-Length: {'9' * 5000}\r\n\r\n{{}}",
    "length with zeros": f"Content-Length: {'0' * 4999}2\r\n\r\n{{}}",
    "NUL": "A: \0\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("rest", TWO_MEANINGS.values(), ids=TWO_MEANINGS)
async def test_what_two_servers_may_read_in_two_ways_is_refused(rest: str) -> None:
    """One answer, 400, and the connection ends: nothing is smuggled past what stands before the service."""
    async with listening(Recorder(), 0.5) as place:
        answer = await answer_to(place, (HEAD + rest).encode())
    assert (answer[:12], answer.count(b"HTTP/1.1 ")) == (b"HTTP/1.1 400", 1)
