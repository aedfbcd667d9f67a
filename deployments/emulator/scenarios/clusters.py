"""States of endpoints that run in a Kubernetes cluster of the team's own."""

from __future__ import annotations

from deployments.emulator.scenarios.changes import endpoints, scoring_hosts_show, scoring_meets, workspace
from deployments.emulator.scenarios.scenario import Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services import kubernetes
from deployments.emulator.state import Resource


def _runs_in_a_cluster(scene: Scene, endpoint: Resource) -> None:
    kubernetes.serve_from_cluster(scene.emulator, endpoint)


def _is_configured_for_another_name(scene: Scene, _: Resource) -> None:
    for endpoint in scene.endpoints:
        extension = kubernetes.serve_from_cluster(scene.emulator, endpoint)
        former = extension.properties["configurationSettings"]["sslCname"]
        extension.properties["configurationSettings"]["sslCname"] = f"renamed-{former}"
        scene.emulator.resources.save(extension)
        return


IN_A_CLUSTER = Change(endpoints, _runs_in_a_cluster)

SCENARIOS = (
    Scenario(
        "cluster_name_changed",
        "The cluster is configured for another host name than the endpoint's scoring URI has.",
        Diagnosis("unhealthy", "SCORE-K8S-001", "sslCname=HOST"),
        (IN_A_CLUSTER, Change(workspace, _is_configured_for_another_name)),
    ),
    Scenario(
        "cluster_certificate_expired",
        "The certificate of the cluster's inference router has expired.",
        Diagnosis("unhealthy", "SCORE-K8S-003", "az k8s-extension update"),
        (IN_A_CLUSTER, scoring_hosts_show("expired")),
    ),
    Scenario(
        "cluster_certificate_of_other_host",
        "The certificate of the cluster's inference router is for another name.",
        Diagnosis("unhealthy", "SCORE-K8S-003", "Renew the certificate for the host's name"),
        (IN_A_CLUSTER, scoring_hosts_show("other_host")),
    ),
    Scenario(
        "cluster_certificate_ends_soon",
        "The certificate of the cluster's inference router expires in a few days.",
        Diagnosis("degraded", "SCORE-K8S-003", "Renew the certificate for the host's name"),
        (IN_A_CLUSTER, scoring_hosts_show("ends_soon")),
    ),
    Scenario(
        "cluster_answers_http_only",
        "The cluster's inference router answers over HTTP, and refuses HTTPS connections.",
        Diagnosis("unhealthy", "SCORE-K8S-002", "kubectl get pods,svc"),
        (IN_A_CLUSTER, scoring_hosts_show("none")),
    ),
    Scenario(
        "cluster_router_down",
        "The cluster's inference router is down: its load balancer answers with 503.",
        Diagnosis("unhealthy", "SCORE-K8S-002", "kubectl get pods,svc"),
        (IN_A_CLUSTER, scoring_meets(action="fail", status=503)),
    ),
    Scenario(
        "cluster_model_crashes",
        "The model in the cluster crashes when it is called: azureml-fe answers with 502.",
        Diagnosis("unhealthy", "SCORE-CALL-004", "az ml online-deployment get-logs"),
        (IN_A_CLUSTER, scoring_meets(action="fail", path="/score$", status=502)),
    ),
    Scenario(
        "cluster_overloaded",
        "The instances in the cluster are overloaded: azureml-fe answers with 503.",
        Diagnosis("degraded", "SCORE-CALL-003", "instance_count"),
        (IN_A_CLUSTER, scoring_meets(action="fail", path="/score$", status=503)),
    ),
)
