"""Machine sizes that a subscription can't have in a region."""

from __future__ import annotations

from deployments.emulator.core import Emulator


def restrict(emulator: Emulator, region: str, sizes: list[str]) -> None:
    """Make sizes unavailable to the subscription in a region; an empty list lifts all its restrictions."""
    emulator.resources.set_setting(f"restricted:{region}", [size.lower() for size in sizes])


def is_restricted(emulator: Emulator, region: str, size: str) -> bool:
    """Whether a size can't be had. Only Microsoft.Compute's list says so: what needs it is `Creating` without end."""
    found: list[str] = emulator.resources.setting(f"restricted:{region}", list)
    return size.lower() in found
