"""An address inside the network that is not the private endpoint's leads to another machine, or nowhere."""

from __future__ import annotations

from tasks.checks.engine.applies import to_private_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import NOT_REACHED
from tasks.checks.engine.resolving import observe_system
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped
from tasks.domain.diagnostics.resolution import Resolution
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, found: Resolution) -> Verdict:
    """Fail unless every address that the caller's resolver returns is on a private endpoint's network interface."""
    answer = found.answers[0]
    if not found.expected:
        return skipped("No private endpoint of the workspace has an address for scoring hosts.")
    if not answer.addresses:
        return skipped("The scoring host does not resolve at all.")
    if found.is_private(answer):
        return passed("The scoring host resolves to the private endpoint.", *found.table)
    host = subject.one_endpoint.scoring_host
    return failed(f"{host} resolves to {answer.text}, which is not the private endpoint's address.", *found.table)


CHECK = Check(
    code="SCORE-DNS-002",
    title="The scoring host resolves to the private endpoint's address",
    severity="critical",
    scope="endpoint",
    inputs=("system_answer", "private_endpoints"),
    observe=observe_system,
    judge=judge,
    applies=to_private_hosts,
    remedy=(
        "Find the source of the old address: a hosts file, a DNS cache, or a manual record (az network private-dns "
        "record-set a list --zone-name privatelink.api.azureml.ms). Let Azure manage the record: az network "
        "private-endpoint dns-zone-group create."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-custom-dns",
    explains=NOT_REACHED,
    because="Another address than the private endpoint's leads elsewhere.",
)
