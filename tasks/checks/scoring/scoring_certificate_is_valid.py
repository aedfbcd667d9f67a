"""The scoring host's certificate is Azure's, and renewed by Azure.

A caller that receives another one has a proxy in between.
"""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.probe import Certificate, judge_certificate
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, certificate: Certificate) -> Verdict:
    """Fail on a wrong host name, date or issuer of the certificate that the scoring call receives."""
    return judge_certificate(subject.one_endpoint.scoring_host, certificate, subject.now)


CHECK = Check(
    code="SCORE-TLS-001",
    title="The scoring host's certificate is valid",
    severity="critical",
    scope="endpoint",
    inputs=("certificate",),
    observe=EndpointFacts.certificate,
    judge=judge,
    applies=to_managed_hosts,
    remedy=(
        "Azure renews this certificate itself. If another one is received, a proxy intercepts the connection: exempt "
        "*.inference.ml.azure.com from its TLS inspection, or add its authority to REQUESTS_CA_BUNDLE."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online",
    explains=("SCORE-CALL-001",),
    because="An invalid certificate fails every HTTPS call.",
)
