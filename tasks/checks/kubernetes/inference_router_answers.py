"""Every call to a Kubernetes endpoint goes through the inference router azureml-fe."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tasks.checks.engine.applies import to_kubernetes
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import CALLS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen
from tasks.domain.diagnostics.probe import WebProbe
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The answers of azureml-fe over both protocols."""

    https: WebProbe
    http: WebProbe


async def observe(facts: EndpointFacts) -> Observation:
    """Both protocols."""
    return Observation(*await asyncio.gather(facts.router_https(), facts.router_http()))


def judge(subject: Subject, found: Observation) -> Verdict:
    """Fail unless GET `/api/v1/endpoint/<name>/swagger.json` is answered below 500 over the endpoint's own scheme.

    "Swagger not found" is a valid answer.
    """
    scheme = subject.one_endpoint.scoring_uri.partition(":")[0]
    lines = (_line(found.https), _line(found.http))
    used = found.http if scheme == "http" else found.https
    if _answers(used):
        return passed(f"azureml-fe answers over {scheme.upper()}.", *lines)
    if scheme == "https" and _answers(found.http):
        return failed("azureml-fe answers over HTTP but not over HTTPS: check its certificate.", *lines)
    return failed(f"azureml-fe does not answer over {scheme.upper()}.", *lines)


def _answers(response: WebProbe) -> bool:
    return response.status is not None and response.status < 500


def _line(response: WebProbe) -> Evidence:
    return seen(
        response.url,
        f"HTTP {response.status} {response.text}" if response.status else response.failure,
        "Swagger not found",
    )


CHECK = Check(
    code="SCORE-K8S-002",
    title="The cluster's inference router answers",
    severity="critical",
    scope="endpoint",
    inputs=("router_https", "router_http"),
    observe=observe,
    judge=judge,
    applies=to_kubernetes,
    remedy=(
        "If HTTPS fails and HTTP works, fix the certificate (SCORE-K8S-003). Otherwise, in the cluster: kubectl get "
        "pods,svc -n azureml -l app=azureml-fe; kubectl exec -n azureml deploy/azureml-fe -- curl -vk "
        'https://localhost:PORT/api/v1/endpoint/{endpoint}/swagger.json (expects "Swagger not found").'
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-kubernetes-inference-routing-azureml-fe",
    explains=("SCORE-DEP-001", *CALLS),
    because="Every call to a Kubernetes endpoint goes through azureml-fe.",
)
