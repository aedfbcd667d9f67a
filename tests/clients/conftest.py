"""A target in the session's emulator for each test that asks for one."""

from __future__ import annotations

import re

import pytest
from conftest import RunningEmulator

from tasks.domain.target import AzureTarget


@pytest.fixture
def target(emulator: RunningEmulator, request: pytest.FixtureRequest) -> AzureTarget:
    """A target of the test's own: resources stay in the emulator between tests."""
    own = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:60].strip("-")
    return AzureTarget(
        subscription_id=emulator.subscription,
        resource_group=f"rg-{own}",
        workspace="churn",
        location="westeurope",
        internet_proxy=emulator.variables["EMULATOR_INTERNET_PROXY"],
    )
