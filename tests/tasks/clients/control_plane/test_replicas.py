"""A copy of an online deployment asks for what the original asked for, not for what Azure shows."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.clients.control_plane.replicas import replica_of

EGRESS = "egressPublicNetworkAccess"


@pytest.mark.parametrize(("shown", "copied"), [("Enabled", {}), ("enabled", {}), ("Disabled", {EGRESS: "Disabled"})])
def test_the_egress_that_azure_shows(shown: str, copied: dict[str, Any]) -> None:
    """Enabled is Azure's default, refused in a request under a managed network; Disabled was requested."""
    original = {"location": "westeurope", "properties": {"instanceType": "Standard_DS3_v2", EGRESS: shown}}
    properties = replica_of(original)["properties"]
    assert properties == {"instanceType": "Standard_DS3_v2", "properties": {}, **copied}
