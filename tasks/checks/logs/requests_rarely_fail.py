"""Other callers' requests can fail, even if one sample request succeeds."""

from __future__ import annotations

from typing import Final

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, passed, seen, skipped, warned
from tasks.domain.diagnostics.statistics import TrafficStatistics
from tasks.domain.diagnostics.subject import Subject

_MEANINGS: Final = {
    401: "refused",
    404: "no online deployment",
    408: "model too slow",
    424: "model failed",
    429: "too many requests",
    500: "platform failed",
}


def judge(subject: Subject, traffic: TrafficStatistics) -> Verdict:
    """Warn when the share of failed requests in AmlOnlineEndpointTrafficLog exceeds `error_percent`.

    The diagnosis's own calls are not counted. Skip without a diagnostic setting or traffic.
    """
    if not traffic.requests:
        return skipped(f"Log Analytics has no request to this endpoint in the last {traffic.hours:g} hours.")
    share, limit = 100 * traffic.errors / traffic.requests, subject.expectations.error_percent
    lines = tuple(
        seen(f"HTTP {code} ({_MEANINGS.get(code, 'failed')})", f"{count} of {traffic.requests}")
        for code, count in sorted(traffic.codes.items())
        if not 200 <= code < 300
    )
    if share > limit:
        return warned(f"{share:.1f} percent of {traffic.requests} requests failed; the limit is {limit:g}.", *lines)
    return passed(f"{share:.1f} percent of {traffic.requests} requests failed.", *lines)


CHECK = Check(
    code="SCORE-LOG-002",
    title="Requests rarely fail",
    severity="minor",
    scope="endpoint",
    inputs=("traffic",),
    observe=EndpointFacts.traffic,
    judge=judge,
    remedy=(
        "424 and 408: fix the model. 429: more instances. 401: the callers' credentials. 5xx: a support ticket. In Log "
        "Analytics: AmlOnlineEndpointTrafficLog | where toint(ResponseCode) >= 400 | summarize count() by "
        "ResponseCode, ModelStatusReason, DeploymentName"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
    deep=True,
    fixed_by_redeploy=True,
)
