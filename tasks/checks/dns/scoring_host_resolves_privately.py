"""Inside the network, a scoring host must resolve only to addresses of the virtual network.

A public address: the caller does not use the private zone. SCORE-DNS-003 to -006 name the reason.
"""

from __future__ import annotations

from tasks.checks.engine.applies import to_private_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import NOT_REACHED
from tasks.checks.engine.resolving import observe_system
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped
from tasks.domain.diagnostics.resolution import Resolution
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, found: Resolution) -> Verdict:
    """Fail when the caller's resolver returns no address, or one outside the private endpoint's network."""
    if not found.ranges:
        return skipped("The workspace has no private endpoint that can be read, so no network is known.")
    answer, host = found.answers[0], subject.one_endpoint.scoring_host
    if not answer.addresses:
        return failed(f"{host} does not resolve: {answer.text}.", *found.table)
    outside = found.outside(answer)
    if outside:
        return failed(
            f"{host} resolves to {', '.join(outside)}, outside the virtual network ({', '.join(found.ranges)}).",
            *found.table,
        )
    return passed(f"{host} resolves into the virtual network.", *found.table)


CHECK = Check(
    code="SCORE-DNS-001",
    title="The scoring host resolves into the virtual network",
    severity="critical",
    scope="endpoint",
    inputs=("system_answer", "private_endpoints"),
    observe=observe_system,
    judge=judge,
    applies=to_private_hosts,
    remedy=(
        "Call from a machine inside the virtual network, whose DNS server is Azure's (168.63.129.16) or forwards "
        "api.azureml.ms and inference.ml.azure.com to it. To check: nslookup HOST."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint",
    explains=("SCORE-DNS-002", *NOT_REACHED),
    because="Without a private address the caller can't reach the endpoint.",
)
