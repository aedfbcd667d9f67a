"""Whoever calls a workspace from inside the network: the stand-in of the policy that connects every new workspace."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from deployments.emulator.state import Resource

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

NETWORK = "deployments.emulator.services.network"


def connect(emulator: Emulator, workspace: Resource) -> None:
    """Give a new workspace a private endpoint and DNS records in the callers' network."""
    _ask("connect_workspace", emulator, workspace)


def disconnect(emulator: Emulator, workspace: Resource) -> None:
    """Take them away again."""
    _ask("disconnect_workspace", emulator, workspace)


def _ask(name: str, emulator: Emulator, workspace: Resource) -> None:
    try:
        ask: Callable[[Emulator, Resource], None] | None = getattr(importlib.import_module(NETWORK), name, None)
    except ModuleNotFoundError:
        return
    if ask:
        ask(emulator, workspace)
