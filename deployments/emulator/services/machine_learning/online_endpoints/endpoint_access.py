"""Keys and tokens of online endpoints."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services.machine_learning import waiting
from deployments.emulator.services.machine_learning.ids import workspace_of
from deployments.emulator.services.machine_learning.online_endpoints.endpoints import ENDPOINT, endpoint_of, new_key
from deployments.emulator.services.machine_learning.refusals import user_error
from deployments.emulator.state import Resource

REGENERATE = "endpoint.regenerate_keys"
TOKEN_SECONDS = 43_200
REFRESH_SECONDS = 39_600


def routes() -> list[Route]:
    """Return the routes of an endpoint's keys and tokens."""
    return [
        Route("POST", ENDPOINT + "/listKeys", _list_keys),
        Route("POST", ENDPOINT + "/regenerateKeys", _regenerate),
        Route("POST", ENDPOINT + "/token", _token),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how the exchange of keys ends."""
    emulator.operations.completes(REGENERATE, _complete)


def audience(endpoint: Resource) -> str:
    """Return the audience of an endpoint's tokens: this endpoint alone."""
    return f"https://ml.azure.com{endpoint.id.lower()}"


def token_of(emulator: Emulator, endpoint: Resource, subject: str = "") -> str:
    """An aml_token; `emulator.directory.verify` reads it, and its `aud` has to be this endpoint's audience."""
    return emulator.directory.sign(audience(endpoint), TOKEN_SECONDS, sub=subject or endpoint.name, canrefresh="False")


def keys_of(endpoint: Resource) -> tuple[str, str]:
    """Both keys; either one opens the endpoint."""
    return endpoint.private["primaryKey"], endpoint.private["secondaryKey"]


def _require_mode(endpoint: Resource, *modes: str) -> None:
    found = endpoint.properties["authMode"]
    if found not in modes:
        raise user_error(f"Endpoint {endpoint.name} has authMode {found}; this operation needs {' or '.join(modes)}.")


def _list_keys(call: Call) -> Answer:
    endpoint = endpoint_of(call)
    _require_mode(endpoint, "Key")
    first, second = keys_of(endpoint)
    return Answer(200, {"primaryKey": first, "secondaryKey": second})


def _token(call: Call) -> Answer:
    endpoint = endpoint_of(call)
    _require_mode(endpoint, "AMLToken", "AADToken")
    now = int(call.emulator.clock.now())
    token = token_of(call.emulator, endpoint, call.principal.object_id if call.principal else "")
    times = {"expiryTimeUtc": now + TOKEN_SECONDS, "refreshAfterTimeUtc": now + REFRESH_SECONDS}
    return Answer(200, {"accessToken": token, "tokenType": "Bearer", **times})


def _regenerate(call: Call) -> Answer:
    workspace, endpoint, request = workspace_of(call), endpoint_of(call), call.json()
    _require_mode(endpoint, "Key")
    kind = str(request.get("keyType", "")).lower()
    if kind not in ("primary", "secondary"):
        raise ArmError(400, "UserError", f"'{request.get('keyType')}' is not a keyType; these are: Primary, Secondary.")
    # The new key is made at once and kept with the endpoint: an operation's data are not secret.
    # The SDK sends the old value along and means a new one.
    key_value = request.get("keyValue")
    endpoint.private[f"next_{kind}"] = new_key() if key_value in (None, "", *keys_of(endpoint)) else key_value
    call.emulator.resources.save(endpoint)
    name = waiting.identity(workspace, waiting.ENDPOINT)
    place = f"{endpoint.id}/regenerateKeys/{kind}"
    data = {"endpoint": endpoint.id, "kind": kind}
    operation = call.emulator.operations.start(REGENERATE, place, data=data, identity=name)
    return Answer(202, None, waiting.endpoint_headers(call, workspace, operation))


def _complete(emulator: Emulator, operation: Operation) -> dict[str, Any] | None:
    endpoint, kind = emulator.resources.require(operation.data["endpoint"]), operation.data["kind"]
    endpoint.private[f"{kind}Key"] = endpoint.private.pop(f"next_{kind}", endpoint.private[f"{kind}Key"])
    emulator.resources.save(endpoint)
    return None
