"""Azure's role-based access control: roles, their assignments, and what these allow a principal at a scope."""

from __future__ import annotations

from deployments.emulator.rights.evaluation import Rights

__all__ = ["Rights"]
