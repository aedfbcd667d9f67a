"""Clients for many requests at once: none is lost, however its requests end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import httpx
import pytest

from tasks.clients.transport.lanes import ClientPool


class SilentProxy:
    """A proxy that lets everybody connect and then says nothing more; knows when so many have come and gone."""

    def __init__(self, expected: int) -> None:
        self._to_leave = expected
        self.all_left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await reader.read(-1)
        writer.close()
        self._to_leave -= 1
        if not self._to_leave:
            self.all_left.set()


async def test_a_request_that_is_given_up_leaves_no_connection_behind() -> None:
    """Not even when it is given up between the proxy's answer and the host's, and the next one gets its place."""
    proxy = SilentProxy(6)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    lanes = ClientPool(lambda: httpx.AsyncClient(proxy=address, timeout=None, trust_env=False), 2)

    async def ask() -> None:
        async with lanes.one() as client, asyncio.timeout(0.5):  # long enough to be connected on a busy machine
            await client.get("https://host.example/")

    async with server, aclosing(lanes):
        ended = await asyncio.gather(*(ask() for _ in range(6)), return_exceptions=True)
        assert [type(one) for one in ended] == [TimeoutError] * 6
        async with asyncio.timeout(5):
            await proxy.all_left.wait()


async def test_a_client_is_used_again_after_success_and_by_one_request_at_a_time() -> None:
    """What failed is closed, and another one made."""
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient())
        return made[-1]

    async with aclosing(ClientPool(make, 5)) as lanes:
        async with lanes.one() as first, lanes.one() as second:
            assert first is not second
        async with lanes.one() as again:
            assert again in made[:2]
        with pytest.raises(ValueError, match="broken"):
            async with lanes.one() as again:
                raise ValueError("broken")
        assert again.is_closed
        async with lanes.one(), lanes.one():
            assert len(made) == 3
    assert all(one.is_closed for one in made)


async def test_no_more_than_so_many_at_once() -> None:
    """Who comes later waits for a place."""
    async with aclosing(ClientPool(httpx.AsyncClient, 2)) as lanes:
        async with lanes.one(), lanes.one():
            third = asyncio.create_task(lanes.one().__aenter__())
            await asyncio.sleep(0)
            assert not third.done()
        await (await third).aclose()
