"""Microsoft Entra: discovery, published keys, and tokens for principals."""

from __future__ import annotations

import hmac
import uuid
from typing import Any
from urllib.parse import parse_qs

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route

LOGIN = r"login\.microsoftonline\.com"
TOKEN_SECONDS = 3599


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
    return Answer(200, {"keys": [call.emulator.directory.published_key.document]})


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
