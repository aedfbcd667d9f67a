"""Microsoft's guide as one run on a terminal: the lifecycle, its proof of isolation, and its teardown."""

from __future__ import annotations

import contextlib
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from prefect.client.schemas.objects import State
from prefect.logging.handlers import APILogHandler
from pydantic import ValidationError

from deployments.local.built_images import workspace_for
from deployments.local.progress import Progress, follow
from deployments.validation import sentences
from flows.common.approval import UNATTENDED
from flows.endpoint_lifecycle import endpoint_lifecycle
from flows.endpoint_teardown import Approval, endpoint_teardown
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.common.target import AzureTarget
from tasks.domain.lifecycle.report import LifecycleReport
from tasks.domain.teardown.plan import TeardownPlan
from tasks.runtime.azure_workspace import AzureWorkspace

LOG_LINES = 3
STDERR_LINES = 20
COLOR_CODE = re.compile(r"\x1b\[\d+m")
R = TypeVar("R", LifecycleReport, TeardownPlan)


@dataclass(frozen=True)
class Files:
    """The user's files: endpoint and online deployment by name and YAML file, and a request to score."""

    endpoint: tuple[str, Path]
    online_deployment: tuple[str, Path]
    request: Path


def run(target: dict[str, Any], private_access: dict[str, Any], files: Files) -> bool:
    """Run the guide and show it; return True only when every step succeeded."""
    chatter = io.StringIO()
    with contextlib.redirect_stderr(chatter):  # the SDK writes color codes there while it uploads
        done = _run(target, private_access, files)
        APILogHandler().flush()
    lines = [line for line in COLOR_CODE.sub("", chatter.getvalue()).splitlines() if line.strip()]
    if not done and lines:
        show("On stderr", lines[-STDERR_LINES:])
    return done


def _run(target: dict[str, Any], private_access: dict[str, Any], files: Files) -> bool:
    follow(Progress())
    name, endpoint_file = files.endpoint
    online_deployment, online_deployment_file = files.online_deployment
    try:
        place = AzureTarget(**target)
        access = PrivateAccessSpec(**private_access)
        endpoint = EndpointSpec(name=name, file=str(endpoint_file))
        spec = OnlineDeploymentSpec(name=online_deployment, file=str(online_deployment_file))
    except ValidationError as error:
        show("Refused, nothing was created", sentences(error))
        return False
    print(f"Lifecycle of {name} @ {place.workspace}")
    workspace = workspace_for(online_deployment_file)
    ended = endpoint_lifecycle(
        AzureWorkspace.of(place), workspace, endpoint, spec, str(files.request), access, return_state=True
    )
    report = outcome(ended)
    if report is None:
        return False
    show_report(report)
    return proven(report) and tear_down(place, name)


def tear_down(target: AzureTarget, endpoint: str) -> bool:
    """Show what would be removed, remove it, and check that it is gone."""
    print(f"\nTeardown of resource group {target.resource_group}: a dry run, then for real")
    plans = []
    os.environ[UNATTENDED] = "yes"  # what was made a minute ago, by whoever asked for it, on this machine
    approvals: tuple[Approval, ...] = ("dry_run", "ask")
    for approval in approvals:
        plan = torn_down(target, endpoint, approval)
        if plan is None:
            return False
        plans.append(plan)
    show("Removed", [f"{one.type.rsplit('/', 1)[-1]} {one.name}" for one in plans[0].removes])
    left = torn_down(target, endpoint, "dry_run")
    return left is not None and not left.removes and not left.foreign


def torn_down(target: AzureTarget, endpoint: str, approval: Approval) -> TeardownPlan | None:
    """Run the resource group's teardown; return its plan, or None after showing why there is none."""
    workspace = AzureWorkspace.of(target)
    # Prefect's types miss that a flow which returns a state returns it unchanged.
    ended = cast(
        "State[TeardownPlan]",
        endpoint_teardown(workspace, endpoint, "resource_group", approval, purge=True, return_state=True),
    )
    return outcome(ended)


def outcome(state: State[R]) -> R | None:
    """Return a run's result, or None after showing why there is none."""
    if state.is_completed():
        return state.result()
    show("FAILED", (state.message or state.name or "no reason was given").splitlines())
    return None


def proven(report: LifecycleReport) -> bool:
    """Return whether scoring succeeded and the isolation is proven, from inside and outside."""
    answered = report.answer is not None and report.answer.is_ok
    return answered and report.proof is not None and report.proof.verdict == "pass"


def show_report(report: LifecycleReport) -> None:
    """Show the result of a lifecycle that completed."""
    if report.answer:
        latency = f"{report.answer.latency_seconds * 1000:.0f} ms"
        show(
            "Scoring",
            [f"HTTP {report.answer.status} in {latency} from {report.answer.deployment}: {report.answer.body}"],
        )
    for container, text in report.logs.items():
        show(f"Log of {container}, its end", text.splitlines()[-LOG_LINES:])
    if report.proof:
        parts = {
            "inside": report.proof.inside,
            "internet": report.proof.outside,
            "endpoint": report.proof.public_access,
        }
        lines = [f"{part.verdict.upper():<5} {where:<9} {part.reason}" for where, part in parts.items()]
        show(f"Isolation, {report.proof.made_at:%Y-%m-%d %H:%M:%S} UTC", lines)
    if report.warnings:
        show("Warnings", list(report.warnings))


def show(title: str, lines: list[str]) -> None:
    """Print a titled block."""
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}")
