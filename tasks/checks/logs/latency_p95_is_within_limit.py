"""Other callers' requests can be slow, even if one sample request is fast."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, passed, seen, skipped, warned
from tasks.domain.diagnostics.statistics import TrafficStatistics
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, traffic: TrafficStatistics) -> Verdict:
    """Warn when the 95th percentile of successful requests in Log Analytics exceeds `latency_seconds`."""
    if traffic.p95_ms is None:
        return skipped(f"Log Analytics has no successful request of the last {traffic.hours:g} hours.")
    limit = subject.expectations.latency_seconds
    line = seen("p95 of successful requests", f"{traffic.p95_ms:.0f} ms", f"maximum {limit * 1000:.0f} ms")
    if traffic.p95_ms > limit * 1000:
        return warned(f"5 percent of the requests took longer than {traffic.p95_ms / 1000:.2f} s.", line)
    return passed("95 percent of the requests were within the limit.", line)


CHECK = Check(
    code="SCORE-LOG-003",
    title="95th percentile latency is within the limit",
    severity="minor",
    scope="endpoint",
    inputs=("traffic",),
    observe=EndpointFacts.traffic,
    judge=judge,
    remedy=(
        "Raise instance_count, or choose a larger instance_type: az ml online-deployment update --endpoint-name "
        "{endpoint} --name DEPLOYMENT --set instance_count=N {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
    deep=True,
    fixed_by_redeploy=True,
)
