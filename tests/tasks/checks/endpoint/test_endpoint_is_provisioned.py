"""The endpoint's own state."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, endpoint, subject_of

from tasks.checks.endpoint.endpoint_is_provisioned import CHECK
from tasks.domain.azure.online_deployment import ProvisioningError
from tasks.domain.diagnostics.finding import Status


@pytest.mark.parametrize(
    ("state", "status"),
    [("Succeeded", "PASS"), ("Failed", "FAIL"), ("Canceled", "FAIL"), ("Updating", "WARN"), ("Deleting", "WARN")],
)
def test_judge(state: str, status: Status) -> None:
    """Succeeded is well, failed is not, under way is worth knowing."""
    assert_judged(CHECK, None, status, "", subject_of(endpoint(provisioning_state=state)))


def test_what_azure_says_of_the_failure_is_told() -> None:
    """With what is known to help; else the standing remedy has to do."""
    failed = subject_of(endpoint(provisioning_state="Failed"))
    error = ProvisioningError(name="churn-prod", code="RequestDisallowedByPolicy", message="No.", hint="Ask for it.")
    found = assert_judged(CHECK, error, "FAIL", "ended as Failed (RequestDisallowedByPolicy).", failed)
    assert found.evidence[-1].seen == "RequestDisallowedByPolicy: No."
    assert found.remedy == "Ask for it."
    unknown = ProvisioningError(name="churn-prod", code="Strange")
    assert "activity log" in assert_judged(CHECK, unknown, "FAIL", "(Strange)", failed).remedy
