"""Addresses of long-running operations: signed for the principal that began the operation, and of use to no other.

Polling asks for no role: an operation's address lies at the subscription, where a caller with roles on one resource
group has none.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Router

HEADERS = ("Azure-AsyncOperation", "Location")
HASH = "h"


def sign(call: Call, answer: Answer) -> None:
    """Add the caller's hash to the addresses by which an answer lets it wait."""
    if call.principal is None:
        return
    for name in HEADERS:
        address = answer.headers.get(name)
        if address and _polls(call, address):
            answer.headers[name] = f"{address}&{HASH}={_hash(call, urlsplit(address).path, call.principal)}"


def require_beginner(call: Call, principal: Principal) -> None:
    """Require that the caller is the principal that the address was given to.

    Raises:
        ArmError: 403, with the resource manager's sentence; its code is assumed.
    """
    if not hmac.compare_digest(call.query.get(HASH, "").encode(), _hash(call, call.path, principal).encode()):
        raise ArmError(
            403,
            "AuthorizationFailed",
            "Only the original caller of an asynchronous operation is allowed to retrieve the results. The content "
            "hash provided in the query params of the request uri does not match the expected hash.",
        )


def _polls(call: Call, address: str) -> bool:
    parts = urlsplit(address)
    found = call.emulator.part(Router).find("GET", parts.netloc, parts.path)
    return bool(found and found[0].polling)


def _hash(call: Call, path: str, principal: Principal) -> str:
    key = call.emulator.directory.signing_key.encode()
    return hmac.new(key, f"{path.lower()} {principal.object_id}".encode(), hashlib.sha256).hexdigest()
