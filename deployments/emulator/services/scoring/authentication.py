"""Authentication of a scoring host's callers: by key, by the endpoint's own token, or by a Microsoft Entra token."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from deployments.emulator.errors import ArmError
from deployments.emulator.http import access
from deployments.emulator.http.call import Call
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_access
from deployments.emulator.services.scoring import refusals
from deployments.emulator.state import Resource

ENTRA_AUDIENCES = ("https://ml.azure.com",)
SCORE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the method, as the traffic log names it, and the object id of a principal."""

    auth_type: str
    identity: str = ""


def authenticate(call: Call, endpoint: Resource) -> Caller:
    """Authenticate the caller.

    Raises:
        RefusalError: 401, in the words of the endpoint's way of authentication.
    """
    mode = str(endpoint.properties.get("authMode") or "Key").lower()
    scheme, _, secret = call.headers.get("authorization", "").partition(" ")
    secret = secret.strip() if scheme.lower() == "bearer" else ""
    if mode == "amltoken":
        return _by_endpoint_token(call, endpoint, secret)
    return _by_entra(call, endpoint) if mode == "aadtoken" else _by_key(endpoint, secret)


def _by_key(endpoint: Resource, secret: str) -> Caller:
    if not secret:
        raise refusals.unauthorized("key_auth_bad_header_forbidden")
    keys = [str(endpoint.private.get(name) or "") for name in ("primaryKey", "secondaryKey")]
    matches = [bool(key) and hmac.compare_digest(key.encode(), secret.encode()) for key in keys]
    if not any(matches):
        raise refusals.unauthorized("key_auth_access_denied")
    return Caller("Key")


def _by_endpoint_token(call: Call, endpoint: Resource, secret: str) -> Caller:
    if not secret:
        raise refusals.unauthorized("token_auth_bad_header_forbidden")
    try:
        claims = call.emulator.directory.verify(secret)
    except ArmError as error:
        raise refusals.unauthorized("token_auth_access_denied") from error
    if claims["aud"] != endpoint_access.audience(endpoint):
        raise refusals.unauthorized("token_auth_access_denied")
    return Caller("AMLToken")


def _by_entra(call: Call, endpoint: Resource) -> Caller:
    try:
        principal = call.emulator.directory.authenticate(call.headers.get("authorization", ""), ENTRA_AUDIENCES)
    except ArmError as error:
        raise refusals.unauthorized(refusals.ENTRA) from error
    call.principal = principal
    if not access.allows(call.emulator, principal, SCORE, endpoint.id):
        raise refusals.unauthorized(refusals.ENTRA)
    return Caller("AADToken", principal.object_id)
