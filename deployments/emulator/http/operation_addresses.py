"""Addresses of long-running operations: of use to the principal that began the operation, and to no other.

Polling asks for no role: an operation's address lies at the subscription, where a caller with roles on one resource
group has none.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Router
from deployments.emulator.operations import Operation

HEADERS = ("Azure-AsyncOperation", "Location")


def bind(call: Call, answer: Answer) -> None:
    """Give the operations whose addresses an answer carries to the caller, unless they are somebody's already."""
    for name in HEADERS if call.principal else ():
        operation = _operation_at(call, answer.headers.get(name, ""))
        if operation and call.principal and not operation.beginner:
            call.emulator.operations.give(operation, call.principal.object_id)


def require_beginner(call: Call, principal: Principal) -> None:
    """Require that the caller began the operation; those of scenarios and seeds are the first principal's.

    Raises:
        ArmError: 403, with the resource manager's sentence; its code is assumed.
    """
    operation = call.emulator.operations.get(call.params["operation"])
    owner = (operation.beginner if operation else "") or call.emulator.directory.first().object_id
    if operation and owner != principal.object_id:
        raise ArmError(
            403,
            "AuthorizationFailed",
            "Only the original caller of an asynchronous operation is allowed to retrieve the results. The content "
            "hash provided in the query params of the request uri does not match the expected hash.",
        )


def _operation_at(call: Call, address: str) -> Operation | None:
    parts = urlsplit(address)
    found = call.emulator.part(Router).find("GET", parts.netloc, parts.path) if address else None
    if found is None or not found[0].polling:
        return None
    return call.emulator.operations.get(found[1]["operation"])
