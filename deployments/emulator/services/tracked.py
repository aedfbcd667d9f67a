"""Resources right under a resource group: their common read, write, list and delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import conflict, not_found
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import polling
from deployments.emulator.services.resources.groups import GROUP, group_id, require_group
from deployments.emulator.services.resources.providers import require_registered
from deployments.emulator.services.tracked_write import Write, location_of, merge
from deployments.emulator.state import Resource

SUCCEEDED = "Succeeded"
BUSY = ("AnotherOperationInProgress", "Another operation on this or dependent resource is in progress.")


@dataclass(frozen=True, slots=True)
class TrackedType:
    """A resource type.

    `build` gives the body beside id, name, type, location and tags. `working` is the provisioning state while a
    creation takes its time (empty: it is done at once), and with `slow_update` a change, too. `status_path` is where
    such an operation is followed; with `by_location` a creation answers 202 with nothing but a `Location`. `written`
    is called when a write is complete. With `slow_delete` a deletion is an operation, too. `show` adds to the body what
    is worked out when it is read. `may_delete` refuses a deletion. `busy` is the code and the sentence that refuse a
    change while another one runs.
    """

    namespace: str
    kind: str
    build: Callable[[Write], dict[str, Any]]
    working: str = ""
    status_path: str = ""
    by_location: bool = False
    slow_update: bool = False
    slow_delete: bool = False
    location: str = ""
    new_is_201: bool = True
    written: Callable[[Emulator, Resource], None] | None = None
    show: Callable[[Emulator, Resource], dict[str, Any]] | None = None
    may_delete: Callable[[Emulator, Resource], None] | None = None
    busy: tuple[str, str] = BUSY

    @property
    def type(self) -> str:
        return f"{self.namespace}/{self.kind}"

    @property
    def path(self) -> str:
        return f"{GROUP}/providers/{self.type}"

    @property
    def operation(self) -> str:
        """The kind of its operations, e.g. vaults.write."""
        return f"{self.kind}.write"

    def id(self, call: Call) -> str:
        """The id of the resource in a request's path, spelled as Azure does."""
        return f"{group_id(call)}/providers/{self.type}/{call.params['name']}"

    def require(self, call: Call) -> Resource:
        """The resource in a request's path.

        Raises:
            ArmError: 404 ResourceGroupNotFound or ResourceNotFound.
        """
        require_group(call.emulator, self.id(call))
        return call.emulator.resources.require(self.id(call))

    def routes(self) -> list[Route]:
        """Read, write, list and delete."""
        one = self.path + "/{name}"
        found = [
            Route("GET", f"/subscriptions/{{subscription}}/providers/{self.type}", self._list_all),
            Route("GET", self.path, self._list),
            Route("GET", one, self._get),
            Route("PUT", one, self._put),
            Route("PATCH", one, self._patch),
            Route("DELETE", one, self._delete),
        ]
        return found + ([Route("GET", self.status_path, _status, polling=True)] if self.status_path else [])

    def set_up(self, emulator: Emulator) -> None:
        """Register how its operations end."""
        emulator.operations.completes(self.operation, self._complete, failed=_failed)
        emulator.operations.completes(f"{self.kind}.delete", _removed, failed=_failed)

    def _list_all(self, call: Call) -> Answer:
        scope = f"/subscriptions/{call.params['subscription']}"
        found = call.emulator.resources.of_type(self.type, scope)
        return Answer(200, {"value": [self._shown(call.emulator, resource) for resource in found]})

    def _list(self, call: Call) -> Answer:
        require_group(call.emulator, call.path)
        found = call.emulator.resources.members(call.path)
        return Answer(200, {"value": [self._shown(call.emulator, resource) for resource in found]})

    def _shown(self, emulator: Emulator, resource: Resource) -> dict[str, Any]:
        if self.show is None:
            return resource.body
        return {**resource.body, "properties": {**resource.properties, **self.show(emulator, resource)}}

    def _get(self, call: Call) -> Answer:
        resource = self.require(call)
        return Answer(200, self._shown(call.emulator, resource), self._hint(call, resource))

    @staticmethod
    def _hint(call: Call, resource: Resource) -> dict[str, str]:
        return dict(polling.HINT) if call.emulator.operations.on(resource.id) else {}

    def _put(self, call: Call) -> Answer:
        identity = self.id(call)
        require_group(call.emulator, identity, writing=True)
        require_registered(call.emulator, self.namespace)
        return self._write(self._desired(call, identity))

    @staticmethod
    def _desired(call: Call, identity: str) -> Write:
        existing = call.emulator.resources.get(identity)
        return Write(call, existing.id if existing else identity, call.json(), existing)

    def _patch(self, call: Call) -> Answer:
        existing = self.require(call)
        require_group(call.emulator, existing.id, writing=True)
        merged = merge(existing.body, call.json())
        return self._write(Write(call, existing.id, merged, existing))

    def _write(self, write: Write) -> Answer:
        self._refuse_while_busy(write)
        location = self.location or location_of(write, self.type)
        body: dict[str, Any] = {"id": write.id, "name": write.name, "type": self.type, "location": location}
        body["tags"] = write.document.get("tags") or {}
        body |= self.build(write)
        private = {**(write.existing.private if write.existing else {}), **write.private}
        resource = write.emulator.resources.put(write.id, body, private)
        at_once = not self.working or (write.existing and not self.slow_update)
        return self._done(write, resource) if at_once else self._begun(write, resource)

    def _refuse_while_busy(self, write: Write) -> None:
        """Refuse another change while an operation runs; the same request again joins it."""
        operation = write.emulator.operations.on(write.id)
        if operation and (operation.kind != self.operation or operation.data.get("requested") != write.document):
            raise conflict(*self.busy)

    def _done(self, write: Write, resource: Resource) -> Answer:
        if not write.emulator.operations.on(resource.id):
            resource.properties["provisioningState"] = SUCCEEDED
        self._finish(write.emulator, resource)
        return Answer(200 if write.existing or not self.new_is_201 else 201, self._shown(write.emulator, resource))

    def _begun(self, write: Write, resource: Resource) -> Answer:
        operations = write.emulator.operations
        resource.properties["provisioningState"] = "Updating" if write.existing else self.working
        write.emulator.resources.save(resource)
        requested = {"requested": write.document}
        operation = operations.on(resource.id) or operations.start(self.operation, resource.id, data=requested)
        address = status_address(self.status_path, write.call, resource, operation) if self.status_path else ""
        if self.by_location:
            return Answer(202, None, polling.waiting_headers(result_url=address))
        headers = polling.waiting_headers(address)
        shown = self._shown(write.emulator, resource)
        return Answer(200 if write.existing or not self.new_is_201 else 201, shown, headers)

    def _complete(self, emulator: Emulator, operation: Operation) -> dict[str, Any]:
        resource = emulator.resources.require(operation.resource_id)
        resource.properties["provisioningState"] = SUCCEEDED
        self._finish(emulator, resource)
        return self._shown(emulator, resource)

    def _finish(self, emulator: Emulator, resource: Resource) -> None:
        emulator.resources.save(resource)
        if self.written:
            self.written(emulator, resource)

    def _delete(self, call: Call) -> Answer:
        require_group(call.emulator, self.id(call))
        resource = call.emulator.resources.get(self.id(call))
        if resource is None:
            return Answer(204)
        if self.may_delete:
            self.may_delete(call.emulator, resource)
        if not self.slow_delete:
            call.emulator.removal.remove(resource.id)
            return Answer(200)
        return begin_delete(call, resource, f"{self.kind}.delete", self.status_path)


