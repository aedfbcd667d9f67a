"""The identity in the body of a workspace or an endpoint, and the principals behind it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.state import Resource, type_of

SYSTEM, USER = KINDS = ("SystemAssigned", "UserAssigned")
IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"

Body = dict[str, Any]


def kind_of(desired: Body) -> str:
    """Return the type of a requested identity in Azure's spelling; it is accepted in any case and order."""
    given = str(desired.get("type") or SYSTEM).replace(" ", "").lower().split(",")
    return ",".join(one for one in KINDS if one.lower() in given) or "None"


def users_of(identity: Body) -> list[str]:
    """Return the ids of the user-assigned identities in a body."""
    return list(identity.get("userAssignedIdentities") or {}) if USER in kind_of(identity) else []


def check(emulator: Emulator, resource_id: str, desired: Body) -> None:
    """Check that every user-assigned identity of a request exists.

    Raises:
        ArmError: 400 FailedIdentityOperation, in the resource manager's words; 400 InvalidIdentityValues without any.
    """
    if USER in kind_of(desired) and not users_of(desired):
        raise bad_request(
            "InvalidIdentityValues",
            "Invalid value for the identities: the resource's userAssignedIdentities must not be empty for an identity "
            f"of the type '{kind_of(desired)}'.",
        )
    for user in users_of(desired):
        if type_of(user).lower() != IDENTITY_TYPE.lower() or emulator.resources.get(user) is None:
            raise _unknown(resource_id, user)


def _unknown(resource_id: str, user: str) -> ArmError:
    inner = {"error": {"code": "BadRequest", "message": f"Resource '{user}' was not found."}}
    return bad_request(
        "FailedIdentityOperation",
        f"Identity operation for resource '{resource_id}' failed with error 'Failed to perform resource identity "
        f"operation. Status: 'BadRequest'. Response: '{json.dumps(inner)}'.'.",
    )


def identity(emulator: Emulator, desired: Body, old: Body) -> Body:
    """Return a managed identity with the ids that it has in the tenant; a system-assigned one that is there stays."""
    kind, tenant = kind_of(desired), emulator.directory.tenant_id
    found: Body = {"type": kind}
    if SYSTEM in kind:
        found["principalId"] = old.get("principalId") or str(uuid.uuid4())
    if kind != "None":
        found["tenantId"] = tenant
    if USER in kind:
        found["userAssignedIdentities"] = {user: _ids(emulator, user) for user in users_of(desired)}
    return found


def _ids(emulator: Emulator, user: str) -> dict[str, str]:
    properties = emulator.resources.require(user).properties
    return {"principalId": properties["principalId"], "clientId": properties["clientId"]}


def system_principal(resource: Resource) -> str:
    """Return the object id of a resource's system-assigned identity; empty where it has none."""
    return str(resource.body["identity"].get("principalId") or "")


def principals(emulator: Emulator, resource: Resource) -> list[str]:
    """Return the object ids of all identities of a resource; those of user-assigned ones that are gone are left out."""
    found = [emulator.resources.get(user) for user in users_of(resource.body["identity"])]
    return [*filter(None, [system_principal(resource)]), *(str(one.properties["principalId"]) for one in found if one)]


def is_same(one: Body, other: Body) -> bool:
    """Return whether two bodies name the same identities."""
    names = [(kind_of(each), {user.lower() for user in users_of(each)}) for each in (one, other)]
    return names[0] == names[1]
