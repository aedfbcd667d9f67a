"""Concurrent live probes of scoring hosts, each with its own time limit."""

from __future__ import annotations

import asyncio
import ssl
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from tasks.clients.data_plane.certificates import anything, certificate_of, read_certificate
from tasks.clients.data_plane.scoring import as_answer, without_secret
from tasks.clients.transport.arm_async import CONNECTIONS, trust
from tasks.clients.transport.lanes import ClientPool
from tasks.clients.transport.pace import Pace
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.azure.networking.isolation import OutsideCall
from tasks.domain.azure.request_content import answer_text, content_of
from tasks.domain.azure.scoring import outcome_of
from tasks.domain.common import errors
from tasks.domain.diagnostics.diagnosed import DiagnosedEndpoint
from tasks.domain.diagnostics.probe import USER_AGENT, CallProbe, Certificate, WebProbe

_TEXT_CHARS: Final = 200
_MAX_BYTES: Final = 10_000_000  # maximum read of one response, so that an endless body can't exhaust the memory
_NOT_KEPT: Final = httpx.Limits(max_keepalive_connections=0)
_HEADERS: Final = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}  # prevents decompression bombs
_NONE: Final = httpx.Timeout(None)  # one limit for the complete request replaces httpx's own


@dataclass(frozen=True)
class NetworkPaths:
    """The network paths to a host: the caller's, and the internet's if there is a proxy; with the trusted CAs."""

    inside: ClientPool
    outside: ClientPool | None
    trusted: ssl.SSLContext


@dataclass(frozen=True)
class _Way:
    """The client and the time limit of one request."""

    client: httpx.AsyncClient
    limit: asyncio.Timeout


class Probes:
    """Calls to scoring hosts, without keep-alive: each host is called once or twice per run."""

    def __init__(self, ways: NetworkPaths, authority: str, limits: TimeLimits, pace: Pace) -> None:
        self._inside = ways.inside
        self._outside = ways.outside
        self._trusted = ways.trusted
        self._authority = authority
        self._limits = limits
        self._pace = pace
        self._proxy_check: asyncio.Task[bool] | None = None

    async def call(
        self, endpoint: DiagnosedEndpoint, secret: str, request: str, online_deployment: str | None
    ) -> CallProbe:
        """Send one scoring request. A timeout or a failed connection is a result too."""
        headers = {
            "Authorization": f"Bearer {secret}",
            "x-ms-client-request-id": str(uuid.uuid4()),
        }
        if online_deployment:
            headers["azureml-model-deployment"] = online_deployment
        try:
            async with self._turn(self._inside, self._limits.call) as way:
                return await self._post(way, endpoint, headers, request)
        except (TimeoutError, httpx.RequestError, httpx.InvalidURL) as error:
            return CallProbe(failure=_why(error, self._limits.call))

    async def call_from_internet(self, endpoint: DiagnosedEndpoint) -> OutsideCall | None:
        """Call from the internet without credentials. A host that asks for them is reachable, whatever its certificate.

        Returns:
            None when the target names no internet proxy.
        """
        if self._outside is None:
            return None
        try:
            async with self._turn(self._outside, self._limits.call) as way:
                result = await self._post(way, endpoint, {}, "{}")
            return OutsideCall(answer=result.answer)
        except (TimeoutError, httpx.RequestError, httpx.InvalidURL) as error:
            return OutsideCall(
                failure=_why(error, self._limits.call), proxy_works=await self._proxy_works(self._outside)
            )

    async def get(self, url: str) -> WebProbe:
        """Send a GET request without credentials."""
        try:
            async with (
                self._turn(self._inside, self._limits.inspection) as way,
                way.client.stream("GET", url) as response,
            ):
                text, _ = await _body(response, way.limit)
        except (TimeoutError, httpx.RequestError, httpx.InvalidURL) as error:
            return WebProbe(url=url, failure=_why(error, self._limits.inspection))
        return WebProbe(url=url, status=response.status_code, text=text[:_TEXT_CHARS])

    async def certificate(self, host: str, port: int = 443) -> Certificate:
        """Read a host's certificate.

        Raises:
            Unreachable: When no TLS connection can be opened in time.
        """
        await self._pace.turn()
        try:
            async with asyncio.timeout(2 * self._limits.inspection):
                return await read_certificate(host, port, self._trusted)
        except TimeoutError as error:
            raise errors.Unreachable(
                f"read the certificate of {host}: no answer in {2 * self._limits.inspection:g} s",
                "Check the network path to the host.",
            ) from error

    @asynccontextmanager
    async def _turn(self, lanes: ClientPool, seconds: float) -> AsyncIterator[_Way]:
        """Wait for a client; the time limit starts once there is one."""
        async with lanes.one() as client:
            await self._pace.turn()
            async with asyncio.timeout(seconds) as limit:
                yield _Way(client, limit)

    async def _post(self, way: _Way, endpoint: DiagnosedEndpoint, headers: dict[str, str], request: str) -> CallProbe:
        kind, content = content_of(request)
        headers = {"Content-Type": kind, **headers}
        started, url = time.perf_counter(), endpoint.scoring_uri
        async with way.client.stream("POST", url, headers=headers, content=content) as response:
            certificate = certificate_of(response)
            text, unfinished = await _body(response, way.limit)
        text = without_secret(text, headers.get("Authorization", "").removeprefix("Bearer "))
        answer = as_answer(response.status_code, response.headers, text, time.perf_counter() - started)
        if endpoint.is_kubernetes:
            answer = answer.model_copy(update={"outcome": outcome_of(answer.status, text, in_cluster=True)})
        return CallProbe(answer=answer, certificate=certificate, unfinished=unfinished)

    async def _proxy_works(self, lanes: ClientPool) -> bool:
        """Return whether another Azure host answers over the same proxy; checked once per run."""
        if self._proxy_check is None:
            self._proxy_check = asyncio.ensure_future(self._reaches(lanes))
        return await asyncio.shield(self._proxy_check)

    async def _reaches(self, lanes: ClientPool) -> bool:
        try:
            async with (
                self._turn(lanes, self._limits.inspection) as way,
                way.client.stream("GET", self._reference_address),
            ):
                return True
        except (TimeoutError, httpx.RequestError, httpx.InvalidURL):
            return False

    @property
    def _reference_address(self) -> str:
        return f"{self._authority}/common/v2.0/.well-known/openid-configuration"


