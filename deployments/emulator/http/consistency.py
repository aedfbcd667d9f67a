"""Reads that lag behind writes: for a moment, what is being created is shown neither by its id nor in a list.

The lag is a quarter of an operation's time, it ends with the creation, and no more than two reads by id meet it. It
concerns only creations that are followed at an address of their own, as the SDKs follow them.
"""

from __future__ import annotations

from dataclasses import dataclass

from deployments.emulator.core import Emulator
from deployments.emulator.errors import not_found
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.operations import RUNNING, Operation
from deployments.emulator.state import type_of

SHARE = 0.25
READS = 2
# The resource manager's own, which it shows at once; assumed.
AT_ONCE = ("microsoft.resources/deployments",)
FOLLOWED = ("azure-asyncoperation", "location")


@dataclass(slots=True)
class _Hidden:
    operation: Operation
    until: float
    reads: int = READS


class Lag:
    """What is being created and not shown yet."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._hidden: dict[str, _Hidden] = {}

    def refuse(self, call: Call) -> None:
        """Refuse a read of a resource that is not shown yet.

        Raises:
            ArmError: 404, as for a resource that does not exist.
        """
        hidden = self._of(call.path) if call.method == "GET" else None
        if hidden and hidden.reads:
            hidden.reads -= 1
            raise not_found(hidden.operation.resource_id)

    def is_new(self, call: Call) -> bool:
        """Return whether a request may create the resource at its address."""
        return call.method == "PUT" and self._emulator.resources.get(call.path) is None

    def note(self, call: Call, answer: Answer) -> None:
        """Hide a resource from now on, if its creation has begun and is followed elsewhere."""
        operation = self._emulator.operations.on(call.path)
        followed = any(name.lower() in FOLLOWED for name in answer.headers)
        if operation and followed and type_of(call.path).lower() not in AT_ONCE:
            until = self._emulator.clock.now() + SHARE * self._emulator.options.operation_seconds
            self._hidden[_key(call.path)] = _Hidden(operation, until)

    def without(self, call: Call, answer: Answer) -> Answer:
        """Return a list without what is not shown yet; every other answer as it is."""
        listed = answer.body.get("value") if call.method == "GET" and isinstance(answer.body, dict) else None
        if not self._hidden or not isinstance(listed, list) or not isinstance(answer.body, dict):
            return answer
        shown = [one for one in listed if not (isinstance(one, dict) and self._of(str(one.get("id") or "")))]
        return Answer(answer.status, {**answer.body, "value": shown}, answer.headers)

    def _of(self, resource_id: str) -> _Hidden | None:
        hidden = self._hidden.get(_key(resource_id))
        if hidden and (hidden.operation.status != RUNNING or self._emulator.clock.now() >= hidden.until):
            del self._hidden[_key(resource_id)]
            return None
        return hidden


def _key(resource_id: str) -> str:
    return resource_id.lower().rstrip("/")
