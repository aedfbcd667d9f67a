"""Versions of codes, models, environments and data, and the containers that hold them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.assets.kinds import KINDS, Kind
from deployments.emulator.services.machine_learning.ids import WORKSPACE, author, workspace_of
from deployments.emulator.services.machine_learning.paging import page
from deployments.emulator.services.machine_learning.refusals import missing, user_error
from deployments.emulator.services.machine_learning.workspaces.body import stamp
from deployments.emulator.state import Resource

KindHandler = Callable[[Kind, Call], Answer]


def routes() -> list[Route]:
    """The same addresses for each kind of asset."""
    return [
        Route(method, f"{WORKSPACE}/{kind.folder}{path}", partial(handler, kind))
        for kind in KINDS
        for method, path, handler in HANDLERS
    ]


def _container_id(kind: Kind, call: Call) -> str:
    return f"{workspace_of(call).id}/{kind.folder}/{call.params['name']}"


def _version_id(kind: Kind, call: Call) -> str:
    return f"{_container_id(kind, call)}/versions/{call.params['version']}"


def _get_container(kind: Kind, call: Call) -> Answer:
    found = call.emulator.resources.get(_container_id(kind, call))
    if found is None:
        raise missing(f"{kind.title} container", call.params["name"])
    return Answer(200, found.body)


def _list_containers(kind: Kind, call: Call) -> Answer:
    found = call.emulator.resources.members(f"{workspace_of(call).id}/{kind.folder}")
    return page(call, _active(call, found), lambda container: container.body)


def _active(call: Call, found: list[Resource]) -> list[Resource]:
    """Filter by `listViewType`: the active ones unless it says otherwise."""
    view = call.query.get("listviewtype", "ActiveOnly").lower()
    if view == "all":
        return found
    return [asset for asset in found if asset.properties["isArchived"] == (view == "archivedonly")]


def _put_container(kind: Kind, call: Call) -> Answer:
    new = call.emulator.resources.get(_container_id(kind, call)) is None
    container = _container(kind, call)
    desired = call.json().get("properties") or {}
    shown = ("description", "tags", "properties", "isArchived")
    container.properties.update({name: desired[name] for name in shown if desired.get(name) is not None})
    call.emulator.resources.save(container)
    return Answer(201 if new else 200, container.body)


def _container(kind: Kind, call: Call) -> Resource:
    """Return the container, made if it isn't there: the first version creates it."""
    identity = _container_id(kind, call)
    found = call.emulator.resources.get(identity)
    if found:
        return found
    properties: dict[str, Any] = {"description": None, "tags": {}, "properties": {}, "isArchived": False}
    properties |= {"latestVersion": None, "nextVersion": "1"}
    desired = kind.properties(call.json().get("properties") or {})
    properties |= {name: desired[name] for name in kind.shared}
    stamped = stamp(call.emulator.clock.timestamp(), author(call))
    return call.emulator.resources.create(identity, properties, systemData=stamped)


def _delete_container(kind: Kind, call: Call) -> Answer:
    return Answer(200 if call.emulator.removal.remove(_container_id(kind, call)) else 204)


def _get_version(kind: Kind, call: Call) -> Answer:
    found = call.emulator.resources.get(_version_id(kind, call))
    if found is None:
        raise missing(kind.title, f"{call.params['name']}:{call.params['version']}")
    return Answer(200, found.body)


def _list_versions(kind: Kind, call: Call) -> Answer:
    wanted_hash = call.query.get("hash")
    if wanted_hash:
        found = _with_hash(kind, call, wanted_hash)
    else:
        found = _active(call, call.emulator.resources.members(f"{_container_id(kind, call)}/versions"))
    oldest_first = call.query.get("$orderby", "").lower().endswith("asc")
    return page(call, found if oldest_first else found[::-1], lambda version: version.body)


def _with_hash(kind: Kind, call: Call, content_hash: str) -> list[Resource]:
    """Versions with this content under any name in the workspace (recorded: another code's version is answered)."""
    versions = call.emulator.resources.of_type(f"{kind.container_type}/versions", workspace_of(call).id)
    hashes = ((version, version.properties["properties"]) for version in versions)
    number = call.query.get("hashversion")
    return [
        v
        for v, known in hashes
        if known.get("hash_sha256") == content_hash and number in (None, known.get("hash_version"))
    ]


def _put_version(kind: Kind, call: Call) -> Answer:
    emulator, identity, desired = call.emulator, _version_id(kind, call), call.json().get("properties") or {}
    old = emulator.resources.get(identity)
    properties = {
        "description": desired.get("description"),
        "tags": desired.get("tags") or {},
        "properties": {name: str(value) for name, value in (desired.get("properties") or {}).items()},
        "isArchived": bool(desired.get("isArchived")),
        "isAnonymous": bool(desired.get("isAnonymous")),
        **kind.properties(desired),
    }
    if old and kind.uri and old.properties[kind.uri] != properties[kind.uri]:
        raise user_error("Asset paths cannot be updated.")
    body: dict[str, Any] = {"id": identity, "name": call.params["version"], "type": f"{kind.container_type}/versions"}
    body |= {"properties": properties, "systemData": stamp(emulator.clock.timestamp(), author(call))}
    if old:
        body["systemData"] |= {name: old.body["systemData"][name] for name in ("createdAt", "createdBy")}
    container = _container(kind, call)
    emulator.resources.put(identity, body)
    _number(call, container)
    headers = {} if old else {"Location": f"{call.url}?api-version={call.api_version}"}
    return Answer(200 if old else 201, body, headers)


def _number(call: Call, container: Resource) -> None:
    """Record the latest version, and the number that the next one would have."""
    names = [version.name for version in call.emulator.resources.members(f"{container.id}/versions")]
    highest = max((int(name) for name in names if name.isdecimal()), default=0)
    container.properties.update({"latestVersion": names[-1], "nextVersion": str(highest + 1)})
    call.emulator.resources.save(container)


def _delete_version(kind: Kind, call: Call) -> Answer:
    return Answer(200 if call.emulator.removal.remove(_version_id(kind, call)) else 204)


HANDLERS: tuple[tuple[str, str, KindHandler], ...] = (
    ("GET", "", _list_containers),
    ("GET", "/{name}", _get_container),
    ("PUT", "/{name}", _put_container),
    ("DELETE", "/{name}", _delete_container),
    ("GET", "/{name}/versions", _list_versions),
    ("GET", "/{name}/versions/{version}", _get_version),
    ("PUT", "/{name}/versions/{version}", _put_version),
    ("DELETE", "/{name}/versions/{version}", _delete_version),
)
