"""The resources, by ARM id, compared without regard to case; written through to disk."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.emulator.errors import not_found

CREATED = "createdTime"


@dataclass(slots=True)
class Resource:
    """One ARM resource: what Azure shows of it, and what the emulator keeps to itself (keys, ports)."""

    id: str
    body: dict[str, Any]
    private: dict[str, Any] = field(default_factory=dict)
    created: str = field(default="", compare=False)  # which only a list with `$expand=createdTime` shows of every type

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.body.setdefault("properties", {})
        return properties


def _stored(identity: str, body: str, private: str) -> Resource:
    kept = json.loads(private)
    return Resource(identity, json.loads(body), kept, kept.pop(CREATED, ""))


def parent_of(resource_id: str) -> str:
    """The id of the resource, resource group or subscription that this one lives in."""
    parts = resource_id.rstrip("/").split("/")
    if len(parts) >= 4 and parts[-4].lower() == "providers":
        return "/".join(parts[:-4])
    return "/".join(parts[:-2])


def collection_of(resource_id: str) -> str:
    """The id without its last segment: the address of the list that it appears in."""
    return resource_id.rstrip("/").rsplit("/", 1)[0]


def type_of(resource_id: str) -> str:
    """The full resource type, e.g. Microsoft.KeyVault/vaults; empty for subscriptions and groups."""
    _, marker, rest = resource_id.rpartition("/providers/")
    parts = rest.strip("/").split("/")
    return "/".join([parts[0], *parts[1::2]]) if marker else ""


def _named(key: str) -> tuple[str, str]:
    """The type and the name in an id in lower case."""
    return type_of(key), key.rsplit("/", 1)[-1]


class Resources:
    """All resources. Every write goes to disk at once, so that a killed emulator loses nothing."""

    def __init__(self, file: Path, timestamp: Callable[[], str]) -> None:
        self._timestamp = timestamp
        self._by_id: dict[str, Resource] = {}
        self._children: dict[str, dict[str, None]] = defaultdict(dict)
        self._collections: dict[str, dict[str, None]] = defaultdict(dict)
        self._types: dict[str, dict[str, None]] = defaultdict(dict)
        self._names: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._revisions: dict[str, int] = defaultdict(int)
        self._before: dict[str, Resource | None] | None = None
        self._store = sqlite3.connect(file, isolation_level=None)
        self._store.execute("PRAGMA journal_mode=WAL")
        self._store.execute("PRAGMA synchronous=OFF")
        self._store.execute(
            "CREATE TABLE IF NOT EXISTS resource (key TEXT PRIMARY KEY, id TEXT, body TEXT, private TEXT)"
        )
        self._store.execute("CREATE TABLE IF NOT EXISTS operation (id TEXT PRIMARY KEY, document TEXT)")
        self._store.execute("CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT)")
        rows = self._store.execute("SELECT id, body, private FROM resource ORDER BY rowid").fetchall()
        for identity, body, private in rows:
            self._index(_stored(identity, body, private))

    @property
    def store(self) -> sqlite3.Connection:
        """The database, for the other things that must survive a restart."""
        return self._store

    def setting(self, name: str, first: Callable[[], Any]) -> Any:
        """A value that is made once and kept as long as the state folder, e.g. the signing key of the tokens."""
        row = self._store.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        if row is None:
            value = first()
            self.set_setting(name, value)
            return value
        return json.loads(row[0])

    def set_setting(self, name: str, value: Any) -> None:
        self._store.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, json.dumps(value)))

    def _index(self, resource: Resource) -> None:
        key = resource.id.lower()
        self._by_id[key] = resource
        self._children[parent_of(key)][key] = None
        self._collections[collection_of(key)][key] = None
        self._types[type_of(key)][key] = None
        self._revisions[type_of(key)] += 1
        self._names[_named(key)][key] = None

    def get(self, resource_id: str) -> Resource | None:
        return self._by_id.get(resource_id.lower().rstrip("/"))

    def require(self, resource_id: str) -> Resource:
        """The resource.

        Raises:
            ArmError: 404, where there is none.
        """
        resource = self.get(resource_id)
        if resource is None:
            raise not_found(resource_id)
        return resource

    def put(self, resource_id: str, body: dict[str, Any], private: dict[str, Any] | None = None) -> Resource:
        """Create or replace; an existing resource keeps its id's spelling, and its private part unless given."""
        resource = self.get(resource_id)
        if resource is None:
            resource = Resource(resource_id.rstrip("/"), body, private or {}, self._timestamp())
            self._index(resource)
        else:
            resource.body = body
            resource.private = resource.private if private is None else private
        self.save(resource)
        return resource

    def create(
        self, identity: str, properties: dict[str, Any], private: dict[str, Any] | None = None, **rest: Any
    ) -> Resource:
        """Create or replace a resource whose name and type follow from its id; `rest` is the body's other fields."""
        body = {"id": identity, "name": identity.rsplit("/", 1)[-1], "type": type_of(identity)}
        return self.put(identity, {**body, "properties": properties, **rest}, private)

    def save(self, resource: Resource) -> None:
        """Write a resource that was changed in place; one that is gone stays gone."""
        if self._by_id.get(resource.id.lower()) is not resource:
            return
        self._note(resource.id.lower())
        private = {**resource.private, CREATED: resource.created}
        self._store.execute(
            "INSERT INTO resource VALUES (?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET body = excluded.body, private = excluded.private",
            (resource.id.lower(), resource.id, json.dumps(resource.body), json.dumps(private)),
        )

    def delete(self, resource_id: str) -> list[Resource]:
        """Remove a resource and all that lives in it; returns what was removed, the innermost first."""
        removed = [*reversed(list(self.below(resource_id)))]
        resource = self.get(resource_id)
        removed += [resource] if resource else []
        for gone in removed:
            self._forget(gone.id.lower())
        return removed

    @contextlib.contextmanager
    def watched(self) -> Iterator[dict[str, Resource | None]]:
        """Collect the former state of what is written or removed meanwhile, by id in lower case; None: absent."""
        outer, self._before = self._before, {}
        try:
            yield self._before
        finally:
            self._before = outer

    def _note(self, key: str) -> None:
        if self._before is not None and key not in self._before:
            query = "SELECT id, body, private FROM resource WHERE key = ?"
            row = self._store.execute(query, (key,)).fetchone()
            self._before[key] = _stored(row[0], row[1], row[2]) if row else None

    def _forget(self, key: str) -> None:
        self._note(key)
        del self._by_id[key]
        del self._children[parent_of(key)][key]
        del self._collections[collection_of(key)][key]
        del self._types[type_of(key)][key]
        self._revisions[type_of(key)] += 1
        del self._names[_named(key)][key]
        self._store.execute("DELETE FROM resource WHERE key = ?", (key,))

    def below(self, resource_id: str) -> Iterator[Resource]:
        """Everything that lives in a resource, a group or a subscription, at any depth, the outermost first."""
        for key in list(self._children.get(resource_id.lower().rstrip("/"), ())):
            yield self._by_id[key]
            yield from self.below(key)

    def members(self, collection: str) -> list[Resource]:
        """The members of one list, e.g. `…/workspaces/w/onlineEndpoints`, in order of creation."""
        return [self._by_id[key] for key in self._collections.get(collection.lower().rstrip("/"), ())]

    def of_type(self, kind: str, scope: str = "") -> list[Resource]:
        """All resources of a type, e.g. Microsoft.KeyVault/vaults, whose ids begin with the scope."""
        prefix = scope.lower().rstrip("/") + "/" if scope else ""
        return [self._by_id[key] for key in self._types.get(kind.lower(), ()) if key.startswith(prefix)]

    def named(self, kind: str, name: str) -> list[Resource]:
        """All resources of a type that have a name, wherever they are."""
        return [self._by_id[key] for key in self._names.get((kind.lower(), name.lower()), ())]

    def revision(self, kind: str) -> int:
        """Return a number that changes with every resource of a type that comes or goes."""
        return self._revisions[kind.lower()]

    def clear(self) -> None:
        """Forget everything."""
        for key in list(self._by_id):
            self._forget(key)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._by_id.values()))

    def close(self) -> None:
        self._store.close()
