"""Workspaces with endpoints that can score at once, made by the emulator's own control plane."""

from __future__ import annotations

from deployments.emulator.seeding.seed import seed
from deployments.emulator.seeding.shapes import shapes_in

__all__ = ["seed", "shapes_in"]
