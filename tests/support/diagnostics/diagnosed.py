"""Diagnoses made of findings, for what shows them."""

from __future__ import annotations

from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.results import Diagnosis, EndpointDiagnosis, WorkspaceDiagnosis
from tasks.domain.diagnostics.verdict import judge_endpoint

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def diagnosis(*endpoints: tuple[Finding, ...]) -> Diagnosis:
    """A workspace with endpoints that have these findings."""
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/w"
    done = tuple(endpoint(f"{path}/onlineEndpoints/e-{at:02}", found) for at, found in enumerate(endpoints))
    return Diagnosis(workspaces=(WorkspaceDiagnosis(id=path, name="w", endpoints=done),))


def endpoint(resource_id: str, findings: tuple[Finding, ...]) -> EndpointDiagnosis:
    name, verdict = resource_id.rsplit("/", 1)[-1], judge_endpoint(resource_id, findings)
    return EndpointDiagnosis(id=resource_id, name=name, workspace="w", verdict=verdict, findings=findings)
