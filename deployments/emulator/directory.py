"""The Microsoft Entra tenant: its principals, and the tokens that it signs for them."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import jwt
from jwt.types import Options

from deployments.emulator.clock import Clock
from deployments.emulator.errors import ArmError
from deployments.emulator.state import Resources
from deployments.emulator.tenant_key import APPLICATION, TenantKey

MANAGEMENT = ("https://management.azure.com", "https://management.core.windows.net")
# Times are judged on the emulator's clock, audiences by the service that gets the token.
SIGNATURE_ONLY: Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


@dataclass(slots=True)
class Principal:
    """A service principal and its secret; its rights are role assignments."""

    client_id: str
    object_id: str
    secret: str


class Directory:
    """The tenant: its principals and the key that signs its tokens."""

    def __init__(self, settings: Resources, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.tenant_id: str = settings.setting("tenant", lambda: str(uuid.uuid4()))
        self._key: str = settings.setting("signing_key", lambda: secrets.token_hex(32))
        saved: list[dict[str, Any]] = settings.setting("principals", list)
        self._principals = {
            entry["client_id"]: Principal(entry["client_id"], entry["object_id"], entry["secret"]) for entry in saved
        }

    @cached_property
    def published_key(self) -> TenantKey:
        """The key whose public half applications of the users' own check their tokens with."""
        return TenantKey(self._settings)

    def add(self) -> Principal:
        """A new principal, without any right."""
        principal = Principal(str(uuid.uuid4()), str(uuid.uuid4()), secrets.token_urlsafe(30))
        self._principals[principal.client_id] = principal
        self._save()
        return principal

    def _save(self) -> None:
        self._settings.set_setting("principals", [asdict(p) for p in self._principals.values()])

    def first(self) -> Principal:
        """The principal of the env file; made at the first start."""
        return next(iter(self._principals.values()), None) or self.add()

    def get(self, client_id: str) -> Principal | None:
        return self._principals.get(client_id)

    def sign(self, audience: str, seconds: float, **claims: Any) -> str:
        """Return a token for an audience, valid for that many seconds on the emulator's clock.

        Applications of the users' own can check theirs; what the emulator itself checks is signed in a quicker way.
        """
        now = int(self._clock.now())
        times = {"iat": now, "nbf": now, "exp": now + int(seconds)}
        issuer = f"https://sts.windows.net/{self.tenant_id}/"
        whole = {"aud": audience, "iss": issuer, "tid": self.tenant_id, "ver": "1.0", **times, **claims}
        if audience.startswith(APPLICATION):
            return self.published_key.sign(whole)
        return jwt.encode(whole, self._key, "HS256")

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that was signed here.

        Raises:
            ArmError: 401, InvalidAuthenticationToken or ExpiredAuthenticationToken.
        """
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, algorithms=["HS256"], options=SIGNATURE_ONLY)
        except jwt.PyJWTError as error:
            raise _unauthorized("InvalidAuthenticationToken", "The access token is invalid.") from error
        if claims["exp"] <= self._clock.now():
            raise _unauthorized(
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{claims['exp']}' is earlier than current UTC time.",
            )
        return claims

    def authenticate(self, authorization: str, audiences: tuple[str, ...] = MANAGEMENT) -> Principal:
        """Return the principal that a bearer token belongs to.

        Raises:
            ArmError: 401, where the token is missing, wrong, expired or for another audience.
        """
        scheme, _, token = authorization.partition(" ")
        if not token or scheme.lower() != "bearer":
            raise _unauthorized(
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing or has an invalid format.",
            )
        claims = self.verify(token)
        if str(claims["aud"]).rstrip("/") not in audiences:
            raise _unauthorized(
                "InvalidAuthenticationTokenAudience",
                f"The access token has been obtained for wrong audience or resource '{claims['aud']}'. "
                f"It should exactly match with one of the allowed audiences '{','.join(audiences)}'.",
            )
        principal = self.get(str(claims.get("appid", "")))
        if principal is None:
            raise _unauthorized(
                "InvalidAuthenticationToken", "The access token is from a principal that does not exist in this tenant."
            )
        return principal


def _unauthorized(code: str, message: str) -> ArmError:
    where = 'authorization_uri="https://login.microsoftonline.com/"'
    challenge = f'Bearer {where}, error="invalid_token", error_description="{message}"'
    return ArmError(401, code, message, headers={"WWW-Authenticate": challenge})
