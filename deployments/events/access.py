"""Authenticate senders of events: by a key, or by a token of the right tenant."""

from __future__ import annotations

import hmac

from starlette.requests import Request

from deployments.events.settings import EventSettings
from tasks.clients.data_plane.signing_keys import SigningKeys
from tasks.clients.transport.clouds import CLOUDS
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import AuthenticationFailed
from tasks.domain.events.caller_token import TokenRule, check_token, key_id

KEY_HEADER = "x-events-key"


class Access:
    """The check that precedes everything else."""

    def __init__(self, settings: EventSettings, clock: Clock = SYSTEM) -> None:
        self._keys = [one.encode() for one in settings.keys]
        self._clock = clock
        self._rule = _rule(settings)
        self._signing_keys = SigningKeys(settings.cloud, self._rule.tenant) if self._rule else None

    async def check(self, request: Request) -> None:
        """Return for a caller that may send.

        Raises:
            AuthenticationFailed: The key or token is missing or not valid.
            AccessDenied: The token is valid, but its application may not send.
            TemporaryError: The token can't be verified now.
        """
        given = request.headers.get(KEY_HEADER) or request.query_params.get("key") or ""
        if given and self._is_key(given.encode("utf-8", "replace")):
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self._rule and self._signing_keys and scheme.lower() == "bearer":
            key = await self._signing_keys.get(key_id(token.strip()))
            check_token(token.strip(), key, self._rule, self._clock.now().timestamp())
            return
        raise AuthenticationFailed(
            "the key is missing or not valid",
            f"Send the header {KEY_HEADER}, the query parameter key, or a bearer token if this is set up.",
        )

    def _is_key(self, given: bytes) -> bool:
        """Compare with every key, in constant time."""
        same = [hmac.compare_digest(given, one) for one in self._keys]
        return any(same)


def _rule(settings: EventSettings) -> TokenRule | None:
    if not settings.tenant or not settings.audience:
        return None
    callers = tuple(one.lower() for one in settings.callers)
    authority = CLOUDS[settings.cloud].authority
    return TokenRule(tenant=settings.tenant.lower(), audience=settings.audience, callers=callers, authority=authority)
