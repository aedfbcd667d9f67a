"""The containers that online deployments run in, by the emulator's option `--scoring-backend`."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.inference.servers import InferenceServers
from deployments.emulator.inference.static import StaticServers
from deployments.emulator.services.machine_learning.assets.kinds import files_of


def servers(emulator: Emulator) -> InferenceServers:
    """Return the inference servers of one emulator."""
    return emulator.part(_static_servers if emulator.options.scoring_backend == "static" else _inference_servers)


def _inference_servers(emulator: Emulator) -> InferenceServers:
    return InferenceServers(emulator, files_of)


def _static_servers(emulator: Emulator) -> StaticServers:
    return StaticServers(emulator, files_of)
