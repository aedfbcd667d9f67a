"""The key vault's firewall."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, vault

from tasks.checks.workspace.key_vault_lets_azure_services_by import CHECK
from tasks.domain.diagnostics.diagnosed import DiagnosedVault
from tasks.domain.diagnostics.finding import Status


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (None, "SKIP", "no key vault"),
        (vault(), "PASS", "allows trusted Azure services"),
        (vault(default_action="Deny"), "PASS", "allows trusted Azure services"),
        (vault(bypass="None"), "PASS", "allows trusted Azure services"),
        (vault(bypass="None", default_action="Deny"), "FAIL", "key authentication fails"),
        (vault(bypass="None", public_network_access="disabled"), "FAIL", "key authentication fails"),
    ],
)
def test_judge(seen: DiagnosedVault | None, status: Status, words: str) -> None:
    """Only a vault that refuses by default needs the exception."""
    found = assert_judged(CHECK, seen, status, words)
    assert status != "FAIL" or found.remedy == "az keyvault update --name churnkv --bypass AzureServices"
