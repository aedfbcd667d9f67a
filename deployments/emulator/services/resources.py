"""Subscriptions and resource groups."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from deployments.emulator.http import Answer, Call
from deployments.emulator.routing import Route

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator


def routes() -> list[Route]:
    """What Microsoft.Resources serves."""
    return [Route("GET", "/subscriptions/{subscription}/resourceGroups/{group}", _get_group)]


def set_up(emulator: Emulator) -> None:
    """Make the subscription and its first principal."""
    subscription = emulator.resources.setting("subscription", lambda: str(uuid.uuid4()))
    emulator.directory.first({f"/subscriptions/{subscription}": "Owner"})


def _get_group(call: Call) -> Answer:
    return Answer(200, call.emulator.resources.require(call.path).body)
