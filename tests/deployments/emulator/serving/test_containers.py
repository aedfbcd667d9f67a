"""Containers: the user's code in Azure's inference server, from its start to its end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from support.emulator.serving_stage import SCORE, Stage, running
from support.paths import PYTHONPATH
from support.waiting import until

from deployments.emulator.errors import ArmError

SEES_MODEL = """
import os
def init():
    global place, content
    place = os.environ["AZUREML_MODEL_DIR"]
    with open(os.path.join(place, "model", "weights.txt")) as file:
        content = file.read()
def run(raw):
    return {"place": place, "content": content}
"""
SEES_PROCESS = """
import os, sys, time
def init(): pass
def run(raw):
    folder = os.path.basename(os.getcwd())
    beside, path = os.path.exists("score.py"), "/mine" in sys.path
    return {"folder": folder, "beside": beside, "timezone": time.timezone, "path": path}
"""
HANGS = "import time\ndef init(): time.sleep(600)\ndef run(raw): return 1\n"


def to(deployment: str) -> dict[str, str]:
    return {"azureml-model-deployment": deployment}


def test_equal_deployments_of_different_endpoints_share_a_process(stage: Stage) -> None:
    """The second start is free, and both deployments' logs have the start; two of one endpoint never share."""
    one, two, code = stage.endpoint(), stage.endpoint(), stage.code()
    blue, again = stage.deployment(one, "blue", code=code), stage.deployment(one, "again", code=code)
    green = stage.deployment(two, "green", code=code)
    other = stage.deployment(two, "other", code=code, environmentVariables={"A": "1"})
    for deployment in (blue, green, other, again):
        stage.start(deployment)
    asked = ((one, blue), (two, green), (two, other), (one, again))
    pids = [stage.score(endpoint, headers=to(deployment.name)).json()["pid"] for endpoint, deployment in asked]
    assert pids[0] == pids[1]
    assert len(set(pids)) == 3
    assert "Users's init has completed successfully" in stage.logs(green)


