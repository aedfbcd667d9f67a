"""The last exception in the containers' logs names file and line of what went wrong."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.finding import Evidence, Verdict, failed, passed, seen, skipped
from tasks.domain.logs import DeploymentLogs
from tasks.domain.script_failure import ScriptFailure, last_failure
from tasks.domain.subject import Subject


async def observe(look: EndpointLook) -> tuple[DeploymentLogs, ...]:
    """The tails of both containers."""
    return await look.container_logs()


def judge(_subject: Subject, logs: tuple[DeploymentLogs, ...]) -> Verdict:
    """No traceback in either container; of those found, the first deployment's comes first."""
    if not logs:
        return skipped("The endpoint has no online deployment, so there is no log.")
    found = [(one.online_deployment, failure) for one in logs for failure in _failures(one)]
    if not found:
        return passed("The containers' logs tell of no exception.")
    name, failure = found[0]
    return failed(
        f"Online deployment {name} failed in {failure.place}: {failure.text}.",
        *(_line(deployment, one) for deployment, one in found),
        remedy=f"Mend {failure.place}, and update online deployment {name} (az ml online-deployment update).",
    )


def _failures(logs: DeploymentLogs) -> list[ScriptFailure]:
    found = (last_failure(logs.inference_server), last_failure(logs.storage_initializer))
    return [one for one in found if one]


def _line(deployment: str, failure: ScriptFailure) -> Evidence:
    return seen(f"{deployment}, {failure.place}", failure.text, "no exception")


CHECK = Check(
    code="SCORE-LOG-001",
    name="containers_log_no_exception",
    title="The containers' logs tell of no exception",
    severity="minor",
    scope="endpoint",
    inputs=("container_logs",),
    observe=observe,
    judge=judge,
    remedy="az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT {flags}",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#get-container-logs",
    deep=True,
)
