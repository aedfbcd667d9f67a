"""Creates an isolated workspace and an endpoint in it, scores it, and proves its isolation: the whole guide."""

from typing import Annotated

from prefect import flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.common.steps import Steps
from flows.lifecycle.report import Subject, report_of, reported
from tasks.clients.transport.preload import preload
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.traffic import TrafficMap, all_traffic
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.target import AzureTarget
from tasks.domain.lifecycle.report import LifecycleReport
from tasks.lifecycle.check_inputs import Inputs, check_inputs
from tasks.lifecycle.confirm_results import Confirmed, confirm_results
from tasks.lifecycle.connect_private_network import connect_private_network
from tasks.lifecycle.connect_storage import connect_storage
from tasks.lifecycle.create_build_compute import create_build_compute
from tasks.lifecycle.create_endpoint import create_endpoint
from tasks.lifecycle.create_online_deployment import create_online_deployment
from tasks.lifecycle.create_resource_group import create_resource_group
from tasks.lifecycle.create_workspace import create_workspace
from tasks.lifecycle.fetch_logs import fetch_logs
from tasks.lifecycle.invoke_endpoint import invoke_endpoint
from tasks.lifecycle.prepare_registry import prepare_registry
from tasks.lifecycle.prove_isolation import prove_isolation
from tasks.lifecycle.provision_network import provision_network
from tasks.lifecycle.set_traffic import set_traffic
from tasks.lifecycle.upload_assets import upload_assets
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.results import cached_if
from tasks.runtime.stopping import stoppable

preload()


# Annotations are types here, not text (no `from __future__ import annotations`): a flow that is sent to another process
# as an object leaves the names in them behind.
@flow(
    flow_run_name="lifecycle {endpoint.name} @ {target.workspace}",
    task_runner=ThreadPoolTaskRunner(max_workers=8),  # type: ignore[arg-type]  # Prefect declares its runners invariant
    result_serializer="json",
)
def endpoint_lifecycle(  # noqa: PLR0913, PLR0917 -- a flow's parameters are the fields of its form
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    workspace: Annotated[WorkspaceSpec, Field(title="Network and registry")],
    endpoint: Annotated[EndpointSpec, Field(title="Endpoint")],
    online_deployment: Annotated[OnlineDeploymentSpec, Field(title="Online deployment")],
    sample_request: Annotated[str, Field(title="Sample request")],
    private_access: Annotated[PrivateAccessSpec | None, OrEmpty(), Field(title="Private access")] = None,
    traffic: Annotated[TrafficMap | None, OrEmpty(), Field(title="Traffic")] = None,
) -> LifecycleReport:
    """Create an isolated endpoint with one online deployment, score it, fetch its logs and prove its isolation.

    Safe to run again: resources that are as specified are not changed. A retry of a failed run continues with the step
    that failed.

    Args:
        target: The workspace; it and its resource group are created if absent.
        workspace: The workspace's isolation mode, outbound rules and container registry.
        endpoint: The endpoint, from its YAML file.
        online_deployment: The online deployment, from its YAML file.
        sample_request: The path of a file to score: JSON, or other content, such as a picture.
        private_access: How callers reach the workspace from your virtual network. Required unless the endpoint is
            public, or the workspace has an approved private endpoint already.
        traffic: Percent of live traffic per online deployment. Empty: 100 to the one that this run creates.
    """
    place = target.as_target()
    inputs = Inputs(
        workspace=workspace,
        endpoint=endpoint,
        online_deployment=online_deployment,
        sample_request=sample_request,
        private_access=private_access,
        traffic=all_traffic(online_deployment.name) if traffic is None else traffic,
    )
    subject = Subject(endpoint.name, target.workspace, tuple(rule.name for rule in workspace.outbound_rules))
    with stoppable() as stop, reported(steps := Steps(f"progress-{subject.key}", stop), subject):
        steps.run(check_inputs, place, inputs)
        trusted = _trusted(steps, place, inputs)
        steps.run(create_resource_group, place)
        made = steps.run(cached_if(create_workspace, confirmed=trusted.workspace), place, workspace)

        # Only the online deployment needs the network: endpoint and upload run beside it. A registry that is there
        # comes before the network, which gets a private endpoint to it.
        registry = steps.start(prepare_registry, place, made, workspace)
        provision = cached_if(provision_network, confirmed=trusted.network)
        network = steps.start(provision, place, made, workspace, after=[registry] if made.container_registry else [])
        if workspace.image_build_compute:
            steps.start(create_build_compute, place, workspace.image_build_compute, after=[network])
        serving = steps.start(cached_if(create_endpoint, confirmed=trusted.endpoint), place, made, endpoint)
        # Storage without public access takes uploads by a private endpoint of its own.
        stored = [steps.start(connect_storage, place, private_access)] if private_access else []
        assets = steps.start(upload_assets, place, made, online_deployment, after=stored)
        # Only callers need the private endpoint: an approval that takes hours keeps nothing else from being made.
        ways = [steps.start(connect_private_network, place, private_access, is_beside=True)] if private_access else []
        steps.gather()

        deploy = cached_if(create_online_deployment, confirmed=trusted.online_deployment)
        steps.run(deploy, place, serving.result(), online_deployment, assets.result())
        routed = steps.run(set_traffic, place, serving.result(), inputs.traffic)

        answer = steps.start(invoke_endpoint, place, routed, sample_request, online_deployment.name, after=ways)
        steps.start(fetch_logs, place, routed, online_deployment.name, even_if_failed=[answer])
        if endpoint.public_network_access == "disabled":
            steps.start(prove_isolation, place, routed, answer, sample_request)
        steps.gather()
    return report_of(steps, subject)


def _trusted(steps: Steps, target: AzureTarget, inputs: Inputs) -> Confirmed:
    """Return which results of earlier tries of this run are still valid; a first try has none."""
    if flow_run.run_count is None or flow_run.run_count < 2:
        return Confirmed()
    return steps.run(confirm_results, target, inputs.workspace, inputs.endpoint.name, inputs.online_deployment.name)
