"""One scenario of a rollout, played on this machine."""

from __future__ import annotations

import time

from deployments.console import say
from deployments.local.playground import interruptible, playground
from deployments.local.progress import Progress, follow
from deployments.rollout import stage, view


def run(name: str) -> int:
    """Play a scenario and show it; return the exit status."""
    return interruptible(lambda: _play(name), broken=view.BROKEN)


def _play(name: str) -> int:
    scenario, began = stage.scenario_of(name), time.monotonic()
    with playground("rollout-") as (folder, variables):
        ready = stage.set_up(variables, scenario, folder)
        from deployments.rollout import play  # noqa: PLC0415 -- Prefect reads its settings when it is imported

        follow(Progress())
        say(f"{scenario.name}: {scenario.sentence}\n")
        report, client = play.played(ready)
        say("\n" + view.rollout_text(report, client))
        status = view.status_of(report, client)
    say(f"Nothing is left running ({time.monotonic() - began:.0f} s).")
    return status
