"""The endpoint's own state."""

from __future__ import annotations

import pytest
from checks_support import assert_judged, endpoint

from tasks.checks.endpoint_is_provisioned import CHECK
from tasks.domain.finding import Status


@pytest.mark.parametrize(
    ("state", "status"),
    [("Succeeded", "PASS"), ("Failed", "FAIL"), ("Canceled", "FAIL"), ("Updating", "WARN"), ("Deleting", "WARN")],
)
def test_judge(state: str, status: Status) -> None:
    """Succeeded is well, failed is not, under way is worth knowing."""
    assert_judged(CHECK, endpoint(provisioning_state=state), status, "")
