"""The zone's link to the network."""

from __future__ import annotations

import pytest
from support.check_facts import NETWORK, assert_judged, private_endpoint

from tasks.checks.dns.private_zone_is_linked import CHECK
from tasks.domain.azure.networking.private_network import PrivateEndpoint, ZoneLink
from tasks.domain.diagnostics.finding import Status

BARE = private_endpoint(linked=False)
assert BARE.zone
UNDER_WAY = BARE.model_copy(
    update={"zone": BARE.zone.model_copy(update={"links": (ZoneLink(network_id=NETWORK, state="InProgress"),)})}
)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((private_endpoint(),), "PASS", "is linked"),
        ((BARE,), "FAIL", "not linked to the virtual network callers"),
        ((UNDER_WAY,), "FAIL", "not linked to the virtual network callers"),
        ((BARE, private_endpoint()), "WARN", "one of the networks"),
        ((private_endpoint(zone=False),), "SKIP", "has a private zone"),
        ((), "SKIP", "has a private zone"),
    ],
)
def test_judge(seen: tuple[PrivateEndpoint, ...], status: Status, words: str) -> None:
    """A link counts once it is completed; the remedy names zone and network."""
    found = assert_judged(CHECK, seen, status, words)
    if status in {"FAIL", "WARN"}:
        assert f"--zone-name privatelink.api.azureml.ms --name callers --virtual-network {NETWORK}" in found.remedy
