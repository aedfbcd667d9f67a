"""Runs the user's code and model in Azure's own inference server, one container for each online deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.emulator.inference.servers import InferenceServers
from deployments.emulator.inference.static import StaticServers

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

__all__ = ["InferenceServers", "servers"]


def servers(emulator: Emulator) -> InferenceServers:
    """The inference servers of one emulator."""
    return emulator.part(StaticServers if emulator.options.scoring_backend == "static" else InferenceServers)
