"""Callers of an endpoint with key authentication need its keys."""

from __future__ import annotations

from tasks.checks.engine.applies import to_key_auth
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.probe import KeyAccess
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, access: KeyAccess) -> Verdict:
    """Fail when Azure refuses listKeys, which is called only where a scoring call is made (it counts as a write)."""
    if access.refusal:
        return failed("Azure refuses to return the endpoint's keys.", seen("listKeys", access.refusal, "the keys"))
    return passed("Azure returns the endpoint's keys.")


CHECK = Check(
    code="SCORE-KV-002",
    title="The endpoint's keys are available",
    severity="critical",
    scope="endpoint",
    inputs=("key_access",),
    observe=EndpointFacts.key_access,
    judge=judge,
    applies=to_key_auth,
    remedy=(
        "Allow trusted Azure services on the workspace's key vault (az keyvault update --name VAULT --bypass "
        "AzureServices), or use auth_mode aad_token, which needs no keys."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint",
    explains=("SCORE-CALL-002",),
    because="An endpoint with key authentication can't be called without keys.",
)
