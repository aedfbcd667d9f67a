"""Check that a Microsoft Entra token allows its bearer to send events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jwt
from jwt.types import Options
from pydantic import BaseModel

from tasks.domain.common.errors import AccessDenied, AuthenticationFailed

LEEWAY_SECONDS: Final = 300
_HINT: Final = "Request a token from the tenant, and for the application, that the service names."
# Times are checked below, on the clock that is passed in.
_SIGNED_FOR: Final[Options] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "require": ["exp", "iss", "aud"],
}


class TokenRule(BaseModel, frozen=True):
    """The tokens to accept.

    Attributes:
        authority: The base address of the cloud's sign-in service.
        callers: The ids of the applications that may send, in lower case.
    """

    tenant: str
    audience: str
    callers: tuple[str, ...]
    authority: str

    @property
    def issuers(self) -> tuple[str, ...]:
        """The accepted issuers: both versions of the tenant's sign-in service."""
        return (f"https://sts.windows.net/{self.tenant}/", f"{self.authority}/{self.tenant}/v2.0")


def key_id(token: str) -> str:
    """Return the id of the key that a token claims to be signed with.

    Raises:
        AuthenticationFailed: When it is not a valid token.
    """
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.PyJWTError as error:
        raise AuthenticationFailed("the bearer token is not a valid token", _HINT) from error


def check_token(token: str, key: jwt.PyJWK, rule: TokenRule, now: float) -> None:
    """Check a token's signature, audience, issuer and times, and the application that it was issued to.

    Raises:
        AuthenticationFailed: When it is not valid.
        AccessDenied: When it is valid, but its application may not send.
    """
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token, key, algorithms=["RS256"], audience=rule.audience, issuer=rule.issuers, options=_SIGNED_FOR
        )
    except jwt.PyJWTError as error:
        raise AuthenticationFailed(f"the bearer token is not valid: {error}", _HINT) from error
    begin, end = claims.get("nbf", 0), claims["exp"]
    if not isinstance(begin, int) or not isinstance(end, int) or not _is_now(begin, end, now):
        raise AuthenticationFailed("the bearer token has expired, or is not valid yet", _HINT)
    caller = str(claims.get("appid") or claims.get("azp") or "").lower()
    if caller not in rule.callers:
        raise AccessDenied(f"the application {caller or 'without an id'} may not send events", "Add it to the callers.")


def _is_now(begin: int, end: int, now: float) -> bool:
    return begin - LEEWAY_SECONDS <= now < end + LEEWAY_SECONDS
