"""The states of online deployments."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, deployment, subject_of

from tasks.checks.endpoint.online_deployments_are_provisioned import CHECK, Observation
from tasks.domain.azure.online_deployment import OnlineDeployment, ProvisioningError
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.subject import Expectations

BLUE, GREEN = deployment("Blue"), deployment("green")
BAD_BLUE, BAD_GREEN = deployment("blue", "Failed"), deployment("green", "Failed")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((BLUE, GREEN), "PASS", "All 2"),
        ((), "FAIL", "has no online deployment"),
        ((BAD_BLUE, GREEN), "FAIL", "needs have failed: blue."),
        ((BLUE, BAD_GREEN), "WARN", "without traffic have failed: green."),
        ((BAD_GREEN,), "FAIL", "have failed: green."),
        ((BLUE, deployment("green", "Updating")), "WARN", "is running"),
    ],
)
def test_judge(seen: tuple[OnlineDeployment, ...], status: Status, words: str) -> None:
    """Those with traffic must have succeeded; blue has all of it."""
    assert_judged(CHECK, Observation(seen), status, words)


def test_what_azure_says_of_the_failure_is_told() -> None:
    """Its code is in the reason, its words in the evidence, and what is known to help in the remedy."""
    error = ProvisioningError(name="blue", code="OutOfQuota", message="0/6 cores", hint="Ask for more.", is_quota=True)
    found = assert_judged(CHECK, Observation((BAD_BLUE,), (error,)), "FAIL", "have failed: blue (OutOfQuota).")
    assert found.evidence[-1].seen == "OutOfQuota: 0/6 cores"
    assert found.stands_alone
    assert found.remedy.startswith("Ask for more. Then: az ml online-deployment update --endpoint-name churn-prod")
    unknown = ProvisioningError(name="green", code="Strange")
    found = assert_judged(CHECK, Observation((BLUE, BAD_GREEN), (unknown,)), "WARN", "failed: green (Strange).")
    assert found.remedy.startswith("Read the reason:")
    assert not found.stands_alone


def test_a_failure_without_a_code_is_told_in_azures_words() -> None:
    """They are in the evidence once; a container that ran out of memory isn't taken for a quota."""
    message = "2026-11-27T10:00:00Z OutOfQuota: Container terminated due to insufficient memory."
    error = ProvisioningError(name="blue", code="OutOfQuota", message=message, hint="Choose a larger one.")
    found = assert_judged(CHECK, Observation((BAD_BLUE,), (error,)), "FAIL", "have failed: blue (OutOfQuota).")
    assert found.evidence[-1].seen == message
    assert not found.stands_alone
    assert "Where its first creation failed" in found.remedy
    error = ProvisioningError(name="blue", code="", message="Something else happened.")
    found = assert_judged(CHECK, Observation((BAD_BLUE,), (error,)), "FAIL", "have failed: blue.")
    assert found.evidence[-1].seen == "Something else happened."


def test_a_deployment_that_the_call_names_is_needed_too() -> None:
    """Traffic doesn't matter for a call that names its deployment."""
    subject = subject_of(expectations=Expectations(online_deployment="green"))
    assert_judged(CHECK, Observation((BLUE, BAD_GREEN)), "FAIL", "needs have failed: green.", subject)
