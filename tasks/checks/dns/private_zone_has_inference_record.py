"""All scoring hosts of a workspace share one A record in the zone `privatelink.api.azureml.ms`.

Its name is `*.<workspace GUID>.inference.<region>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.applies import to_private
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import DNS_SYMPTOMS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.dns import PRIVATE_ZONES, inference_record
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.private_access import write_record


@dataclass(frozen=True)
class Observation:
    """The workspace, and its private endpoints with their zones."""

    workspace: DiagnosedWorkspace
    private_endpoints: tuple[PrivateEndpoint, ...]


async def observe(facts: EndpointFacts) -> Observation:
    """Workspace and private endpoints."""
    return Observation(await facts.workspace.workspace(), await facts.workspace.private_endpoints())


def judge(subject: Subject, found: Observation) -> Verdict:
    """Fail when the record is missing, or has another address than the private endpoint.

    Reads the zone of the private endpoint's zone group, or else one of that name in its subscription.
    """
    usable = [one for one in found.private_endpoints if one.scoring_addresses]
    if not usable:
        return skipped("No private endpoint of the workspace has an address for scoring hosts.")
    record = inference_record(found.workspace.guid, found.workspace.location)
    zone = PRIVATE_ZONES[subject.target.cloud]
    wrong = [line for one in usable for line in _wrong(one, record, zone)]
    if len(wrong) == len(usable):
        return failed(
            f"The private zone does not resolve scoring hosts to the private endpoint ({record} in {zone}).", *wrong
        )
    if wrong:
        return warned("Callers behind one of the private endpoints do not resolve it.", *wrong)
    return passed(f"The private zone has the record {record}.")


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Write the record with the private endpoint's address."""
    found = await observe(facts)
    return write_record(found.private_endpoints, inference_record(found.workspace.guid, found.workspace.location))


def _wrong(private_endpoint: PrivateEndpoint, record: str, zone: str) -> list[Evidence]:
    expected = private_endpoint.scoring_addresses
    what = f"A {record} for {private_endpoint.name}"
    if private_endpoint.zone is None:
        return [seen(what, f"no private zone {zone}", ", ".join(expected))]
    present = private_endpoint.zone.addresses_of(record)
    if present and set(present) <= set(expected):
        return []
    return [seen(what, ", ".join(present) or "no record", ", ".join(expected))]


CHECK = Check(
    code="SCORE-DNS-003",
    title="The private DNS zone has the record for scoring hosts",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "private_endpoints"),
    observe=observe,
    judge=judge,
    applies=to_private,
    remedy=(
        "Delete the workspace's private endpoint and make it again with a DNS zone group, which writes the record: "
        "az network private-endpoint delete --ids ID; az network private-endpoint create --group-id amlworkspace …; "
        "az network private-endpoint dns-zone-group create --private-dns-zone privatelink.api.azureml.ms …"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
    explains=("SCORE-DNS-005", "SCORE-DNS-006", *DNS_SYMPTOMS),
    because="Without the record, every resolver returns the public address, or none.",
    plan=plan,
)
