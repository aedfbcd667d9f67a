"""Microsoft.KeyVault: vaults, and those that were deleted softly (the management side only: no keys, no secrets)."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.services.key_vault import deleted_vaults, vaults


def routes() -> list[Route]:
    """Everything that the provider serves."""
    return [*vaults.routes(), *deleted_vaults.routes()]


def set_up(emulator: Emulator) -> None:
    """Register what the provider's operations do when they end, and what a deletion leaves."""
    vaults.set_up(emulator)
    deleted_vaults.set_up(emulator)
