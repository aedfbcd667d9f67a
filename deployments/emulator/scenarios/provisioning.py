"""States of endpoints and online deployments: failed, stuck, gone, or without traffic."""

from __future__ import annotations

from deployments.emulator.scenarios.changes import (
    deployments,
    endpoints,
    is_stuck,
    last_operation_failed,
    removes,
    sets,
)
from deployments.emulator.scenarios.scenario import Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services.machine_learning.online_endpoints import endpoints as endpoint_service
from deployments.emulator.services.machine_learning.online_endpoints import online_deployments
from deployments.emulator.state import Resource

GUIDE = "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-"


def _gets_a_failed_spare(scene: Scene, endpoint: Resource) -> None:
    """Let a second deployment, without traffic, have failed."""
    known = scene.emulator.resources.members(f"{endpoint.id}/deployments")
    if known:
        identity = f"{endpoint.id}/deployments/spare"
        body = {**known[0].body, "id": identity, "name": "spare"}
        body["properties"] = {**known[0].properties, "provisioningState": "Failed"}
        scene.emulator.resources.put(identity, body)


_NO_TRAFFIC = (sets("properties.traffic", {}), sets("properties.mirrorTraffic", {}))
_EMPTY = tuple(Change(endpoints, act) for act in _NO_TRAFFIC)

FORBIDDEN_BY_POLICY = last_operation_failed(
    endpoint_service.UPDATE,
    "RequestDisallowedByPolicy",
    "Resource was disallowed by policy 'Online endpoints need a cost center'.",
)
IMAGE_BUILD_FAILED = last_operation_failed(
    online_deployments.UPDATE,
    "ImageBuildFailure",
    f"Image build failed: no matching distribution found for numpy==9.9. {GUIDE}imagebuildfailure",
)
OUT_OF_QUOTA = last_operation_failed(
    online_deployments.UPDATE,
    "OutOfQuota",
    f"Not enough quota available for Standard_DS2_v2. Current usage/limit: 6/6. Additional needed: 4 {GUIDE}outofquota",
)

SCENARIOS = (
    Scenario(
        "endpoint_failed",
        "The endpoint's last operation has failed, since an Azure policy forbids it.",
        Diagnosis("unhealthy", "SCORE-END-001", "ask its owner for an exemption"),
        (Change(endpoints, FORBIDDEN_BY_POLICY),),
        cure="PATCH endpoint",
    ),
    Scenario(
        "endpoint_never_provisioned",
        "The endpoint's first operation has failed, so Azure has not given it a scoring address.",
        Diagnosis("unhealthy", "SCORE-END-001", "az monitor activity-log list"),
        (
            Change(endpoints, sets("properties.provisioningState", "Failed")),
            Change(endpoints, sets("properties.scoringUri", None)),
        ),
    ),
    Scenario(
        "endpoint_stuck",
        "An update of the endpoint does not end.",
        Diagnosis("degraded", "SCORE-END-001", "az monitor activity-log list"),
        (Change(endpoints, is_stuck(endpoint_service.UPDATE)),),
    ),
    Scenario(
        "image_build_failed",
        "The deployment has failed, since its image could not be built.",
        Diagnosis("unhealthy", "SCORE-DEP-001", "Read the image build log"),
        (Change(deployments, IMAGE_BUILD_FAILED),),
        cure="PATCH online deployment",
    ),
    Scenario(
        "quota_used_up",
        "The deployment has failed, since the quota of its cores is used up.",
        Diagnosis("unhealthy", "SCORE-DEP-001", "Request more quota"),
        (Change(deployments, OUT_OF_QUOTA),),
        cure="PATCH online deployment",
    ),
    Scenario(
        "deployment_stuck",
        "An update of the deployment does not end.",
        Diagnosis("degraded", "SCORE-DEP-001", "az ml online-deployment get-logs"),
        (Change(deployments, is_stuck(online_deployments.UPDATE)),),
    ),
    Scenario(
        "deployment_missing",
        "The endpoint has no deployment at all.",
        Diagnosis("unhealthy", "SCORE-DEP-001", "az ml online-deployment create"),
        (*_EMPTY, Change(deployments, removes)),
    ),
    Scenario(
        "spare_deployment_failed",
        "A deployment without traffic has failed.",
        Diagnosis("degraded", "SCORE-DEP-001", "az ml online-deployment get-logs"),
        (Change(endpoints, _gets_a_failed_spare),),
        cure="DELETE online deployment",
    ),
    Scenario(
        "traffic_zero",
        "No deployment gets any traffic.",
        Diagnosis("unhealthy", "SCORE-TRF-001", "--traffic"),
        _EMPTY,
        cure="PATCH endpoint",
    ),
    Scenario(
        "traffic_to_missing_deployment",
        "All traffic goes to a deployment that no longer exists.",
        Diagnosis("unhealthy", "SCORE-TRF-001", "--traffic"),
        (
            Change(endpoints, sets("properties.mirrorTraffic", {})),
            Change(endpoints, sets("properties.traffic", {"former": 100})),
        ),
        cure="PATCH endpoint",
    ),
)
