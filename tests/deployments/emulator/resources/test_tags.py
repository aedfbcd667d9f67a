"""Tags are merged, replaced or deleted at a scope, whatever type of resource is there."""

from __future__ import annotations

import pytest
from support.emulator.management import Management
from support.emulator.running import RunningEmulator

TAGS = "/providers/Microsoft.Resources/tags/default"


@pytest.mark.parametrize(
    ("operation", "given", "left"),
    [
        ("Merge", {"Team": "ml", "cost": "42"}, {"Team": "ml", "owner": "ada", "cost": "42"}),
        ("Replace", {"cost": "42"}, {"cost": "42"}),
        ("Delete", {"TEAM": "data"}, {"owner": "ada"}),
    ],
)
def test_an_operation(emulator: RunningEmulator, operation: str, given: dict[str, str], left: dict[str, str]) -> None:
    """Names compare without case; the group shows what is left."""
    management = Management(emulator)
    group = management.group()
    management.put(group, {"location": "eastus", "tags": {"team": "data", "owner": "ada"}})
    body = {"operation": operation, "properties": {"tags": given}}
    answer = management.ask("PATCH", f"{group}{TAGS}", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["properties"]["tags"] == left
    assert management.get(f"{group}{TAGS}")["properties"]["tags"] == left
    assert management.get(group)["tags"] == left


def test_an_unknown_operation(emulator: RunningEmulator) -> None:
    """It is refused by name."""
    management = Management(emulator)
    body = {"operation": "Guess", "properties": {"tags": {}}}
    assert management.ask("PATCH", f"{management.group()}{TAGS}", body).status_code == 400
