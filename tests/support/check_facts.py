"""Plain values that the checks' tables are made of, and the one way to judge a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks.checks.engine.check import AnyCheck
from tasks.checks.engine.running import finding
from tasks.domain.azure.kubernetes import KubernetesCluster
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.azure.networking.dns import DnsAnswer, inference_record
from tasks.domain.azure.networking.network import ManagedNetwork, OutboundRule
from tasks.domain.azure.networking.private_network import (
    PrivateAddress,
    PrivateEndpoint,
    PrivateZone,
    VirtualNetwork,
    ZoneLink,
)
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.registry import ContainerRegistry, PrivateEndpointConnection
from tasks.domain.azure.scoring import ScoringAnswer, outcome_of
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.diagnosed import (
    Compute,
    DiagnosedEndpoint,
    DiagnosedVault,
    DiagnosedWorkspace,
    StorageAccount,
)
from tasks.domain.diagnostics.finding import Finding, Status
from tasks.domain.diagnostics.probe import CallProbe, Certificate, KeyAccess, WebProbe
from tasks.domain.diagnostics.resolution import Resolution
from tasks.domain.diagnostics.statistics import InstanceEvents, TrafficStatistics
from tasks.domain.diagnostics.subject import Expectations, Subject

NOW = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
TENANT = "22222222-2222-4222-8222-222222222222"
GUID = "33333333-3333-4333-8333-333333333333"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/churn"
HOST = "churn-prod.westeurope.inference.ml.azure.com"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/callers"
PRIVATE, PUBLIC = "10.20.0.6", "203.0.113.7"
TARGET = AzureTarget(subscription_id=SUBSCRIPTION, resource_group="ml", workspace="churn", location="westeurope")


def assert_judged(check: AnyCheck, seen: Any, status: Status, words: str, subject: Subject | None = None) -> Finding:
    """Judge what was seen, and check the status, a part of the reason, and that what isn't well has a remedy."""
    judged = subject or (subject_of() if check.scope == "endpoint" else Subject(target=TARGET, now=NOW))
    found = finding(check, judged, check.judge(judged, seen))
    assert found.status == status, found
    assert words in found.reason, found
    assert bool(found.remedy) == (status in {"WARN", "FAIL", "ERROR"}), found
    assert "{" not in found.remedy.replace('\'{"properties":{"v1LegacyMode":false}}\'', ""), found
    return found


def endpoint(**changes: Any) -> DiagnosedEndpoint:
    """A healthy private managed endpoint."""
    base: dict[str, Any] = {
        "id": f"{WORKSPACE}/onlineEndpoints/churn-prod",
        "name": "churn-prod",
        "location": "westeurope",
        "provisioning_state": "Succeeded",
        "scoring_uri": f"https://{HOST}/score",
        "auth_mode": "aad_token",
        "public_network_access": "disabled",
        "traffic": {"blue": 100},
    }
    return DiagnosedEndpoint(**base | changes)


def kubernetes_endpoint(uri: str = "https://models.example.org/api/v1/endpoint/churn-prod/score") -> DiagnosedEndpoint:
    """An endpoint in a cluster of the team's own."""
    return endpoint(scoring_uri=uri, compute_id=f"{WORKSPACE}/computes/cluster", public_network_access="enabled")


def subject_of(
    one: DiagnosedEndpoint | None = None, *, request: str = "{}", expectations: Expectations | None = None
) -> Subject:
    """An endpoint to be judged, with a sample request."""
    return Subject(
        target=TARGET,
        now=NOW,
        endpoint=one or endpoint(),
        request=request,
        expectations=expectations or Expectations(),
    )


def workspace(**changes: Any) -> DiagnosedWorkspace:
    """A healthy workspace with a managed network and a private endpoint."""
    base: dict[str, Any] = {
        "id": WORKSPACE,
        "name": "churn",
        "location": "westeurope",
        "provisioning_state": "Succeeded",
        "guid": GUID,
        "tenant_id": TENANT,
        "public_network_access": "disabled",
        "managed_network": ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound", status="Active"),
        "container_registry": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/churnacr",
        "key_vault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/churnkv",
        "storage_account": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/churnsa",
        "application_insights": f"{GROUP}/providers/Microsoft.Insights/components/churnai",
        "connections": (connection(),),
    }
    return DiagnosedWorkspace(**base | changes)


def without_network(**changes: Any) -> DiagnosedWorkspace:
    """A workspace without a managed network."""
    return workspace(managed_network=ManagedNetwork(), **changes)


def connection(status: str = "Approved", description: str = "", name: str = "pe-churn") -> PrivateEndpointConnection:
    """A private endpoint connection."""
    return PrivateEndpointConnection(
        id=f"{WORKSPACE}/privateEndpointConnections/{name}",
        name=name,
        status=status,
        description=description,
        private_endpoint_id=f"{GROUP}/providers/Microsoft.Network/privateEndpoints/{name}",
    )


def vault(**changes: Any) -> DiagnosedVault:
    """A vault that allows trusted Azure services."""
    base = {"id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/churnkv", "name": "churnkv", "tenant_id": TENANT}
    return DiagnosedVault(**base | changes)


