"""The report of one lifecycle run, published whatever the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from prefect import Task
from prefect.exceptions import TerminationSignal
from prefect.logging import get_run_logger

from flows.common.steps import Steps
from tasks.domain.azure.logs import tail
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.lifecycle.report import LifecycleReport, after_cancellation, lifecycle_markdown
from tasks.lifecycle.check_inputs import check_inputs
from tasks.lifecycle.connect_private_network import connect_private_network
from tasks.lifecycle.connect_storage import connect_storage
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


@dataclass(frozen=True)
class Subject:
    """The endpoint, the workspace, and the names of the requested outbound rules."""

    endpoint: str
    workspace: str
    outbound_rules: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of the report artifact, the same for every run of this endpoint."""
        return f"lifecycle-{self.endpoint.lower()}"


@contextmanager
def reported(steps: Steps, subject: Subject) -> Iterator[None]:
    """Publish the report at the end of the block, also when it fails or is cancelled."""
    try:
        yield
    except EndpointOpsError as error:
        _publish(report_of(steps, subject, failure=str(error)), subject)
        raise
    except TerminationSignal:
        steps.stop()
        remains = after_cancellation(subject.endpoint, steps.unfinished)
        get_run_logger().warning(remains)
        _publish(report_of(steps, subject, cancelled=remains), subject)
        raise
    _publish(report_of(steps, subject), subject)


def report_of(steps: Steps, subject: Subject, *, failure: str = "", cancelled: str = "") -> LifecycleReport:
    """Return the report of the steps so far."""
    routed = steps.result_of(set_traffic)
    return LifecycleReport(
        title=f"Lifecycle of {subject.endpoint} in {subject.workspace}",
        seconds=steps.seconds,
        resources=_resources(steps, subject),
        steps=steps.summary(),
        traffic=routed.traffic if routed else {},
        answer=steps.result_of(invoke_endpoint),
        proof=steps.result_of(prove_isolation),
        logs=_logs(steps),
        warnings=_warnings(steps),
        failure=failure,
        cancelled=cancelled,
    )


def _publish(report: LifecycleReport, subject: Subject) -> None:
    text = f"{report.title}: {report.outcome}"
    publish_report(key=subject.key, markdown=lifecycle_markdown(report), description=text)


def _resources(steps: Steps, subject: Subject) -> dict[str, str]:
    def id_of(step: Task[..., Any]) -> str:
        created = steps.result_of(step)
        return str(created.id) if created else ""

    assets, network = steps.result_of(upload_assets), steps.result_of(provision_network)
    workspace = id_of(create_workspace)
    rules = {f"outbound rule {name}": f"{workspace}/outboundRules/{name}" for name in subject.outbound_rules if network}
    found = {
        "resource group": id_of(create_resource_group),
        "workspace": workspace,
        "container registry": id_of(prepare_registry),
        "managed network": network.network_id if network else "",
        **rules,
        "private endpoint": id_of(connect_private_network),
        "private endpoint of the storage": id_of(connect_storage),
        "endpoint": id_of(create_endpoint),
        "model": assets.model_id if assets else "",
        "code": assets.code_id if assets else "",
        "environment": assets.environment_id if assets else "",
        "online deployment": id_of(create_online_deployment),
    }
    return {name: one for name, one in found.items() if one}


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
    accesses = (steps.result_of(connect_private_network), steps.result_of(connect_storage))
    found += [one.note for one in accesses if one and one.note]
    if proof and proof.verdict == "skip":
        found.append(f"Isolation is only partly proven. {proof.outside.reason}")
    if endpoint and endpoint.public_network_access == "enabled":
        found.append("The endpoint can be called from the internet, as requested: there is no isolation to prove.")
    if fetched and fetched.note:
        found.append(fetched.note)
    return tuple(found)
