"""Workspaces with endpoints that score at once, made by the emulator's own control plane in no time."""

from __future__ import annotations

from deployments.emulator.seeding.seed import seed
from deployments.emulator.seeding.shapes import shapes_in

__all__ = ["seed", "shapes_in"]
