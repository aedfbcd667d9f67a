"""The lifecycle flow in a process of its own; the last line tells the run's own seconds."""

from __future__ import annotations

import os
import sys

from flows.endpoint_lifecycle import endpoint_lifecycle
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure_workspace import AzureWorkspace
from tests.support.emulator.private_access import private_access_in

SAMPLES = "deployments/samples"


def main(name: str) -> None:
    """Run it, without the outside half of the isolation proof: the bare script has none."""
    target = AzureTarget(
        subscription_id=os.environ["AZURE_SUBSCRIPTION_ID"],
        resource_group=f"rg-{name}",
        workspace=name,
        location="westeurope",
    )
    endpoint = EndpointSpec(name=f"{name}-endpoint", file=f"{SAMPLES}/endpoint.yml")
    blue = OnlineDeploymentSpec(name="blue", file=f"{SAMPLES}/blue-deployment.yml")
    report = endpoint_lifecycle(
        AzureWorkspace.of(target),
        WorkspaceSpec(),
        endpoint,
        blue,
        f"{SAMPLES}/sample-request.json",
        private_access_in(target.subscription_id),
    )
    assert report.answer
    assert report.answer.is_ok
    print(report.seconds)


if __name__ == "__main__":
    main(sys.argv[1])
