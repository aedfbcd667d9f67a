"""An endpoint answers only through provisioned online deployments."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.online_deployment import OnlineDeployment, ProvisioningError
from tasks.domain.azure.provisioning import has_failed, is_settled
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, warned
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The online deployments, and Azure's errors of those that failed."""

    deployments: tuple[OnlineDeployment, ...]
    errors: tuple[ProvisioningError, ...] = ()


async def observe(facts: EndpointFacts) -> Observation:
    """The online deployments, and why some have failed."""
    return Observation(await facts.online_deployments(), await facts.provisioning_errors())


def judge(subject: Subject, found: Observation) -> Verdict:
    """Fail without deployments, or when one with traffic has failed; warn when one without traffic has.

    The last operation's URL returns Azure's code, such as OutOfQuota or ImageBuildFailure, as long as Azure keeps it.
    """
    deployments = found.deployments
    if not deployments:
        return failed("The endpoint has no online deployment.", remedy=_create(subject))
    broken = [one for one in deployments if has_failed(one.provisioning_state)]
    lines = tuple(_line(one) for one in deployments if one.provisioning_state.lower() != "succeeded")
    lines += tuple(seen(f"last operation on {one.name}", one.sentence) for one in found.errors)
    needed = [one.name for one in broken if _is_needed(one, subject)]
    if needed or len(broken) == len(deployments):
        names = ", ".join(needed or [one.name for one in broken])
        reason = f"Online deployments that the traffic needs have failed: {names}{_codes(found)}."
        alone = bool(found.errors) and all(one.is_quota for one in found.errors)
        return failed(reason, *lines, remedy=_remedy(subject, found), stands_alone=alone)
    if broken:
        names = ", ".join(one.name for one in broken)
        reason = f"Online deployments without traffic have failed: {names}{_codes(found)}."
        return warned(reason, *lines, remedy=_remedy(subject, found))
    if any(not is_settled(one.provisioning_state) for one in deployments):
        return warned("An operation is running on an online deployment.", *lines)
    return passed(f"All {len(deployments)} online deployments are provisioned.")


def _is_needed(deployment: OnlineDeployment, subject: Subject) -> bool:
    named = subject.expectations.online_deployment or ""
    return share_of(subject.one_endpoint.traffic, deployment.name) > 0 or deployment.name.lower() == named.lower()


def _codes(found: Observation) -> str:
    codes = ", ".join(dict.fromkeys(one.code for one in found.errors if one.code))
    return f" ({codes})" if codes else ""


def _remedy(subject: Subject, found: Observation) -> str:
    """Return the remedy of the first known error; empty: the standing remedy."""
    known = next((one for one in found.errors if one.hint), None)
    if known is None:
        return ""
    names = f"--endpoint-name {subject.name} --name {argument(known.name)}"
    update = f"az ml online-deployment update {names} --file DEPLOYMENT.yml {subject.workspace_flags}"
    return f"{known.hint} Then: {update}. Where its first creation failed, delete it and create it again instead."


def _line(deployment: OnlineDeployment) -> Evidence:
    return seen(f"online deployment {deployment.name}", deployment.provisioning_state, "Succeeded")


def _create(subject: Subject) -> str:
    return (
        f"az ml online-deployment create --name blue --endpoint-name {subject.name} --file DEPLOYMENT.yml "
        f"--all-traffic {subject.workspace_flags}"
    )


CHECK = Check(
    code="SCORE-DEP-001",
    title="The endpoint's online deployments are provisioned",
    severity="critical",
    scope="endpoint",
    inputs=("online_deployments", "provisioning_errors"),
    observe=observe,
    judge=judge,
    remedy=(
        "Read the reason: az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT {flags} (and "
        "--container storage-initializer); fix it, then: az ml online-deployment update --endpoint-name {endpoint} "
        "--name DEPLOYMENT --file DEPLOYMENT.yml {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints",
    explains=("SCORE-TRF-001", "SCORE-CALL-003", "SCORE-CALL-004", "SCORE-LOG-002", "SCORE-LOG-004"),
    because="Traffic to a failed deployment is answered with 404 or 5xx.",
    fixed_by_redeploy=True,
)
