"""The cluster's certificate is the team's own: Azure does not renew it."""

from __future__ import annotations

from tasks.checks.engine.applies import to_kubernetes
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.probe import Certificate, judge_certificate
from tasks.domain.diagnostics.subject import Subject


def applies(subject: Subject) -> str:
    """Kubernetes endpoints that are called over HTTPS."""
    reason = to_kubernetes(subject)
    if not reason and subject.one_endpoint.scoring_uri.startswith("http:"):
        return "The endpoint is called over HTTP."
    return reason


def judge(subject: Subject, certificate: Certificate) -> Verdict:
    """Fail on a wrong host name, date or issuer; warn when it expires within 14 days."""
    return judge_certificate(subject.one_endpoint.scoring_host, certificate, subject.now)


CHECK = Check(
    code="SCORE-K8S-003",
    title="The cluster's certificate is valid for the endpoint's host",
    severity="critical",
    scope="endpoint",
    inputs=("certificate",),
    observe=EndpointFacts.certificate,
    judge=judge,
    applies=applies,
    remedy=(
        "Renew the certificate for the host's name, then: az k8s-extension update --name EXTENSION --cluster-type "
        "managedClusters --cluster-name CLUSTER --resource-group GROUP --config sslCname=HOST --config-protected "
        "sslCertPemFile=CERT.pem sslKeyPemFile=KEY.pem"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-kubernetes-online-endpoint#update-the-tlsssl-certificate",
    explains=("SCORE-K8S-002", "SCORE-CALL-001"),
    because="An invalid certificate fails every HTTPS call.",
)
