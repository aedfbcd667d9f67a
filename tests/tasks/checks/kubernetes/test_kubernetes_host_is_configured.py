"""The host of a Kubernetes endpoint."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, kubernetes_endpoint, subject_of

from tasks.checks.kubernetes.kubernetes_host_is_configured import CHECK
from tasks.domain.azure.kubernetes import KubernetesCluster
from tasks.domain.diagnostics.finding import Status

NAMED, BARE = KubernetesCluster(compute="k", cname="Models.example.org"), KubernetesCluster(compute="k")


@pytest.mark.parametrize(
    ("uri", "seen", "status", "words"),
    [
        ("https://models.example.org/score", NAMED, "PASS", "the cluster's name"),
        ("https://old.example.org/score", NAMED, "FAIL", "configured for Models.example.org"),
        ("http://20.1.2.3:80/api/v1/service/churn/score", BARE, "PASS", "the address 20.1.2.3"),
        ("http://20.1.2.3/score", NAMED, "FAIL", "configured for Models.example.org"),
        ("https://models.example.org/score", BARE, "FAIL", "configures no name"),
    ],
)
def test_judge(uri: str, seen: KubernetesCluster, status: Status, words: str) -> None:
    """The configured name where there is one, else an address."""
    assert_judged(CHECK, seen, status, words, subject_of(kubernetes_endpoint(uri)))