def registry(**changes: Any) -> ContainerRegistry:
    """A private Premium registry."""
    base: dict[str, Any] = {
        "id": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/churnacr",
        "name": "churnacr",
        "location": "westeurope",
        "sku": "Premium",
        "public_network_access": "disabled",
    }
    return ContainerRegistry(**base | changes)


def storage(*connections: PrivateEndpointConnection) -> StorageAccount:
    """A storage account."""
    resource_id = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/churnsa"
    return StorageAccount(id=resource_id, name="churnsa", private_endpoint_connections=connections)


def compute(**changes: Any) -> Compute:
    """A compute that builds images."""
    base = {"name": "builder", "location": "westeurope", "provisioning_state": "Succeeded", "kind": "AmlCompute"}
    return Compute(**base | changes)


def rule(name: str = "features", **changes: Any) -> OutboundRule:
    """An outbound rule of a user's."""
    base = {"name": name, "type": "FQDN", "status": "Active", "destination": {"fqdn": "features.example.com"}}
    return OutboundRule(**base | changes)


def deployment(name: str = "blue", state: str = "Succeeded", egress: str = "") -> OnlineDeployment:
    """An online deployment."""
    return OnlineDeployment(
        id=f"{WORKSPACE}/onlineEndpoints/churn-prod/deployments/{name}",
        name=name,
        endpoint="churn-prod",
        provisioning_state=state,
        egress_public_network_access=egress,
    )


def private_endpoint(
    *,
    address: str = PRIVATE,
    member: str = "inference",
    records: dict[str, tuple[str, ...]] | None = None,
    linked: bool = True,
    zone: bool = True,
) -> PrivateEndpoint:
    """A private endpoint whose zone has the record, and is linked to its network."""
    known = {inference_record(GUID, "westeurope"): (PRIVATE,)} if records is None else records
    links = (ZoneLink(network_id=NETWORK.upper(), state="Completed"),) if linked else ()
    zone_id = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms"
    return PrivateEndpoint(
        id=f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe-churn",
        status="Approved",
        addresses=(
            PrivateAddress(address="10.20.0.4", member="default"),
            PrivateAddress(address=address, member=member),
        ),
        network=VirtualNetwork(id=NETWORK, ranges=("10.20.0.0/16",)),
        zone=PrivateZone(id=zone_id, name="privatelink.api.azureml.ms", records=known, links=links) if zone else None,
    )


def dns(vantage: Any, *addresses: str, outcome: Any = None, server: str = "127.0.0.1:53") -> DnsAnswer:
    """An answer with addresses, or without any."""
    return DnsAnswer(
        vantage=vantage,
        server=server,
        outcome=outcome or ("answered" if addresses else "no_such_name"),
        addresses=addresses,
    )


def resolution(*answers: DnsAnswer, ways: Sequence[PrivateEndpoint] | None = None) -> Resolution:
    """Answers beside the private endpoints."""
    return Resolution(private_endpoints=tuple([private_endpoint()] if ways is None else ways), answers=answers)


def answer(
    status: int = 200, body: str = "[1]", seconds: float = 0.05, *, in_cluster: bool = False, **more: Any
) -> CallProbe:
    """A scoring call that was answered."""
    outcome = outcome_of(status, body, in_cluster=in_cluster)
    found = ScoringAnswer(status=status, outcome=outcome, body=body, latency_seconds=seconds, request_id="r-1", **more)
    return CallProbe(answer=found, certificate=certificate())


def half_an_answer(why: str = "its body did not end in time") -> CallProbe:
    """A scoring call whose answer never came to its end."""
    return answer(seconds=30).model_copy(update={"unfinished": why})


def no_answer(why: str = "ConnectTimeout: timed out") -> CallProbe:
    """A scoring call without an answer."""
    return CallProbe(failure=why)


def certificate(days: float = 90, names: tuple[str, ...] = (HOST,), **changes: Any) -> Certificate:
    """A certificate that ends in so many days."""
    begin = NOW - timedelta(days=100)
    base = {"names": names, "issuer": "CN=Test", "not_before": begin, "not_after": NOW + timedelta(days=days)}
    return Certificate(**base | changes)


# One well value for every fact, by its name.
FACTS: dict[str, Any] = {
    "workspace": workspace(),
    "endpoints": (endpoint(),),
    "outbound_rules": (rule(),),
    "vault": vault(),
    "vault_tenant": TENANT,
    "registry": registry(),
    "storage": storage(),
    "image_build_compute": compute(),
    "private_endpoints": (private_endpoint(),),
    "diagnosis": (),
    "online_deployments": (deployment(),),
    "provisioning_errors": (),
    "endpoint_error": None,
    "system_answer": dns("system", PRIVATE),
    "custom_answer": dns("custom", PRIVATE),
    "azure_answer": dns("azure", PRIVATE),
    "key_access": KeyAccess(),
    "call": answer(),
    "known_call": answer(),
    "certificate": certificate(),
    "outside": None,
    "cluster": KubernetesCluster(compute="cluster", cname="models.example.org"),
    "router_https": WebProbe(url="https://models.example.org", status=404, text="Swagger not found"),
    "router_http": WebProbe(url="http://models.example.org", status=404, text="Swagger not found"),
    "container_logs": (DeploymentLogs(endpoint="churn-prod", online_deployment="blue"),),
    "log_history": (),
    "traffic": TrafficStatistics(hours=24),
    "events": InstanceEvents(hours=24),
}
