"""The report of one lifecycle run, published however the run ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from prefect.exceptions import TerminationSignal
from prefect.logging import get_run_logger

from flows.steps import Steps
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.logs import tail
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.private_access import PrivateAccess
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.azure.resource_group import ResourceGroup
from tasks.domain.azure.workspace import Workspace
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.lifecycle.report import LifecycleReport, left_behind, lifecycle_markdown
from tasks.lifecycle.check_inputs import check_inputs
from tasks.lifecycle.connect_private_network import connect_private_network
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
from tasks.runtime.publish_report import publish_report

LOG_LINES: Final = 20
Made = ResourceGroup | Workspace | ContainerRegistry | PrivateAccess | Endpoint | OnlineDeployment


@dataclass(frozen=True)
class Subject:
    """What a run works on: the endpoint, the workspace, and the names of the outbound rules that it asks for."""

    endpoint: str
    workspace: str
    outbound_rules: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The report's title."""
        return f"Lifecycle of {self.endpoint} in {self.workspace}"

    @property
    def key(self) -> str:
        """The report artifact's key: the same for every run of this endpoint."""
        return f"lifecycle-{self.endpoint.lower()}"


@contextmanager
def reported(steps: Steps, subject: Subject) -> Iterator[None]:
    """Publish the report at the end of the block, also when it fails."""
    try:
        yield
    except EndpointOpsError as error:
        _publish(report_of(steps, subject, failure=str(error)), subject)
        raise
    except TerminationSignal:
        steps.stop()
        left = left_behind(subject.endpoint, steps.under_way)
        get_run_logger().warning(left)
        _publish(report_of(steps, subject, cancelled=left), subject)
        raise
    _publish(report_of(steps, subject), subject)


def report_of(steps: Steps, subject: Subject, *, failure: str = "", cancelled: str = "") -> LifecycleReport:
    """What the steps did, as far as they came."""
    routed = steps.result_of(set_traffic)
    return LifecycleReport(
        title=subject.title,
        seconds=steps.seconds,
        resources=_resources(steps, subject),
        steps=steps.told(),
        traffic=routed.traffic if routed else {},
        answer=steps.result_of(invoke_endpoint),
        proof=steps.result_of(prove_isolation),
        logs=_logs(steps),
        warnings=_warnings(steps),
        failure=failure,
        cancelled=cancelled,
    )


def _publish(report: LifecycleReport, subject: Subject) -> None:
    publish_report(
        key=subject.key, markdown=lifecycle_markdown(report), description=f"{report.title}: {report.outcome}"
    )


def _resources(steps: Steps, subject: Subject) -> dict[str, str]:
    assets, network = steps.result_of(upload_assets), steps.result_of(provision_network)
    workspace = _id(steps.result_of(create_workspace))
    rules = {f"outbound rule {name}": f"{workspace}/outboundRules/{name}" for name in subject.outbound_rules if network}
    found = {
        "resource group": _id(steps.result_of(create_resource_group)),
        "workspace": workspace,
        "container registry": _id(steps.result_of(prepare_registry)),
        "managed network": network.network_id if network else "",
        **rules,
        "private endpoint": _id(steps.result_of(connect_private_network)),
        "endpoint": _id(steps.result_of(create_endpoint)),
        "model": assets.model_id if assets else "",
        "code": assets.code_id if assets else "",
        "environment": assets.environment_id if assets else "",
        "online deployment": _id(steps.result_of(create_online_deployment)),
    }
    return {name: one for name, one in found.items() if one}


def _id(made: Made | None) -> str:
    return made.id if made else ""


def _logs(steps: Steps) -> dict[str, str]:
    fetched = steps.result_of(fetch_logs)
    if fetched is None:
        return {}
    history = "\n".join(f"{one.time:%H:%M:%S} {one.container}: {one.message}" for one in fetched.history)
    texts = {
        "inference-server": fetched.tails.inference_server,
        "storage-initializer": fetched.tails.storage_initializer,
        "Log Analytics": history,
    }
    return {name: tail(text, LOG_LINES) for name, text in texts.items() if text}


def _warnings(steps: Steps) -> tuple[str, ...]:
    proof, fetched = steps.result_of(prove_isolation), steps.result_of(fetch_logs)
    endpoint = steps.result_of(set_traffic)
    checked: tuple[str, ...] | None = steps.result_of(check_inputs)
    found = list(checked or ())
    access = steps.result_of(connect_private_network)
    if access and access.note:
        found.append(access.note)
    if proof and proof.verdict == "skip":
        found.append(f"Isolation is proven in part only. {proof.outside.reason}")
    if endpoint and endpoint.public_network_access == "enabled":
        found.append("The endpoint can be called from the internet, as was asked for: there is no isolation to prove.")
    if fetched and fetched.note:
        found.append(fetched.note)
    return tuple(found)
