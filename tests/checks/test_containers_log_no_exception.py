"""Exceptions in the containers' logs."""

from __future__ import annotations

import pytest
from checks_support import assert_judged

from tasks.checks.containers_log_no_exception import CHECK
from tasks.domain.finding import Status
from tasks.domain.logs import DeploymentLogs

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


def logs(server: str = "", initializer: str = "", name: str = "blue") -> DeploymentLogs:
    return DeploymentLogs(
        endpoint="churn-prod", online_deployment=name, inference_server=server, storage_initializer=initializer
    )


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((logs("all is well\n"),), "PASS", "no exception"),
        ((), "SKIP", "no online deployment"),
        ((logs(TRACEBACK),), "FAIL", "blue failed in score.py:12 in run: KeyError: 'missing'."),
        ((logs(), logs(initializer=INIT, name="green")), "FAIL", "green failed in score.py:3 in init"),
        ((logs(TRACEBACK + INIT),), "FAIL", "score.py:3 in init: ZeroDivisionError."),
    ],
)
def test_judge(seen: tuple[DeploymentLogs, ...], status: Status, words: str) -> None:
    """The last one, at the team's own file and line rather than the server's."""
    assert_judged(CHECK, seen, status, words)
