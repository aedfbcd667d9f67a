"""The first runs of a local stack: the sample endpoint, and its diagnosis."""

from __future__ import annotations

import asyncio
import sys

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.deployments import arun_deployment

RUNS = ("endpoint-lifecycle/lifecycle", "scoring-diagnostics/diagnostics")


async def main() -> int:
    """Run what has never completed; return the exit status."""
    for name in RUNS:
        if await _ran(name):
            continue
        state = (await arun_deployment(name, timeout=150, poll_interval=1)).state
        print(f"{name}: {state.name if state else 'no state'}. {(state and state.message) or ''}")
        if state is None or not state.is_completed():
            return 1
    return 0


async def _ran(name: str) -> bool:
    """Return whether a run of this deployment has completed."""
    async with get_client() as client:
        this = DeploymentFilter(name=DeploymentFilterName(any_=[name.rpartition("/")[2]]))
        runs = await client.read_flow_runs(deployment_filter=this)
    return any(one.state and one.state.is_completed() for one in runs)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
