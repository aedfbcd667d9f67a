"""A private endpoint made before 24 May 2022 leads to the workspace, but not to its scoring hosts."""

from __future__ import annotations

from tasks.checks.engine.applies import to_private
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import DNS_SYMPTOMS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.private_access import replace_private_endpoints


async def observe(facts: EndpointFacts) -> tuple[PrivateEndpoint, ...]:
    """The workspace's private endpoints."""
    return await facts.workspace.private_endpoints()


def judge(_subject: Subject, private_endpoints: tuple[PrivateEndpoint, ...]) -> Verdict:
    """Fail when no network interface of a private endpoint has an address for the member `inference`."""
    if not private_endpoints:
        return skipped("The workspace has no private endpoint that can be read.")
    old = [one for one in private_endpoints if not one.scoring_addresses]
    lines = tuple(seen(f"addresses of {one.name}", _members(one), "one for *.inference") for one in old)
    names = ", ".join(one.name for one in old)
    if len(old) == len(private_endpoints):
        return failed(f"The private endpoint {names} has no address for scoring hosts.", *lines)
    if old:
        return warned(f"Callers behind {names} can't score: it has no address for scoring hosts.", *lines)
    return passed("The private endpoint has an address for scoring hosts.")


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Replace the private endpoint by a new one."""
    return replace_private_endpoints(facts.workspace.target, await facts.workspace.private_endpoints())


def _members(private_endpoint: PrivateEndpoint) -> str:
    return ", ".join(f"{one.member} {one.address}" for one in private_endpoint.addresses) or "none"


CHECK = Check(
    code="SCORE-PE-002",
    title="The workspace's private endpoint serves scoring hosts",
    severity="critical",
    scope="endpoint",
    inputs=("private_endpoints",),
    observe=observe,
    judge=judge,
    applies=to_private,
    remedy=(
        "Delete the workspace's private endpoint and make it again: one made before 24 May 2022 can't serve scoring "
        "hosts. az network private-endpoint delete --ids ID, then az network private-endpoint create --group-id "
        "amlworkspace …"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint#limitations",
    explains=("SCORE-DNS-003", "SCORE-DNS-006", *DNS_SYMPTOMS),
    because="The private endpoint has no address for scoring hosts.",
    plan=plan,
)
