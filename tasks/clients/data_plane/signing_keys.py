"""The keys that a tenant signs its tokens with, fetched when an unknown one is needed."""

from __future__ import annotations

import asyncio
from typing import Final

import httpx
import jwt

from tasks.clients.transport.arm_async import trust
from tasks.clients.transport.clouds import CLOUDS
from tasks.clients.transport.errors import unreachable
from tasks.clients.transport.lanes import valid_proxy
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import AuthenticationFailed, EndpointOpsError, ServiceUnavailable
from tasks.domain.common.target import Cloud

REFRESH_SECONDS: Final = 60.0  # minimum interval, whatever key ids callers send
FAILED_SECONDS: Final = 10.0  # minimum interval after a failed attempt
OLDEST_SECONDS: Final = 86_400.0
_DOING: Final = "fetch the tenant's signing keys"


class SigningKeys:
    """One tenant's keys. Microsoft rotates them without notice, so an unknown key id triggers a refresh."""

    def __init__(self, cloud: Cloud, tenant: str, clock: Clock = SYSTEM) -> None:
        self._address = f"{CLOUDS[cloud].authority}/{tenant}/discovery/v2.0/keys"
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: float | None = None
        self._failed: tuple[float, EndpointOpsError] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self, key_id: str) -> jwt.PyJWK:
        """Return a key by its id.

        Raises:
            AuthenticationFailed: When the tenant has no such key.
            TemporaryError: When the keys can't be fetched now.
        """
        async with self._one_at_a_time:
            age = None if self._fetched is None else self._clock.seconds() - self._fetched
            if age is None or age > OLDEST_SECONDS or (key_id not in self._keys and age > REFRESH_SECONDS):
                await self._refresh()
        try:
            return self._keys[key_id]
        except KeyError:
            raise AuthenticationFailed(
                f"the tenant has no signing key {key_id[:80]!r}", "Request a new token."
            ) from None

    async def _refresh(self) -> None:
        """Fetch the keys, unless that has just failed: a flood of tokens must not become a flood of requests."""
        if self._failed and self._clock.seconds() - self._failed[0] < FAILED_SECONDS:
            raise ServiceUnavailable(self._failed[1].message, self._failed[1].hint)
        try:
            self._keys = await self._fetch()
        except EndpointOpsError as error:
            self._failed = self._clock.seconds(), error
            raise
        self._fetched, self._failed = self._clock.seconds(), None

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            with valid_proxy():
                client = httpx.AsyncClient(verify=trust(), timeout=10)
            async with client:
                answer = await client.get(self._address)
                answer.raise_for_status()
                found = jwt.PyJWKSet.from_dict(answer.json())
        except httpx.TransportError as error:
            raise unreachable(_DOING, f"{type(error).__name__}: {error}") from error
        except (httpx.HTTPStatusError, ValueError, jwt.PyJWTError) as error:
            raise ServiceUnavailable(f"{_DOING}: {error}", "Check the tenant's id, then try again.") from error
        return {one.key_id: one for one in found.keys if one.key_id}
