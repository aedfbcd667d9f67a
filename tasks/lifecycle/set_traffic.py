"""Set the traffic split between the endpoint's online deployments."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.traffic import TrafficMap
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="set traffic of {endpoint.name}", **UNCACHED)
def set_traffic(target: AzureTarget, endpoint: Endpoint, traffic: TrafficMap) -> Endpoint:
    """Set the live traffic, and read it back. Mirror traffic stays unchanged.

    Safe to run again: equal traffic stays unchanged.
    """
    with opened(target) as azure:
        routed = azure.endpoints.set_traffic(endpoint.name, traffic)
    shares = ", ".join(f"{name} {percent} %" for name, percent in routed.traffic.items() if percent)
    get_run_logger().info("Traffic of %s: %s", routed.name, shares or "none")
    return routed
