"""Long-running operations on a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments.emulator.clock import Clock
from deployments.emulator.core import Emulator, Options
from deployments.emulator.errors import ArmError
from deployments.emulator.faults import Fault
from deployments.emulator.operations import Operation

RESOURCE = "/subscriptions/s/resourceGroups/g/providers/Test/things/t"


class StandingClock(Clock):
    """Time that moves by `advance` alone."""

    def now(self) -> float:
        return 1_800_000_000.0 + self._offset


def succeed(_: Emulator, operation: Operation) -> dict[str, Any]:
    return {"done": operation.resource_id}


def refuse(_: Emulator, operation: Operation) -> None:
    raise ArmError(400, "BadThing", "It is bad.")


@pytest.fixture
async def emulator(tmp_path: Path) -> Iterator[Emulator]:
    emulator = Emulator(Options(tmp_path, operation_seconds=10), StandingClock())
    emulator.operations.completes("good", succeed)
    emulator.operations.completes("bad", refuse)
    yield emulator
    emulator.close()


async def test_an_operation_ends_when_its_time_has_come(emulator: Emulator) -> None:
    """InProgress before, Succeeded with its result after."""
    operation = emulator.operations.start("good", RESOURCE)
    emulator.clock.advance(9.9)
    emulator.operations.settle()
    assert (operation.status, emulator.operations.on(RESOURCE.upper())) == ("InProgress", operation)
    emulator.clock.advance(0.2)
    emulator.operations.settle()
    assert (operation.status, operation.result) == ("Succeeded", {"done": RESOURCE})
    assert emulator.operations.on(RESOURCE) is None


async def test_a_refusal_at_the_end_makes_the_operation_fail(emulator: Emulator) -> None:
    """The status document carries Azure's code and message."""
    operation = emulator.operations.start("bad", RESOURCE)
    emulator.clock.advance(11)
    emulator.operations.settle()
    assert operation.document()["error"] == {"code": "BadThing", "message": "It is bad."}


async def test_a_stalled_operation_waits_until_it_is_released(emulator: Emulator) -> None:
    """A stall outlasts any time, and ends when the fault is taken away."""
    emulator.faults.add(Fault("stall", operation="good"))
    operation = emulator.operations.start("good", RESOURCE)
    emulator.clock.advance(1_000_000)
    emulator.operations.settle()
    assert operation.status == "InProgress"
    assert emulator.operations.release("things/t") == 1
    emulator.operations.settle()
    assert operation.status == "Succeeded"


async def test_an_operation_survives_a_restart(tmp_path: Path) -> None:
    """What was in flight when the emulator was killed is completed by the next one."""
    clock = StandingClock()
    first = Emulator(Options(tmp_path, operation_seconds=10), clock)
    identity = first.operations.start("good", RESOURCE).id
    first.resources.close()
    second = Emulator(Options(tmp_path), clock)
    second.operations.completes("good", succeed)
    clock.advance(11)
    second.operations.settle()
    found = second.operations.get(identity)
    assert found
    assert found.status == "Succeeded"
    second.close()


async def test_a_completion_may_take_its_own_time(emulator: Emulator) -> None:
    """An operation whose completion waits for something stays InProgress until that has happened."""
    ready = asyncio.Event()

    async def wait(_: Emulator, __: Operation) -> dict[str, str]:
        await ready.wait()
        return {}

    emulator.operations.completes("slow", wait)
    operation = emulator.operations.start("slow", RESOURCE)
    emulator.clock.advance(11)
    emulator.operations.settle()
    await asyncio.sleep(0)
    assert operation.status == "InProgress"
    ready.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert operation.status == "Succeeded"


async def test_an_operation_may_end_by_removing_its_own_resource(emulator: Emulator) -> None:
    """A deletion succeeds, and what else was in flight on what is gone is canceled and not carried out."""
    emulator.resources.put(f"{RESOURCE}/parts/p", {})
    emulator.resources.put(RESOURCE, {})

    def remove(emulator: Emulator, operation: Operation) -> None:
        emulator.removal.remove(operation.resource_id)

    emulator.operations.completes("remove", remove)
    removal = emulator.operations.start("remove", RESOURCE)
    other = emulator.operations.start("good", f"{RESOURCE}/parts/p")
    emulator.clock.advance(11)
    emulator.operations.settle()
    assert (removal.status, other.status, other.result) == ("Succeeded", "Canceled", None)


async def test_an_operation_can_be_hurried(emulator: Emulator) -> None:
    """It ends at once, by its own completion; where nothing is in flight, nothing happens."""
    operation = emulator.operations.start("good", RESOURCE)
    await emulator.operations.expedite(RESOURCE)
    assert (operation.status, operation.result) == ("Succeeded", {"done": RESOURCE})
    await emulator.operations.expedite(RESOURCE)


async def test_an_operation_may_have_failed_already(emulator: Emulator) -> None:
    """It is known by its id, and leaves behind what a failure of its kind leaves."""
    left: list[str] = []
    emulator.operations.completes("good", succeed, failed=lambda _, operation: left.append(operation.resource_id))
    emulator.operations.fail("good", RESOURCE, ArmError(400, "OutOfQuota", "No more."), identity="od:1:2")
    found = emulator.operations.get("od:1:2")
    assert found
    assert (found.status, found.error) == ("Failed", {"code": "OutOfQuota", "message": "No more."})
    assert left == [RESOURCE]
    assert emulator.operations.on(RESOURCE) is None
