"""Containers that restart or fail their liveness probe lose the requests that they process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.script_failure import last_failure
from tasks.domain.diagnostics.statistics import InstanceEvents
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The instances' events, and the output of containers that ended."""

    events: InstanceEvents
    history: tuple[DeploymentLogs, ...] = ()


async def observe(facts: EndpointFacts) -> Observation:
    """The instances' events, and the log that Log Analytics kept of them."""
    return Observation(*await asyncio.gather(facts.events(), facts.log_history()))


def judge(_subject: Subject, found: Observation) -> Verdict:
    """Fail on BackOff or LivenessProbeFailed in AmlOnlineEndpointEventLog.

    The last exception in AmlOnlineEndpointConsoleLog is added: a restarted container has lost its own log.
    """
    events = found.events
    if not events.counts:
        return skipped(f"Log Analytics has no event of this endpoint's instances in the last {events.hours:g} hours.")
    lines = tuple(seen(name, f"{count} times") for name, count in sorted(events.counts.items()))
    if events.trouble:
        counts = ", ".join(f"{name} {count} times" for name, count in events.trouble.items())
        last = (seen("last", events.last_message), *_exceptions(found.history))
        return failed(f"Instances don't keep running: {counts}.", *lines, *last)
    return passed("The instances keep running.", *lines)


def _exceptions(history: tuple[DeploymentLogs, ...]) -> list[Evidence]:
    """The last one of each instance."""
    failures = [(one.online_deployment, last_failure(one.inference_server)) for one in history]
    return [seen(f"last exception of {name}", f"{one.place}: {one.text}") for name, one in failures if one]


CHECK = Check(
    code="SCORE-LOG-004",
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
    explains=("SCORE-CALL-003", "SCORE-CALL-004", "SCORE-LOG-002"),
    because="A restarting instance fails its requests.",
    fixed_by_redeploy=True,
)
