"""The states that operations leave their resources in, and how deletions begin and end."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.operations import Operation
from deployments.emulator.state import Resource

SETTLED = ("Succeeded", "Failed", "Canceled")


def settle(emulator: Emulator, resource_id: str, state: str) -> None:
    """Show a provisioning state, if the resource is still there."""
    resource = emulator.resources.get(resource_id)
    if resource:
        resource.properties["provisioningState"] = state
        resource.body["systemData"]["lastModifiedAt"] = emulator.clock.timestamp()
        emulator.resources.save(resource)


def succeed(emulator: Emulator, operation: Operation) -> None:
    """Show that the operation has succeeded."""
    settle(emulator, operation.resource_id, "Succeeded")


def fail(emulator: Emulator, operation: Operation) -> None:
    """Show that the operation has failed; its error is kept with it."""
    settle(emulator, operation.resource_id, "Failed")


def begin_deletion(emulator: Emulator, resource: Resource, kind: str, identity: str = "") -> Operation:
    """Start a deletion, in place of whatever else runs on the resource; or return the one that runs already."""
    running = emulator.operations.on(resource.id)
    if running and running.kind == kind:
        return running
    emulator.operations.cancel(resource.id)
    settle(emulator, resource.id, "Deleting")
    return emulator.operations.start(kind, resource.id, identity=identity)


def remove(emulator: Emulator, operation: Operation) -> None:
    """Remove the resource at the end of its deletion."""
    emulator.removal.remove(operation.resource_id)
