"""The inference settings of a Kubernetes cluster that serves online endpoints."""

from __future__ import annotations

from pydantic import BaseModel


class KubernetesCluster(BaseModel, frozen=True):
    """The Azure ML extension's inference settings of an attached cluster.

    Attributes:
        cname: The name that the certificate is for (``sslCname``); empty when the cluster serves plain HTTP.
    """

    compute: str
    cluster_id: str = ""
    cname: str = ""
