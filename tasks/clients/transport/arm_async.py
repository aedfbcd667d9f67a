"""Concurrent reads of Azure's control plane over asyncio, within its request limits."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Final
from urllib.parse import urlencode, urlsplit

import certifi
import httpx
import requests
from azure.core.credentials import AccessToken

from tasks.clients.transport.clouds import CLOUDS, CloudAddresses
from tasks.clients.transport.credential import Credential, credential_for
from tasks.clients.transport.errors import translated, unreachable
from tasks.clients.transport.lanes import ClientPool
from tasks.clients.transport.pace import Pace
from tasks.clients.transport.request_budget import CONCURRENT_QUERIES, Kind, RequestBudget, RequestBudgets
from tasks.clients.transport.time_limits import TimeLimits
from tasks.clients.transport.wire import Answer, Call, Json, answer_of, page_of
from tasks.domain.common import errors
from tasks.domain.common.login import MACHINE, Login
from tasks.domain.common.target import Cloud

CONNECTIONS: Final = 100
# Maximum number of attempts, by the kind of error. A hanging resource must not block the run.
_ATTEMPTS: Final[dict[type[errors.TemporaryError], int]] = {errors.Throttled: 6, errors.Unreachable: 2}
_ATTEMPTS_ELSE: Final = 3
_RENEW_BEFORE_SECONDS: Final = 300  # a token is renewed this long before it expires


class Tokens:
    """Access tokens by scope. The credential's calls block, so they run in a thread."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._tokens: dict[str, AccessToken] = {}
        self._one_at_a_time = asyncio.Lock()

    async def get(self, scope: str) -> str:
        """Return a token that stays valid for at least five minutes.

        Raises:
            AuthenticationFailed: When the credential returns no token.
        """
        async with self._one_at_a_time:
            token = self._tokens.get(scope)
            if token is None or token.expires_on < time.time() + _RENEW_BEFORE_SECONDS:
                token = await asyncio.to_thread(self._fetch, scope)
                self._tokens[scope] = token
        return token.token

    async def renew(self, expired: str) -> None:
        """Forget a token that Azure calls expired; nothing where it has been replaced already."""
        async with self._one_at_a_time:
            if any(one.token == expired for one in self._tokens.values()):
                self._tokens.clear()
                await asyncio.to_thread(self._credential.renew)

    def _fetch(self, scope: str) -> AccessToken:
        with translated("sign in"):
            return self._credential.get_token(scope)


class Reads:
    """Reads of the control plane for one run.

    Every request waits for its budget first, and its time limit starts after that: thousands of queued requests cause
    no 429 and no timeout. Throttled requests, broken connections and timeouts are retried.
    """

    def __init__(
        self,
        addresses: CloudAddresses,
        tokens: Tokens,
        lanes: ClientPool,
        *,
        limits: TimeLimits | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.addresses = addresses
        self.tokens = tokens
        self.budgets = RequestBudgets()
        self.log_queries = asyncio.Semaphore(CONCURRENT_QUERIES)
        self._clients = lanes
        self._limits = limits or TimeLimits()
        self._pace = pace or Pace()

    async def read(self, doing: str, path: str, api_version: str) -> Json:
        """Read a resource.

        Raises:
            NotFound: When it does not exist.
            Unreachable: When no response arrived in time, after several attempts.
        """
        return (await self.exchange(Call(doing, "GET", path, api_version))).body

    async def read_all(
        self, doing: str, path: str, api_version: str, query: Mapping[str, str] | None = None
    ) -> list[Json]:
        """Read all pages of a list."""
        address = f"{path}?{urlencode({**query, 'api-version': api_version})}" if query else path
        found, link = page_of(doing, await self.read(doing, address, "" if query else api_version))
        while link:
            more, link = page_of(doing, await self.read(doing, link, ""))
            found += more
        return found

    async def exchange(self, call: Call) -> Answer:
        """Send one request.

        Raises:
            EndpointOpsError: For every status of 400 or above, and without a response.
        """
        address = call.address(self.addresses.resource_manager, (self.addresses.log_analytics,))
        kind: Kind = "reads" if call.method == "GET" else "writes"
        budget = self.budgets.of(urlsplit(address).path, kind)
        attempt = 1
        while True:
            try:
                return await self._attempt(call, address, budget)
            except errors.TemporaryError as error:
                if attempt >= _attempts_for(call, error):
                    raise
                await self._back_off(error, budget, attempt)
                attempt += 1

    async def _attempt(self, call: Call, address: str, budget: RequestBudget | None) -> Answer:
        parts = urlsplit(address)
        token = await self.tokens.get(f"{parts.scheme}://{parts.netloc}/.default")
        if budget:
            await budget.turn()
        async with self._clients.one() as client:
            await self._pace.turn()
            response = await self._answer(client, call, address, token)
        if budget:
            budget.learn(response.headers)
        try:
            return answer_of(call, response.status_code, response.headers, response.text)
        except errors.TokenExpired:
            await self.tokens.renew(token)
            raise

    async def _answer(self, client: httpx.AsyncClient, call: Call, address: str, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            async with asyncio.timeout(self._limits.answer):
                return await client.request(call.method, address, params=call.params, headers=headers, json=call.body)
        except TimeoutError as error:
            raise errors.Unreachable(
                f"{call.doing}: no answer in {self._limits.answer:.0f} s",
                "Try again. If it persists, check Azure's status page and the network path to Azure.",
            ) from error
        except httpx.TransportError as error:
            raise unreachable(call.doing, f"{type(error).__name__}: {error}") from error

    async def _back_off(self, error: errors.TemporaryError, budget: RequestBudget | None, attempt: int) -> None:
        pause = error.origin.retry_after or self._limits.pause * 2 ** (attempt - 1)
        if isinstance(error, errors.Throttled) and budget:
            budget.pause(pause)
        else:
            await self.budgets.clock.asleep(pause)


@asynccontextmanager
async def open_reads(
    cloud: Cloud,
    time_limits: TimeLimits | None = None,
    pace: Pace | None = None,
    login: Login = MACHINE,
) -> AsyncIterator[Reads]:
    """Open the reads for one run; costs no request."""
    addresses, context = CLOUDS[cloud], trust()
    timeout = httpx.Timeout(None)  # see TimeLimits: one limit for the complete response
    lanes = ClientPool(lambda: httpx.AsyncClient(verify=context, timeout=timeout), CONNECTIONS)
    with credential_for(addresses, login) as credential:
        async with aclosing(lanes):
            yield Reads(addresses, Tokens(credential), lanes, limits=time_limits, pace=pace)


def trust() -> ssl.SSLContext:
    """Return the authorities that the SDKs trust: REQUESTS_CA_BUNDLE if set, which httpx itself doesn't read."""
    with requests.Session() as session:
        bundle = session.merge_environment_settings("https://management.azure.com", {}, None, None, None)["verify"]
    return ssl.create_default_context(cafile=bundle if isinstance(bundle, str) else certifi.where())


def _attempts_for(call: Call, error: errors.TemporaryError) -> int:
    """Return the maximum number of attempts; a POST is retried only when Azure certainly did not run it."""
    if call.method != "GET" and not isinstance(error, errors.Throttled | errors.TokenExpired):
        return 1
    if error.repeats is not None:
        return error.repeats + 1
    return _ATTEMPTS.get(type(error), _ATTEMPTS_ELSE)
