"""Containers that restart or fail their liveness probe lose the requests that they work on."""

from __future__ import annotations

from typing import Final

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.statistics import InstanceEvents
from tasks.domain.subject import Subject

# A readiness probe fails while a container starts, which is no trouble by itself.
_TROUBLE: Final = ("BackOff", "LivenessProbeFailed")


async def observe(look: EndpointLook) -> InstanceEvents:
    """The instances' events."""
    return await look.events()


def judge(_subject: Subject, events: InstanceEvents) -> Verdict:
    """Neither restarts in a row nor failed liveness probes."""
    if not events.counts:
        return skipped(f"Log Analytics has no event of this endpoint's instances in the last {events.hours:g} hours.")
    lines = tuple(seen(name, f"{count} times") for name, count in sorted(events.counts.items()))
    trouble = {name: events.counts[name] for name in _TROUBLE if events.counts.get(name)}
    if trouble:
        told = ", ".join(f"{name} {count} times" for name, count in trouble.items())
        return failed(f"Instances don't keep running: {told}.", *lines, seen("last", events.last_message))
    return passed("The instances keep running.", *lines)


CHECK = Check(
    code="SCORE-LOG-004",
    name="instances_keep_running",
    title="The instances keep running",
    severity="minor",
    scope="endpoint",
    inputs=("events",),
    observe=observe,
    judge=judge,
    remedy=(
        "Read why the container ends: az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT "
        "{flags}. Out of memory: a larger instance_type. Slow to answer: raise liveness_probe.timeout in its YAML."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
    deep=True,
)