def begin_delete(call: Call, resource: Resource, kind: str, status_path: str, *, location: str = "") -> Answer:
    """Start a deletion that takes its time; asking again follows the one in flight."""
    operations = call.emulator.operations
    operation = operations.on(resource.id)
    if operation is None or operation.kind != kind:
        operations.cancel(resource.id)
        operation = operations.start(kind, resource.id)
        resource.properties["provisioningState"] = "Deleting"
        call.emulator.resources.save(resource)
    address = status_address(status_path, call, resource, operation, location=location)
    return Answer(202, None, polling.waiting_headers(address))


def status_address(template: str, call: Call, resource: Resource, operation: Operation, *, location: str = "") -> str:
    """Return the address by which an operation is followed."""
    place = location or resource.body.get("location") or "global"
    path = template.format(**{**call.params, "location": place, "operation": operation.id})
    return f"https://{call.host}{path}?api-version={call.api_version}"


def _status(call: Call) -> Answer:
    operation = call.emulator.operations.get(call.params["operation"])
    if operation is None:
        raise not_found(call.path)
    asked_by_location = call.query.get("monitor") or call.path.lower().count("/asyncoperations/")
    return polling.result_answer(operation, call) if asked_by_location else polling.status_answer(operation, call)


def _removed(emulator: Emulator, operation: Operation) -> None:
    emulator.removal.remove(operation.resource_id)


def _failed(emulator: Emulator, operation: Operation) -> None:
    resource = emulator.resources.get(operation.resource_id)
    if resource:
        resource.properties["provisioningState"] = "Failed"
        emulator.resources.save(resource)
