"""Every state that the diagnosis distinguishes, by name: `POST /faults` with `{"scenario": name}` sets it."""

from __future__ import annotations

from deployments.emulator.scenarios import (
    calls,
    clusters,
    dependencies,
    egress,
    logs,
    models,
    not_checked,
    private_access,
    provisioning,
    workspaces,
)
from deployments.emulator.scenarios.scenario import Scenario

# In the order of the guide: what everything stands on comes first.
GROUPS = (workspaces, dependencies, egress, private_access, clusters, provisioning, calls, models, logs, not_checked)
SCENARIOS: dict[str, Scenario] = {one.name: one for group in GROUPS for one in group.SCENARIOS}

__all__ = ["SCENARIOS", "Scenario"]
