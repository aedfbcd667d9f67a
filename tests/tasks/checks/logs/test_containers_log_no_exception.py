"""Exceptions in the containers' logs."""

from __future__ import annotations

import pytest
from support.check_facts import answer, assert_judged, deployment, half_an_answer

from tasks.checks.logs.containers_log_no_exception import CHECK, Observation
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.diagnostics.finding import Status

TRACEBACK = """
2026-08-01 03:00:00,123 E [70] azmlinfsrv - Traceback (most recent call last):
  File "/opt/lib/python3.11/site-packages/azureml_inference_server_http/server/user_script.py", line 130, in invoke_run
    run_output = self._wrapped_user_run(**run_parameters)
  File "/var/azureml-app/src/score.py", line 12, in run
    return model[data["missing"]]
           ~~~~~^^^^^^^^^^^^^^^^^
KeyError: 'missing'

The above exception was the direct cause of the following exception:
127.0.0.1 - - "POST /score HTTP/1.0" 500
"""
INIT = """Traceback (most recent call last):
  File "/var/azureml-app/score.py", line 3, in init
    1/0
ZeroDivisionError
"""


WRAPPED = """Traceback (most recent call last):
  File "/var/azureml-app/score.py", line 2, in run
    raise ValueError("bad row")
ValueError: bad row

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/opt/lib/python3.11/site-packages/azureml_inference_server_http/server/routes.py", line 91, in score
    return user_script.invoke_run(request)
azureml_inference_server_http.server.user_script.UserScriptException: bad row
"""


def logs(server: str = "", initializer: str = "", name: str = "blue") -> DeploymentLogs:
    return DeploymentLogs(
        endpoint="churn-prod", online_deployment=name, inference_server=server, storage_initializer=initializer
    )


OK, MODEL, REFUSED = answer(), answer(424, ""), answer(403, "public network access")
UP, DOWN = (deployment(),), (deployment(state="Failed"),)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation((logs("all is well\n"),), UP, MODEL), "PASS", "no exception"),
        (Observation((), (), None), "SKIP", "no online deployment"),
        (Observation((logs(TRACEBACK),), UP, MODEL), "FAIL", "blue failed in score.py:12 in run: KeyError: 'missing'."),
        (
            Observation((logs(), logs(initializer=INIT, name="green")), DOWN, None),
            "FAIL",
            "green failed in score.py:3 in init",
        ),
        (Observation((logs(TRACEBACK + INIT),), DOWN, OK), "FAIL", "score.py:3 in init: ZeroDivisionError."),
        (Observation((logs(TRACEBACK),), UP, half_an_answer()), "FAIL", "score.py:12 in run"),
        (Observation((logs(TRACEBACK),), UP, OK), "WARN", "failed earlier in score.py:12"),
        (Observation((logs(TRACEBACK),), UP, REFUSED), "WARN", "failed earlier"),
        (Observation((logs(TRACEBACK),), UP, None), "WARN", "failed earlier"),
        (Observation((logs(WRAPPED),), UP, MODEL), "FAIL", "blue failed in score.py:2 in run: ValueError: bad row."),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """The last one, at the team's own file and line; history is a warning only."""
    assert_judged(CHECK, seen, status, words)


def test_the_remedy_can_be_run_as_it_stands() -> None:
    """The command names the online deployment, and where it is."""
    found = assert_judged(CHECK, Observation((logs(TRACEBACK),), UP, MODEL), "FAIL", "blue failed")
    assert found.remedy.startswith("Fix score.py:12 in run, then: az ml online-deployment update --endpoint-name ")
    assert "churn-prod --name blue --file DEPLOYMENT.yml --resource-group ml --workspace-name churn" in found.remedy
