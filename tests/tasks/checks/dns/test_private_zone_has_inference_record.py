"""The A record in the private zone."""

from __future__ import annotations

import pytest
from support.check_facts import GUID, assert_judged, private_endpoint, workspace

from tasks.checks.dns.private_zone_has_inference_record import CHECK, Observation
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.diagnostics.finding import Status

RECORD = f"*.{GUID}.inference.westeurope"
BARE, STALE = private_endpoint(records={}), private_endpoint(records={RECORD: ("10.20.0.99",)})
OTHER_CASE = private_endpoint(records={RECORD.upper(): ("10.20.0.6",)})


@pytest.mark.parametrize(
    ("ways", "status", "words"),
    [
        ((private_endpoint(),), "PASS", RECORD),
        ((OTHER_CASE,), "PASS", RECORD),
        ((BARE,), "FAIL", "does not resolve scoring hosts to the private endpoint (*."),
        ((STALE,), "FAIL", "does not resolve"),
        ((private_endpoint(zone=False),), "FAIL", "does not resolve"),
        ((BARE, private_endpoint()), "WARN", "behind one of the private endpoints"),
        ((private_endpoint(member="default"),), "SKIP", "has an address for scoring hosts"),
        ((), "SKIP", "has an address for scoring hosts"),
    ],
)
def test_judge(ways: tuple[PrivateEndpoint, ...], status: Status, words: str) -> None:
    """Missing, stale, and without a zone: each leads callers astray."""
    assert_judged(CHECK, Observation(workspace(location="West Europe"), ways), status, words)
