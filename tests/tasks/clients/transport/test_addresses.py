"""Addresses that Azure returns, and those of proxies, are judged before anything is sent."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tasks.clients.transport.lanes import ClientPool
from tasks.clients.transport.wire import Call
from tasks.domain.common.errors import InvalidSpec, RequestRefused

BASE = "https://management.azure.com"


@pytest.mark.parametrize(
    "address",
    [
        "http://management.azure.com/next",
        "https://management.azure.com.evil.example/next",
        "https://management.azure.com@evil.example/next",
        "https://user:password@management.azure.com/next",
        "https://management.azure.com:8443/next",
        "https://management.azure.com:x/next",
        "https://evil.example/https://management.azure.com/",
        "https://management.azure.com\\@evil.example/",
    ],
)
def test_another_scheme_host_or_port_gets_no_token(address: str) -> None:
    """Whoever answers in Azure's place could otherwise take it."""
    with pytest.raises(RequestRefused, match="points to"):
        Call("read on", "GET", address).address(BASE)


@pytest.mark.parametrize("address", [f"{BASE}/next?x=1", "https://Management.Azure.com/next", f"{BASE}:443/next"])
def test_other_spellings_of_the_same_host(address: str) -> None:
    """Host names have no case, and 443 is the port of https."""
    assert Call("read on", "GET", address).address(BASE) == address


@pytest.mark.parametrize("password", ["hunter2#x", "hunter2/x", "hunter2?x"])
def test_a_proxy_password_that_is_not_encoded(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is ours, says how to write it, and does not quote it."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://user:{password}@proxy.corp:3128")

    async def used() -> None:
        async with ClientPool(httpx.AsyncClient, 1).one():
            pass

    with pytest.raises(InvalidSpec, match="HTTPS_PROXY") as caught:
        asyncio.run(used())
    assert "%23" in caught.value.hint
    assert "hunter2" not in str(caught.value)
