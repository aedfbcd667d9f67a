"""Summary of one observation of an endpoint: the source of reports, records and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from pydantic import BaseModel

from tasks.domain.diagnostics.context import DiagnosisContext
from tasks.domain.diagnostics.finding import SEVERITIES, Finding, Status
from tasks.domain.diagnostics.results import EndpointDiagnosis, WorkspaceDiagnosis
from tasks.domain.diagnostics.verdict import EndpointVerdict, Health, judge_endpoint

# Worst first, for reports.
HEALTHS: Final[tuple[Health, ...]] = ("unhealthy", "unknown", "degraded", "healthy")


class Summary(BaseModel, frozen=True):
    """The result of observing an endpoint; or a workspace, where it has no endpoint to carry its findings.

    Attributes:
        trouble: Why nothing could be checked; empty otherwise.
        counts: Number of checks by status.
    """

    kind: Literal["endpoint", "workspace"] = "endpoint"
    id: str
    name: str
    workspace: str
    verdict: EndpointVerdict
    trouble: str = ""
    counts: Mapping[Status, int] = {}
    latency_seconds: float | None = None

    @property
    def health(self) -> Health:
        """The health in the verdict."""
        return self.verdict.health

    @property
    def resource_group(self) -> str:
        """The resource group, from the ARM id."""
        return self.id.split("/")[4]

    @property
    def workspace_id(self) -> str:
        """The workspace's ARM id in lower case."""
        return self.id.lower().partition("/onlineendpoints/")[0]

    @property
    def path(self) -> str:
        """Its location, for a reader who has several of that name."""
        parts = (self.resource_group, self.workspace, self.name if self.kind == "endpoint" else "")
        return "/".join(one for one in parts if one)

    @property
    def headline(self) -> Finding | None:
        """The finding to show first: the cause, or the gravest check that was not made."""
        blind = sorted(self.verdict.not_looked_at, key=lambda one: SEVERITIES.index(one.severity))
        if self.health == "unknown" and blind:
            return blind[0]
        return self.verdict.cause

    @property
    def code(self) -> str:
        """The headline's code; empty when there is none."""
        return self.headline.code if self.headline else ""

    @property
    def sentence(self) -> str:
        """Code and reason in one sentence; empty when healthy."""
        if self.headline:
            return f"{self.headline.code}: {self.headline.reason}"
        return self.trouble


def summary_of(diagnosis: EndpointDiagnosis) -> Summary:
    """Return an endpoint's summary."""
    return Summary(
        id=diagnosis.id,
        name=diagnosis.name,
        workspace=diagnosis.workspace,
        verdict=diagnosis.verdict,
        counts=Counter(one.status for one in diagnosis.findings),
        latency_seconds=diagnosis.latency_seconds,
    )


def summaries_of(diagnosis: WorkspaceDiagnosis, *, bare: bool = True) -> tuple[Summary, ...]:
    """Return summaries of a workspace's endpoints, or of the workspace when it has none or they can't be listed.

    Args:
        bare: True when a workspace without endpoints counts. It doesn't where patterns may have excluded them.
    """
    if diagnosis.trouble:
        return (troubled(diagnosis.id, diagnosis.name, diagnosis.trouble),)
    if diagnosis.endpoints or not bare:
        return tuple(summary_of(one) for one in diagnosis.endpoints)
    return (_of_workspace(diagnosis.id, diagnosis.name, diagnosis.findings),)


def troubled(workspace_id: str, name: str, trouble: str) -> Summary:
    """Return the summary of a workspace that was not checked."""
    verdict = EndpointVerdict(endpoint=workspace_id, health="unknown")
    return Summary(kind="workspace", id=workspace_id, name=name, workspace=name, verdict=verdict, trouble=trouble)


def _of_workspace(workspace_id: str, name: str, findings: Iterable[Finding]) -> Summary:
    known = tuple(findings)
    return Summary(
        kind="workspace",
        id=workspace_id,
        name=name,
        workspace=name,
        verdict=judge_endpoint(workspace_id, known),
        counts=Counter(one.status for one in known),
    )


class EndpointObservation(BaseModel, frozen=True):
    """One observation of an endpoint or workspace.

    Attributes:
        findings: The endpoint's own and its workspace's; empty when all is well, to keep a large run small.
        case: The facts behind them, where a support bundle was requested.
    """

    summary: Summary
    findings: tuple[Finding, ...] = ()
    case: DiagnosisContext | None = None