@asynccontextmanager
async def open_probes(
    authority: str, internet_proxy: str | None, time_limits: TimeLimits | None = None, pace: Pace | None = None
) -> AsyncIterator[Probes]:
    """Open the probes of one run; sends no request.

    Args:
        authority: A public Azure host, to distinguish a broken proxy from isolation.
        internet_proxy: The HTTP proxy to the internet, if there is one.
        time_limits: The time limit of each kind of request.
        pace: The start rate, shared with all other requests of the process.
    """
    context, unchecked, limits = trust(), anything(), time_limits or TimeLimits()

    def inside_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=context, limits=_NOT_KEPT, timeout=_NONE, headers=_HEADERS)

    def internet_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=unchecked, limits=_NOT_KEPT, timeout=_NONE, headers=_HEADERS, proxy=internet_proxy, trust_env=False
        )

    async with (
        aclosing(ClientPool(inside_client, CONNECTIONS)) as inside,
        aclosing(ClientPool(internet_client, CONNECTIONS)) as outside,
    ):
        ways = NetworkPaths(inside, outside if internet_proxy else None, context)
        yield Probes(ways, authority, limits, pace or Pace())


async def _body(response: httpx.Response, limit: asyncio.Timeout) -> tuple[str, str]:
    """Return a response's text, and the reason if it is incomplete: the host has answered in either case."""
    until = limit.when()
    limit.reschedule(None)
    taken = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for piece in response.aiter_bytes():
                taken += piece
                if len(taken) > _MAX_BYTES:
                    break
    except TimeoutError:
        return _text_of(response, taken), "its body did not end in time"
    except httpx.RequestError as error:
        return _text_of(response, taken), f"{type(error).__name__}: {error}"
    return _text_of(response, taken), ""


def _text_of(response: httpx.Response, taken: bytearray) -> str:
    return answer_text(response.headers.get("Content-Type", ""), bytes(taken))


def _why(error: Exception, seconds: float) -> str:
    return f"no answer in {seconds:g} s" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
