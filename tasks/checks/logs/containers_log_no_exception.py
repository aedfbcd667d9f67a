"""The last exception in the containers' logs names the team's own file and line."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.script_failure import ScriptFailure, last_failure
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The tails of both containers' logs, and what an exception in them may explain."""

    logs: tuple[DeploymentLogs, ...]
    deployments: tuple[OnlineDeployment, ...]
    call: CallProbe | None


async def observe(facts: EndpointFacts) -> Observation:
    """Logs, online deployments, and the scoring call if there is a sample."""
    return Observation(await facts.container_logs(), await facts.online_deployments(), await facts.known_call())


def judge(subject: Subject, found: Observation) -> Verdict:
    """Fail on an exception in the last 200 lines of both containers, of up to three deployments.

    Failed deployments come first, then those with the most traffic. An exception that explains no current failure only
    warns.
    """
    if not found.logs:
        return skipped("The endpoint has no online deployment, so there is no log.")
    failures = [(one.online_deployment, failure) for one in found.logs for failure in _failures(one)]
    if not failures:
        return passed("The containers' logs contain no exception.")
    name, failure = failures[0]
    lines = tuple(_line(deployment, one) for deployment, one in failures)
    where = f"{failure.place}: {failure.text}."
    if _is_history(found):
        return warned(f"Online deployment {name} failed earlier in {where}", *lines)
    remedy = (
        f"Fix {failure.place}, then: az ml online-deployment update --endpoint-name {subject.name} --name {name} "
        f"--file DEPLOYMENT.yml {subject.workspace_flags}"
    )
    return failed(f"Online deployment {name} failed in {where}", *lines, remedy=remedy)


def _is_history(found: Observation) -> bool:
    """Return whether no deployment or call fails now in a way that a script's exception explains."""
    answer = found.call.answer if found.call else None
    model = answer is not None and answer.outcome in {"model_error", "model_timeout", "platform_error"}
    broken_off = found.call is not None and bool(found.call.unfinished)
    return not (model or broken_off) and not any(has_failed(one.provisioning_state) for one in found.deployments)


def _failures(logs: DeploymentLogs) -> list[ScriptFailure]:
    found = (last_failure(logs.inference_server), last_failure(logs.storage_initializer))
    return [one for one in found if one]


def _line(deployment: str, failure: ScriptFailure) -> Evidence:
    return seen(f"{deployment}, {failure.place}", failure.text, "no exception")


CHECK = Check(
    code="SCORE-LOG-001",
    title="The containers' logs contain no exception",
    severity="minor",
    scope="endpoint",
    inputs=("container_logs", "online_deployments", "known_call"),
    observe=observe,
    judge=judge,
    remedy=(
        "Read the logs (az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT {flags}), fix "
        "the line that they name, and update the online deployment."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#get-container-logs",
    deep=True,
    explains=("SCORE-DEP-001", "SCORE-CALL-004", "SCORE-LOG-002", "SCORE-LOG-004"),
    because="A scoring script that fails in init() fails the deployment, and one that fails in run() fails the calls.",
    fixed_by_redeploy=True,
)