def test_starting_again_changes_nothing(stage: Stage) -> None:
    """A start is safe to repeat, and two at once are one."""
    endpoint = stage.endpoint(traffic={"blue": 100})
    deployment = stage.deployment(endpoint)
    threads = [threading.Thread(target=stage.start, args=(deployment,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = stage.score(endpoint).json()["pid"]
    stage.start(deployment)
    assert stage.score(endpoint).json()["pid"] == first
    assert stage.logs(deployment).count("Starting gunicorn") == 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("def init(): raise RuntimeError('no weights')\ndef run(raw): return 1\n", "RuntimeError: no weights"),
        ("import not_a_package\ndef init(): pass\ndef run(raw): return 1\n", "No module named 'not_a_package'"),
        ("def init(:\n", "SyntaxError: "),
        ("def init(): pass\n", "does not have a run() function defined"),
        ("def run(raw): return 1\n", "does not have a init() function defined"),
        ("import sys\nsys.exit(0)\n", "SystemExit: 0"),
        ("import os\nos._exit(1)\n", "Booting worker with pid"),
    ],
)
def test_code_that_does_not_start_fails_the_deployment_and_says_why_in_its_log(
    stage: Stage, script: str, said: str
) -> None:
    """The refusal is Azure's bare ResourceNotReady, without a code; the reason is in the inference-server's log."""
    deployment = stage.deployment(stage.endpoint(), script=script)
    with pytest.raises(ArmError, match="User container has crashed or terminated") as refused:
        stage.start(deployment)
    assert refused.value.body()["error"]["code"] is None
    assert refused.value.message.startswith("ResourceNotReady: ")
    log = stage.logs(deployment)
    assert said in log
    assert "UserContainerStart: Failed" in log
    assert "Mounted code at /var/azureml-app/code-" in stage.logs(deployment, "StorageInitializer")


def test_a_container_that_needs_too_much_memory_says_so_in_words_of_a_quota(stage: Stage) -> None:
    """The kernel kills it; Azure's message begins with a time and OutOfQuota, without a code."""
    script = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    with pytest.raises(ArmError, match="terminated due to insufficient memory") as refused:
        stage.start(stage.deployment(stage.endpoint(), script=script))
    assert refused.value.body()["error"]["code"] is None
    assert re.match(r"\S+Z OutOfQuota: ", refused.value.message)


def test_a_scoring_script_that_is_not_there_is_named_in_the_log(stage: Stage) -> None:
    """A typo in scoring_script shows as the missing file."""
    deployment = stage.deployment(stage.endpoint())
    deployment.properties["codeConfiguration"]["scoringScript"] = "scores.py"
    with pytest.raises(ArmError, match="crashed"):
        stage.start(deployment)
    assert "No such file or directory" in stage.logs(deployment)
    assert "scores.py" in stage.logs(deployment)


def test_code_that_was_never_uploaded_shows_in_the_storage_initializer(stage: Stage) -> None:
    """A missing asset is 404, and the download's failure is in the log of the container that downloads."""
    deployment = stage.deployment(stage.endpoint(), code="https://account.blob.core.windows.net/container/absent")
    with pytest.raises(ArmError) as refused:
        stage.start(deployment)
    assert refused.value.status == 404
    assert "ModelDownload: Failed" in stage.logs(deployment, "StorageInitializer")
    assert "absent" in stage.logs(deployment, "storage-initializer")


def test_a_deployment_without_code_is_refused_in_clear_words(stage: Stage) -> None:
    """What the emulator can't run it doesn't pretend to run."""
    deployment = stage.put(f"{stage.endpoint().id}/deployments/blue", {"model": stage.model()})
    with pytest.raises(ArmError, match="runs no container images of your own"):
        stage.start(deployment)


def test_an_init_that_hangs_fails_once_enough_probes_have(stage: Stage) -> None:
    """The readiness probe's own settings say how long is too long, on the emulator's clock."""
    probe = {"initialDelay": "PT10S", "period": "PT5S", "failureThreshold": 3}
    deployment = stage.deployment(stage.endpoint(), script=HANGS, readinessProbe=probe)
    found: list[ArmError] = []

    def start() -> None:
        with pytest.raises(ArmError) as refused:
            stage.start(deployment)
        found.append(refused.value)

    thread = threading.Thread(target=start)
    thread.start()
    until(lambda: "Started container" in stage.logs(deployment))
    assert thread.is_alive()
    stage.do(lambda: stage.emulator.clock.advance(20))
    thread.join(10)
    assert "Readiness probe failed" in found[0].message
    assert stage.logs(deployment).count("Name: ReadinessProbeFailed, Type: Warning") == 3


def test_a_container_knows_nothing_of_the_emulators_environment(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """User code sees its own variables and the server's, and none of the emulator's secrets or proxies."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not for containers")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    endpoint = stage.endpoint(traffic={"blue": 100})
    stage.start(stage.deployment(endpoint, environmentVariables={"MINE": "1"}))
    found = stage.score(endpoint, {"environment": True}).json()
    assert found["MINE"] == "1"
    known = {"PATH", "LANG", "HOME", "MINE", "AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "SERVER_PORT", "HEALTH_PORT"}
    ours = {"AML_APP_INSIGHTS_ENABLED", "TRANSPORT_PROTOCOL", "WORKER_COUNT", "HTTP_X_MS_SERVER_VERSION"}
    assert set(found) <= known | ours | {"SERVER_SOFTWARE", "LC_CTYPE"}


def test_a_container_starts_as_a_process_of_its_own_would(stage: Stage) -> None:
    """It works in the code's folder, and PYTHONPATH and TZ mean what they always do."""
    endpoint, code = stage.endpoint(traffic={"blue": 100}), stage.code(SEES_PROCESS)
    stage.start(stage.deployment(endpoint, code=code, environmentVariables={"TZ": "UTC+3", "PYTHONPATH": "/mine"}))
    found = stage.score(endpoint).json()
    assert (found["folder"], found["beside"]) == (code.rsplit("/", 1)[-1], True)
    assert (found["timezone"], found["path"]) == (3 * 3600, True)


def test_the_model_lies_where_azure_puts_it(stage: Stage) -> None:
    """AZUREML_MODEL_DIR ends in name/version, and holds the model under the name it was uploaded with."""
    endpoint, model = stage.endpoint(traffic={"blue": 100}), stage.model("the weights")
    stage.start(deployment := stage.deployment(endpoint, script=SEES_MODEL, model=model))
    found = stage.score(endpoint).json()
    assert found["content"] == "the weights"
    assert found["place"].endswith(f"/azureml-models/iris/{model.rsplit('/', 1)[-1]}")
    assert "Downloaded model/weights.txt (11 bytes)" in stage.logs(deployment, "StorageInitializer")


def test_a_container_listens_on_loopback_only(stage: Stage) -> None:
    """Neither another address nor gunicorn's control socket is open."""
    pid = stage.score(stage.serve()).json()["pid"]
    master = psutil.Process(pid).parent()
    assert master is not None
    for process in (master, psutil.Process(pid)):
        assert {connection.laddr.ip for connection in process.connections("inet")} == {"127.0.0.1"}
        assert not [connection for connection in process.connections("unix") if connection.laddr]


def test_a_changed_deployment_keeps_its_former_container_until_the_new_one_is_ready(stage: Stage) -> None:
    """An update that can't start leaves what ran before running; one that can replaces it."""
    endpoint = stage.endpoint(traffic={"blue": 100})
    stage.start(deployment := stage.deployment(endpoint))
    former = stage.score(endpoint).json()["pid"]
    with pytest.raises(ArmError, match="crashed"):
        stage.start(stage.deployment(endpoint, script="raise ValueError('new')"))
    assert stage.score(endpoint).json()["pid"] == former
    stage.start(stage.deployment(endpoint, environmentVariables={"NEW": "1"}))
    assert stage.score(endpoint, {"environment": True}).json()["NEW"] == "1"
    until(lambda: not psutil.pid_exists(former))
    assert "ValueError: new" in stage.logs(deployment)


def test_a_stopped_deployment_leaves_no_process_and_no_log(stage: Stage) -> None:
    """What others share stays until the last of them stops."""
    one, two, code = stage.endpoint(), stage.endpoint(), stage.code()
    blue, green = stage.deployment(one, "blue", code=code), stage.deployment(two, "green", code=code)
    stage.start(blue)
    stage.start(green)
    pid = stage.score(one, headers=to("blue")).json()["pid"]
    stage.stop(blue)
    stage.stop(blue)
    assert stage.score(two, headers=to("green")).json()["pid"] == pid
    stage.stop(green)
    until(lambda: not psutil.pid_exists(pid))
    assert "init ran" not in stage.logs(green)


def test_removing_a_deployment_by_any_way_ends_its_container(stage: Stage) -> None:
    """A deleted resource group takes the processes with it."""
    endpoint = stage.serve()
    pid = stage.score(endpoint).json()["pid"]
    stage.do(lambda: stage.emulator.removal.remove(endpoint.id))
    until(lambda: not psutil.pid_exists(pid))


def test_a_container_that_ends_by_itself_is_started_again(stage: Stage) -> None:
    """A crash of the whole server is told as Azure tells it, and the container comes back."""
    endpoint = stage.serve()
    deployment = stage.emulator.resources.require(f"{endpoint.id}/deployments/blue")
    answer = stage.score(endpoint, {"kill": True})
    assert (answer.status_code, answer.headers["ms-azureml-model-error-statuscode"]) == (424, "502")
    until(lambda: stage.score(endpoint).status_code == 200)
    assert "Name: LivenessProbeFailed, Type: Warning" in stage.logs(deployment)


def test_containers_come_back_when_the_process_that_they_are_forks_of_is_killed(stage: Stage) -> None:
    """All of them end with it, and each is started again from a new one."""
    endpoint = stage.serve()
    pid = stage.score(endpoint).json()["pid"]
    host = psutil.Process(pid).parents()[1]
    host.kill()
    until(lambda: not psutil.pid_exists(pid))
    until(lambda: stage.score(endpoint).status_code == 200)
    assert psutil.Process(stage.score(endpoint).json()["pid"]).parents()[1] != host


def test_a_restarted_emulator_runs_its_deployments_when_they_are_asked(tmp_path: Path) -> None:
    """Nothing runs until the first request comes, not even what user code left behind; the old log is still there."""
    with running(tmp_path) as stage:
        endpoint = stage.serve()
        pid = stage.score(endpoint, {"say": "before the restart"}).json()["pid"]
        daemon = stage.score(endpoint, {"daemon": True}).json()
    assert not psutil.pid_exists(pid)
    assert not psutil.pid_exists(daemon)
    with running(tmp_path) as stage:
        assert stage.score(endpoint).status_code == 200
        deployment = stage.emulator.resources.require(f"{endpoint.id}/deployments/blue")
        assert "before the restart" in stage.logs(deployment)


def test_the_log_begins_with_the_state_of_the_steps_and_ends_with_the_last_lines(stage: Stage) -> None:
    """It has the form of Azure's getLogs, and `tail` counts the container's lines only."""
    endpoint = stage.endpoint(traffic={"blue": 100})
    stage.start(deployment := stage.deployment(endpoint))
    for word in ("one", "two", "three"):
        stage.score(endpoint, {"say": word})
    until(lambda: stage.logs(deployment).count("POST /score HTTP/1.1") == 3)
    log = stage.logs(deployment, tail=2)
    assert log.startswith("Instance status:\nSystemSetup: Succeeded\nUserContainerImagePull: Succeeded\n")
    assert "UserContainerStart: Succeeded\n\nContainer events:\nKind: Pod, Name: Pulling, Type: Normal, Time: " in log
    lines = log.partition("Container logs:\n")[2].splitlines()
    assert len(lines) == 2
    assert SCORE not in log
    assert not [line for line in lines if "one" in line]


def test_no_container_uses_the_home_folder_of_the_emulator(stage: Stage) -> None:
    """gunicorn and user code have a home of their own."""
    stage.serve()
    assert not (Path.home() / ".gunicorn").exists()


KILLED_EMULATOR = """
import sys, time
from pathlib import Path
from support.emulator.serving_stage import running

with running(Path(sys.argv[1])) as stage:
    endpoint = stage.serve()
    print(stage.score(endpoint).json()["pid"], stage.score(endpoint, {"daemon": True}).json(), flush=True)
    time.sleep(600)
"""


def test_a_killed_emulator_leaves_no_process(tmp_path: Path) -> None:
    """Even SIGKILL, after which it can clean up nothing itself, takes every container along, and what they started."""
    command = [sys.executable, "-c", KILLED_EMULATOR, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as emulator:
        assert emulator.stdout
        pids = [int(pid) for pid in emulator.stdout.readline().split()]
        emulator.kill()
    assert len(pids) == 2
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
