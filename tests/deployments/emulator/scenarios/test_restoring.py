"""What a scenario changed is taken back, and what somebody else did meanwhile stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deployments.emulator.core import Emulator, Options
from deployments.emulator.scenarios.restoring import Trace, reverted

GROUP = "/subscriptions/s/resourceGroups/g"
FIRST, SECOND = f"{GROUP}/providers/Test/things/first", f"{GROUP}/providers/Test/things/second"


@pytest.mark.parametrize(
    ("before", "after", "now", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 9, "b": 2}, {"a": 9, "b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 9}, {"a": 5}, {"a": 5}),
        ({"a": 1}, {"a": 9}, {"a": 9, "new": 3}, {"a": 1, "new": 3}),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 9, "c": 1}}, {"a": {"b": 9, "c": 4}}, {"a": {"b": 1, "c": 4}}),
        ({"a": 1}, {}, {}, {"a": 1}),
        ({"a": 1}, {}, {"a": 7}, {"a": 7}),
        ({}, {"a": 9}, {"a": 9}, {}),
        ({}, {"a": 9}, {"a": 5}, {}),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1, 2]}, {"a": [1]}),
        ({"a": None}, {"a": {"b": 1}}, {"a": {"b": 1}}, {"a": None}),
    ],
)
def test_unmerged(before: Any, after: Any, now: Any, expected: Any) -> None:
    """Value by value: back to what it was, unless it was changed since; what was added goes."""
    assert reverted(before, after, now) == expected


@pytest.fixture
async def emulator(tmp_path: Path) -> Any:
    emulator = Emulator(Options(tmp_path))
    emulator.resources.put(GROUP, {"properties": {}})
    emulator.resources.put(FIRST, {"properties": {"a": 1}}, {"secret": "s"})
    emulator.resources.put(SECOND, {"properties": {"b": 1}})
    yield emulator
    emulator.close()


def traced(emulator: Emulator, change: Any) -> Trace:
    with emulator.resources.watched() as before:
        change()
    return Trace.of(emulator, before)


async def test_what_was_removed_comes_back(emulator: Emulator) -> None:
    """With its private part."""
    trace = traced(emulator, lambda: emulator.removal.remove(FIRST))
    trace.undo(emulator)
    found = emulator.resources.require(FIRST)
    assert (found.body, found.private) == ({"properties": {"a": 1}}, {"secret": "s"})


async def test_what_somebody_has_made_again_is_left_alone(emulator: Emulator) -> None:
    """Then what was removed with it stays away, too: its successor brings its own."""

    def change() -> None:
        emulator.removal.remove(FIRST)
        emulator.removal.remove(SECOND)

    trace = traced(emulator, change)
    emulator.resources.put(FIRST, {"properties": {"a": "anew"}})
    trace.undo(emulator)
    assert emulator.resources.require(FIRST).properties == {"a": "anew"}
    assert emulator.resources.get(SECOND) is None


async def test_what_has_lost_its_place_stays_away(emulator: Emulator) -> None:
    """A resource doesn't come back into a group that is gone."""
    trace = traced(emulator, lambda: emulator.removal.remove(FIRST))
    emulator.resources.delete(GROUP)
    trace.undo(emulator)
    assert emulator.resources.get(FIRST) is None


async def test_what_was_added_goes(emulator: Emulator) -> None:
    """Even if it was changed since."""
    added = f"{FIRST}/parts/added"
    trace = traced(emulator, lambda: emulator.resources.put(added, {"properties": {}}))
    emulator.resources.put(added, {"properties": {"changed": True}})
    trace.undo(emulator)
    assert emulator.resources.get(added) is None


async def test_what_is_gone_by_now_stays_gone(emulator: Emulator) -> None:
    """A changed resource that somebody deleted is not brought back."""
    trace = traced(emulator, lambda: emulator.resources.put(FIRST, {"properties": {"a": 9}}))
    emulator.resources.delete(FIRST)
    trace.undo(emulator)
    assert emulator.resources.get(FIRST) is None
