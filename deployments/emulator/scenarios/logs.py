"""States that only the logs show, while every call succeeds at the moment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from deployments.emulator.clock import iso
from deployments.emulator.scenarios.changes import endpoints, workspace
from deployments.emulator.scenarios.scenario import Act, Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services.insights import SETTINGS
from deployments.emulator.state import Resource
from deployments.emulator.telemetry import events

LOGS = "Microsoft.OperationalInsights/workspaces"
ALWAYS = {"depth": "always"}
HOUR = 3600.0


def _log_workspace(scene: Scene) -> str:
    return f"{scene.group}/providers/{LOGS}/scenario-logs-{scene.workspace.name.lower()}"


def _has_log_workspace(scene: Scene, _: Resource) -> None:
    identity = _log_workspace(scene)
    if scene.emulator.resources.get(identity) is None:
        properties = {"customerId": str(uuid.uuid4()), "provisioningState": "Succeeded"}
        scene.emulator.resources.create(identity, properties, location=scene.workspace.body["location"], tags={})


def _is_logged(scene: Scene, endpoint: Resource) -> None:
    identity = f"{endpoint.id}{SETTINGS}/scenario"
    if scene.emulator.resources.get(identity) is None:
        logs = [{"categoryGroup": "allLogs", "enabled": True}]
        setting = {"workspaceId": _log_workspace(scene), "logs": logs, "metrics": []}
        scene.emulator.resources.create(identity, setting)


LOGGED = (Change(workspace, _has_log_workspace), Change(endpoints, _is_logged))


def _had_requests(*records: Mapping[str, Any]) -> Act:
    """Let the traffic log have requests of the last hour."""

    def act(scene: Scene, endpoint: Resource) -> None:
        before = iso(scene.emulator.clock.now() - HOUR)
        for record in records:
            common = {"TimeGenerated": before, "EndpointName": endpoint.name, "Method": "POST", "Path": "/score"}
            events.traffic(scene.emulator, endpoint, {**common, **record})

    return act


def _had_restarts(scene: Scene, endpoint: Resource) -> None:
    for deployment in scene.emulator.resources.members(f"{endpoint.id}/deployments"):
        for _ in range(3):
            events.event(scene.emulator, deployment.id, "BackOff", "Back-off restarting failed container")


def _request(status: int, milliseconds: int) -> dict[str, Any]:
    return {"ResponseCode": status, "TotalDurationMs": milliseconds, "DeploymentName": "blue"}


FINE, FAILED, SLOW = _request(200, 40), _request(424, 60), _request(200, 6000)

SCENARIOS = (
    Scenario(
        "requests_failed_before",
        "The sample request succeeds, but many requests of other callers have failed.",
        Diagnosis("degraded", "SCORE-LOG-002", "AmlOnlineEndpointTrafficLog"),
        (*LOGGED, Change(endpoints, _had_requests(*[FINE] * 6, *[FAILED] * 4))),
        expects=ALWAYS,
    ),
    Scenario(
        "requests_slow_before",
        "The sample request is answered at once, but many requests of other callers were slow.",
        Diagnosis("degraded", "SCORE-LOG-003", "instance_count"),
        (*LOGGED, Change(endpoints, _had_requests(*[FINE] * 6, *[SLOW] * 4))),
        expects=ALWAYS,
    ),
    Scenario(
        "instances_restarted",
        "The deployment's container was restarted several times.",
        Diagnosis("degraded", "SCORE-LOG-004", "az ml online-deployment get-logs"),
        (*LOGGED, Change(endpoints, _had_restarts)),
        expects=ALWAYS,
    ),
    Scenario(
        "no_log_data",
        "A diagnostic setting is there, but Log Analytics has no data yet: nothing is wrong.",
        Diagnosis("healthy"),
        LOGGED,
        expects=ALWAYS,
    ),
)
