"""A Kubernetes endpoint is called by the name in the cluster's configuration, or else by the address in its URI."""

from __future__ import annotations

from tasks.checks.engine.applies import to_kubernetes
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.kubernetes import KubernetesCluster
from tasks.domain.azure.networking.dns import is_address
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, cluster: KubernetesCluster) -> Verdict:
    """Fail unless the host is `sslCname` of the Azure ML extension (or the attached AKS compute), or an address."""
    host = subject.one_endpoint.scoring_host
    if cluster.cname:
        if host.lower() == cluster.cname.lower():
            return passed(f"The endpoint's host is the cluster's name {cluster.cname}.")
        return failed(
            f"The endpoint's host is {host}, but the cluster is configured for {cluster.cname}.",
            seen("host", host, cluster.cname),
        )
    if is_address(host):
        return passed(f"The endpoint is called by the address {host}.")
    return failed(
        f"The endpoint's host is {host}, but the cluster configures no name.", seen("sslCname", "not set", host)
    )


CHECK = Check(
    code="SCORE-K8S-001",
    title="The endpoint's host is the one that the cluster is configured for",
    severity="critical",
    scope="endpoint",
    inputs=("cluster",),
    observe=EndpointFacts.cluster,
    judge=judge,
    applies=to_kubernetes,
    remedy=(
        "Set the name on the cluster's extension: az k8s-extension update --name EXTENSION --cluster-type "
        "managedClusters --cluster-name CLUSTER --resource-group GROUP --config sslCname=HOST, and point the name's "
        "DNS record to azureml-fe's address."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-kubernetes-online-endpoint",
    explains=("SCORE-K8S-002", "SCORE-K8S-003", "SCORE-CALL-001"),
    because="Callers request a name that the cluster does not serve.",
)
