"""Removing resources: one way for every service, so that whatever a resource started is stopped with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from deployments.emulator.operations import Operations
from deployments.emulator.state import Resource, Resources, type_of

Context = TypeVar("Context")


class Removal(Generic[Context]):
    """Deletes resources with all that lives in them, and calls the hooks of those who registered one."""

    def __init__(self, context: Context, resources: Resources, operations: Operations[Any]) -> None:
        self._context = context
        self._resources = resources
        self._operations = operations
        self._hooks: dict[str, dict[str, Callable[[Context, Resource], None]]] = defaultdict(dict)

    def on_delete(self, kind: str, hook: Callable[[Context, Resource], None]) -> None:
        """Call `hook(context, resource)` before a resource of this type goes; registering twice is registering once."""
        self._hooks[kind.lower()][f"{hook.__module__}.{hook.__qualname__}"] = hook

    def remove(self, resource_id: str) -> bool:
        """Remove a resource and everything below it, the innermost first; return whether it was there."""
        resource = self._resources.get(resource_id)
        doomed = [*reversed(list(self._resources.below(resource_id))), *([resource] if resource else [])]
        for gone in doomed:
            self._operations.cancel(gone.id)
            for hook in self._hooks.get(type_of(gone.id).lower(), {}).values():
                hook(self._context, gone)
        self._resources.delete(resource_id)
        return resource is not None
