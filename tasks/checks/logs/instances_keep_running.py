"""Containers that restart or fail their liveness probe lose the requests that they work on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.script_failure import last_failure
from tasks.domain.diagnostics.statistics import InstanceEvents
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The instances' events, and what containers wrote before they ended."""

    events: InstanceEvents
    history: tuple[DeploymentLogs, ...] = ()


async def observe(look: EndpointLook) -> Seen:
    """The instances' events, and the log that Log Analytics kept of them."""
    return Seen(*await asyncio.gather(look.events(), look.log_history()))


def judge(_subject: Subject, found: Seen) -> Verdict:
    """Neither restarts in a row nor failed liveness probes. The last exception before them may say why."""
    events = found.events
    if not events.counts:
        return skipped(f"Log Analytics has no event of this endpoint's instances in the last {events.hours:g} hours.")
    lines = tuple(seen(name, f"{count} times") for name, count in sorted(events.counts.items()))
    if events.trouble:
        told = ", ".join(f"{name} {count} times" for name, count in events.trouble.items())
        last = (seen("last", events.last_message), *_exceptions(found.history))
        return failed(f"Instances don't keep running: {told}.", *lines, *last)
    return passed("The instances keep running.", *lines)


def _exceptions(history: tuple[DeploymentLogs, ...]) -> list[Evidence]:
    """The last one of each instance."""
    failures = [(one.online_deployment, last_failure(one.inference_server)) for one in history]
    return [seen(f"last exception of {name}", f"{one.place}: {one.text}") for name, one in failures if one]


CHECK = Check(
    code="SCORE-LOG-004",
    name="instances_keep_running",
    title="The instances keep running",
    severity="minor",
    scope="endpoint",
    inputs=("events", "log_history"),
    observe=observe,
    judge=judge,
    remedy=(
        "Read why the container ends: az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT "
        "{flags}. Out of memory: a larger instance_type. Slow to answer: raise liveness_probe.timeout in its YAML."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
    deep=True,
)
