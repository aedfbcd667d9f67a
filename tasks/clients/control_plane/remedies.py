"""Apply approved remedies: only the planned properties, and only while the resources are unchanged since the plan.

Ownership tags are not checked here. They keep unattended flows from changing resources that a team created by other
means. A remedy has manual approval: its plan names each resource, shows whether this project created it, and the value
before (for the rollback) and after. Remedies are meant for vaults, registries and workspaces of a platform team.
Azure's roles still decide what the identity may write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from tasks.clients.control_plane.endpoints import ENDPOINT_API, Endpoints
from tasks.clients.control_plane.private_access.client import PrivateAccessClient
from tasks.clients.control_plane.private_access.network_async import NETWORK_API, ZONE_API
from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json, Method, state_of
from tasks.domain.azure.ownership import belongs_to, with_ownership
from tasks.domain.azure.provisioning import is_settled
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget
from tasks.domain.remedy import planners as remedies
from tasks.domain.remedy import private_access
from tasks.domain.remedy.plan import Change, Condition, RemedyPlan, same_value

_ML: Final = "microsoft.machinelearningservices/workspaces"
_CONNECTION: Final = "privateendpointconnections"
_ENDPOINT: Final = f"{_ML}/onlineendpoints"
_PRIVATE_ENDPOINT: Final = "microsoft.network/privateendpoints"
_ZONE: Final = "microsoft.network/privatednszones"
_RECORD_SECONDS: Final = 10  # as Azure's own records of private endpoints
_REPLAN_HINT: Final = "This step changed nothing. Run the remedy again: it makes a new plan from the present state."


@dataclass(frozen=True)
class _Way:
    """The API of a resource type, and the properties that a remedy may set."""

    api_version: str
    method: Method = "PATCH"
    settable: tuple[str, ...] = ()
    template: Json | None = None
    """What a resource that may be absent is made of, beside the planned properties."""


_RESOURCE_APIS: Final[dict[str, _Way]] = {
    "microsoft.keyvault/vaults": _Way("2023-07-01", "PATCH", (remedies.BYPASS,)),
    f"microsoft.containerregistry/registries/{_CONNECTION}": _Way("2023-07-01", "PUT", (remedies.CONNECTION_STATUS,)),
    f"microsoft.storage/storageaccounts/{_CONNECTION}": _Way("2023-01-01", "PUT", (remedies.CONNECTION_STATUS,)),
    f"{_ML}/{_CONNECTION}": _Way(WORKSPACE_API, "PUT", (remedies.CONNECTION_STATUS,)),
    _ML: _Way(WORKSPACE_API, "PATCH", (remedies.BUILD_COMPUTE, remedies.LEGACY_MODE)),
    _ENDPOINT: _Way(ENDPOINT_API, "PUT", (remedies.TRAFFIC, remedies.MIRROR_TRAFFIC)),
    f"{_ENDPOINT}/deployments": _Way("2023-04-01-preview"),
    f"{_ML}/computes": _Way("2023-08-01-preview"),
    _PRIVATE_ENDPOINT: _Way(NETWORK_API, "PUT", (private_access.SUBNET, private_access.ITSELF), {}),
    f"{_ZONE}/a": _Way(ZONE_API, "PUT", (private_access.A_RECORDS,), {"properties": {"ttl": _RECORD_SECONDS}}),
    f"{_ZONE}/virtualnetworklinks": _Way(
        ZONE_API,
        "PUT",
        (private_access.LINKED_NETWORK,),
        {"location": "global", "tags": {}, "properties": {"registrationEnabled": False}},
    ),
}


_KEPT: Final = ("privateEndpoint", "registrationEnabled", "ttl")  # what a PUT of these types would lose


class Remedies:
    """Applies plans."""

    def __init__(
        self, target: AzureTarget, arm: Arm, endpoints: Endpoints, private_access_client: PrivateAccessClient
    ) -> None:
        self._target = target
        self._arm = arm
        self._private_access = private_access_client
        self._endpoints = endpoints

    def with_owners(self, plan: RemedyPlan) -> RemedyPlan:
        """Return the plan with each change marked by whether this project created the resource."""
        ours = {one.resource: self._is_ours(one.resource) for one in plan.changes}
        changes = (one.model_copy(update={"is_ours": ours[one.resource]}) for one in plan.changes)
        return plan.model_copy(update={"changes": tuple(changes)})

    def apply(self, plan: RemedyPlan, *, limit_seconds: float = 1800) -> tuple[Change, ...]:
        """Apply the planned changes, and verify each by reading it back.

        All resources are read before the first is written. Safe to run again: applied changes are skipped.

        Returns:
            The changes that were still pending.

        Raises:
            Conflict: When a value is neither the planned value before nor the one after, or when a condition of the
                plan no longer holds. Nothing was changed.
            OperationInProgress: When another operation is running on one of the resources.
            InvalidSpec: When the plan names a property that no remedy sets.
        """
        for change in plan.changes:
            _require_settable(change)
        resources = {one.resource for one in plan.changes} | {one.resource for one in plan.stands_on}
        present = {one: self._read(one) for one in resources}
        for one in plan.stands_on:
            _require_condition(one, present[one.resource])
        todo = tuple(one for one in plan.changes if _is_due(one, present[one.resource]))
        for resource in dict.fromkeys(one.resource for one in todo):
            mine = tuple(one for one in todo if one.resource == resource)
            if mine[0].path != private_access.SUBNET:
                self._write(mine, present[resource], limit_seconds)
        if plan.private_access:  # also where the private endpoint is there: its zones may be still to come
            self._private_access.connect(plan.private_access)
        for change in todo:
            self._require_done(change)
        return todo

    def _read(self, resource: str) -> Json:
        way, doing = _way(resource), f"read {_short(resource)}"
        if way.template is None:
            return self._arm.read(doing, resource, way.api_version)
        return self._arm.find(doing, resource, way.api_version) or {}

    def _is_ours(self, resource: str) -> bool:
        """Whether this project created a resource; a connection belongs to the resource that it leads to."""
        owner = resource.rsplit("/", 2)[0] if _type(resource).endswith(_CONNECTION) else resource
        doing, version = f"read {_short(owner)}", _way(resource).api_version
        tags = (self._arm.find(doing, owner, version) or {}).get("tags")
        return belongs_to(self._target.workspace_id, owner, tags)

    def _write(self, changes: tuple[Change, ...], present: Json, limit_seconds: float) -> None:
        first, way = changes[0], _way(changes[0].resource)
        if _type(first.resource) == _ENDPOINT:
            self._route(changes, present, limit_seconds)
            return
        if first.path == private_access.ITSELF:
            call = Call(f"delete {first.what}", "DELETE", first.resource, way.api_version)
            self._arm.run(call, limit_seconds=limit_seconds)
            return
        body = _body(changes, present or way.template or {})
        if "tags" in body:  # of a new resource
            body["tags"] = with_ownership(self._target.tags, first.resource)
        call = Call(f"change {first.what}", way.method, first.resource, way.api_version, body)
        self._arm.run(call, limit_seconds=limit_seconds)

    def _route(self, changes: tuple[Change, ...], present: Json, limit_seconds: float) -> None:
        desired: dict[str, Any] = {one.path: one.after for one in changes}
        traffic = desired.get(remedies.TRAFFIC, _value(present, remedies.TRAFFIC) or {})
        mirror = desired.get(remedies.MIRROR_TRAFFIC)
        self._endpoints.set_traffic(str(present["name"]), traffic, mirror, limit_seconds=limit_seconds)

    def _require_done(self, change: Change) -> None:
        found = _value(self._read(change.resource), change.path)
        if not same_value(found, change.after):
            raise errors.Conflict(
                f"{change.what}: {change.path} is {found!r} after it was set to {change.after!r}",
                "Another client or a policy reverted it: check the activity log.",
            )


def _way(resource: str) -> _Way:
    way = _RESOURCE_APIS.get(_type(resource))
    if way is None:
        raise errors.InvalidSpec(f"no remedy changes {resource}", "Create the plan with this project's remedy flow.")
    return way


def _type(resource: str) -> str:
    """Return the resource type in lower case, such as microsoft.keyvault/vaults."""
    provider, *parts = resource.lower().rpartition("/providers/")[2].split("/")
    return "/".join((provider, *parts[::2]))


def _short(resource: str) -> str:
    return "/".join(resource.split("/")[-2:])


def _require_settable(change: Change) -> None:
    if change.path not in _way(change.resource).settable:
        raise errors.InvalidSpec(
            f"no remedy sets {change.path} of {change.what}", "Create the plan with this project's remedy flow."
        )


def _require_condition(condition: Condition, present: Json) -> None:
    found = _value(present, condition.path)
    if not same_value(found, condition.value):
        raise errors.Conflict(
            f"{condition.what}: {condition.path} is {found!r}, and was {condition.value!r} when this was planned",
            _REPLAN_HINT,
        )


def _is_due(change: Change, present: Json) -> bool:
    """Return whether the change is pending; raise where the value is neither the one before nor the one after."""
    found = _value(present, change.path)
    if same_value(found, change.after):
        return False
    if not is_settled(state_of(present)):
        raise errors.OperationInProgress(
            f"{change.what} is {state_of(present)}: another operation is running on it", "Run again when it has ended."
        )
    if not same_value(found, change.before):
        raise errors.Conflict(
            f"{change.what}: {change.path} is {found!r}, and was {change.before!r} when this was planned", _REPLAN_HINT
        )
    return True


def _value(body: Json, path: str) -> JsonValue:
    found: Any = body
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    value: JsonValue = found
    return value


def _body(changes: Iterable[Change], present: Json) -> Json:
    """Return the changed properties, each inside its complete outermost property, since Azure replaces that one."""
    shown = present["properties"]
    properties: Json = {name: shown[name] for name in _KEPT if name in shown}
    for change in changes:
        _, outermost, *inner = change.path.split(".")
        properties[outermost] = _with(properties.get(outermost, shown.get(outermost)), inner, change.after)
    outer: Json = {
        name: present[name] for name in ("location", "tags") if present.get("id") is None and name in present
    }
    return {**outer, "properties": properties}


def _with(value: Any, path: list[str], after: JsonValue) -> Any:
    if not path:
        return after
    held = value if isinstance(value, dict) else {}
    return {**held, path[0]: _with(held.get(path[0]), path[1:], after)}
