"""States of the user's code: it raises, refuses, takes too long, crashes, or doesn't start at all."""

from __future__ import annotations

from typing import Any

from deployments.emulator.scenarios.changes import deployments, last_operation_failed, sets
from deployments.emulator.scenarios.logs import LOGGED
from deployments.emulator.scenarios.scenario import Act, Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.seeding.code import SCRIPT, put_code
from deployments.emulator.services.machine_learning.online_endpoints import online_deployments
from deployments.emulator.state import Resource


def _script(imports: str, *run: str) -> str:
    """A scoring script that starts; `run` are the lines of what it does when it is called."""
    lines = [imports, "", "", "def init():", '    print("ready to score")', "", "", "def run(raw_data):"]
    return "\n".join([*lines, *(f"    {line}" for line in run), ""])


RAISES = _script("import json", 'return json.loads(raw_data)["customers"][0]["tenure"]')
REFUSES = _script(
    "from azureml_inference_server_http.api.aml_response import AMLResponse",
    'return AMLResponse("the request has too few columns", 400)',
)
TAKES = _script("import time", "time.sleep({seconds})", 'return "late"')
WORKER_CRASHES = _script("import os", "os._exit(7)")
CONTAINER_IS_KILLED = _script(
    "import os\nimport signal\nimport time", "os.kill(os.getppid(), signal.SIGKILL)", "time.sleep(5)"
)
RAISES_AT_START = """import os


def init():
    raise FileNotFoundError("no file model.pkl below " + os.environ.get("AZUREML_MODEL_DIR", "nowhere"))


def run(raw_data):
    return []
"""
IMPORTS_WHAT_IS_MISSING = """import lightgbm_that_is_not_in_the_conda_file as lightgbm


def init():
    lightgbm.start()


def run(raw_data):
    return []
"""


def _runs(name: str, text: str) -> Act:
    """Let a deployment have other code."""

    def act(scene: Scene, deployment: Resource) -> None:
        code = put_code(scene.emulator, scene.workspace, f"scenario-{name}", text)
        configuration: dict[str, Any] = {"codeId": code.id, "scoringScript": SCRIPT}
        sets("properties.codeConfiguration", configuration)(scene, deployment)

    return act


DOES_NOT_START = last_operation_failed(
    online_deployments.UPDATE,
    "",
    "ResourceNotReady: User container has crashed or terminated: Liveness probe failed: HTTP probe failed with "
    "statuscode: 502. Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready",
)


SCENARIOS = (
    Scenario(
        "model_raises",
        "score.py raises an exception when it is called.",
        Diagnosis("unhealthy", "SCORE-LOG-001", "Fix score.py:9 in run"),
        (Change(deployments, _runs("raises", RAISES)),),
    ),
    Scenario(
        "model_refuses",
        "score.py answers every request with 400.",
        Diagnosis("unhealthy", "SCORE-CALL-004", "az ml online-deployment get-logs"),
        (Change(deployments, _runs("refuses", REFUSES)),),
    ),
    Scenario(
        "model_times_out",
        "score.py takes longer than the deployment's request timeout.",
        Diagnosis("unhealthy", "SCORE-CALL-004", "request_timeout_ms"),
        (
            Change(deployments, _runs("takes-long", TAKES.format(seconds=0.6))),
            Change(deployments, sets("properties.requestSettings.requestTimeout", "PT0.1S")),
        ),
    ),
    Scenario(
        "model_slow",
        "score.py answers, but later than callers may wait.",
        Diagnosis("degraded", "SCORE-CALL-005", "instance_count"),
        (Change(deployments, _runs("slow", TAKES.format(seconds=2.1))),),
    ),
    Scenario(
        "model_crashes",
        "score.py ends its own process when it is called.",
        Diagnosis("unhealthy", "SCORE-CALL-004", "az ml online-deployment get-logs"),
        (Change(deployments, _runs("crashes", WORKER_CRASHES)),),
    ),
    Scenario(
        "container_killed",
        "The container is killed whenever it is called, as for want of memory, and started again.",
        Diagnosis("unhealthy", "SCORE-LOG-004", "a larger instance_type"),
        (*LOGGED, Change(deployments, _runs("killed", CONTAINER_IS_KILLED))),
    ),
    Scenario(
        "init_raises",
        "The deployment has failed, since score.py raises an exception in init().",
        Diagnosis("unhealthy", "SCORE-LOG-001", "Fix score.py:5 in init"),
        (Change(deployments, _runs("init-raises", RAISES_AT_START)), Change(deployments, DOES_NOT_START)),
    ),
    Scenario(
        "package_missing",
        "The deployment has failed, since score.py imports a package that the environment doesn't have.",
        Diagnosis("unhealthy", "SCORE-LOG-001", "Fix score.py:1"),
        (Change(deployments, _runs("import", IMPORTS_WHAT_IS_MISSING)), Change(deployments, DOES_NOT_START)),
    ),
)
