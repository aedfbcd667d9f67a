"""Every call to a Kubernetes endpoint goes through azureml-fe, which must answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tasks.checks.engine.applies import to_kubernetes
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen
from tasks.domain.diagnostics.probe import WebLook
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Seen:
    """What azureml-fe says over both protocols."""

    https: WebLook
    http: WebLook


async def observe(look: EndpointLook) -> Seen:
    """Both protocols."""
    return Seen(*await asyncio.gather(look.router_https(), look.router_http()))


def judge(subject: Subject, found: Seen) -> Verdict:
    """It answers over the protocol of the endpoint's address; "Swagger not found" is an answer."""
    scheme = subject.one_endpoint.scoring_uri.partition(":")[0]
    lines = (_line(found.https), _line(found.http))
    used = found.http if scheme == "http" else found.https
    if _answers(used):
        return passed(f"azureml-fe answers over {scheme.upper()}.", *lines)
    if scheme == "https" and _answers(found.http):
        return failed("azureml-fe answers over HTTP but not over HTTPS: look at its certificate.", *lines)
    return failed(f"azureml-fe does not answer over {scheme.upper()}.", *lines)


def _answers(look: WebLook) -> bool:
    return look.status is not None and look.status < 500


def _line(look: WebLook) -> Evidence:
    return seen(look.url, f"HTTP {look.status} {look.text}" if look.status else look.failure, "Swagger not found")


CHECK = Check(
    code="SCORE-K8S-002",
    name="inference_router_answers",
    title="The cluster's inference router answers",
    severity="critical",
    scope="endpoint",
    inputs=("router_https", "router_http"),
    observe=observe,
    judge=judge,
    applies=to_kubernetes,
    remedy=(
        "In the cluster: kubectl get pods,svc -n azureml -l app=azureml-fe; kubectl exec -n azureml deploy/azureml-fe "
        '-- curl -vk https://localhost:PORT/api/v1/endpoint/{endpoint}/swagger.json (expects "Swagger not found").'
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-kubernetes-inference-routing-azureml-fe",
)
