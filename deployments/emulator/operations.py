"""Long-running operations on the emulator's clock; they survive a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from deployments.emulator.clock import Clock, iso
from deployments.emulator.errors import ArmError
from deployments.emulator.faults import Faults

RUNNING, SUCCEEDED, FAILED, CANCELED = "InProgress", "Succeeded", "Failed", "Canceled"


@dataclass(slots=True)
class Operation:
    """One operation: its kind, its resource, when it is due, how it ended, and the object id of who began it.

    `kind` names the step that completes it, e.g. `online_deployment.create`; `data` is what that step needs;
    `result` is the body that the final answer carries, if the operation has one.
    """

    id: str
    kind: str
    resource_id: str
    started: float
    due: float
    data: dict[str, Any] = field(default_factory=dict)
    status: str = RUNNING
    ended: float | None = None
    result: Any = None
    error: dict[str, Any] | None = None
    stalled: bool = False
    beginner: str = ""

    def document(self, identity: str | None = None) -> dict[str, Any]:
        """The body that an `Azure-AsyncOperation` address answers with."""
        found: dict[str, Any] = {"name": self.id, "status": self.status, "startTime": iso(self.started)}
        if identity:
            found["id"] = identity
        if self.ended is not None:
            found["endTime"] = iso(self.ended)
        if self.error:
            found["error"] = self.error
        return found


class Host(Protocol):
    """The part of the emulator that operations use; completions are called with the whole of it."""

    clock: Clock
    faults: Faults

    def wake(self) -> None:
        """Recheck which operations are due."""


Context = TypeVar("Context", bound=Host)
Completion = Callable[[Context, Operation], Any | Awaitable[Any]]
Failure = Callable[[Context, Operation], None]


class Operations(Generic[Context]):
    """All operations. A completion runs once its operation is due; what it raises makes the operation fail."""

    def __init__(self, context: Context, store: sqlite3.Connection, seconds: float) -> None:
        self._context = context
        self._store = store
        self.seconds = seconds
        self._completions: dict[str, Completion[Context]] = {}
        self._failures: dict[str, Failure[Context]] = {}
        self._by_id: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._endings: dict[str, asyncio.Event] = {}
        for (document,) in store.execute("SELECT document FROM operation ORDER BY rowid"):
            self._remember(Operation(**json.loads(document)))

    def _remember(self, operation: Operation) -> None:
        self._by_id[operation.id] = operation
        if operation.status == RUNNING:
            self._running[operation.id] = operation

    def completes(self, kind: str, completion: Completion[Context], *, failed: Failure[Context] | None = None) -> None:
        """Register the step that ends operations of this kind, and what a failure leaves behind."""
        self._completions[kind] = completion
        if failed:
            self._failures[kind] = failed

    def start(
        self,
        kind: str,
        resource_id: str,
        *,
        data: dict[str, Any] | None = None,
        seconds: float | None = None,
        identity: str = "",
    ) -> Operation:
        """Begin an operation; `seconds` defaults to the emulator's `--operation-seconds`."""
        now = self._context.clock.now()
        length = self.seconds if seconds is None else seconds
        operation = Operation(identity or str(uuid.uuid4()), kind, resource_id, now, now + length, data or {})
        fault = self._context.faults.for_operation(kind, resource_id)
        if fault and fault.action == "stall":
            operation.stalled = True
        elif fault and fault.action == "fail":
            operation.data["injected"] = {"code": fault.code, "message": fault.message}
        elif fault and fault.action == "delay":
            operation.due += fault.seconds
        self._remember(operation)
        self._save(operation)
        self._context.wake()
        return operation

    def stall(self, operation: Operation) -> None:
        """Let an operation go on without end, until it is released."""
        operation.stalled = True
        self._save(operation)

    def get(self, identity: str) -> Operation | None:
        return self._by_id.get(identity)

    def give(self, operation: Operation, object_id: str) -> None:
        """Note the principal that began an operation."""
        operation.beginner = object_id
        self._save(operation)

    def on(self, resource_id: str) -> Operation | None:
        """The operation in flight on a resource, if there is one."""
        key = resource_id.lower()
        return next((o for o in self._running.values() if o.resource_id.lower() == key), None)

    async def ended(self, operation: Operation, seconds: float | None = None) -> bool:
        """Wait until an operation has ended, at most this many seconds of real time; return whether it has."""
        if operation.status == RUNNING:
            ending = self._endings.setdefault(operation.id, asyncio.Event())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), seconds)
        return operation.status != RUNNING

    async def expedite(self, resource_id: str) -> None:
        """Let the operation in flight on a resource be due now, and wait until it has ended."""
        operation = self.on(resource_id)
        if operation:
            operation.due = self._context.clock.now()
            self.settle()
            await self.ended(operation)

    def fail(self, kind: str, resource_id: str, error: ArmError, *, identity: str = "") -> Operation:
        """An operation that has just failed, with all that such a failure leaves behind."""
        now = self._context.clock.now()
        operation = Operation(identity or str(uuid.uuid4()), kind, resource_id, now, now)
        self._remember(operation)
        self._fail(operation, error)
        return operation

    def summaries(self) -> list[dict[str, Any]]:
        """Return kind, resource, begin and end (seconds since the epoch) and outcome of every operation."""
        names = ("kind", "resource_id", "started", "ended", "status", "error")
        return [{name: getattr(operation, name) for name in names} for operation in self._by_id.values()]

    def cancel(self, resource_id: str) -> None:
        """End what is in flight on a resource that is going away, unless that is what makes it go."""
        operation = self.on(resource_id)
        task = self._tasks.get(operation.id) if operation else None
        if operation is None or (task and task is asyncio.current_task()):
            return
        self._end(operation, CANCELED, error={"code": "OperationCanceled", "message": "The operation was canceled."})
        if task:
            task.cancel()

    def release(self, pattern: str) -> int:
        """Let stalled operations whose resource id matches continue; return their number."""
        stalled = [o for o in self._running.values() if o.stalled and re.search(pattern, o.resource_id, re.IGNORECASE)]
        for operation in stalled:
            operation.stalled = False
        self._context.wake()
        return len(stalled)

    def next_due(self) -> float | None:
        """Return when the next operation is due, in seconds since the epoch; None where nothing is in flight."""
        return min((o.due for o in self._running.values() if not o.stalled and o.id not in self._tasks), default=None)

    def settle(self) -> None:
        """Complete what is due."""
        now = self._context.clock.now()
        for operation in list(self._running.values()):
            ready = operation.status == RUNNING and operation.due <= now and not operation.stalled
            if ready and operation.id not in self._tasks:
                self._complete(operation)

    def _complete(self, operation: Operation) -> None:
        injected = operation.data.get("injected")
        if injected:
            self._fail(operation, ArmError(500, injected["code"], injected["message"]))
            return
        self._running.pop(operation.id, None)  # what ends by removing its own resource must not be canceled by that
        try:
            outcome = self._completions[operation.kind](self._context, operation)
        except ArmError as error:
            self._fail(operation, error)
            return
        if asyncio.iscoroutine(outcome):
            self._running[operation.id] = operation
            task = asyncio.get_running_loop().create_task(self._finish_later(operation, outcome))
            self._tasks[operation.id] = task
        else:
            self._end(operation, SUCCEEDED, result=outcome)

    async def _finish_later(self, operation: Operation, outcome: Awaitable[Any]) -> None:
        try:
            result = await outcome
        except ArmError as error:
            self._fail(operation, error)
        else:
            self._end(operation, SUCCEEDED, result=result)
        finally:
            self._tasks.pop(operation.id, None)

    def _fail(self, operation: Operation, error: ArmError) -> None:
        self._end(operation, FAILED, error=error.body()["error"])
        failed = self._failures.get(operation.kind)
        if failed:
            failed(self._context, operation)

    def _end(
        self, operation: Operation, status: str, *, result: Any = None, error: dict[str, Any] | None = None
    ) -> None:
        if operation.status != RUNNING:
            return
        operation.status, operation.result, operation.error = status, result, error
        operation.ended = self._context.clock.now()
        self._running.pop(operation.id, None)
        self._save(operation)
        ending = self._endings.pop(operation.id, None)
        if ending:
            ending.set()

    def _save(self, operation: Operation) -> None:
        self._store.execute(
            "INSERT INTO operation VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (operation.id, json.dumps(asdict(operation))),
        )

    def stop(self) -> None:
        """Leave running operations to the next start."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.stop()
        self._by_id.clear()
        self._running.clear()
        self._store.execute("DELETE FROM operation")
