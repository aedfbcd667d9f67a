"""Azure's DNS returns the private address only inside a virtual network that is linked to the private zone.

When zone, record and link are in order and it still does not, the caller is in the wrong network.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tasks.checks.engine.applies import to_private_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import DNS_SYMPTOMS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.resolving import observe_all
from tasks.domain.azure.networking.dns import inference_record
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped
from tasks.domain.diagnostics.resolution import Resolution
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The workspace, and the resolvers' answers."""

    workspace: DiagnosedWorkspace
    resolution: Resolution


async def observe(facts: EndpointFacts) -> Observation:
    """The workspace and all three resolvers."""
    return Observation(*await asyncio.gather(facts.workspace.workspace(), observe_all(facts)))


def judge(_subject: Subject, found: Observation) -> Verdict:
    """Fail when zone, record and link are in order, and no resolver returns the private address here.

    No answer from Azure's DNS: outside of any virtual network. A public answer: in a network that is not linked.
    """
    table = found.resolution.table
    if any(found.resolution.is_private(one) for one in found.resolution.answers if one.vantage in {"azure", "system"}):
        return passed("The caller resolves the private address.", *table)
    if not any(_is_in_order(one, found.workspace) for one in found.resolution.private_endpoints):
        return skipped("Zone, record or link is not in order, so the caller's network can't be judged.")
    azure = found.resolution.answer("azure")
    if azure is None or azure.outcome == "no_answer":
        return failed(
            "The caller is outside the virtual network: Azure's DNS, which answers only inside, does not answer.",
            *table,
        )
    return failed(
        f"The caller is in another network: Azure's DNS returns {azure.text} here, though zone, record and link are in "
        "order for the private endpoint's network.",
        *table,
    )


def _is_in_order(private_endpoint: PrivateEndpoint, workspace: DiagnosedWorkspace) -> bool:
    zone = private_endpoint.zone
    record = inference_record(workspace.guid, workspace.location)
    return bool(
        zone
        and zone.is_linked_to(private_endpoint.network.id)
        and set(zone.addresses_of(record)) & set(private_endpoint.scoring_addresses)
    )


CHECK = Check(
    code="SCORE-DNS-006",
    title="The caller is inside a network that knows the private endpoint",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "private_endpoints", "system_answer", "custom_answer", "azure_answer"),
    observe=observe,
    judge=judge,
    applies=to_private_hosts,
    remedy=(
        "Call from a machine (or run the worker) inside the private endpoint's virtual network, or in one that is "
        "peered with it and linked to the private zone: az network private-dns link vnet create --zone-name "
        "privatelink.api.azureml.ms --virtual-network CALLERS_NETWORK_ID …"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint",
    deep=True,
    explains=("SCORE-DNS-005", *DNS_SYMPTOMS),
    because="Outside the network, the private zone is not resolved and the private address not reached.",
)
