"""Log Analytics knows how long the requests of other callers took."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnostics.finding import Verdict, passed, seen, skipped, warned
from tasks.domain.diagnostics.statistics import TrafficStatistics
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> TrafficStatistics:
    """The traffic log."""
    return await look.traffic()


def judge(subject: Subject, traffic: TrafficStatistics) -> Verdict:
    """The 95th percentile of successful requests within the limit."""
    if traffic.p95_ms is None:
        return skipped(f"Log Analytics has no successful request of the last {traffic.hours:g} hours.")
    limit = subject.expectations.latency_seconds
    line = seen("p95 of successful requests", f"{traffic.p95_ms:.0f} ms", f"at most {limit * 1000:.0f} ms")
    if traffic.p95_ms > limit * 1000:
        return warned(f"5 percent of the requests took longer than {traffic.p95_ms / 1000:.2f} s.", line)
    return passed("95 percent of the requests took no longer than the limit.", line)


CHECK = Check(
    code="SCORE-LOG-003",
    name="latency_p95_is_within_limit",
    title="95 percent of the requests take no longer than the limit",
    severity="minor",
    scope="endpoint",
    inputs=("traffic",),
    observe=observe,
    judge=judge,
    remedy=(
        "Raise instance_count, or choose a larger instance_type: az ml online-deployment update --endpoint-name "
        "{endpoint} --name DEPLOYMENT --set instance_count=N {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
    deep=True,
)
