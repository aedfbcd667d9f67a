"""States without a known fault, in which a check can't be made or has to be repeated."""

from __future__ import annotations

from deployments.emulator.scenarios.changes import INTERNET, endpoints_meet, reading_meets, workspace
from deployments.emulator.scenarios.scenario import Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.state import Resource

FORBIDDEN = {
    "action": "fail",
    "status": 403,
    "code": "AuthorizationFailed",
    "message": "The client does not have authorization to perform action over scope.",
}


def _internet_proxy_is_down(scene: Scene, _: Resource) -> None:
    scene.fault(vantage=INTERNET, action="reset")


def _logs_are_forbidden(scene: Scene, _: Resource) -> None:
    scene.fault(host=r"^api\.loganalytics\.", path="/query$", **{**FORBIDDEN, "code": "InsufficientAccessError"})


SCENARIOS = (
    Scenario(
        "network_not_readable",
        "The identity may not read virtual networks, private endpoints and private zones.",
        Diagnosis("unknown"),
        (reading_meets("/providers/Microsoft.Network/", **FORBIDDEN),),
    ),
    Scenario(
        "deployments_not_listed",
        "Azure doesn't answer when asked for the endpoint's deployments.",
        Diagnosis("unknown"),
        (endpoints_meet("/deployments", action="fail", status=500, code="InternalServerError"),),
    ),
    Scenario(
        "logs_not_readable",
        "The identity may not query Log Analytics.",
        Diagnosis("unknown"),
        (Change(workspace, _logs_are_forbidden),),
        expects={"depth": "always"},
    ),
    Scenario(
        "way_out_broken",
        "The outbound internet proxy does not work, so access from the internet is not checked.",
        Diagnosis("unknown"),
        (Change(workspace, _internet_proxy_is_down),),
    ),
    Scenario(
        "reads_throttled",
        "Azure refuses a few requests with 429, and answers when they are repeated: nothing is wrong.",
        Diagnosis("healthy"),
        (
            reading_meets(
                "/providers/Microsoft.MachineLearningServices/",
                method="GET",
                action="fail",
                status=429,
                code="TooManyRequests",
                headers={"Retry-After": "1"},
                times=2,
            ),
        ),
    ),
)
