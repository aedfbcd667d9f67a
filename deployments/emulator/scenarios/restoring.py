"""Undoes what a scenario changed, and keeps what others have changed or fixed since."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.state import Resource, parent_of

ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Trace:
    """The resources that one change touched, by id in lower case, before it and after it; None: not there."""

    before: dict[str, Resource | None]
    after: dict[str, Resource | None]

    @classmethod
    def of(cls, emulator: Emulator, before: dict[str, Resource | None]) -> Trace:
        """Compare the resources with what they were before."""
        return cls(before, {key: copy.deepcopy(emulator.resources.get(key)) for key in before})

    def undo(self, emulator: Emulator) -> None:
        """Undo the change."""
        self._restore(emulator)
        for key, before in self.before.items():
            after, now = self.after[key], emulator.resources.get(key)
            if after is None or now is None:
                continue
            if before is None:
                emulator.removal.remove(now.id)
                continue
            now.body = reverted(before.body, after.body, now.body)
            now.private = reverted(before.private, after.private, now.private)
            emulator.resources.save(now)

    def _restore(self, emulator: Emulator) -> None:
        """Restore what was removed together, or not at all where any of it exists again.

        Nor does it where that is gone which it was in.
        """
        gone = [before for key, before in self.before.items() if before and self.after[key] is None]
        if any(emulator.resources.get(one.id) for one in gone):
            return
        for one in sorted(gone, key=lambda one: len(one.id)):
            if emulator.resources.get(parent_of(one.id)):
                emulator.resources.put(one.id, one.body, one.private)


def reverted(before: Any, after: Any, now: Any) -> Any:
    """Return `now` without the step from `before` to `after`, wherever that step's result is unchanged.

    What the step added goes in any case.
    """
    if before is ABSENT and after is not ABSENT:
        return ABSENT
    if isinstance(before, dict) and isinstance(after, dict) and isinstance(now, dict):
        names = [*now, *(name for name in before if name not in now)]
        found = {
            name: reverted(before.get(name, ABSENT), after.get(name, ABSENT), now.get(name, ABSENT)) for name in names
        }
        return {name: value for name, value in found.items() if value is not ABSENT}
    return before if now == after else now


def touched(traces: Iterable[Trace]) -> Iterator[tuple[Resource | None, Resource | None]]:
    """Every resource, before and after."""
    for trace in traces:
        for key, before in trace.before.items():
            yield before, trace.after[key]
