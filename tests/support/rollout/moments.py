"""The moments at which a rollout is ended from without, and how a test waits for them."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.states import Crashed

from support.rollout.stage import QUICK, Served

STEPS = {**QUICK, "steps": [50, 100]}
SLOW_BAKE = {**STEPS, "bake_seconds": 30}
_numbers = itertools.count()


class Killed:
    """One way to be killed: what is kept from ending, and when the process is killed."""

    def __init__(self, update: int = 0, model: dict[str, Any] | None = None, strategy: dict[str, Any] = STEPS) -> None:
        self.update = update  # the number of the request that sets the endpoint, counted from 1; 0: another moment
        self.model = model or {}
        self.strategy = strategy

    def parameters(self, served: Served) -> dict[str, Any]:
        # Equal models share a process, and its count of calls.
        answer = 1 + next(_numbers) / 1000
        revision = {"kind": "model", "model": served.model(**{"answer": answer, **self.model})} if self.model else {}
        return {"revision": revision, "strategy": self.strategy}

    def stall(self, served: Served) -> None:
        path = f"/onlineEndpoints/{served.name}"
        if self.update:
            common = {"operation": "endpoint.update", "path": path}
            served.stage.emulator.fault(action="delay", seconds=0, times=self.update - 1, **common)
            served.stage.emulator.fault(action="stall", **common)

    def is_due(self, served: Served, before: int) -> bool:
        return len(served.shares("green")) - before >= self.update


class KilledWhileDeploying(Killed):
    def stall(self, served: Served) -> None:
        served.stage.emulator.fault(action="stall", operation="online_deployment.create", path=f"/{served.name}/")

    def is_due(self, served: Served, before: int) -> bool:
        return any("/deployments/green" in one for one in served.writes())


class KilledWhileTesting(Killed):
    def is_due(self, served: Served, before: int) -> bool:
        green = served.online_deployment("green")
        return green is not None and green.provisioning_state == "Succeeded"


class KilledWhileWatching(Killed):
    def is_due(self, served: Served, before: int) -> bool:
        return served.endpoint().traffic == {"blue": 50, "green": 50}


class KilledWhileKept(Killed):
    def is_due(self, served: Served, before: int) -> bool:
        return any(served.notes_until())


MOMENTS: dict[str, Killed] = {
    "begin": Killed(1),
    "deploy": KilledWhileDeploying(),
    "smoke test": KilledWhileTesting(model={"seconds": 3}),
    "first step": Killed(2),
    "watch": KilledWhileWatching(strategy=SLOW_BAKE),
    "all traffic": Killed(3),
    "promote": Killed(4),
    "kept": KilledWhileKept(strategy={**STEPS, "keep_minutes": 1.0}),
    "take back": Killed(3, model={"raises_from": 3}),
    "end of the way back": Killed(4, model={"raises_from": 3}),
}
# At the others the traffic was not yet all green's, or not verified.
PROMOTED = {"promote", "kept"}
# The last request was sent already, and Azure carries it out by itself.
OVER = {"promote", "end of the way back"}


def crash(run: UUID) -> None:
    """Say what a worker says of a run whose process was killed."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Crashed(message="killed"), force=True)
