"""The scoring host's certificate, as the caller sees it: a proxy in between may show its own."""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.probe import Certificate, judge_certificate
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> Certificate:
    """The certificate."""
    return await look.certificate()


def judge(subject: Subject, certificate: Certificate) -> Verdict:
    """For the host's name, in time, trusted."""
    return judge_certificate(subject.one_endpoint.scoring_host, certificate, subject.now)


CHECK = Check(
    code="SCORE-TLS-001",
    name="scoring_certificate_is_valid",
    title="The scoring host's certificate is valid",
    severity="critical",
    scope="endpoint",
    inputs=("certificate",),
    observe=observe,
    judge=judge,
    applies=to_managed_hosts,
    remedy=(
        "Azure renews this certificate itself. If another one is shown, a proxy opens the connection: exempt "
        "*.inference.ml.azure.com from its TLS inspection, or put its authority into REQUESTS_CA_BUNDLE."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online",
)
