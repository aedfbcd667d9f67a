"""Microsoft Entra: tokens for principals, and what a principal may do."""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import jwt
from jwt.types import Options

from deployments.emulator.errors import ArmError
from deployments.emulator.http import Answer, Call
from deployments.emulator.routing import Route
from deployments.emulator.services import tenant_keys

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

LOGIN = r"login\.microsoftonline\.com"
TOKEN_SECONDS = 3599
MANAGEMENT = ("https://management.azure.com", "https://management.core.windows.net")
# Times are judged on the emulator's clock, audiences by whoever is asked.
SIGNATURE_ONLY: Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
ROLES = ("Owner", "Contributor", "Reader", "None")


@dataclass(slots=True)
class Principal:
    """A service principal: its secret, and its role (Owner, Contributor, Reader, None) per scope."""

    client_id: str
    object_id: str
    secret: str
    roles: dict[str, str] = field(default_factory=dict)

    def role_at(self, scope: str) -> str:
        """The strongest role at a scope, inherited from the scopes above it."""
        held = [role for at, role in self.roles.items() if f"{scope.lower()}/".startswith(f"{at.lower().rstrip('/')}/")]
        return min(held, key=ROLES.index, default="None")


class Directory:
    """The tenant: its principals and the key that signs its tokens."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        settings = emulator.resources
        self.tenant_id: str = settings.setting("tenant", lambda: str(uuid.uuid4()))
        self._key: str = settings.setting("signing_key", lambda: secrets.token_hex(32))
        saved: list[dict[str, Any]] = settings.setting("principals", list)
        self._principals = {entry["client_id"]: Principal(**entry) for entry in saved}

    def add(self, roles: dict[str, str]) -> Principal:
        """A new principal with these roles, by scope."""
        principal = Principal(str(uuid.uuid4()), str(uuid.uuid4()), secrets.token_urlsafe(30), roles)
        self._principals[principal.client_id] = principal
        self._save()
        return principal

    def grant(self, object_id: str, scope: str, role: str) -> None:
        """Give a principal a role at a scope, or take it away with an empty one; unknown principals have no tokens."""
        for principal in self._principals.values():
            if principal.object_id == object_id:
                others = {at: held for at, held in principal.roles.items() if at.lower() != scope.lower()}
                principal.roles = {**others, scope: role} if role else others
        self._save()

    def _save(self) -> None:
        self._emulator.resources.set_setting("principals", [asdict(p) for p in self._principals.values()])

    def first(self, roles: dict[str, str]) -> Principal:
        """The principal of the env file; made at the first start."""
        return next(iter(self._principals.values()), None) or self.add(roles)

    def get(self, client_id: str) -> Principal | None:
        return self._principals.get(client_id)

    def sign(self, audience: str, seconds: float, **claims: Any) -> str:
        """A token for an audience, valid for that many seconds on the emulator's clock.

        Applications of the users' own can check theirs; what the emulator itself checks is signed in a quicker way.
        """
        now = int(self._emulator.clock.now())
        times = {"iat": now, "nbf": now, "exp": now + int(seconds)}
        issuer = f"https://sts.windows.net/{self.tenant_id}/"
        whole = {"aud": audience, "iss": issuer, "tid": self.tenant_id, "ver": "1.0", **times, **claims}
        if audience.startswith(tenant_keys.APPLICATION):
            return self._emulator.part(tenant_keys.TenantKey).sign(whole)
        return jwt.encode(whole, self._key, "HS256")

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token that was signed here.

        Raises:
            ArmError: 401, InvalidAuthenticationToken or ExpiredAuthenticationToken.
        """
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, algorithms=["HS256"], options=SIGNATURE_ONLY)
        except jwt.PyJWTError as error:
            raise _unauthorized("InvalidAuthenticationToken", "The access token is invalid.") from error
        if claims["exp"] <= self._emulator.clock.now():
            raise _unauthorized(
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{claims['exp']}' is earlier than current UTC time.",
            )
        return claims

    def authenticate(self, authorization: str, audiences: tuple[str, ...] = MANAGEMENT) -> Principal:
        """Who a bearer token belongs to.

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


def routes() -> list[Route]:
    """Discovery and token addresses, v1 and v2."""
    return [
        Route("GET", "/common/discovery/instance", _instances, LOGIN, open=True),
        Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", _configuration, LOGIN, open=True),
        Route("GET", "/{tenant}/.well-known/openid-configuration", _configuration, LOGIN, open=True),
        Route("GET", "/{tenant}/discovery/v2.0/keys", _keys, LOGIN, open=True),
        Route("GET", "/{tenant}/discovery/keys", _keys, LOGIN, open=True),
        Route("POST", "/{tenant}/oauth2/v2.0/token", _token, LOGIN, open=True),
    ]


def _instances(call: Call) -> Answer:
    hosts = {"preferred_network": "login.microsoftonline.com", "preferred_cache": "login.windows.net"}
    aliases = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    tenant = call.emulator.directory.tenant_id
    address = f"https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"
    return Answer(
        200, {"tenant_discovery_endpoint": address, "api-version": "1.1", "metadata": [{**hosts, "aliases": aliases}]}
    )


def _configuration(call: Call) -> Answer:
    tenant = _known_tenant(call)
    base = f"https://login.microsoftonline.com/{tenant}"
    return Answer(
        200,
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "token"],
            "subject_types_supported": ["pairwise"],
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        },
    )


def _keys(call: Call) -> Answer:
    _known_tenant(call)
    return tenant_keys.serve(call)


def _known_tenant(call: Call) -> str:
    tenant = call.emulator.directory.tenant_id
    if call.params["tenant"].lower() not in (tenant, "organizations", "common"):
        raise _RefusalError(
            400,
            "invalid_tenant",
            90002,
            f"Tenant '{call.params['tenant']}' not found. Check to make sure you have the correct tenant ID.",
        )
    return tenant


class _RefusalError(ArmError):
    """A refusal in the token service's own form."""

    def __init__(self, status: int, kind: str, number: int, message: str) -> None:
        super().__init__(status, kind, f"AADSTS{number}: {message}")
        self._number = number

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "error_description": self.message, "error_codes": [self._number]}


def _token(call: Call) -> Answer:
    tenant = _known_tenant(call)
    form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
    directory = call.emulator.directory
    client_id = form.get("client_id", "")
    principal = directory.get(client_id)
    if principal is None:
        raise _RefusalError(
            400,
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory '{tenant}'.",
        )
    if not hmac.compare_digest(form.get("client_secret", "").encode(), principal.secret.encode()):
        raise _RefusalError(401, "invalid_client", 7000215, f"Invalid client secret provided for app '{client_id}'.")
    audience = form.get("scope", "").split(" ")[0].removesuffix("/.default")
    token = directory.sign(
        audience,
        TOKEN_SECONDS,
        appid=client_id,
        oid=principal.object_id,
        sub=principal.object_id,
        idtyp="app",
        jti=str(uuid.uuid4()),
    )
    return Answer(
        200,
        {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "ext_expires_in": TOKEN_SECONDS, "access_token": token},
    )
