"""Plain values that the tests of reports, records and bundles are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tasks.checks import ALL_CHECKS
from tasks.domain.diagnostics.finding import Evidence, Finding, Severity, Status
from tasks.domain.diagnostics.health_record import DayHealth
from tasks.domain.diagnostics.report import DiagnosticsReport, Entry, worst_first
from tasks.domain.diagnostics.summary import Summary
from tasks.domain.diagnostics.verdict import Health, judge_endpoint

EXPLAINS = {check.code: check.explains for check in ALL_CHECKS}
NOW = datetime(2026, 8, 14, 3, 0, tzinfo=UTC)
LAST = NOW - timedelta(days=1)
WORKSPACE = (
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml"
    "/providers/Microsoft.MachineLearningServices/workspaces/churn"
)
RECORD = (
    Evidence(what="system DNS (10.20.0.4)", seen="203.0.113.7", expected="10.20.0.6"),
    Evidence(what="azure DNS (168.63.129.16)", seen="203.0.113.7", expected="10.20.0.6"),
)


def finding(
    code: str = "SCORE-DNS-003", status: Status = "FAIL", severity: Severity = "critical", **more: Any
) -> Finding:
    """A finding that is not well, unless told otherwise."""
    base: dict[str, Any] = {
        "name": "n",
        "title": "The private zone has the record",
        "subject": WORKSPACE,
        "reason": "The private zone has no record *.guid.inference.westeurope.",
        "remedy": "Make the private endpoint again: az network private-endpoint create --group-id amlworkspace.",
        "explains": EXPLAINS[code],
        "doc": "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
    }
    return Finding(code=code, status=status, severity=severity, **base | more)


def summary(name: str = "churn-prod", *findings: Finding, **more: Any) -> Summary:
    """An endpoint with these findings; a healthy one without."""
    resource_id = f"{WORKSPACE}/onlineEndpoints/{name}"
    verdict = judge_endpoint(resource_id, findings)
    return Summary(**{"id": resource_id, "name": name, "workspace": "churn", "verdict": verdict, **more})


def of_health(health: Health, name: str = "churn-prod", code: str = "SCORE-DNS-003") -> Summary:
    """An endpoint of this health."""
    found: dict[Health, tuple[Finding, ...]] = {
        "healthy": (),
        "degraded": (finding(code, "WARN", "minor"),),
        "unhealthy": (finding(code),),
        "unknown": (finding(code, "ERROR", "critical", reason="Not checked: Denied."),),
    }
    return summary(name, *found[health])


def entry(looked: Summary, **more: Any) -> Entry:
    """An endpoint in a report, as it was before unless told otherwise."""
    return Entry(**{**dict(looked), "was": looked.health, "was_code": looked.code, "since": LAST, **more})


def report(*entries: Entry, **more: Any) -> DiagnosticsReport:
    """A run over these endpoints."""
    base: dict[str, Any] = {"scope": "workspace ml/churn", "began": NOW, "seconds": 14.2, "previous": LAST}
    return DiagnosticsReport(**{**base, "entries": worst_first(entries), **more})


def nights(*healths: Health, latency: float | None = 0.05) -> tuple[DayHealth, ...]:
    """One day after the other, up to 14 August; each a little slower."""
    first = date(2026, 8, 14) - timedelta(days=len(healths) - 1)
    return tuple(
        DayHealth(day=first + timedelta(days=at), health=one, latency_seconds=latency and latency * (1 + at / 10))
        for at, one in enumerate(healths)
    )
