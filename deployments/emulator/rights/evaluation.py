"""What a principal may do at a scope, from the role assignments that count for it."""

from __future__ import annotations

import uuid
from collections import defaultdict

from deployments.emulator.core import Emulator
from deployments.emulator.rights.built_in import BY_NAME, ROLES
from deployments.emulator.rights.permission import Permission
from deployments.emulator.state import Resource

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
COUNTS_FROM = "countsFrom"


class Rights:
    """The rights of every principal, user's or service's or resource's, by its object id."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._revision = -1
        self._held: dict[str, list[Resource]] = {}
        self._used: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def allows(self, object_id: str, action: str, scope: str) -> bool:
        """Return whether a principal may take an action of the management plane at a scope."""
        return any(permission.allows(action) for permission in self.permissions(object_id, scope))

    def allows_data(self, object_id: str, data_action: str, scope: str) -> bool:
        """Return whether a principal may take a data action, e.g. read a container's blobs, at a scope."""
        return any(permission.allows_data(data_action) for permission in self.permissions(object_id, scope))

    def note(self, object_id: str, action: str, scope: str) -> None:
        """Note that a request of a principal needed an action, in which resource group or subscription."""
        self._used[object_id][action].add("/".join(scope.lower().split("/")[:5]))

    def used(self, object_id: str) -> dict[str, list[str]]:
        """Return the actions that the requests of a principal needed, with the groups that they needed them in."""
        return {action: sorted(scopes) for action, scopes in self._used[object_id].items()}

    def permissions(self, object_id: str, scope: str) -> list[Permission]:
        """Return the permissions of every role that a principal has at a scope or above it."""
        at = f"{scope.lower().rstrip('/')}/"
        held = [one for one in self._counting(object_id) if at.startswith(_place(one))]
        return [found for one in held for found in self.role_permissions(str(one.properties["roleDefinitionId"]))]

    def has_any_in(self, object_id: str, scope: str) -> bool:
        """Return whether a principal has any role at a scope, above it, or on anything in it."""
        at = f"{scope.lower().rstrip('/')}/"
        places = [_place(one) for one in self._counting(object_id)]
        return any(at.startswith(place) or place.startswith(at) for place in places)

    def role_permissions(self, role_id: str) -> list[Permission]:
        """Return the permissions of a role by the last part of its id; none where there is no such role."""
        guid = role_id.rsplit("/", 1)[-1].lower()
        if guid in ROLES:
            return [ROLES[guid].permission]
        custom = self._emulator.resources.named(DEFINITIONS, guid)
        return [Permission.of(document) for one in custom[:1] for document in one.properties["permissions"]]

    def assign(self, object_id: str, scope: str, role: str) -> Resource:
        """Assign a role, by its name, GUID or id, at a scope; it counts at once.

        The same assignment again is the one that there is.

        Raises:
            ValueError: there is no such role.
        """
        guid = guid_of(self._emulator, role)
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{object_id} {scope.lower()} {guid}"))
        return self.record(f"{scope.rstrip('/')}/providers/{ASSIGNMENTS}/{name}", guid, object_id)

    def record(self, identity: str, guid: str, object_id: str, *, delay: float = 0, **shown: str) -> Resource:
        """Keep a role assignment, which counts after a delay in seconds; `shown` are further properties of it."""
        found = self._emulator.resources.get(identity)
        if found:
            return found
        clock, scope = self._emulator.clock, identity[: identity.lower().rindex(f"/providers/{ASSIGNMENTS}/".lower())]
        properties = {
            "roleDefinitionId": f"{'/'.join(scope.split('/')[:3])}/providers/{DEFINITIONS}/{guid}",
            "principalId": object_id,
            "principalType": "ServicePrincipal",
            "scope": scope or "/",
            "createdOn": clock.timestamp(),
            "updatedOn": clock.timestamp(),
            **shown,
        }
        return self._emulator.resources.create(identity, properties, {COUNTS_FROM: clock.now() + delay})

    def _counting(self, object_id: str) -> list[Resource]:
        revision = self._emulator.resources.revision(ASSIGNMENTS)
        if revision != self._revision:
            self._held, self._revision = self._by_principal(), revision
        now = self._emulator.clock.now()
        return [one for one in self._held.get(object_id, ()) if one.private.get(COUNTS_FROM, 0) <= now]

    def _by_principal(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for one in self._emulator.resources.of_type(ASSIGNMENTS):
            found[str(one.properties["principalId"])].append(one)
        return dict(found)


def guid_of(emulator: Emulator, role: str) -> str:
    """Return the GUID of a role that is given by its name, its GUID or its id.

    Raises:
        ValueError: there is no such role.
    """
    last = role.rsplit("/", 1)[-1].lower()
    if last in ROLES or emulator.resources.named(DEFINITIONS, last):
        return last
    if role.lower() in BY_NAME:
        return BY_NAME[role.lower()].guid
    custom = [
        one for one in emulator.resources.of_type(DEFINITIONS) if one.properties["roleName"].lower() == role.lower()
    ]
    if not custom:
        raise ValueError(f"There is no role '{role}'.")
    return custom[0].name.lower()


def _place(assignment: Resource) -> str:
    return f"{str(assignment.properties['scope']).lower().rstrip('/')}/"
