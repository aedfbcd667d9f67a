"""Private endpoints from before 24 May 2022."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, private_endpoint

from tasks.checks.network.private_endpoint_carries_scoring import CHECK
from tasks.domain.azure.networking.private_network import PrivateAddress, PrivateEndpoint
from tasks.domain.diagnostics.finding import Status

OLD = private_endpoint(member="notebook")
BY_NAME = private_endpoint().model_copy(
    update={"addresses": (PrivateAddress(address="10.20.0.6", host_names=("*.westeurope.inference.ml.azure.com",)),)}
)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((private_endpoint(),), "PASS", "has an address for scoring hosts"),
        ((BY_NAME,), "PASS", "has an address for scoring hosts"),
        ((OLD,), "FAIL", "pe-churn has no address for scoring hosts"),
        ((OLD, private_endpoint()), "WARN", "Callers behind pe-churn"),
        ((), "SKIP", "no private endpoint that can be read"),
    ],
)
def test_judge(seen: tuple[PrivateEndpoint, ...], status: Status, words: str) -> None:
    """Its interface tells, not its date."""
    assert_judged(CHECK, seen, status, words)
