"""Whether an endpoint's keys can be had."""

from __future__ import annotations

from support.check_facts import assert_judged, endpoint, subject_of

from tasks.checks.scoring.key_auth_is_possible import CHECK
from tasks.domain.diagnostics.probe import KeyAccess

KEYED = subject_of(endpoint(auth_mode="key"))


def test_judge() -> None:
    """A refusal of Azure's is quoted."""
    assert_judged(CHECK, KeyAccess(), "PASS", "returns", KEYED)
    found = assert_judged(CHECK, KeyAccess(refusal="the vault is closed"), "FAIL", "refuses to return", KEYED)
    assert found.evidence[0].seen == "the vault is closed"


def test_only_endpoints_that_are_called_with_keys_are_asked_for() -> None:
    """Asking costs a write of the control plane."""
    assert not CHECK.applies(KEYED)
    assert "aad_token" in CHECK.applies(subject_of())
    assert "No sample request" in CHECK.applies(subject_of(endpoint(auth_mode="key"), request=""))
