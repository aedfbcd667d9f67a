"""Removing resources: one way for every service, so that whatever a resource started is stopped with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from deployments.emulator.state import Resource, type_of

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

Hook = Callable[["Emulator", Resource], None]


class Removal:
    """Deletes resources with all that lives in them, and tells those who asked to know."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._hooks: dict[str, dict[str, Hook]] = defaultdict(dict)

    def on_delete(self, kind: str, hook: Hook) -> None:
        """Call `hook(emulator, resource)` before a resource of this type goes; asking twice is asking once."""
        self._hooks[kind.lower()][f"{hook.__module__}.{hook.__qualname__}"] = hook

    def remove(self, resource_id: str) -> bool:
        """Remove a resource and everything below it, the innermost first; says whether it was there."""
        resources = self._emulator.resources
        resource = resources.get(resource_id)
        doomed = [*reversed(list(resources.below(resource_id))), *([resource] if resource else [])]
        for gone in doomed:
            self._emulator.operations.cancel(gone.id)
            for hook in self._hooks.get(type_of(gone.id).lower(), {}).values():
                hook(self._emulator, gone)
        resources.delete(resource_id)
        return resource is not None
